//! A build cache: what go compiled when a bag was proved, beside the bag's answers, and never among them.
//!
//! Two entries hold it. `build-cache.json`, a [`BuildCache`], tells of what was done which output came;
//! `build-cache.zst` has the outputs, each a Zstandard frame of its own, one behind the other. A gobag
//! that knows of neither overlooks them. What an action's output is nobody can tell by its bytes; that
//! these are those of the output with this id is checked whenever one is read.

use std::collections::HashSet;
use std::io::Read;

use serde::{Deserialize, Serialize};
use zstd::stream::read::Decoder;

use crate::Bag;
use crate::digest::{hex, sha256, unhex};
use crate::error::{ArchiveError, damaged};

/// The entry that tells what there is.
pub const LIST_NAME: &str = "build-cache.json";

/// The entry with the outputs.
pub const OUTPUTS_NAME: &str = "build-cache.zst";

/// The longest output, in bytes: a longer one is not kept. The longest of a program that uses gin has 13
/// million.
pub(crate) const MAX_OUTPUT_BYTES: u64 = 128 << 20;

/// What a bag holds of a build cache.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildCache {
    /// What was compiled for.
    pub targets: Vec<Target>,
    /// What was done, sorted by package.
    pub actions: Vec<Action>,
    /// What came of it, sorted by id.
    pub outputs: Vec<Output>,
}

/// What was compiled for, and how.
#[derive(Debug, Default, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Target {
    /// The version of go, such as `go1.26.8`.
    pub go: String,
    /// `os/arch`.
    pub platform: String,
    /// Which processors of that kind: `GOAMD64=v1`.
    pub level: String,
    /// True with `-trimpath`: what was compiled of modules fits on any host. Without, only where the
    /// module cache is the same folder.
    pub trimpath: bool,
    /// True where go had a C compiler (`CGO_ENABLED=1`).
    pub cgo: bool,
    /// How many packages were compiled.
    pub packages: usize,
}

/// Something that was done.
#[derive(Debug, Default, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Action {
    /// The package's import path.
    pub package: String,
    /// What: [`BUILD`] or [`VET`].
    pub what: String,
    /// The module of a package that was compiled, `path@version`, where that is known; nothing follows
    /// the `@` of a project's own.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub module: String,
    /// The SHA-256 of all that went into it, as go computes it, in hex.
    pub id: String,
    /// Which of the outputs came of it.
    pub output: usize,
    /// For which of the targets.
    pub targets: Vec<usize>,
}

impl Action {
    /// What actions are sorted by.
    fn key(&self) -> (&str, &str, &str) {
        (&self.package, &self.what, &self.id)
    }
}

/// Something that came of it.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// The SHA-256 of its bytes, in hex.
    pub id: String,
    /// Its length in bytes.
    pub len: u64,
    /// Where its frame begins.
    pub at: u64,
    /// How long that is.
    pub held: u64,
}

/// What [`Action::what`] is of a package that was compiled.
pub const BUILD: &str = "build";

/// What it is of one that was vetted, for what others need to know of it.
pub const VET: &str = "vet";

impl BuildCache {
    /// Of these, in order, each with its targets once.
    pub(crate) fn of(
        mut targets: Vec<Target>,
        mut actions: Vec<Action>,
        outputs: Vec<Output>,
    ) -> Self {
        for action in &mut actions {
            action.targets.sort_unstable();
            action.targets.dedup();
        }
        actions.sort_by(|a, b| a.key().cmp(&b.key()));
        for (n, target) in targets.iter_mut().enumerate() {
            let compiled = actions.iter();
            let compiled = compiled.filter(|a| a.what == BUILD && a.targets.contains(&n));
            target.packages = compiled.count();
        }
        BuildCache {
            targets,
            actions,
            outputs,
        }
    }

    /// Reads what a bag says of the `held` bytes with its outputs.
    fn parse(json: &[u8], held: u64) -> Result<Self, ArchiveError> {
        let list: BuildCache = serde_json::from_slice(json).map_err(|e| wrong(&e.to_string()))?;
        let lies_there = |o: &Output| o.at.checked_add(o.held).is_some_and(|end| end <= held);
        let outputs =
            |o: &Output| unhex(&o.id).is_some() && o.len <= MAX_OUTPUT_BYTES && lies_there(o);
        // What it is for, and what it is, is compared when it is compiled again: nothing may be of no
        // kind or for no target, or be told twice, so that go finds another than was compared.
        let actions = |a: &Action| {
            let is_for = a.targets.iter().all(|t| *t < list.targets.len()) && !a.targets.is_empty();
            let is_known = [BUILD, VET].contains(&a.what.as_str()) && unhex(&a.id).is_some();
            is_for && is_known && a.output < list.outputs.len()
        };
        let ids: HashSet<&str> = list.actions.iter().map(|a| a.id.as_str()).collect();
        let once = ids.len() == list.actions.len();
        match once && list.outputs.iter().all(outputs) && list.actions.iter().all(actions) {
            true => Ok(list),
            false => Err(wrong(
                "it tells of what is not there, or of one thing twice",
            )),
        }
    }

