//! A bag in a file, such as an executable that carries it: read entry by entry, never whole.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use crate::archive::{self, ArchiveError, Member};
use crate::manifest::{FORMAT, MANIFEST_NAME, Manifest};

/// The largest entry that is read into memory here, in bytes.
const MAX_READ_BYTES: u64 = 1 << 30;

/// A bag that lies in a file.
#[derive(Debug)]
pub struct BagFile {
    file: File,
    offset: u64,
    members: Vec<Member>,
    manifest: Manifest,
}

impl BagFile {
    /// Opens the bag that fills `len` bytes of `file` from `offset` on.
    ///
    /// # Errors
    /// As [`crate::Bag::open`], and those of reading the file.
    pub fn open(path: &Path, offset: u64, len: u64) -> Result<Self, ArchiveError> {
        let file = File::open(path).map_err(|e| ArchiveError::Damaged(e.to_string()))?;
        let members = archive::members_in(&file, offset, len)?;
        let mut bag = BagFile {
            file,
            offset,
            members,
            manifest: Manifest::default(),
        };
        let text = bag.read(MANIFEST_NAME)?;
        bag.manifest = serde_json::from_slice(&text)
            .map_err(|e| ArchiveError::Damaged(format!("{MANIFEST_NAME}: {e}")))?;
        match bag.manifest.format {
            format if format > FORMAT => Err(ArchiveError::Newer(format, FORMAT)),
            _ => Ok(bag),
        }
    }

    /// What the bag says of itself.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The bytes of a small entry.
    ///
    /// # Errors
    /// There is no such entry, it is larger than a gigabyte, or it cannot be read.
    pub fn read(&self, name: &str) -> Result<Vec<u8>, ArchiveError> {
        let damaged = |e: &dyn std::fmt::Display| ArchiveError::Damaged(format!("{name}: {e}"));
        let member = self
            .members
            .iter()
            .find(|m| m.name == name)
            .ok_or_else(|| damaged(&"is missing"))?;
        if member.len > MAX_READ_BYTES {
            return Err(damaged(&"is too long"));
        }
        let mut bytes = Vec::new();
        let mut file = &self.file;
        file.seek(SeekFrom::Start(self.offset + member.offset))
            .map_err(|e| damaged(&e))?;
        file.take(member.len)
            .read_to_end(&mut bytes)
            .map_err(|e| damaged(&e))?;
        Ok(bytes)
    }
}
