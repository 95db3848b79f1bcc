//! What is known of modules for people: licences, READMEs, and who requires whom, beside the bag's answers, and
//! never among them.
//!
//! Two entries hold it. `described.json`, a [`Described`], tells of each version; `readmes.zst` has the READMEs as
//! HTML that is safe to show, each a Zstandard frame of its own, one behind the other. A gobag that knows of
//! neither overlooks them. All of it is derived of the zips when a bag is packed.

use std::cmp::Ordering;

use gomod::semver;
use serde::{Deserialize, Serialize};

use crate::Bag;
use crate::care::Care;
use crate::digest::{hex, sha256, unhex};
use crate::error::{ArchiveError, damaged};

/// The entry that tells what is known.
pub const DESCRIBED_NAME: &str = "described.json";

/// The entry with the READMEs.
pub const READMES_NAME: &str = "readmes.zst";

/// The longest README, in bytes of HTML: a longer one is not kept.
pub const MAX_README_BYTES: u64 = 1 << 20;

/// What is known of the modules of a bag.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Described {
    /// The version of the gobag that found it out: another one may know other licences.
    #[serde(default)]
    pub by: String,
    /// Of every version that can be downloaded, sorted by path and then by version, as semver has it.
    pub versions: Vec<Description>,
}

/// What is known of one version.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// The module path, unescaped.
    pub path: String,
    /// The version, unescaped.
    pub version: String,
    /// Its licence files, sorted by name: those at the module's root.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub licenses: Vec<LicenseFile>,
    /// Its README, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub readme: Option<Readme>,
    /// Which of the [`Described::versions`] require this version by their go.mod, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub required_by: Vec<usize>,
}

/// A file with the text of a licence.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LicenseFile {
    /// What it is called, below the module's root.
    pub file: String,
    /// The licences that it has the text of, by their SPDX identifiers (spdx.org/licenses), sorted; empty where
    /// that is not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spdx: Vec<String>,
}

/// A README as HTML.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Readme {
    /// The file that it was made of, below the module's root.
    pub file: String,
    /// The SHA-256 of the HTML, in hex.
    pub sha256: String,
    /// The length of the HTML in bytes.
    pub len: u64,
    /// Where its frame begins.
    pub at: u64,
    /// How long that is.
    pub held: u64,
}

impl Described {
    /// Reads what a bag says of the `held` bytes with its READMEs.
    fn parse(json: &[u8], held: u64) -> Result<Self, ArchiveError> {
        let described: Described = serde_json::from_slice(json).map_err(wrong)?;
        let versions = &described.versions;
        let readme = |r: &Readme| {
            let lies_there = r.at.checked_add(r.held).is_some_and(|end| end <= held);
            lies_there && r.len <= MAX_README_BYTES && unhex(&r.sha256).is_some()
        };
        let sound = |d: &Description| {
            let known = d.required_by.iter().all(|place| *place < versions.len());
            let mut names = d.licenses.iter().flat_map(|file| &file.spdx);
            known && d.readme.iter().all(readme) && names.all(|name| is_name(name))
        };
        let in_order = |two: &[Description]| two[0].compare(&two[1].path, &two[1].version).is_lt();
        match versions.windows(2).all(in_order) && versions.iter().all(sound) {
            true => Ok(described),
            false => Err(wrong("it tells of what is not there, or not in order")),
        }
    }
}

impl Description {
    /// How this stands to another version in the order of a list.
    pub(crate) fn compare(&self, path: &str, version: &str) -> Ordering {
        let by_path = self.path.as_str().cmp(path);
        by_path.then_with(|| semver::compare_total(&self.version, version))
    }
}

/// True for what is written like an SPDX identifier.
fn is_name(spdx: &str) -> bool {
    let is_part = |b: u8| b.is_ascii_alphanumeric() || b"-.+".contains(&b);
    !spdx.is_empty() && spdx.bytes().all(is_part)
}

fn wrong(why: impl std::fmt::Display) -> ArchiveError {
    damaged(format_args!("{DESCRIBED_NAME}: {why}"))
}

