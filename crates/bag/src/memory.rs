//! A bag in memory: an answer is a slice of it, and nothing is copied but what is kept as frames.

use std::io::{self, Cursor};

use rayon::prelude::*;
use zip::ZipArchive;

use crate::answer::Answer;
use crate::archive::ArchiveError;
use crate::digest::{self, hex, sha256};
use crate::index::{Entry, Index};
use crate::manifest::{Base, Manifest};

/// A bag that lies in memory.
#[derive(Debug, Clone)]
pub struct Bag<'a> {
    /// Its own archive, and then those of the older bags that were joined to it.
    pub(crate) archives: Vec<&'a [u8]>,
    /// What was derived when they were joined.
    pub(crate) derived: &'a [u8],
    pub(crate) index: Index,
}

impl<'a> Bag<'a> {
    /// Opens the bag in `bytes`. Every offset is checked here, once; contents are not (see
    /// [`Bag::damaged_entries`]).
    ///
    /// # Errors
    /// The bytes are no bag, a damaged one, or one of a newer format.
    pub fn open(bytes: &'a [u8]) -> Result<Self, ArchiveError> {
        let index = Index::read(Cursor::new(bytes))?;
        Ok(Bag {
            archives: vec![bytes],
            derived: &[],
            index,
        })
    }

    /// What another bag that builds on this one records of it; `name` is what its file is called.
    /// All of it is read.
    pub fn as_base(&self, name: &str) -> Base {
        Base {
            name: name.to_string(),
            sha256: self.archive_sha256(),
            sums: self.sums(),
        }
    }

    /// The SHA-256 of its own archive in hex. All of it is read.
    pub fn archive_sha256(&self) -> String {
        hex(&sha256(self.archives[0]))
    }

    /// True when this is the bag that was recorded as `base`. Its entries are not read; see
    /// [`Bag::damaged_entries`].
    pub fn is(&self, base: &Base) -> bool {
        self.sums() == base.sums
    }

    /// The SHA-256 of its own archive's sums in hex, which tells it from every other bag.
    pub fn sums(&self) -> String {
        hex(&sha256(&self.archives[0][self.index.sums.clone()]))
    }

    /// Its own archive, and then those of the older bags that were joined to it.
    pub fn archives(&self) -> &[&'a [u8]] {
        &self.archives
    }

    /// What the bag says of itself.
    pub fn manifest(&self) -> &Manifest {
        &self.index.manifest
    }

    /// The SHA-256 of the archive's sums and directory, and so of everything that it answers; none
    /// in one that an older gobag wrote. It was compared as the bag was opened.
    pub fn closing(&self) -> Option<[u8; 32]> {
        self.index.closing
    }

    /// The entry that answers for `name`, such as `example.com/m/@v/v1.0.0.zip`; none for the
    /// manifest, which lies beside the answers.
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        self.index.entries.get(name).filter(|_| is_answer(name))
    }

    /// What an entry answers with.
    pub fn answer(&self, entry: &Entry) -> Answer<'a> {
        let part = self.archives.get(entry.part).unwrap_or(&self.derived);
        let bytes = &part[entry.offset as usize..][..entry.len as usize];
        match entry.unpacked {
            None => Answer::Plain(bytes),
            Some(len) => Answer::Frames(bytes, len),
        }
    }

    /// The answer for `name`, as [`Bag::entry`] finds it.
    pub fn find(&self, name: &str) -> Option<Answer<'a>> {
        self.entry(name).map(|entry| self.answer(entry))
    }

    /// The same where it lies there as it is, as all do but zips.
    pub fn get(&self, name: &str) -> Option<&'a [u8]> {
        self.find(name)?.plain()
    }

    /// Every answer with its name, sorted by name.
    pub fn answers(&self) -> impl Iterator<Item = (&str, Answer<'a>)> {
        let answers = self
            .index
            .entries
            .iter()
            .filter(|(name, _)| is_answer(name));
        answers.map(|(name, entry)| (name.as_str(), self.answer(entry)))
    }

    /// The names of answers, and of what lies beside them, that do not have the SHA-256 that the bag
    /// records, sorted. All cores work on it.
    pub fn damaged_entries(&self) -> Vec<&str> {
        let entries = self.index.entries.par_iter();
        let is_sound = |entry: &Entry| match self.answer(entry) {
            Answer::Plain(bytes) => sha256(bytes) == entry.sha256,
            frames => frames
                .reader()
                .and_then(|content| digest::copy(content, io::sink()))
                .is_ok_and(|sum| sum == entry.sha256),
        };
        entries
            .filter(|(_, entry)| !is_sound(entry))
            .map(|(name, _)| name.as_str())
            .collect()
    }

    /// Checks that the header before each entry of its own archive says the same as the directory:
    /// other tools may read either.
    ///
    /// # Errors
    /// A header differs, or there is none.
    pub fn check_headers(&self) -> Result<(), ArchiveError> {
        ZipArchive::new(Cursor::new(self.archives[0]))
            .and_then(|mut zip| zip.validate_header_consistency())
            .map_err(|e| ArchiveError::Damaged(e.to_string()))
    }
}

/// Every path of the protocols holds a slash; the name of what lies beside the answers does not.
fn is_answer(name: &str) -> bool {
    name.contains('/')
}
