//! Small files that somebody else wrote, read with a bound: one may be endless, or a pipe, which
//! waits for whoever writes to it.

use std::fs::{self, File};
use std::io::{Error, ErrorKind, Read, Result};
use std::path::Path;

/// The largest `go.mod`, `go.work`, and `.info` that is read, in bytes: go reads no larger
/// go.mod (`golang.org/x/mod/zip.MaxGoMod`).
pub const MAX_TEXT_BYTES: u64 = 16 << 20;

/// The largest `go.sum` that is read, in bytes: a million lines.
pub const MAX_SUM_BYTES: u64 = 256 << 20;

/// Reads a file that is no longer than `most` bytes. Where a person named it, it may be a pipe.
///
/// # Errors
/// It cannot be read, or is longer.
pub fn read_up_to(file: &Path, most: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(file)?
        .take(most.saturating_add(1))
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        let text = format!("is longer than {most} bytes, the most that is read");
        return Err(Error::new(ErrorKind::FileTooLarge, text));
    }
    Ok(bytes)
}

/// The same for a file that nobody named: one that is no plain file is not opened.
///
/// # Errors
/// As [`read_up_to`]; it is no plain file, nor a link to one.
pub fn read(file: &Path, most: u64) -> Result<Vec<u8>> {
    if !fs::metadata(file)?.is_file() {
        return Err(Error::new(ErrorKind::InvalidInput, "is no plain file"));
    }
    read_up_to(file, most)
}

/// The text of a plain file of at most [`MAX_TEXT_BYTES`].
///
/// # Errors
/// As [`read`].
pub fn read_text(file: &Path) -> Result<Vec<u8>> {
    read(file, MAX_TEXT_BYTES)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn reads_no_more_than_it_should_and_no_pipe() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("file"), "1234").unwrap();
        let mkfifo = std::process::Command::new("mkfifo")
            .arg(at("pipe"))
            .status();
        assert!(mkfifo.unwrap().success());
        std::os::unix::fs::symlink(at("file"), at("link")).unwrap();
        let told = |read: Result<Vec<u8>>| match read {
            Ok(bytes) => String::from_utf8(bytes).unwrap(),
            Err(e) => e.to_string(),
        };
        let long = "is longer than 3 bytes, the most that is read";
        for (name, most, want) in [
            ("file", 4, "1234"),
            ("link", 4, "1234"),
            ("file", 3, long),
            ("pipe", 3, "is no plain file"),
        ] {
            assert_eq!(told(read(&at(name), most)), want, "{name}");
        }
        assert_eq!(told(read(Path::new("/dev/zero"), 3)), "is no plain file");
        assert_eq!(told(read_up_to(Path::new("/dev/zero"), 3)), long);
        assert_eq!(told(read_up_to(Path::new("/dev/null"), 3)), "");
    }
}
