//! A bag in a file, such as an executable that carries it: read entry by entry, never whole.

use std::fmt::Display;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use crate::archive::ArchiveError;
use crate::index::{Index, MAX_READ_BYTES};
use crate::manifest::Manifest;

/// A bag that lies in a file.
#[derive(Debug)]
pub struct BagFile {
    file: File,
    offset: u64,
    index: Index,
}

impl BagFile {
    /// Opens the bag that fills `len` bytes of the file `path` from `offset` on.
    ///
    /// # Errors
    /// As [`crate::Bag::open`], and those of reading the file.
    pub fn open(path: &Path, offset: u64, len: u64) -> Result<Self, ArchiveError> {
        let open = || {
            let mut file = File::open(path)?;
            file.seek(SeekFrom::Start(offset)).map(|_| file)
        };
        let file = open().map_err(|e| ArchiveError::Damaged(e.to_string()))?;
        let index = Index::read(BufReader::new((&file).take(len)))?;
        Ok(BagFile {
            file,
            offset,
            index,
        })
    }

    /// What the bag says of itself.
    pub fn manifest(&self) -> &Manifest {
        &self.index.manifest
    }

    /// The bytes of a small entry.
    ///
    /// # Errors
    /// There is no such entry, it is larger than a gigabyte, or it cannot be read.
    pub fn read(&self, name: &str) -> Result<Vec<u8>, ArchiveError> {
        let damaged = |e: &dyn Display| ArchiveError::Damaged(format!("{name}: {e}"));
        let entry = self.index.entries.get(name);
        let entry = entry.ok_or_else(|| damaged(&"is missing"))?;
        if entry.len > MAX_READ_BYTES {
            return Err(damaged(&"is too long"));
        }
        let mut bytes = vec![0; entry.len as usize];
        let mut file = &self.file;
        file.seek(SeekFrom::Start(self.offset + entry.offset))
            .and_then(|_| file.read_exact(&mut bytes))
            .map_err(|e| damaged(&e))?;
        Ok(bytes)
    }
}