/// What is known of the modules of a bag in memory.
#[derive(Debug, Clone)]
pub struct HeldDescribed<'a> {
    /// What is known.
    pub list: Described,
    readmes: &'a [u8],
    care: Option<Care>,
}

impl<'a> HeldDescribed<'a> {
    /// What is known of `bag` and of the bags that are joined to it, newest first. One of which nothing is known,
    /// since an older gobag packed it, is left out. READMEs are read later, as the bag is: with care or without.
    ///
    /// # Errors
    /// One of them is damaged, or cannot be read.
    pub fn of(bag: &Bag<'a>) -> Result<Vec<Self>, ArchiveError> {
        let lists = bag.beside(DESCRIBED_NAME).into_iter();
        let both = lists.zip(bag.beside(READMES_NAME));
        let held = both.filter_map(|(list, readmes)| {
            let readmes = readmes.map_or(&[][..], |(readmes, _)| readmes);
            list.map(|(list, recorded)| (list, recorded, readmes))
        });
        held.map(|(list, recorded, readmes)| {
            let list = bag.read(list).filter(|list| sha256(list) == recorded);
            let list = list.ok_or_else(|| wrong("it is not as it was packed"))?;
            let list = Described::parse(&list, readmes.len() as u64)?;
            Ok(HeldDescribed {
                list,
                readmes,
                care: bag.care().cloned(),
            })
        })
        .collect()
    }

    /// What is known of this version of the module with this path.
    pub fn find(&self, path: &str, version: &str) -> Option<&Description> {
        let versions = &self.list.versions;
        let found = versions.binary_search_by(|d| d.compare(path, version));
        found.ok().and_then(|place| versions.get(place))
    }

