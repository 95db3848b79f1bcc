//! The index of an archive: where each of its entries lies, and what a server says of the bag.
//!
//! It is made when the archive is written, lies in it as its last entry, and is read where it lies:
//! to open a bag of a hundred thousand versions takes no longer than to look through it. In it stand a
//! [`Table`] of the entries, one of the modules with what is told of each
//! ([`Known`]), [`About`] as JSON, and an end of fixed length by which it is found. An archive without one, as older gobags
//! wrote them, is indexed when it is opened.
//!
//! Its CRC-32 is compared when it is opened, which finds accidents. That it tells the same as the
//! directory of the zip and `SHA256SUMS` is checked by [`Index::compare`]; they are for other tools.

pub(crate) mod made;

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use gomod::modzip::MAX_ZIP_BYTES;
use serde::Deserialize;

use self::made::{End, Parts};
use crate::closing;
use crate::digest::{hex, sha256};
use crate::directory::{Directory, MAX_READ_BYTES, SUMS_NAME, may_be_frames};
use crate::entry::Entry;
use crate::error::{ArchiveError, damaged};
use crate::known::Known;
use crate::manifest::{About, FORMAT, MANIFEST_NAME, Manifest};
use crate::place::is_legal;
use crate::table::{Name, Table};

/// What its entry is called.
pub const INDEX_NAME: &str = "bag.index";

/// One archive with its index.
#[derive(Debug, Clone)]
pub(crate) struct Index<'a> {
    archive: &'a [u8],
    bytes: Cow<'a, [u8]>,
    /// A copy of them.
    kept: Arc<OnceLock<Vec<u8>>>,
    end: End,
    about: About,
    closing: Option<[u8; 32]>,
    /// Of an archive that has none; otherwise it lies there.
    is_made: bool,
}

/// What was read of an archive; none where it cannot be.
pub(crate) type Held<'a> = Option<Cow<'a, [u8]>>;

