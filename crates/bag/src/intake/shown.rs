//! A file that is read, and what it is called in faults.

use std::fs;
use std::path::PathBuf;

use crate::Fault;

/// The largest `.mod` and `.info` that go reads, in bytes (`golang.org/x/mod/zip.MaxGoMod`).
const MAX_TEXT_BYTES: u64 = 16 << 20;

/// A file and how it is called in messages: relative to the folder that was read.
#[derive(Debug, Clone)]
pub struct Shown {
    /// Where it is.
    pub file: PathBuf,
    /// What it is called.
    pub name: String,
}

impl Shown {
    /// Reads a `.mod` or an `.info`.
    ///
    /// # Errors
    /// It cannot be read, or is longer than go reads.
    pub fn read_text(&self) -> Result<Vec<u8>, Fault> {
        let unreadable = |e: std::io::Error| Fault::unreadable(&self.name, e);
        let size = fs::metadata(&self.file).map_err(unreadable)?.len();
        if size > MAX_TEXT_BYTES {
            let rule = format!("is {size} bytes long, more than {MAX_TEXT_BYTES}");
            return Err(Fault::new(
                &self.name,
                rule,
                "remove it: go reads no larger one",
            ));
        }
        fs::read(&self.file).map_err(unreadable)
    }
}
