//! The miss journal: what clients asked for and the bag does not have.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

use crate::error::{Context, Error, Result};

/// No more than this is written in all, in bytes: a client can ask for anything.
const MAX_BYTES: u64 = 8 << 20;

/// A file that is opened before serving starts and appended to through that descriptor alone.
#[derive(Debug)]
pub struct Journal {
    file: File,
    noted: HashSet<String>,
    /// How many bytes may still be written.
    room: u64,
}

impl Journal {
    /// Opens the file, which is made if it is not there.
    ///
    /// # Errors
    /// It cannot be written, or is no file: to open a pipe would wait for who reads it.
    pub fn open(file: &Path) -> Result<Self> {
        let data = file.metadata();
        if data.is_ok_and(|data| !data.is_file() && file != Path::new("/dev/null")) {
            let text = format!("{} is no file; name one for --misses", file.display());
            return Err(Error::new(text));
        }
        let opened = OpenOptions::new()
            .create(true)
            .append(true)
            .open(file)
            .context(file.display())?;
        let len = opened.metadata().map_or(0, |data| data.len());
        Ok(Journal {
            file: opened,
            noted: HashSet::new(),
            room: MAX_BYTES.saturating_sub(len),
        })
    }

    /// Appends `miss` (`path@version`) as a line, once while this process runs; false where it
    /// cannot be written, or is too much.
    pub fn note(&mut self, miss: &str) -> bool {
        if self.noted.contains(miss) {
            return true;
        }
        let line = format!("{miss}\n");
        let Some(room) = self.room.checked_sub(line.len() as u64) else {
            return false;
        };
        // On a full disk it is tried again when it is asked for again.
        let written = self.file.write_all(line.as_bytes()).is_ok();
        if written {
            self.room = room;
            self.noted.insert(miss.to_string());
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_each_miss_once_and_not_without_end() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("misses");
        std::fs::write(&file, "a@v1.0.0\n").unwrap();
        let mut journal = Journal::open(&file).unwrap();
        for miss in ["b@latest", "c@v1.0.0", "b@latest"] {
            assert!(journal.note(miss));
        }
        let read = || std::fs::read_to_string(&file).unwrap();
        assert_eq!(read(), "a@v1.0.0\nb@latest\nc@v1.0.0\n");
        journal.room = 3;
        assert!(!journal.note("d@v1.0.0"));
        assert!(journal.note("b@latest"), "it is there already");
        assert_eq!(read().lines().count(), 3);
    }

    #[test]
    fn is_kept_in_a_file_alone() {
        let dir = tempfile::tempdir().unwrap();
        let error = Journal::open(dir.path()).unwrap_err().to_string();
        assert!(
            error.ends_with("is no file; name one for --misses"),
            "{error}"
        );
    }
}
