//! A file that is read, and what it is called in faults.

use std::io::ErrorKind;
use std::path::PathBuf;

use crate::{Fault, plain};

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
        plain::read_text(&self.file).map_err(|e| match e.kind() {
            ErrorKind::FileTooLarge => {
                Fault::new(&self.name, e, "remove it: go reads no larger one")
            }
            _ => Fault::unreadable(&self.name, e),
        })
    }
}
