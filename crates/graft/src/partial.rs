//! A file that appears under its name only when it is complete.

use std::collections::hash_map::RandomState;
use std::fs::{self, File, OpenOptions};
use std::hash::BuildHasher;
use std::io;
use std::path::{Path, PathBuf};

/// How many temporary names are tried before giving up. They are random, so the first is free.
const ATTEMPTS: u32 = 16;

/// Writes `dest` through `write`, so that it is either written in full or left as it was.
///
/// The bytes go to a new file next to `dest`, named as `.NAME.XXXXXXXXXXXXXXXX.partial`, which is renamed to `dest`
/// when `write` has succeeded; an existing `dest` is replaced, even while it runs. On an error, or when `write`
/// panics, the new file is removed. On Unix it has the mode 0755, less what the umask takes away.
///
/// Against a loss of power `write` may end with `file.sync_all()`; it is not called here, because it takes long for
/// gigabytes. For a program that a signal may end, see [`PartialFile`].
pub fn write_atomically<T, E: From<io::Error>>(
    dest: &Path,
    write: impl FnOnce(&mut File) -> Result<T, E>,
) -> Result<T, E> {
    let mut partial = PartialFile::create(dest)?;
    let written = write(partial.file())?;
    partial.commit()?;
    Ok(written)
}

/// The new file of [`write_atomically`], step by step. Dropped without [`commit`](PartialFile::commit), it is removed.
///
/// A signal that ends the process runs no destructor: a program that catches it can remove [`path`](PartialFile::path)
/// instead.
#[derive(Debug)]
pub struct PartialFile {
    // Closed before the name is dropped: Windows removes no file that is open.
    file: File,
    named: ClosedPartial,
}

/// A [`PartialFile`] that is written and closed, so that it can be started under its temporary name: Linux starts no
/// program that is open for writing. Dropped without [`commit`](ClosedPartial::commit), it is removed.
#[derive(Debug)]
pub struct ClosedPartial {
    dest: PathBuf,
    /// Empty once it has its name.
    path: PathBuf,
}

impl PartialFile {
    /// Creates a new, empty file next to `dest`, open for reading and writing.
    ///
    /// Fails if `dest` has no file name, or its folder does not exist or cannot be written to.
    pub fn create(dest: &Path) -> io::Result<PartialFile> {
        let Some(name) = dest.file_name() else {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("{dest:?} does not end in a file name"),
            ));
        };
        // So short that the temporary name fits wherever the name itself does, in whatever encoding.
        let name: String = name.to_string_lossy().chars().take(50).collect();
        for attempt in 0..ATTEMPTS {
            // Keys of a RandomState are from the system's random numbers.
            let random = RandomState::new().hash_one(attempt);
            let path = dest.with_file_name(format!(".{name}.{random:016x}.partial"));
            match create_new(&path) {
                Ok(file) => {
                    let dest = dest.to_owned();
                    return Ok(PartialFile {
                        file,
                        named: ClosedPartial { dest, path },
                    });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            format!("every temporary name for {dest:?} is taken"),
        ))
    }

    /// The file to write to.
    pub fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Where it is until it is complete.
    pub fn path(&self) -> &Path {
        self.named.path()
    }

    /// Closes the file, which keeps its temporary name.
    pub fn close(self) -> ClosedPartial {
        self.named
    }

    /// Closes the file and gives it the name `dest`, in place of a file that has it. On an error it is removed.
    pub fn commit(self) -> io::Result<()> {
        self.close().commit()
    }
}

impl ClosedPartial {
    /// Where it is until it is committed.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the file the name `dest`, in place of a file that has it. On an error it is removed.
    pub fn commit(mut self) -> io::Result<()> {
        fs::rename(&self.path, &self.dest)?;
        self.path = PathBuf::new();
        Ok(())
    }
}

impl Drop for ClosedPartial {
    fn drop(&mut self) {
        if !self.path.as_os_str().is_empty() {
            // Whoever drops it is on the way out of an error already, which is the one to report.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Creates a file that does not exist yet, not following a symbolic link.
fn create_new(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o755);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn replaces_the_file_when_it_is_complete() {
        let folder = tempfile::tempdir().unwrap();
        let dest = folder.path().join("program");
        fs::write(&dest, "old").unwrap();
        let answer = write_atomically(&dest, |file| {
            file.write_all(b"new")?;
            assert_eq!(fs::read_to_string(&dest)?, "old");
            assert_eq!(names(folder.path()).len(), 2);
            io::Result::Ok(42)
        });
        assert_eq!(answer.unwrap(), 42);
        assert_eq!(fs::read_to_string(&dest).unwrap(), "new");
        assert_eq!(names(folder.path()), ["program"]);
    }

    #[test]
    fn leaves_nothing_behind_on_an_error_or_a_panic_or_when_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let dest = folder.path().join("program");
        let result = write_atomically(&dest, |file| {
            file.write_all(b"half")?;
            Err::<(), _>(io::Error::other("no more"))
        });
        assert_eq!(result.unwrap_err().to_string(), "no more");

        let panic = std::panic::catch_unwind(|| {
            write_atomically(&dest, |_| -> io::Result<()> { panic!("on purpose") })
        });
        assert!(panic.is_err());

        let partial = PartialFile::create(&dest).unwrap();
        assert_eq!(
            names(folder.path()),
            [partial.path().file_name().unwrap().to_str().unwrap()]
        );
        drop(partial);
        assert_eq!(names(folder.path()), [""; 0]);

        fs::create_dir(&dest).unwrap();
        assert!(write_atomically(&dest, |_| io::Result::Ok(())).is_err());
        assert_eq!(names(folder.path()), ["program"]);
    }

    #[test]
    fn the_temporary_name_is_hidden_and_short_and_says_whose_it_is() {
        let folder = tempfile::tempdir().unwrap();
        for (name, start) in [
            ("go", ".go.".to_owned()),
            (&"ä".repeat(127), format!(".{}.", "ä".repeat(50))),
        ] {
            let partial = PartialFile::create(&folder.path().join(name)).unwrap();
            let path = partial.path().file_name().unwrap().to_str().unwrap();
            assert!(
                path.starts_with(&start) && path.ends_with(".partial"),
                "{path}"
            );
            assert_eq!(path.len(), start.len() + 16 + ".partial".len());
            partial.commit().unwrap();
            assert!(folder.path().join(name).exists());
        }
    }

    #[test]
    fn refuses_what_is_no_file_name() {
        for dest in ["", "/", "..", "a/.."] {
            let error = PartialFile::create(Path::new(dest)).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("{dest:?} does not end in a file name")
            );
        }
    }

    #[cfg(unix)]
    #[test]
    fn the_file_can_be_executed() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let dest = folder.path().join("program");
        write_atomically(&dest, |_| io::Result::Ok(())).unwrap();
        assert_eq!(
            fs::metadata(&dest).unwrap().permissions().mode() & 0o700,
            0o700
        );
    }
}
