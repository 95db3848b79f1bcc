//! A bag in memory: an answer is a slice of it, and nothing is copied but what is kept as frames.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Cursor};

use rayon::prelude::*;
use zip::ZipArchive;

use crate::answer::Answer;
use crate::care::Care;
use crate::digest::{self, hex, sha256};
use crate::entry::Entry;
use crate::error::{ArchiveError, damaged};
use crate::index::{Held, Index};
use crate::joined::Joined;
use crate::known::Known;
use crate::manifest::{About, Base, Manifest};

/// A bag that lies in memory.
#[derive(Debug, Clone)]
pub struct Bag<'a> {
    /// Its own archive, and then those of the older bags that were joined to it.
    parts: Vec<Index<'a>>,
    /// What is told of all of them, where there are several.
    joined: Option<Joined>,
    /// How its texts are read.
    care: Option<Care>,
}

impl<'a> Bag<'a> {
    /// Opens the bag in `bytes`. Its index is checked here, once; contents are not (see
    /// [`Bag::damaged_entries`] and [`Bag::check`]).
    ///
    /// # Errors
    /// The bytes are no bag, a damaged one, or one of a newer format.
    pub fn open(bytes: &'a [u8]) -> Result<Self, ArchiveError> {
        Ok(Bag {
            parts: vec![Index::open(bytes)?],
            joined: None,
            care: None,
        })
    }

    /// This bag and those of `older`, newest first, as one. What is told of modules that several
    /// have is derived here and kept for as long as the program runs.
    ///
    /// # Errors
    /// One of them is damaged.
    pub fn join(self, older: Vec<Bag<'a>>) -> Result<Bag<'a>, ArchiveError> {
        let bags = std::iter::once(self).chain(older);
        let parts: Vec<Index<'a>> = bags.flat_map(|bag| bag.parts).collect();
        let joined = Some(Joined::of(&parts)?);
        Ok(Bag {
            parts,
            joined,
            care: None,
        })
    }

    /// The same bag, whose texts are read with `care`: what it says of itself, what lies beside its answers, and what
    /// [`Bag::text`] reads.
    pub fn with_care(&self, care: Care) -> Bag<'a> {
        Bag {
            care: Some(care),
            ..self.clone()
        }
    }

    /// How it is read, where that is with care.
    pub(crate) fn care(&self) -> Option<&Care> {
        self.care.as_ref()
    }

    /// What lies in one of its archives, with care where that is wanted; none where it cannot be read.
    pub(crate) fn read(&self, bytes: &'a [u8]) -> Held<'a> {
        Care::read(self.care(), bytes)
    }

    /// What another bag that builds on this one records of it; `name` is what its file is called.
    /// All of it is read.
    ///
    /// # Errors
    /// As [`Bag::sums`].
    pub fn as_base(&self, name: &str) -> Result<Base, ArchiveError> {
        Ok(Base {
            name: name.to_string(),
            sha256: self.archive_sha256(),
            sums: self.sums()?,
        })
    }

    /// The SHA-256 of its own archive in hex. All of it is read.
    pub fn archive_sha256(&self) -> String {
        hex(&sha256(self.parts[0].archive()))
    }

    /// The SHA-256 of its own archive's sums in hex, by which it is recorded as a [`Base`], and told from
    /// every other bag. Its entries are not read; see [`Bag::damaged_entries`].
    ///
    /// # Errors
    /// The sums, the index or the directory are damaged.
    pub fn sums(&self) -> Result<String, ArchiveError> {
        self.parts[0].known_by(|bytes| self.read(bytes))
    }

    /// The same of its own archive, and of those of the older bags that were joined to it.
    ///
    /// # Errors
    /// As [`Bag::sums`].
    pub fn all_sums(&self) -> Result<Vec<String>, ArchiveError> {
        let parts = self.parts.iter();
        parts
            .map(|part| part.known_by(|bytes| self.read(bytes)))
            .collect()
    }

    /// Its own archive, and then those of the older bags that were joined to it.
    pub fn archives(&self) -> impl Iterator<Item = &'a [u8]> {
        self.parts.iter().map(Index::archive)
    }

    /// What the bag says of itself, but for its modules.
    pub fn about(&self) -> &About {
        match &self.joined {
            Some(joined) => &joined.about,
            None => self.parts[0].about(),
        }
    }

