//! What the bag has of a build cache, ready for a command: a GOCACHE of gobag's own in the user's cache
//! folder, for each build cache one, so that nothing is mixed with what go compiles without it. Whatever
//! is wrong with it is told, and no error: go compiles then.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use bag::built::{HeldCache, Target};
use bag::digest::{hex, sha256};
use bag::{Bag, TOOLCHAIN};

use super::fits::{Wanted, misfit, unfit, untrimmed};
use crate::carried::toolchains;
use crate::client::goenv::GoEnv;
use crate::error::{Context, Error, Result};
use crate::process::caches::{self, Place};
use crate::process::{cleanup, room};
use crate::terminal::progress::warn;
use crate::terminal::size::count;
use crate::unpack::{alone, gocache, partial};

/// How a folder with such a GOCACHE is named.
const NAME: &str = "built-";

/// The folder in it that is the GOCACHE.
const GOCACHE: &str = "cache";

/// The file in it whose time tells when it was used last.
const USED: &str = "used";

/// One that was not used for longer is removed, as go does with what is in one.
const UNUSED: Duration = Duration::from_secs(5 * 24 * 60 * 60);

/// A GOCACHE that is ready, for as long as this is there.
#[derive(Debug)]
pub struct Cached {
    path: PathBuf,
    /// True where it has something for builds without `-trimpath` as well.
    untrimmed: bool,
    /// Keeps others from removing it.
    _used: File,
    _place: Place,
}

impl Cached {
    /// Makes it for `bag` and what is `wanted`; none where that is not possible, which is told.
    pub fn ready(bag: &Bag<'_>, env: &GoEnv, wanted: &Wanted<'_>) -> Option<Self> {
        if !env.get("GOCACHEPROG").is_empty() {
            warn(
                "GOCACHEPROG is set, and asked alone for what is compiled: the bag's build cache is not used",
            );
            return None;
        }
        match Cached::made(bag, wanted) {
            Ok(made) => Some(made),
            Err(e) => {
                warn(&format!("{e}; go compiles everything"));
                None
            }
        }
    }

    fn made(bag: &Bag<'_>, wanted: &Wanted<'_>) -> Result<Self> {
        let mut held = HeldCache::of(bag)?;
        held.retain(|held| !held.list.actions.is_empty());
        if held.is_empty() {
            let text = "this bag carries no build cache: pack makes one where it proves a bag";
            return Err(Error::new(text));
        }
        let targets = || held.iter().flat_map(|held| &held.list.targets);
        // The project may say that go is to change to one of these.
        let manifest = bag.manifest()?;
        let toolchains = toolchains::held(manifest.module(TOOLCHAIN), &toolchains::platform());
        let further: Vec<&str> = toolchains.iter().map(|(name, _)| *name).collect();
        if let Some(why) = unfit(targets(), wanted, &further) {
            return Err(Error::new(why));
        }
        let place = place()?;
        let folder = place.path().join(name(&held));
        let path = folder.join(GOCACHE);
        let fits = |target: &Target| misfit(target, wanted, &further).is_none();
        let untrimmed = targets().any(|target| !target.trimpath);
        let lacks = || {
            let mut all = held.iter();
            !is_ours(&folder) || all.any(|held| !gocache::lacking(held, fits, &path).is_empty())
        };
        let _used = match lacks() {
            true => fill(&held, fits, &folder, &place)?,
            false => {
                room::room_for(place.path(), MARGIN, "what go compiles")?;
                used(&folder)?
            }
        };
        let _place = place;
        Ok(Cached {
            path,
            untrimmed,
            _used,
            _place,
        })
    }

    /// Its folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What to say where go, as it is called, would compile what is there for `-trimpath`.
    pub fn hint(&self, program: &OsStr, words: &[OsString], go_flags: &str) -> Option<String> {
        match self.untrimmed {
            true => None,
            false => untrimmed(program, words, go_flags),
        }
    }
}

/// The user's cache folder, or one for this run alone where go could not run what it keeps there.
fn place() -> Result<Place> {
    let kept = Place::find().and_then(|place| {
        room::starts_programs(place.path(), place.remedy())?;
        Ok(place)
    });
    kept.or_else(|_| Place::passing("gobag-"))
}

/// True for a folder that is there, and this user's alone.
fn is_ours(folder: &Path) -> bool {
    caches::is_private(folder)
}

