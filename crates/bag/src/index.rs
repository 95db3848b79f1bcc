//! The index of an archive: where each of its entries lies, and what a server says of the bag.
//!
//! It is made when the archive is written, lies in it as its last entry, and is read where it lies:
//! to open a bag of a hundred thousand versions takes no longer than to read it once. In it stand a
//! [`Table`] of the entries, one of the modules (of where each stands in `bag.json`), [`About`] as
//! JSON, and an end of fixed length by which it is found. An archive without one, as older gobags
//! wrote them, is indexed when it is opened.
//!
//! Its CRC-32 is compared when it is opened, which finds accidents. That it tells the same as the
//! directory of the zip and `SHA256SUMS` is checked by [`Index::compare`]; they are for other tools.

pub(crate) mod made;

use std::borrow::Cow;
use std::collections::HashMap;

use gomod::modzip::MAX_ZIP_BYTES;

use self::made::End;
use crate::closing;
use crate::digest::sha256;
use crate::directory::{Directory, may_be_frames};
use crate::entry::Entry;
use crate::error::{ArchiveError, damaged};
use crate::manifest::{About, FORMAT, MANIFEST_NAME, Manifest};
use crate::place::is_legal;
use crate::table::Table;

/// What its entry is called.
pub const INDEX_NAME: &str = "bag.index";

/// One archive with its index.
#[derive(Debug, Clone)]
pub(crate) struct Index<'a> {
    archive: &'a [u8],
    bytes: Cow<'a, [u8]>,
    end: End,
    about: About,
    closing: Option<[u8; 32]>,
}

impl<'a> Index<'a> {
    /// Opens the index of `archive`, or makes it where there is none.
    ///
    /// # Errors
    /// The bytes are no archive or a damaged one, or one of a newer format.
    pub fn open(archive: &'a [u8]) -> Result<Self, ArchiveError> {
        let Some((bytes, closing)) = find(archive) else {
            return Index::of(&Directory::read(archive)?, archive);
        };
        let index = Index::read(archive, bytes.into(), Some(closing))?;
        index.check()?;
        Ok(index)
    }

    /// Makes the index of a directory that was read from `archive`.
    fn of(directory: &Directory, archive: &'a [u8]) -> Result<Self, ArchiveError> {
        let entries = directory.entries.iter();
        let entries = entries.filter(|(name, _)| *name != INDEX_NAME);
        let entries = entries.map(|(name, entry)| (name.as_str(), *entry));
        let (text, sums) = (directory.text.clone(), directory.sums.clone());
        let text = (
            archive.get(text.clone()).unwrap_or_default(),
            text.start as u64,
        );
        let bytes = made::build(entries, &directory.manifest, text, sums);
        Index::read(archive, bytes.map_err(damaged)?.into(), directory.closing)
    }

    fn read(
        archive: &'a [u8],
        bytes: Cow<'a, [u8]>,
        closing: Option<[u8; 32]>,
    ) -> Result<Self, ArchiveError> {
        let wrong = || damaged(format!("{INDEX_NAME} is not as it was packed"));
        let (content, crc) = bytes.split_last_chunk::<4>().ok_or_else(wrong)?;
        if crc32fast::hash(content).to_le_bytes() != *crc {
            return Err(wrong());
        }
        let end = End::parse(&bytes).ok_or_else(wrong)?;
        let about = end.parts(&bytes).ok_or_else(wrong)?.2;
        let about: About = serde_json::from_slice(about).map_err(|_| wrong())?;
        if about.format > FORMAT {
            return Err(ArchiveError::Newer(about.format, FORMAT));
        }
        Ok(Index {
            archive,
            bytes,
            end,
            about,
            closing,
        })
    }

    /// Checks that what it tells of lies in the archive.
    fn check(&self) -> Result<(), ArchiveError> {
        let archive_len = self.archive.len() as u64;
        let inside = |entry: &Entry| {
            let end = entry.offset.checked_add(entry.len);
            end.is_some_and(|end| end <= archive_len)
        };
        let (entries, modules) = self.tables();
        // Else an archive of a few megabytes could unpack to terabytes; frames hold 500 MiB each.
        let mut together = 0_u64;
        let sound = entries.rows().all(|(name, entry)| {
            together = together.saturating_add(entry.len);
            let plain = entry.unpacked.is_none_or(|unpacked| {
                unpacked <= MAX_ZIP_BYTES && may_be_frames(name, self.about.format)
            });
            inside(&entry) && plain
        });
        let (at, len) = self.end.sums;
        let sums = at
            .checked_add(len)
            .is_some_and(|end| end as u64 <= archive_len);
        let sound = sound && sums && together <= archive_len;
        match sound && modules.rows().all(|(_, entry)| inside(&entry)) {
            true => Ok(()),
            false => Err(damaged(format!("{INDEX_NAME} tells of what is not there"))),
        }
    }