    /// The path and version of each that requires this one.
    pub fn required_by<'d>(
        &'d self,
        description: &'d Description,
    ) -> impl Iterator<Item = (&'d str, &'d str)> {
        let places = description.required_by.iter();
        let found = places.filter_map(|place| self.list.versions.get(*place));
        found.map(|d| (d.path.as_str(), d.version.as_str()))
    }

    /// The README as HTML that is safe to show; none where there is none, or it is not what was packed.
    pub fn readme(&self, description: &Description) -> Option<String> {
        let readme = description.readme.as_ref()?;
        let begin = usize::try_from(readme.at).ok()?;
        let end = begin.checked_add(usize::try_from(readme.held).ok()?)?;
        let len = usize::try_from(readme.len.min(MAX_README_BYTES)).ok()?;
        let frame = Care::read(self.care.as_ref(), self.readmes.get(begin..end)?)?;
        let html = zstd::bulk::decompress(&frame, len).ok()?;
        let is_whole = html.len() as u64 == readme.len && hex(&sha256(&html)) == readme.sha256;
        is_whole.then(|| String::from_utf8(html).ok())?
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use mutated::{config, frugal};
    use proptest::prelude::*;

    use super::*;
    use crate::archive::{self, Source};
    use crate::manifest::{Manifest, PLAIN_FORMAT};

    /// Two versions, of which one requires the other and has a README.
    fn made() -> (Described, Vec<u8>) {
        let html = "<p>A module.</p>\n".repeat(100);
        let readmes = zstd::bulk::compress(html.as_bytes(), 9).unwrap();
        let readme = Readme {
            file: "README.md".into(),
            sha256: hex(&sha256(html.as_bytes())),
            len: html.len() as u64,
            at: 0,
            held: readmes.len() as u64,
        };
        let licence = LicenseFile {
            file: "LICENSE".into(),
            spdx: vec!["MIT".into()],
        };
        let of = |path: &str, version: &str| Description {
            path: path.into(),
            version: version.into(),
            ..Description::default()
        };
        let mut versions = vec![of("a", "v1.9.0"), of("a", "v1.10.0"), of("b", "v1.0.0")];
        versions[0].licenses = vec![licence];
        versions[1].readme = Some(readme);
        versions[2].required_by = vec![0, 1];
        let by = "1.2.3".to_string();
        (Described { by, versions }, readmes)
    }

    fn archive(list: &[u8], readmes: &[u8]) -> Vec<u8> {
        let mut out = io::Cursor::new(Vec::new());
        let manifest = Manifest {
            format: PLAIN_FORMAT,
            ..Manifest::default()
        };
        let entries = [(DESCRIBED_NAME, list), (READMES_NAME, readmes)];
        let sources = entries.map(|(name, bytes)| (name, Source::Bytes(bytes.to_vec())));
        archive::write(&mut out, &manifest, sources.iter().map(|(n, s)| (*n, s))).unwrap();
        out.into_inner()
    }

    #[test]
    fn what_is_known_is_found_and_is_no_answer() {
        let (list, readmes) = made();
        let bytes = archive(&serde_json::to_vec(&list).unwrap(), &readmes);
        let bag = Bag::open(&bytes).unwrap();
        assert_eq!(bag.answers().count(), 0);
        assert_eq!(bag.damaged_entries(), [""; 0]);
        let [held] = &HeldDescribed::of(&bag).unwrap()[..] else {
            panic!("one bag tells of what it holds")
        };
        assert_eq!(held.list, list);
        let found = |path: &str, version: &str| held.find(path, version);
        assert_eq!(found("a", "v1.9.0"), Some(&list.versions[0]));
        assert_eq!(found("a", "v1.10.0"), Some(&list.versions[1]));
        assert_eq!((found("a", "v1.0.0"), found("c", "v1.0.0")), (None, None));
        let b = found("b", "v1.0.0").unwrap();
        let by: Vec<_> = held.required_by(b).collect();
        assert_eq!(by, [("a", "v1.9.0"), ("a", "v1.10.0")]);
        assert_eq!(held.readme(b), None);
        let html = held.readme(found("a", "v1.10.0").unwrap()).unwrap();
        assert!(html.starts_with("<p>A module.</p>") && html.len() == 1700);
    }

    #[test]
    fn what_was_changed_is_refused_or_is_no_readme() {
        let (list, readmes) = made();
        let text = serde_json::to_vec(&list).unwrap();
        for at in 0..readmes.len() {
            let mut readmes = readmes.clone();
            readmes[at] ^= 1;
            let bytes = archive(&text, &readmes);
            let held = &HeldDescribed::of(&Bag::open(&bytes).unwrap()).unwrap()[0];
            let read = held.readme(&held.list.versions[1]);
            assert!(read.is_none_or(|html| html.len() == 1700), "{at}");
        }
        let text = String::from_utf8(text).unwrap();
        for (from, to) in [
            ("v1.9.0", "v1.11.0"),
            ("v1.9.0", "v1.10.0"),
            ("[0,1]", "[0,3]"),
            ("\"at\":0,", "\"at\":18446744073709551615,"),
            ("\"at\":0,", "\"at\":1000,"),
            ("\"len\":1700", "\"len\":1048577"),
            ("\"sha256\":\"", "\"sha256\":\"../"),
            ("{", "["),
        ] {
            let wrong = text.replace(from, to);
            assert_ne!(wrong, text, "{from}");
            let bytes = archive(wrong.as_bytes(), &readmes);
            let held = HeldDescribed::of(&Bag::open(&bytes).unwrap());
            assert!(held.is_err(), "{to}");
        }
    }

    proptest! {
        #![proptest_config(config())]
        #[test]
        fn fuzz_of_a_readme_which_is_what_its_hash_tells_of(
            list in mutated::bytes([serde_json::to_vec(&made().0).unwrap()]),
            readmes in mutated::bytes([made().1]),
        ) {
            let bytes = archive(&list, &readmes);
            let bag = Bag::open(&bytes).unwrap();
            for held in &frugal(bytes.len(), || HeldDescribed::of(&bag)).unwrap_or_default() {
                for known in &held.list.versions {
                    let its = known.readme.as_ref().map(|readme| &readme.sha256);
                    let is_its = |html: &String| its == Some(&hex(&sha256(html.as_bytes())));
                    prop_assert!(held.readme(known).iter().all(is_its));
                    prop_assert_eq!(held.find(&known.path, &known.version), Some(known));
                    prop_assert_eq!(held.required_by(known).count(), known.required_by.len());
                }
            }
        }
    }
}
