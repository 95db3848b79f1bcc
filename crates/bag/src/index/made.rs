//! How an index is written: its parts, and the end by which it is found.

use std::collections::HashSet;
use std::io;
use std::ops::Range;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::digest::sha256;
use crate::entry::Entry;
use crate::manifest::Manifest;
use crate::place;
use crate::table::{self, Table};

/// What its end begins with. What stands in an index, and how that is derived, changes with the
/// number in it: one with another mark is overlooked, and made anew.
const MARK: &[u8; 16] = b"gobag index: 1\n\0";

/// The bytes of its end: the mark, eight numbers of 8 bytes, and the CRC-32 of all before it.
const END_BYTES: usize = 16 + 8 * 8 + 4;

/// How long its parts are, and where the sums lie.
#[derive(Debug, Clone, Copy)]
pub(crate) struct End {
    /// How many entries there are, and how many bytes their names have.
    pub entries: (usize, usize),
    /// The same of the modules.
    pub modules: (usize, usize),
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

    /// The entries, the modules, and the text of [`About`](crate::manifest::About); none if they are not all of `bytes`.
    pub fn parts<'b>(&self, bytes: &'b [u8]) -> Option<(Table<'b>, Table<'b>, &'b [u8])> {
        let (entries, rest) = Table::split(bytes, self.entries)?;
        let (modules, rest) = Table::split(rest, self.modules)?;
        let (about, end) = rest.split_at_checked(self.about)?;
        (end.len() == END_BYTES).then_some((entries, modules, about))
    }
}

/// Makes the index of these entries, each of which has another name. `text` is the manifest as it is
/// written, and where it lies; `sums` is where those lie.
///
/// # Errors
/// `text` is no manifest; there are more than 4 GiB of names.
pub(crate) fn build<'n>(
    entries: impl Iterator<Item = (&'n str, Entry)>,
    manifest: &Manifest,
    (text, at): (&[u8], u64),
    sums: Range<usize>,
) -> io::Result<Vec<u8>> {
    let sound = sound_zips(manifest);
    let entries = entries.map(|(name, mut entry)| {
        entry.sound = sound.contains(name);
        (name, entry)
    });
    let entries = table::build(entries)?;
    let modules = table::build(spans(manifest, text, at)?)?;
    let about = serde_json::to_vec(&manifest.about())?;
    let all = entries.bytes.len() + modules.bytes.len() + about.len() + END_BYTES;
    let end = End {
        entries: entries.count,
        modules: modules.count,
        about: about.len(),
        sums: (sums.start, sums.len()),
        all,
    };
    let mut bytes = [entries.bytes, modules.bytes, about, end.encode()].concat();
    let crc = crc32fast::hash(&bytes);
    bytes.extend_from_slice(&crc.to_le_bytes());
    Ok(bytes)
}

/// Where each module stands in the text of a manifest that lies at `at`.
fn spans<'m>(manifest: &'m Manifest, text: &[u8], at: u64) -> io::Result<Vec<(&'m str, Entry)>> {
    #[derive(Deserialize)]
    struct Text<'t> {
        #[serde(borrow)]
        modules: Vec<&'t RawValue>,
    }
    let texts = serde_json::from_slice::<Text<'_>>(text)?.modules;
    let spans = manifest.modules.iter().zip(texts).map(|(module, of)| {
        let of = of.get().as_bytes();
        let offset = at + (of.as_ptr().addr() - text.as_ptr().addr()) as u64;
        let entry = Entry::of(sha256(of), offset, of.len() as u64);
        (module.path.as_str(), entry)
    });
    Ok(spans.collect())
}

/// The names of the zips that keep Go's rules.
fn sound_zips(manifest: &Manifest) -> HashSet<String> {
    let sound = manifest.complete().filter(|(_, version)| !version.invalid);
    let stems = sound.filter_map(|(path, v)| place::stem(path, &v.version).ok());
    stems.map(|stem| stem + ".zip").collect()
}