/// Adds what the GOCACHE in `folder` lacks for targets that fit, one gobag at a time.
///
/// # Errors
/// There is no room for it, or it cannot be written.
fn fill(
    held: &[HeldCache<'_>],
    fits: impl Fn(&Target) -> bool,
    folder: &Path,
    place: &Place,
) -> Result<File> {
    let (cache, remedy) = (place.path(), place.remedy());
    let _alone = alone::hold(cache, remedy)?;
    partial::sweep(cache).context(cache.display())?;
    let path = folder.join(GOCACHE);
    if folder.symlink_metadata().is_ok() && !is_ours(folder) {
        remove(folder, cache)?;
    }
    caches::make(&path).context(path.display())?;
    let used = used(folder)?;
    remove_unused(cache)?;
    let partial = partial::folder_in(cache).context(cache.display())?;
    let mut damaged = 0;
    for held in held {
        // Another gobag may have been faster.
        let lacking = gocache::lacking(held, &fits, &path);
        let bytes = lacking.iter().map(|n| held.list.outputs[*n].len + BLOCK);
        let bytes = bytes.sum::<u64>() + MARGIN;
        room::room_for(cache, bytes, "the bag's build cache")?;
        let filled = gocache::fill(held, &lacking, &path, partial.path());
        damaged += filled.context(cache.display())?.damaged;
    }
    if damaged > 0 {
        let damaged = count(damaged, "output");
        warn(&format!(
            "{damaged} of the bag's build cache not as packed, and left out: go compiles that; gobag verify checks the file"
        ));
    }
    Ok(used)
}

/// What a file wastes of a disk, as a rule, with that of its entry.
const BLOCK: u64 = 8192;

/// What go may write there itself, in bytes.
const MARGIN: u64 = 64 << 20;

/// The name of the folder for these build caches.
fn name(held: &[HeldCache<'_>]) -> String {
    let ids: Vec<String> = held.iter().map(|held| held.id.clone()).collect();
    format!("{NAME}{}", &hex(&sha256(ids.concat().as_bytes()))[..12])
}

/// Marks the folder as one that is used now, for as long as what this returns is there.
///
/// # Errors
/// Nothing can be written there.
fn used(folder: &Path) -> Result<File> {
    let file = folder.join(USED);
    // To open a pipe would wait for whoever reads it.
    if file.symlink_metadata().is_ok_and(|data| !data.is_file()) {
        let file = file.display();
        return Err(Error::new(format!("{file} is no plain file, remove it")));
    }
    let made = File::options().create(true).append(true).open(&file);
    let used = made.and_then(|used| {
        used.set_modified(SystemTime::now())?;
        // Not every file system has locks.
        let _ = used.lock_shared();
        Ok(used)
    });
    used.context(file.display())
}

/// True where another gobag marked `folder` so.
pub fn is_used(folder: &Path) -> bool {
    let file = folder.join(USED);
    let is_file = file.symlink_metadata().is_ok_and(|data| data.is_file());
    let opened = is_file.then(|| File::open(file).ok()).flatten();
    opened.is_some_and(|used| matches!(used.try_lock(), Err(TryLockError::WouldBlock)))
}

/// Removes those that were not used for days. To be called by who holds the cache folder alone.
fn remove_unused(cache: &Path) -> Result<()> {
    for entry in fs::read_dir(cache).context(cache.display())? {
        let folder = entry.context(cache.display())?.path();
        let used = fs::symlink_metadata(folder.join(USED)).and_then(|data| data.modified());
        let age = used.ok().and_then(|used| used.elapsed().ok());
        let is_old = age.is_some_and(|age| age > UNUSED);
        if is_one(&folder) && is_old && !is_used(&folder) {
            remove(&folder, cache)?;
        }
    }
    Ok(())
}

/// True for what has the name of such a folder.
pub fn is_one(folder: &Path) -> bool {
    let name = folder.file_name().unwrap_or_default();
    name.to_string_lossy().starts_with(NAME)
}

/// Removes what lies at `path` in `cache`, at once for whoever looks for it.
///
/// # Errors
/// It cannot be moved or removed.
pub fn remove(path: &Path, cache: &Path) -> Result<()> {
    let aside = partial::folder_in(cache).context(cache.display())?;
    fs::rename(path, aside.path().join("it")).context(path.display())?;
    cleanup::remove(aside.path()).context(cache.display())
}
