//! What would make packing fail in the end, looked at before any work.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use graft::{Engine, Seal};

use super::partial;
use super::work::Work;
use crate::error::{Context, Error, Result};
use crate::process::cleanup;
use crate::process::room::room_for;

/// What a bag needs beside the program that it is a copy of.
const OUTPUT_BYTES: u64 = 64 << 20;

/// What recording and proving need, at least.
const WORK_BYTES: u64 = 256 << 20;

/// What every gobag that was ever built holds: the first words of its help.
const WORDS: &[u8] = b"A Go module proxy with the modules inside it, in one file";

/// What replaces a file that is none of ours.
const FORCE: &str = "--force to replace it";

/// What an order writes to, and what it copies.
#[derive(Debug)]
pub struct Preflight<'a> {
    /// The file to write.
    pub output: &'a Path,
    /// Whether it may take the place of a file that is no gobag.
    pub force: bool,
    /// The program to copy.
    pub engine: &'a Path,
    /// The file for its checksum, if one is wanted.
    pub checksum: Option<&'a Path>,
    /// The folder to work in, if one was named.
    pub work: Option<&'a Path>,
}

impl Preflight<'_> {
    /// Looks at all of it. What is made on the way is gone when this returns.
    ///
    /// # Errors
    /// The first thing that packing would fail at.
    pub fn check(&self) -> Result<()> {
        self.check_output()?;
        if let Some(file) = self.checksum {
            let is_its_kind = |file: &File| Ok(self.force || is_checksum(file)?);
            partial::check(file, "checksum", FORCE, is_its_kind)?;
        }
        let engine_bytes = engine(self.engine)?;
        if let Some(work) = self.work {
            Work::check(work)?;
        }
        let bytes = engine_bytes + OUTPUT_BYTES;
        room_for(folder_of(self.output), bytes, "the bag")?;
        match self.work {
            Some(work) => room_for(work, WORK_BYTES, "the work on it (--work names the folder)"),
            None => room_for(
                &std::env::temp_dir(),
                WORK_BYTES,
                "the work on it (TMPDIR=DIR or --work DIR names another folder)",
            ),
        }
    }

    fn check_output(&self) -> Result<()> {
        let output = self.output.display();
        let folder = folder_of(self.output);
        if !folder.is_dir() {
            let folder = folder.display();
            let text = format!("{output}: there is no folder {folder}; make it first");
            return Err(Error::new(text));
        }
        let is_its_kind = |file: &File| Ok(self.force || is_gobag(file)?);
        partial::check(self.output, "gobag", FORCE, is_its_kind)?;
        let partial = partial::create(self.output, partial::PROGRAM).context(&output)?;
        let path = partial.path().to_path_buf();
        let closed = partial.close().context(&output);
        cleanup::keep(&path);
        closed
    }
}

/// Whether `file` can be copied to be a gobag with another bag; returns its length in bytes.
///
/// # Errors
/// It is no gobag, or damaged.
pub fn engine(file: &Path) -> Result<u64> {
    let engine = file.display();
    // To open a pipe would wait for whoever writes to it.
    if !fs::metadata(file).context(&engine)?.is_file() {
        return Err(Error::new(format!(
            "{engine} is no plain file; name a gobag with --engine"
        )));
    }
    let opened = File::open(file).context(&engine)?;
    let inspected = Engine::inspect(&opened).context(&engine)?;
    if inspected.seal(&opened).context(&engine)? == Seal::Broken {
        let text = "is not as it was written, by the digest at its end; copy it again, or name another gobag with --engine";
        return Err(Error::new(format!("{engine} {text}")));
    }
    if !is_gobag(&opened).context(&engine)? {
        let text = format!("{engine} is a program, but no gobag; name one with --engine");
        return Err(Error::new(text));
    }
    Ok(opened.metadata().context(&engine)?.len())
}

/// Go takes GOPATH for a list and GOFLAGS for words, and both name `work`, the folder to work in.
///
/// # Errors
/// Its name has a sign in it that parts those.
pub fn refuse_odd_name(work: &Path) -> Result<()> {
    let name = work.display().to_string();
    let list = if cfg!(windows) { ';' } else { ':' };
    match name.contains([list, '\n', '\'', '"']) {
        true => Err(Error::new(format!(
            "go cannot work in {name:?}, for the signs in its name; set TMPDIR, or name a folder with --work"
        ))),
        false => Ok(()),
    }
}

