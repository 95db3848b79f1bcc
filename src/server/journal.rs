//! The miss journal: what clients asked for and the bag does not have.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::Mutex;

use crate::error::{Context, Result};

/// No more different misses than this are written: a client can ask for anything.
const MAX_MISSES: usize = 100_000;

/// A file that is opened before serving starts and appended to through that descriptor alone.
#[derive(Debug)]
pub struct Journal(Mutex<State>);

#[derive(Debug)]
struct State {
    file: File,
    noted: HashSet<String>,
}

impl Journal {
    /// Opens the file, which is made if it is not there.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn open(file: &Path) -> Result<Self> {
        let opened = OpenOptions::new()
            .create(true)
            .append(true)
            .open(file)
            .context(file.display())?;
        Ok(Journal(Mutex::new(State {
            file: opened,
            noted: HashSet::new(),
        })))
    }

    /// Appends `miss` (`path@version`) as a line, once while this process runs.
    pub fn note(&self, miss: &str) {
        let mut state = self
            .0
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        if state.noted.len() < MAX_MISSES && state.noted.insert(miss.to_string()) {
            // A full disk must not keep clients from being served.
            let _ = state.file.write_all(format!("{miss}\n").as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Journal;

    #[test]
    fn notes_each_miss_once() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("misses");
        std::fs::write(&file, "a@v1.0.0\n").unwrap();
        let journal = Journal::open(&file).unwrap();
        for miss in ["b@latest", "c@v1.0.0", "b@latest"] {
            journal.note(miss);
        }
        assert_eq!(
            std::fs::read_to_string(&file).unwrap(),
            "a@v1.0.0\nb@latest\nc@v1.0.0\n"
        );
    }
}