/// What is looked at first.
#[derive(Deserialize)]
struct Format {
    format: u32,
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
        match index.tells_of_what_is_there() {
            true => Ok(index),
            false => Err(damaged(format!("{INDEX_NAME} tells of what is not there"))),
        }
    }

    /// Makes the index of a directory that was read from `archive`.
    fn of(directory: &Directory, archive: &'a [u8]) -> Result<Self, ArchiveError> {
        let entries = directory.entries.iter();
        let entries = entries.filter(|(name, _)| *name != INDEX_NAME);
        let entries = entries.map(|(name, entry)| (name.as_str(), *entry));
        let sums = directory.sums.clone();
        let bytes = made::build(entries, &directory.manifest, sums).map_err(damaged)?;
        Ok(Index {
            is_made: true,
            ..Index::read(archive, bytes.into(), directory.closing)?
        })
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
        let about = end.parts(&bytes).ok_or_else(wrong)?.about;
        // First, so that a newer format is called newer and not damaged.
        let Format { format } = serde_json::from_slice(about).map_err(|_| wrong())?;
        if format > FORMAT {
            return Err(ArchiveError::Newer(format, FORMAT));
        }
        Ok(Index {
            about: serde_json::from_slice(about).map_err(|_| wrong())?,
            archive,
            bytes,
            kept: Arc::default(),
            end,
            closing,
            is_made: false,
        })
    }

    /// True where all that it tells of lies in the archive once.
    fn tells_of_what_is_there(&self) -> bool {
        let Some(parts) = self.parts() else {
            return false;
        };
        let len = self.archive.len() as u64;
        let (sums, sums_len) = self.end.sums;
        let format = self.about.format;
        let is_zip = |name: Name<'_>| name.text().is_some_and(|name| may_be_frames(name, format));
        let may_be = |(name, entry): (Name<'_>, Entry)| {
            let unpacked = entry.unpacked;
            unpacked.is_none_or(|unpacked| unpacked <= MAX_ZIP_BYTES && is_zip(name))
        };
        self.bytes.len() as u64 <= MAX_READ_BYTES
            && parts.entries.is_sound()
            && parts.modules.is_sound()
            && (sums as u64).saturating_add(sums_len as u64) <= len
            && are_apart(parts.entries, len)
            && are_apart(parts.modules, parts.texts.len() as u64)
            && parts.entries.entries().all(may_be)
    }

    /// The entry with this name, be it an answer or beside them.
    pub fn find(&self, name: &str) -> Option<Entry> {
        self.parts()?.entries.find(name)
    }

    /// Every entry with its name, in no order; none that could lead out of a folder, which
    /// [`Index::find`] does not look at.
    pub fn entries(&self) -> impl Iterator<Item = (&str, Entry)> {
        let rows = self
            .parts()
            .into_iter()
            .flat_map(|parts| parts.entries.rows());
        rows.filter(|(name, _)| is_legal(name))
    }

    /// The paths of all modules, in no order.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        let rows = self
            .parts()
            .into_iter()
            .flat_map(|parts| parts.modules.rows());
        rows.map(|(path, _)| path)
    }

    /// The bytes of an entry; none where it lies elsewhere.
    pub fn held(&self, entry: &Entry) -> Option<&'a [u8]> {
        entry.within(self.archive)
    }

    /// Copies it out of the archive, of whose memory no name needs anything then, nor in a clone of
    /// this.
    pub fn keep(&self) {
        if let Cow::Borrowed(bytes) = self.bytes {
            self.kept.get_or_init(|| bytes.to_vec());
        }
    }

    /// What is told of the module with this path.
    pub fn known(&self, path: &str) -> Option<Known<'_>> {
        let parts = self.parts()?;
        Known::read(parts.modules.find(path)?.within(parts.texts)?)
    }

    /// The manifest. All of it is read, by `read`.
    ///
    /// # Errors
    /// It is not the one that was packed.
    pub fn manifest(
        &self,
        read: impl FnOnce(&'a [u8]) -> Held<'a>,
    ) -> Result<Manifest, ArchiveError> {
        let wrong = || damaged(format!("{MANIFEST_NAME} is not as it was packed"));
        let entry = self.find(MANIFEST_NAME).ok_or_else(wrong)?;
        let is_read = |text: &&[u8]| text.len() as u64 <= MAX_READ_BYTES;
        let text = self.held(&entry).filter(is_read).and_then(read);
        let text = text.filter(|text| sha256(text) == entry.sha256);
        serde_json::from_slice(&text.ok_or_else(wrong)?).map_err(damaged)
    }

    /// What the manifest tells, but for its modules.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// What the archive says that the digest of its sums, its index and its directory must be; none in
    /// one that an older gobag wrote.
    pub fn closing(&self) -> Option<[u8; 32]> {
        self.closing
    }

    /// All of the archive.
    pub fn archive(&self) -> &'a [u8] {
        self.archive
    }

    /// True where the archive has none, and it was made as that was opened.
    #[cfg(test)]
    pub fn is_made(&self) -> bool {
        self.is_made
    }

    /// Compares it with the directory of the archive, its sums and its manifest.
    ///
    /// # Errors
    /// They tell something else, or cannot be read.
    pub fn compare(&self) -> Result<(), ArchiveError> {
        let directory = Directory::read(self.archive)?;
        let other = Index::of(&directory, self.archive)?;
        let is_told = match directory.entries.get(INDEX_NAME) {
            Some(told) => {
                let bytes = self.held(told).unwrap_or_default();
                told.sha256 == sha256(bytes) && (self.is_made || *bytes == *self.bytes)
            }
            None => self.is_made,
        };
        match is_told && *self.bytes == *other.bytes {
            true => Ok(()),
            false => {
                let text = format!("{INDEX_NAME} and the directory tell different things");
                Err(damaged(text))
            }
        }
    }

    /// The SHA-256 of its sums in hex, by which it is known, and all that it tells of. They are read by `read`, with
    /// all that follows.
    ///
    /// # Errors
    /// They are not those that were written, or of another index.
    pub fn known_by(
        &self,
        read: impl FnOnce(&'a [u8]) -> Held<'a>,
    ) -> Result<String, ArchiveError> {
        let (at, len) = self.end.sums;
        let rest = self.archive.get(at..).and_then(read).unwrap_or_default();
        let sums = rest.get(..len).unwrap_or_default();
        let line = || format!("\n{}  {INDEX_NAME}\n", hex(&sha256(self.bytes())));
        let is_theirs = self.is_made || sums.ends_with(line().as_bytes());
        let digest = || closing::digest(&rest, 0);
        match is_theirs && self.closing.is_none_or(|closing| digest() == Some(closing)) {
            true => Ok(hex(&sha256(sums))),
            false => Err(damaged(format!("{SUMS_NAME} is not as it was packed"))),
        }
    }

    /// Its own bytes, or the copy of them.
    fn bytes(&self) -> &[u8] {
        self.kept.get().map_or(&self.bytes, Vec::as_slice)
    }

    fn parts(&self) -> Option<Parts<'_>> {
        self.end.parts(self.bytes())
    }
}

/// True where none of these ends behind `len`, and together they are no longer: else a file of a few
/// megabytes could unpack to terabytes.
fn are_apart(table: Table<'_>, len: u64) -> bool {
    let mut left = Some(len);
    table.entries().all(|(_, entry)| {
        left = left.and_then(|left| left.checked_sub(entry.len));
        left.is_some() && entry.place().end <= len
    })
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