    /// What was done for targets that fit.
    pub fn actions_for(&self, fits: impl Fn(&Target) -> bool) -> impl Iterator<Item = &Action> {
        let fit: Vec<bool> = self.targets.iter().map(fits).collect();
        let actions = self.actions.iter();
        actions.filter(move |action| action.targets.iter().any(|target| fit[*target]))
    }

    /// How many bytes the outputs have.
    pub fn bytes(&self) -> u64 {
        self.outputs
            .iter()
            .map(|o| o.len)
            .fold(0, u64::saturating_add)
    }

    /// How many bytes they take in a bag.
    pub fn held_bytes(&self) -> u64 {
        self.outputs
            .iter()
            .map(|o| o.held)
            .fold(0, u64::saturating_add)
    }
}

fn wrong(why: &str) -> ArchiveError {
    damaged(format_args!("{LIST_NAME}: {why}"))
}

/// The build cache of a bag in memory.
#[derive(Debug, Clone)]
pub struct HeldCache<'a> {
    /// What there is.
    pub list: BuildCache,
    /// The SHA-256 of what tells of it, and so of all of it, in hex.
    pub id: String,
    outputs: &'a [u8],
}

impl<'a> HeldCache<'a> {
    /// That of which `list` tells, with its `outputs` one behind the other.
    ///
    /// # Errors
    /// It cannot be written as JSON, or tells of what is not there.
    pub fn new(list: &BuildCache, outputs: &'a [u8]) -> Result<Self, ArchiveError> {
        let list = serde_json::to_vec(list).map_err(|e| wrong(&e.to_string()))?;
        HeldCache::read(&list, sha256(&list), outputs)
    }

    fn read(list: &[u8], recorded: [u8; 32], outputs: &'a [u8]) -> Result<Self, ArchiveError> {
        if sha256(list) != recorded {
            return Err(wrong("it is not as it was packed"));
        }
        let id = hex(&recorded);
        let list = BuildCache::parse(list, outputs.len() as u64)?;
        Ok(HeldCache { list, id, outputs })
    }

    /// Those of `bag` and of the bags that are joined to it, newest first.
    ///
    /// # Errors
    /// One of them is damaged.
    pub fn of(bag: &Bag<'a>) -> Result<Vec<Self>, ArchiveError> {
        let lists = bag.beside(LIST_NAME).into_iter();
        let both = lists.zip(bag.beside(OUTPUTS_NAME));
        let held = both.filter_map(|(list, outputs)| {
            let outputs = outputs.map_or(&[][..], |(outputs, _)| outputs);
            list.map(|(list, recorded)| (list, recorded, outputs))
        });
        held.map(|(list, recorded, outputs)| {
            let list = bag.read(list).ok_or_else(|| wrong("it cannot be read"))?;
            HeldCache::read(&list, recorded, outputs)
        })
        .collect()
    }

    /// The bytes of an output; none where they are not those that its id tells of.
    pub fn output(&self, output: &Output) -> Option<Vec<u8>> {
        let frame = self.frame(output)?;
        let bytes = zstd::bulk::decompress(frame, usize::try_from(output.len).ok()?).ok()?;
        let is_whole = bytes.len() as u64 == output.len && hex(&sha256(&bytes)) == output.id;
        is_whole.then_some(bytes)
    }

