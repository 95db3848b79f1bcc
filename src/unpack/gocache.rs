//! What a bag holds of a build cache, written as a GOCACHE: the files of `cmd/go/internal/cache`, as go
//! writes them itself.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use bag::Bag;
use bag::built::{Action, BUILD, HeldCache, Target};
use gocache::file::{entry, entry_name, output_name};
use rayon::prelude::*;

use crate::error::{Context, Error, Result};
use crate::process::cleanup;
use crate::terminal::size::count;
use crate::unpack::partial;

/// How many folders there are: one for each way that an id can begin.
const FOLDERS: u32 = 256;

/// What was written, or is damaged in the bag.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Filled {
    /// How many outputs were written.
    pub outputs: usize,
    /// How many are not what their ids tell of: they were left out.
    pub damaged: usize,
}

/// The build caches of `bag` and of those that are joined to it, newest first: one at least.
///
/// # Errors
/// There is none, or one is damaged.
pub fn carried<'a>(bag: &Bag<'a>) -> Result<Vec<HeldCache<'a>>> {
    let mut held = HeldCache::of(bag)?;
    held.retain(|held| !held.list.actions.is_empty());
    match held.is_empty() {
        true => Err(Error::new(
            "this bag carries no build cache: pack makes one where it proves a bag",
        )),
        false => Ok(held),
    }
}

/// Which outputs of `held` the GOCACHE `dir` lacks, or lacks an entry of, for targets that fit; by their
/// numbers.
pub fn lacking(held: &HeldCache<'_>, fits: impl Fn(&Target) -> bool, dir: &Path) -> Vec<usize> {
    let has = |name: String, len: u64| {
        let data = fs::symlink_metadata(dir.join(name));
        data.is_ok_and(|data| data.is_file() && data.len() == len)
    };
    let list = &held.list;
    let actions: Vec<&Action> = list.actions_for(fits).collect();
    let lacking = actions.par_iter().filter(|action| {
        let output = &list.outputs[action.output];
        let text = entry(&action.id, &output.id, output.len);
        let has_output = has(output_name(&output.id), output.len);
        !(has_output && has(entry_name(&action.id), text.len() as u64))
    });
    let lacking: BTreeSet<usize> = lacking.map(|action| action.output).collect();
    lacking.into_iter().collect()
}

/// Writes the outputs `wanted` of `held`, by their numbers, and the entries of the actions that have
/// them, to the GOCACHE `dir`. Each file is made in `partial`, on the same disk, and then gets its name,
/// so that a go command finds no part of one. Bytes that are not what their id tells of are left out.
///
/// # Errors
/// A file cannot be written; what was written counts.
pub fn fill(
    held: &HeldCache<'_>,
    wanted: &[usize],
    dir: &Path,
    partial: &Path,
) -> io::Result<Filled> {
    for number in 0..FOLDERS {
        let folder = dir.join(format!("{number:02x}"));
        fs::create_dir_all(folder)?;
    }
    let put = |name: String, bytes: &[u8]| {
        let _gate = cleanup::gate();
        let (file, thread) = (dir.join(name), rayon::current_thread_index());
        let made = partial.join(format!("{}", thread.unwrap_or_default()));
        fs::write(&made, bytes)?;
        fs::rename(made, file)
    };
    let list = &held.list;
    let mut actions: Vec<Vec<&Action>> = vec![Vec::new(); list.outputs.len()];
    for action in &list.actions {
        actions[action.output].push(action);
    }
    let filled = wanted.par_iter().with_max_len(1).map(|number| {
        let output = &list.outputs[*number];
        let is_built = actions[*number].iter().any(|action| action.what == BUILD);
        // What a package is compiled to is an archive (cmd/internal/archive).
        let sound = |bytes: &Vec<u8>| is_built == bytes.starts_with(b"!<arch>\n");
        let Some(bytes) = held.output(output).filter(sound) else {
            return Ok(false);
        };
        put(output_name(&output.id), &bytes)?;
        for action in &actions[*number] {
            let text = entry(&action.id, &output.id, output.len);
            put(entry_name(&action.id), text.as_bytes())?;
        }
        Ok(true)
    });
    let filled: Vec<bool> = filled.collect::<io::Result<_>>()?;
    let outputs = filled.iter().filter(|sound| **sound).count();
    let damaged = filled.len() - outputs;
    Ok(Filled { outputs, damaged })
}

/// Writes what `bag` holds of a build cache as a GOCACHE to `dir`, which is not there or is empty, and
/// returns how many outputs there are.
///
/// # Errors
/// The bag holds none, or something in it is damaged; a file cannot be written.
pub fn write(bag: &Bag<'_>, dir: &Path) -> Result<usize> {
    let caches = carried(bag)?;
    cleanup::handle_signals("the build cache was not written")?;
    let is_new = !dir.exists();
    let make = || fs::create_dir_all(dir).map(|()| dir);
    match is_new {
        true => cleanup::made(make, |dir| dir).context(dir.display())?,
        false => make().context(dir.display())?,
    };
    let written = write_into(&caches, dir);
    if is_new && written.is_err() {
        // The error counts that was first.
        let _ = cleanup::remove(dir);
    }
    cleanup::keep(dir);
    written
}

/// Writes all of `caches` into the folder `dir`, and returns how many outputs there are.
fn write_into(caches: &[HeldCache<'_>], dir: &Path) -> Result<usize> {
    let partial = partial::folder_in(dir).context(dir.display())?;
    let mut outputs = 0;
    for held in caches {
        let all: Vec<usize> = (0..held.list.outputs.len()).collect();
        let filled = fill(held, &all, dir, partial.path()).context(dir.display())?;
        if filled.damaged > 0 {
            let damaged = count(filled.damaged, "output");
            let text = "of the build cache not as packed: copy the file of the bag again";
            return Err(Error::new(format!("{damaged} {text}")));
        }
        outputs += filled.outputs;
    }
    Ok(outputs)
}
