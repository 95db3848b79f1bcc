//! How an index is written: its parts, and the end by which it is found.

use std::collections::HashSet;
use std::io;
use std::ops::Range;

use crate::digest::sha256;
use crate::entry::Entry;
use crate::known::Known;
use crate::manifest::Manifest;
use crate::place;
use crate::table::{self, Table};

/// What its end begins with. What stands in an index, and how that is derived, changes with the
/// number in it: one with another mark is overlooked, and made anew.
const MARK: &[u8; 16] = b"gobag index: 1\n\0";

/// The bytes of its end: the mark, nine numbers of 8 bytes, and the CRC-32 of all before it.
const END_BYTES: usize = 16 + 9 * 8 + 4;

/// What an index has before its end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parts<'b> {
    /// Where each entry lies in the archive.
    pub entries: Table<'b>,
    /// Where what is told of each module lies in `texts`.
    pub modules: Table<'b>,
    /// What is told of modules: see [`Known`].
    pub texts: &'b [u8],
    /// [`About`](crate::manifest::About), as JSON.
    pub about: &'b [u8],
}

/// How long its parts are, and where the sums lie.
#[derive(Debug, Clone, Copy)]
pub(crate) struct End {
    /// How many entries there are, and how many bytes their names have.
    pub entries: (usize, usize),
    /// The same of the modules.
    pub modules: (usize, usize),
    /// How long all that is told of modules is.
    pub texts: usize,
    /// How long [`About`](crate::manifest::About) is.
    pub about: usize,
    /// Where the sums begin in the archive, and how long they are.
    pub sums: (usize, usize),
    /// How long the index is.
    pub all: usize,
}

impl End {
    /// Reads the end of `bytes`.
    pub fn parse(bytes: &[u8]) -> Option<End> {
        let (_, end) = bytes.split_last_chunk::<END_BYTES>()?;
        let numbers = end.strip_prefix(MARK)?.as_chunks().0.iter();
        let numbers = numbers.map(|number| usize::try_from(u64::from_le_bytes(*number)).ok());
        let numbers: Option<Vec<usize>> = numbers.collect();
        let [
            entries,
            entry_names,
            modules,
            module_names,
            texts,
            about,
            at,
            len,
            all,
        ] = numbers?[..]
        else {
            return None;
        };
        Some(End {
            entries: (entries, entry_names),
            modules: (modules, module_names),
            texts,
            about,
            sums: (at, len),
            all,
        })
    }

    fn encode(&self) -> Vec<u8> {
        let ((entries, entry_names), (modules, module_names)) = (self.entries, self.modules);
        let (at, len) = self.sums;
        let numbers = [
            entries,
            entry_names,
            modules,
            module_names,
            self.texts,
            self.about,
            at,
            len,
            self.all,
        ];
        let numbers = numbers
            .iter()
            .flat_map(|number| (*number as u64).to_le_bytes());
        MARK.iter().copied().chain(numbers).collect()
    }

    /// The parts of an index; none if they are not all of `bytes`.
    pub fn parts<'b>(&self, bytes: &'b [u8]) -> Option<Parts<'b>> {
        let (entries, rest) = Table::split(bytes, self.entries)?;
        let (modules, rest) = Table::split(rest, self.modules)?;
        let (texts, rest) = rest.split_at_checked(self.texts)?;
        let (about, end) = rest.split_at_checked(self.about)?;
        (end.len() == END_BYTES).then_some(Parts {
            entries,
            modules,
            texts,
            about,
        })
    }
}

/// Makes the index of these entries, each of which has another name, for a bag that says this of
/// itself and has its sums there. The same of all give the same bytes, in whatever order they come.
///
/// # Errors
/// There are more than 4 GiB of names.
pub(crate) fn build<'n>(
    entries: impl Iterator<Item = (&'n str, Entry)>,
    manifest: &Manifest,
    sums: Range<usize>,
) -> io::Result<Vec<u8>> {
    let sound = sound_zips(manifest);
    let entries = entries.map(|(name, mut entry)| {
        entry.sound = sound.contains(name);
        (name, entry)
    });
    let entries = table::build(entries.collect())?;
    let mut texts = Vec::new();
    let modules = manifest.modules.iter().map(|module| {
        let known = Known::of(module);
        let (text, at) = (known.text().as_bytes(), texts.len());
        texts.extend_from_slice(text);
        let entry = Entry::of(sha256(text), at as u64, text.len() as u64);
        (module.path.as_str(), entry)
    });
    let modules = table::build(modules.collect())?;
    let about = serde_json::to_vec(&manifest.about())?;
    let parts = [&entries.bytes, &modules.bytes, &texts, &about];
    let end = End {
        entries: entries.count,
        modules: modules.count,
        texts: texts.len(),
        about: about.len(),
        sums: (sums.start, sums.len()),
        all: parts.iter().map(|part| part.len()).sum::<usize>() + END_BYTES,
    };
    let mut bytes = Vec::with_capacity(end.all);
    for part in parts.into_iter().chain([&end.encode()]) {
        bytes.extend_from_slice(part);
    }
    let crc = crc32fast::hash(&bytes);
    bytes.extend_from_slice(&crc.to_le_bytes());
    Ok(bytes)
}

/// The names of the zips that keep Go's rules.
fn sound_zips(manifest: &Manifest) -> HashSet<String> {
    let sound = manifest.complete().filter(|(_, version)| !version.invalid);
    let stems = sound.filter_map(|(path, v)| place::stem(path, &v.version).ok());
    stems.map(|stem| stem + ".zip").collect()
}