    /// All that the bag says of itself. That is read and parsed here, each time, unless bags were
    /// joined.
    ///
    /// # Errors
    /// It is damaged.
    pub fn manifest(&self) -> Result<Cow<'_, Manifest>, ArchiveError> {
        match &self.joined {
            Some(joined) => Ok(Cow::Borrowed(&joined.manifest)),
            None => {
                let own = self.parts[0].manifest(|bytes| self.read(bytes));
                own.map(Cow::Owned)
            }
        }
    }

    /// What is told of the module with this path where it lacks something. No more is read.
    pub fn known(&self, path: &str) -> Option<Known<'_>> {
        match &self.joined {
            Some(joined) => joined.manifest.module(path).map(Known::of),
            None => self.parts[0].known(path),
        }
    }

    /// Copies what names are looked up in out of the archives, for this and all clones: if their file
    /// goes away, what an entry holds is lost, and not where it is.
    pub fn keep_index(&self) {
        self.parts.iter().for_each(Index::keep);
    }

    /// The paths of its modules, some of them twice, in no order.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().flat_map(Index::paths)
    }

    /// What the answers of each version that can be downloaded begin with, such as
    /// `example.com/m/@v/v1.0.0`, some of them twice, in no order. No answer is read.
    pub fn stems(&self) -> impl Iterator<Item = &str> {
        let names = self.parts.iter().flat_map(Index::entries);
        let zips = names.filter_map(|(name, _)| name.strip_suffix(".zip"));
        zips.filter(|stem| stem.contains("/@v/"))
    }

    /// The SHA-256 of the archive's sums, index and directory, and so of everything that it answers,
    /// as it was written; none in one that an older gobag wrote. It is compared by [`Bag::check`].
    pub fn closing(&self) -> Option<[u8; 32]> {
        self.parts[0].closing()
    }

    /// The entry that answers for `name`, such as `example.com/m/@v/v1.0.0.zip`; none for the
    /// manifest, which lies beside the answers.
    pub fn entry(&self, name: &str) -> Option<Entry> {
        if !is_answer(name) {
            return None;
        }
        match &self.joined {
            Some(joined) => joined.entry(&self.parts, name),
            None => self.parts[0].find(name),
        }
    }

    /// What an entry answers with.
    pub fn answer(&self, entry: &Entry) -> Answer<'a> {
        let bytes = match (self.parts.get(entry.part), &self.joined) {
            (Some(part), _) => part.held(entry),
            (None, Some(joined)) => joined.derived(entry),
            (None, None) => None,
        };
        // It was checked that they lie there when the index was opened.
        let bytes = bytes.unwrap_or_default();
        match entry.unpacked {
            None => Answer::Plain(bytes),
            Some(len) => Answer::Frames(bytes, len),
        }
    }

    /// The answer for `name`, as [`Bag::entry`] finds it.
    pub fn find(&self, name: &str) -> Option<Answer<'a>> {
        self.entry(name).map(|entry| self.answer(&entry))
    }

    /// The same where it lies there as it is, as all do but zips.
    pub fn get(&self, name: &str) -> Option<&'a [u8]> {
        self.find(name)?.plain()
    }

    /// The same, read as this bag is: with care it is compared with the SHA-256 that the bag records.
    pub fn text(&self, name: &str) -> Option<Cow<'a, [u8]>> {
        let entry = self.entry(name)?;
        let text = self.read(self.answer(&entry).plain()?)?;
        if let Some(care) = self.care().filter(|_| sha256(&text) != entry.sha256) {
            care.lose();
        }
        Some(text)
    }

    /// What lies beside the answers under `name` in its own archive, and in each that was joined, with the
    /// SHA-256 that the archive records of it.
    pub(crate) fn beside(&self, name: &str) -> Vec<Option<(&'a [u8], [u8; 32])>> {
        let parts = self.parts.iter();
        let found = parts.map(|part| {
            let entry = part.find(name)?;
            Some((part.held(&entry)?, entry.sha256))
        });
        found.collect()
    }

    /// Every answer with its name, sorted by name.
    pub fn answers(&self) -> impl Iterator<Item = (&str, Answer<'a>)> {
        let entries = self.entries().into_iter();
        let answers = entries.filter(|(name, _)| is_answer(name));
        answers.map(|(name, entry)| (name, self.answer(&entry)))
    }

    /// Every entry with its name.
    fn entries(&self) -> BTreeMap<&str, Entry> {
        match &self.joined {
            Some(joined) => joined.entries(&self.parts),
            None => self.parts[0].entries().collect(),
        }
    }

    /// The names of answers, and of what lies beside them, that do not have the SHA-256 that the bag
    /// records, sorted. All cores work on it.
    pub fn damaged_entries(&self) -> Vec<&str> {
        let is_sound = |entry: &Entry| match self.answer(entry) {
            Answer::Plain(bytes) => sha256(bytes) == entry.sha256,
            frames => frames
                .reader()
                .and_then(|content| digest::copy(content, io::sink()))
                .is_ok_and(|sum| sum == entry.sha256),
        };
        let entries: Vec<(&str, Entry)> = self.entries().into_iter().collect();
        let entries = entries.into_par_iter();
        entries
            .filter(|(_, entry)| !is_sound(entry))
            .map(|(name, _)| name)
            .collect()
    }

    /// Checks that all places of its own archive that tell of its entries tell the same, of which
    /// other tools may read any: the index, the directory, the header before each entry, the sums
    /// and the manifest.
    ///
    /// # Errors
    /// They do not.
    pub fn check(&self) -> Result<(), ArchiveError> {
        let own = &self.parts[0];
        own.compare()?;
        ZipArchive::new(Cursor::new(own.archive()))
            .and_then(|mut zip| zip.validate_header_consistency())
            .map_err(damaged)
    }
}

/// Every path of the protocols holds a slash; the name of what lies beside the answers does not.
fn is_answer(name: &str) -> bool {
    name.contains('/')
}
