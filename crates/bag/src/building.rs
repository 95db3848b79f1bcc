//! Making a build cache: outputs are packed, each once, and several caches become one. What it is then,
//! and how it is read, is [`built`](crate::built).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use rayon::prelude::*;
use zstd::bulk::Compressor;
use zstd::zstd_safe::version_number;

use crate::built::{Action, BuildCache, HeldCache, MAX_OUTPUT_BYTES, Output, Target};
use crate::digest::{hex, sha256};

/// Which of the ways of zstd packs an output: three times as slow is a fifteenth smaller.
const LEVEL: i32 = 9;

/// How many outputs are packed before they are written.
const AT_ONCE: usize = 64;

/// What is put into a build cache.
#[derive(Debug, Clone)]
pub struct Made {
    /// As in [`Action`].
    pub package: String,
    /// As in [`Action`].
    pub what: String,
    /// As in [`Action`].
    pub module: String,
    /// As in [`Action`].
    pub action: String,
    /// Which of the targets it is for.
    pub target: usize,
    /// The SHA-256 of the file with the output, in hex.
    pub output: String,
    /// That file.
    pub file: PathBuf,
}

/// By what another way of packing outputs is told from this one: it makes other bytes.
pub fn recipe() -> String {
    format!("zstd-{}-{LEVEL}", version_number())
}

/// Writes the outputs of `made`, each once, and tells what was written. What does not have the bytes
/// that its id tells of is left out. The same gives the same bytes.
///
/// # Errors
/// A file cannot be read, or `out` not be written.
pub fn write(targets: Vec<Target>, made: &[Made], mut out: impl Write) -> io::Result<BuildCache> {
    let files: BTreeMap<&str, &PathBuf> = made.iter().map(|m| (&*m.output, &m.file)).collect();
    let files: Vec<(&str, &PathBuf)> = files.into_iter().collect();
    let (mut outputs, mut at) = (Vec::new(), 0);
    for some in files.chunks(AT_ONCE) {
        let packed = some.par_iter().map(|(id, file)| {
            let bytes = fs::read(file)?;
            if hex(&sha256(&bytes)) != *id || bytes.len() as u64 > MAX_OUTPUT_BYTES {
                return Ok(None);
            }
            let mut frames = Compressor::new(LEVEL)?;
            Ok(Some((
                id.to_string(),
                bytes.len() as u64,
                frames.compress(&bytes)?,
            )))
        });
        let packed: Vec<Option<(String, u64, Vec<u8>)>> = packed.collect::<io::Result<_>>()?;
        for (id, len, frame) in packed.into_iter().flatten() {
            out.write_all(&frame)?;
            let held = frame.len() as u64;
            outputs.push(Output { id, len, at, held });
            at += held;
        }
    }
    let mut actions: BTreeMap<&str, Action> = BTreeMap::new();
    for made in made {
        let Some(output) = place_of(&made.output, &outputs) else {
            continue;
        };
        let action = actions.entry(&made.action).or_insert_with(|| Action {
            package: made.package.clone(),
            what: made.what.clone(),
            module: made.module.clone(),
            id: made.action.clone(),
            output,
            targets: Vec::new(),
        });
        action.targets.push(made.target);
    }
    let actions = actions.into_values().collect();
    Ok(BuildCache::of(targets, actions, outputs))
}