    /// The first bytes of an output, no more than `most`: nothing tells whether they are those that its
    /// id tells of.
    pub fn head(&self, output: &Output, most: u64) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        let content = Decoder::with_buffer(self.frame(output)?).ok()?;
        content
            .single_frame()
            .take(most)
            .read_to_end(&mut bytes)
            .ok()?;
        Some(bytes)
    }

    /// The frame that holds an output.
    pub(crate) fn frame(&self, output: &Output) -> Option<&'a [u8]> {
        let begin = usize::try_from(output.at).ok()?;
        let end = begin.checked_add(usize::try_from(output.held).ok()?)?;
        self.outputs.get(begin..end)
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::archive::{self, Source};
    use crate::building::tests::written;
    use crate::manifest::{Manifest, PLAIN_FORMAT};

    fn archive(list: &[u8], outputs: &[u8]) -> Vec<u8> {
        let mut out = io::Cursor::new(Vec::new());
        let manifest = Manifest {
            format: PLAIN_FORMAT,
            ..Manifest::default()
        };
        let entries = [(LIST_NAME, list), (OUTPUTS_NAME, outputs)];
        let sources = entries.map(|(name, bytes)| (name, Source::Bytes(bytes.to_vec())));
        archive::write(&mut out, &manifest, sources.iter().map(|(n, s)| (*n, s))).unwrap();
        out.into_inner()
    }

    #[test]
    fn an_output_is_held_once_and_read_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let (list, outputs) = written(dir.path());
        assert!(outputs.len() < 200, "{}", outputs.len());
        let told: Vec<_> = list
            .actions
            .iter()
            .map(|a| (&*a.package, &*a.targets))
            .collect();
        assert_eq!(told, [("a", &[0, 1][..]), ("b", &[0]), ("c", &[1])]);
        assert_eq!((list.outputs.len(), list.bytes()), (3, 4001));
        assert_eq!(list.held_bytes(), outputs.len() as u64);
        let packages: Vec<_> = list.targets.iter().map(|t| t.packages).collect();
        assert_eq!(packages, [2, 2]);
        let bytes = archive(&serde_json::to_vec(&list).unwrap(), &outputs);
        let bag = Bag::open(&bytes).unwrap();
        assert_eq!(bag.damaged_entries(), [""; 0]);
        bag.check().unwrap();
        // It is no answer.
        assert_eq!(bag.answers().count(), 0);
        assert!(bag.find(OUTPUTS_NAME).is_none() && bag.find(LIST_NAME).is_none());
        let held = HeldCache::of(&bag).unwrap();
        assert_eq!((held.len(), &held[0].list), (1, &list));
        let read: Vec<_> = list
            .outputs
            .iter()
            .map(|o| held[0].output(o).unwrap())
            .collect();
        assert!(read.contains(&vec![7; 4000]) && read.contains(&b"a".to_vec()));
        let heads = list.outputs.iter().map(|o| held[0].head(o, 3).unwrap());
        let heads: Vec<Vec<u8>> = heads.collect();
        assert!(heads.contains(&vec![7; 3]) && heads.contains(&b"a".to_vec()));
    }

    #[test]
    fn what_an_id_does_not_tell_of_is_no_output() {
        let dir = tempfile::tempdir().unwrap();
        let (list, outputs) = written(dir.path());
        let text = serde_json::to_vec(&list).unwrap();
        for at in 0..outputs.len() {
            let mut outputs = outputs.clone();
            outputs[at] ^= 1;
            let bytes = archive(&text, &outputs);
            let held = HeldCache::of(&Bag::open(&bytes).unwrap()).unwrap();
            let sound = list.outputs.iter().filter(|o| {
                let output = held[0].output(o);
                output.is_some_and(|bytes| hex(&sha256(&bytes)) == o.id)
            });
            assert!(sound.count() >= 2, "{at}");
        }
        let text = String::from_utf8(text).unwrap();
        let id = &list.outputs[0].id;
        for (from, to) in [
            (id.as_str(), "../../../../etc/passwd"),
            ("\"at\":0,", "\"at\":18446744073709551615,"),
            ("\"at\":0,", "\"at\":1000,"),
            ("\"output\":2", "\"output\":3"),
            ("\"targets\":[0]", "\"targets\":[2]"),
            ("\"targets\":[0]", "\"targets\":[]"),
            ("\"what\":\"build\"", "\"what\":\"build stdout\""),
            (list.actions[0].id.as_str(), list.actions[1].id.as_str()),
            ("\"len\":4000", "\"len\":4000000000"),
            ("{", "["),
        ] {
            let wrong = text.replace(from, to);
            assert_ne!(wrong, text, "{from}");
            let bytes = archive(wrong.as_bytes(), &outputs);
            let held = HeldCache::of(&Bag::open(&bytes).unwrap());
            assert!(held.is_err(), "{to}");
        }
        // One that has no outputs at all, or says too little of their length.
        let short = text.replace("\"len\":4000", "\"len\":3999");
        let bytes = archive(short.as_bytes(), &outputs);
        let held = HeldCache::of(&Bag::open(&bytes).unwrap()).unwrap();
        let missing = held[0]
            .list
            .outputs
            .iter()
            .filter(|o| held[0].output(o).is_none());
        assert_eq!(missing.count(), 1);
    }
}