    /// The entry with this name, be it an answer or beside them.
    pub fn find(&self, name: &str) -> Option<Entry> {
        self.tables().0.find(name)
    }

    /// Every entry with its name, in no order; none that could lead out of a folder.
    pub fn entries(&self) -> impl Iterator<Item = (&str, Entry)> {
        self.tables().0.rows().filter(|(name, _)| is_legal(name))
    }

    /// The paths of all modules, in no order.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.tables().1.rows().map(|(path, _)| path)
    }

    /// The bytes of an entry; none where it lies elsewhere.
    pub fn held(&self, entry: &Entry) -> Option<&'a [u8]> {
        let at = usize::try_from(entry.offset).ok()?;
        let len = usize::try_from(entry.len).ok()?;
        self.archive.get(at..)?.get(..len)
    }

    /// Copies it out of the archive, of whose memory no name needs anything then.
    pub fn keep(&mut self) {
        self.bytes = Cow::Owned(std::mem::take(&mut self.bytes).into_owned());
    }

    /// What the manifest tells of the module with this path, as JSON. No more of it is read.
    pub fn module(&self, path: &str) -> Option<&'a [u8]> {
        self.held(&self.tables().1.find(path)?)
    }

    /// The manifest. All of it is read.
    ///
    /// # Errors
    /// It is not the one that was packed.
    pub fn manifest(&self) -> Result<Manifest, ArchiveError> {
        let wrong = || damaged(format!("{MANIFEST_NAME} is not as it was packed"));
        let entry = self.find(MANIFEST_NAME).ok_or_else(wrong)?;
        let text = self
            .held(&entry)
            .filter(|text| sha256(text) == entry.sha256);
        let manifest: Manifest =
            serde_json::from_slice(text.ok_or_else(wrong)?).map_err(damaged)?;
        match manifest.about() == self.about {
            true => Ok(manifest),
            false => Err(wrong()),
        }
    }

    /// What the manifest tells, but for its modules.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// What the archive says that the digest of its sums and its directory must be; none in one
    /// that an older gobag wrote.
    pub fn closing(&self) -> Option<[u8; 32]> {
        self.closing
    }

    /// All of the archive.
    pub fn archive(&self) -> &'a [u8] {
        self.archive
    }

    /// The text of its sums.
    pub fn sums(&self) -> &'a [u8] {
        let (at, len) = self.end.sums;
        let sums = self.archive.get(at..).and_then(|rest| rest.get(..len));
        sums.unwrap_or_default()
    }

    /// Compares it with the directory of the archive, its sums and its manifest.
    ///
    /// # Errors
    /// They tell something else, or cannot be read.
    pub fn compare(&self) -> Result<(), ArchiveError> {
        let directory = Directory::read(self.archive)?;
        let other = Index::of(&directory, self.archive)?;
        let rows = |table: Table<'_>| -> HashMap<String, Entry> {
            let rows = table.rows();
            rows.map(|(name, entry)| (name.to_string(), entry))
                .collect()
        };
        let all = |index: &Index<'_>| {
            let (entries, modules) = index.tables();
            (rows(entries), rows(modules), index.end.sums)
        };
        // One that was made as the archive was opened does not lie in it.
        let told = directory.entries.get(INDEX_NAME);
        let is_told = told.is_none_or(|told| told.sha256 == sha256(&self.bytes));
        match is_told && all(self) == all(&other) && self.about == other.about {
            true => Ok(()),
            false => {
                let text = format!("{INDEX_NAME} and the directory tell different things");
                Err(damaged(text))
            }
        }
    }

    fn tables(&self) -> (Table<'_>, Table<'_>) {
        match self.end.parts(&self.bytes) {
            Some((entries, modules, _)) => (entries, modules),
            None => (Table::EMPTY, Table::EMPTY),
        }
    }
}

/// The index that `archive` ends with, before the directory of the zip, and the closing digest. It
/// is found without the directory being read.
fn find(archive: &[u8]) -> Option<(&[u8], [u8; 32])> {
    let (directory, comment) = closing::end(archive)?;
    let closing = closing::parse(comment)?;
    let before = archive.get(..directory)?;
    let all = End::parse(before)?.all;
    Some((before.get(before.len().checked_sub(all)?..)?, closing))
}
