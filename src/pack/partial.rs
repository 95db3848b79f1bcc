//! The file to write while it is not complete: a hidden one beside it.

use std::io;
use std::path::Path;

use tempfile::{NamedTempFile, TempPath};

use crate::process::cleanup;

/// The mode of a program.
pub const PROGRAM: u32 = 0o755;

/// Creates an empty file beside `dest`, named `.NAME.XXXXXX.partial` and with `mode` as far as the
/// umask allows, for `dest` to replace when it is complete. Dropped without that, it is removed, and at a signal
/// as well.
///
/// # Errors
/// `dest` has no file name, or its folder does not exist or cannot be written to.
pub fn create(dest: &Path, mode: u32) -> io::Result<NamedTempFile> {
    let (Some(name), Some(folder)) = (dest.file_name(), dest.parent()) else {
        let error = format!("{dest:?} does not end in a file name");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, error));
    };
    // So short that the temporary name fits wherever the name itself does, in whatever encoding.
    let name: String = name.to_string_lossy().chars().take(50).collect();
    let prefix = format!(".{name}.");
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(".partial");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
    #[cfg(not(unix))]
    let _ = mode;
    // The path in the error is one that nobody typed.
    cleanup::made(|| builder.tempfile_in(folder), NamedTempFile::path).map_err(|e| e.kind().into())
}

/// Has a complete file take the place `dest`. A signal comes too late from here on.
///
/// # Errors
/// It cannot be put there.
pub fn put(partial: TempPath, dest: &Path) -> io::Result<()> {
    cleanup::commit();
    let path = partial.to_path_buf();
    partial.persist(dest).map_err(|e| e.error)?;
    cleanup::keep(&path);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_temporary_name_is_hidden_and_short_and_says_whose_it_is() {
        let folder = tempfile::tempdir().unwrap();
        for (name, start) in [
            ("go", ".go.".to_owned()),
            (&"ä".repeat(127), format!(".{}.", "ä".repeat(50))),
        ] {
            let dest = folder.path().join(name);
            let partial = create(&dest, PROGRAM).unwrap().into_temp_path();
            let path = partial.file_name().unwrap().to_str().unwrap();
            assert!(
                path.starts_with(&start) && path.ends_with(".partial"),
                "{path}"
            );
            assert_eq!(path.len(), start.len() + 6 + ".partial".len());
            partial.persist(&dest).unwrap();
            assert!(dest.exists());
        }
    }

    #[test]
    fn refuses_what_is_no_file_name() {
        for dest in ["", "/", "..", "a/.."] {
            let error = create(Path::new(dest), PROGRAM).unwrap_err();
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
        let partial = create(&folder.path().join("program"), PROGRAM).unwrap();
        let mode = partial.as_file().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o700, 0o700);
    }
}