/// Writes what `parts` hold as one; an action that several have is that of the first. An output that does
/// not have the bytes that its id tells of is left out. The same gives the same bytes.
///
/// # Errors
/// `out` cannot be written.
pub fn join(parts: &[&HeldCache<'_>], mut out: impl Write) -> io::Result<BuildCache> {
    let mut targets = Vec::new();
    let mut actions: BTreeMap<&str, (Action, &str)> = BTreeMap::new();
    let mut held = BTreeMap::new();
    for part in parts {
        let list = &part.list;
        let used: BTreeSet<usize> = list
            .actions
            .iter()
            .flat_map(|a| &a.targets)
            .copied()
            .collect();
        let used = used.into_iter();
        let numbers = used.map(|n| (n, number_of(&list.targets[n], &mut targets)));
        let numbers: BTreeMap<usize, usize> = numbers.collect();
        for action in &list.actions {
            let output = &list.outputs[action.output];
            let (known, id) = actions.entry(&action.id).or_insert_with(|| {
                held.entry(output.id.as_str()).or_insert((part, output));
                let targets = Vec::new();
                (
                    Action {
                        targets,
                        ..action.clone()
                    },
                    &output.id,
                )
            });
            if *id == output.id {
                known
                    .targets
                    .extend(action.targets.iter().map(|n| numbers[n]));
            }
        }
    }
    let (mut outputs, mut at) = (Vec::new(), 0);
    let held: Vec<(&&HeldCache<'_>, &Output)> = held.into_values().collect();
    let frames = held.par_iter().map(|(part, output)| {
        let frame = part.frame(output)?;
        part.output(output).map(|_| (*output, frame))
    });
    let frames: Vec<Option<(&Output, &[u8])>> = frames.collect();
    for (output, frame) in frames.into_iter().flatten() {
        out.write_all(frame)?;
        outputs.push(Output {
            at,
            ..output.clone()
        });
        at += output.held;
    }
    let actions = actions.into_values().filter_map(|(action, id)| {
        let output = place_of(id, &outputs)?;
        Some(Action { output, ..action })
    });
    let actions = actions.collect();
    Ok(BuildCache::of(targets, actions, outputs))
}

/// Which of the `targets` that is, whatever was compiled for it; it becomes one of them.
pub fn number_of(target: &Target, targets: &mut Vec<Target>) -> usize {
    let target = Target {
        packages: 0,
        ..target.clone()
    };
    let known = targets.iter().position(|known| *known == target);
    known.unwrap_or_else(|| {
        targets.push(target);
        targets.len() - 1
    })
}

/// Where the output `id` is among `outputs`, which are sorted by that.
fn place_of(id: &str, outputs: &[Output]) -> Option<usize> {
    let found = outputs.binary_search_by(|output| output.id.as_str().cmp(id));
    found.ok()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::built::BUILD;

    /// A build cache of two targets, which have one of three outputs in common.
    pub(crate) fn written(dir: &std::path::Path) -> (BuildCache, Vec<u8>) {
        let made = |package: &str, target, text: &[u8]| {
            let file = dir.join(package);
            fs::write(&file, text).unwrap();
            Made {
                package: package.into(),
                what: BUILD.into(),
                module: String::new(),
                action: hex(&sha256(package.as_bytes())),
                target,
                output: hex(&sha256(text)),
                file,
            }
        };
        let mut all = vec![
            made("b", 0, &[7; 4000]),
            made("a", 0, b"a"),
            made("a", 1, b"a"),
            made("c", 1, b""),
        ];
        // Somebody wrote to it since.
        let mut changed = made("d", 1, b"d");
        changed.output = hex(&sha256(b"e"));
        all.push(changed);
        let targets = ["linux/amd64", "darwin/arm64"].map(|platform| Target {
            platform: platform.into(),
            ..Target::default()
        });
        let mut out = Vec::new();
        let list = write(targets.to_vec(), &all, &mut out).unwrap();
        (list, out)
    }

    #[test]
    fn two_become_one_that_has_each_thing_once() {
        let dir = tempfile::tempdir().unwrap();
        let (list, outputs) = written(dir.path());
        let one = HeldCache::new(&list, &outputs).unwrap();
        let join = |parts: &[&HeldCache<'_>]| {
            let mut out = Vec::new();
            let list = super::join(parts, &mut out).unwrap();
            HeldCache::new(&list, &out).unwrap();
            (list, out)
        };
        // With itself, or nothing, it is the same.
        let (nothing, empty) = (BuildCache::default(), Vec::new());
        let nothing = HeldCache::new(&nothing, &empty).unwrap();
        for parts in [&[&one][..], &[&one, &one], &[&one, &nothing]] {
            assert_eq!(join(parts), (list.clone(), outputs.clone()));
        }
        // Another has one package otherwise, one for another target, and one more.
        let mut other = list.clone();
        other.targets.swap(0, 1);
        other.targets.push(Target {
            platform: "plan9/386".into(),
            ..Target::default()
        });
        let [a, b, c] = &mut other.actions[..] else {
            panic!("{other:?}")
        };
        a.output = b.output;
        b.targets = vec![2];
        c.package = "d".into();
        c.id = hex(&sha256(b"d"));
        let other = HeldCache::new(&other, &outputs).unwrap();
        let (joined, out) = join(&[&one, &other]);
        assert_eq!(out, outputs, "each output is there once");
        let told = joined.actions.iter();
        let told = told.map(|a| (&*a.package, &*joined.outputs[a.output].id, &*a.targets));
        let id = |text: &[u8]| hex(&sha256(text));
        let want = [
            ("a", &*id(b"a"), &[0, 1][..]),
            ("b", &id(&[7; 4000]), &[0, 2]),
            ("c", &id(b""), &[1]),
            ("d", &id(b""), &[0]),
        ];
        assert_eq!(told.collect::<Vec<_>>(), want);
        let packages: Vec<_> = joined.targets.iter().map(|t| t.packages).collect();
        assert_eq!(packages, [3, 2, 1]);
        // What is damaged is left out, with what it came of.
        let mut damaged = outputs.clone();
        let at = list.outputs.iter().find(|o| o.len == 4000).unwrap().at;
        damaged[at as usize] ^= 1;
        let damaged = HeldCache::new(&list, &damaged).unwrap();
        let (joined, _) = join(&[&damaged]);
        let left: Vec<_> = joined.actions.iter().map(|a| &*a.package).collect();
        assert_eq!((left, joined.outputs.len()), (vec!["a", "c"], 2));
    }
}