/// The folder that `file` lies in.
pub fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// True for what `sha256sum` writes of one file.
fn is_checksum(file: &File) -> io::Result<bool> {
    let mut begin = Vec::new();
    file.take(64 + 2).read_to_end(&mut begin)?;
    let sum = begin.strip_suffix(b"  ").unwrap_or_default();
    Ok(sum.len() == 64 && sum.iter().all(u8::is_ascii_hexdigit))
}

/// True for a program that carries a packed bag, or that is gobag without one, as cargo built it:
/// such a one holds the words of its help.
fn is_gobag(file: &File) -> io::Result<bool> {
    match Engine::inspect(file) {
        Ok(engine) if engine.archive().is_some() => Ok(true),
        Ok(_) => holds(file, WORDS),
        Err(_) => Ok(false),
    }
}

/// Whether the bytes of `file` hold `words`.
fn holds(mut file: &File, words: &[u8]) -> io::Result<bool> {
    io::Seek::rewind(&mut file)?;
    let finder = memchr::memmem::Finder::new(words);
    let mut buffer = vec![0; 1 << 20];
    let mut kept = 0;
    loop {
        let len = match file.read(&mut buffer[kept..]) {
            Ok(0) => return Ok(false),
            Ok(len) => kept + len,
            Err(e) if e.kind() == ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        };
        if finder.find(&buffer[..len]).is_some() {
            return Ok(true);
        }
        // They may begin at the end of what was read.
        let from = len.saturating_sub(words.len() - 1);
        buffer.copy_within(from..len, 0);
        kept = len - from;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn own() -> PathBuf {
        std::env::current_exe().unwrap()
    }

    fn preflight<'a>(output: &'a Path, engine: &'a Path) -> Preflight<'a> {
        Preflight {
            output,
            force: false,
            engine,
            checksum: None,
            work: None,
        }
    }

    #[test]
    fn a_folder_that_go_would_take_for_several_is_refused() {
        for (name, taken) in [("/tmp/a b", true), ("/tmp/a:b", false), ("/tmp/a'b", false)] {
            assert_eq!(refuse_odd_name(Path::new(name)).is_ok(), taken, "{name}");
        }
    }

    #[test]
    fn another_kind_of_file_is_not_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        let own = own();
        fs::write(at("main.go"), "package main\n").unwrap();
        fs::create_dir(at("folder")).unwrap();
        fs::copy(&own, at("plain")).unwrap();
        let refused = |name: &str, force| {
            let output = at(name);
            let preflight = Preflight {
                force,
                ..preflight(&output, &own)
            };
            preflight.check().map_err(|e| e.to_string())
        };
        let error = refused("main.go", false).unwrap_err();
        let wanted = "main.go is no gobag; choose another name, or --force to replace it";
        assert!(error.ends_with(wanted), "{error}");
        assert_eq!(refused("main.go", true), Ok(()));
        assert_eq!(refused("new", false), Ok(()));
        assert_eq!(refused("plain", false), Ok(()));
        for force in [false, true] {
            let error = refused("folder", force).unwrap_err();
            assert!(error.contains("is a folder"), "{error}");
            let error = refused("nowhere/bag", force).unwrap_err();
            assert!(error.contains("there is no folder"), "{error}");
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(at("main.go"), at("link")).unwrap();
            assert!(refused("link", false).unwrap_err().contains("is no gobag"));
            let device = preflight(Path::new("/dev/null"), &own).check();
            let error = device.unwrap_err().to_string();
            assert!(error.contains("no plain file"), "{error}");
        }
        assert_eq!(fs::read(at("main.go")).unwrap(), b"package main\n");
        let left: Vec<_> = fs::read_dir(dir.path()).unwrap().collect();
        assert_eq!(left.len(), if cfg!(unix) { 4 } else { 3 }, "{left:?}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_engine_is_a_gobag() {
        let dir = tempfile::tempdir().unwrap();
        let output = dir.path().join("bag");
        let check = |engine: &Path| preflight(&output, engine).check();
        let error = check(Path::new("/bin/ls")).unwrap_err().to_string();
        assert!(
            error.contains("/bin/ls is a program, but no gobag"),
            "{error}"
        );
        let error = check(&dir.path().join("nowhere")).unwrap_err().to_string();
        assert!(error.contains("nowhere"), "{error}");
        check(&own()).unwrap();
    }

    #[test]
    fn words_are_found_across_two_reads() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        let mut bytes = vec![b'A'; (1 << 20) - 7];
        bytes.extend(WORDS);
        fs::write(&file, &bytes).unwrap();
        assert!(holds(&File::open(&file).unwrap(), WORDS).unwrap());
        fs::write(&file, &bytes[..bytes.len() - 1]).unwrap();
        assert!(!holds(&File::open(&file).unwrap(), WORDS).unwrap());
    }
}
