//! What the bag has of a build cache, ready for a command: a GOCACHE of gobag's own in the user's cache
//! folder, for each build cache one, so that nothing is mixed with what go compiles without it. Whatever
//! is wrong with it is told, and no error: go compiles then.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use bag::built::{HeldCache, Target};
use bag::digest::{hex, sha256};
use bag::{Bag, TOOLCHAIN};

use super::fits::{Wanted, misfit, unfit};
use crate::carried::toolchains;
use crate::client::goenv::GoEnv;
use crate::error::{Context, Error, Result};
use crate::process::caches::{self, Place};
use crate::process::room;
use crate::terminal::progress::warn;
use crate::terminal::size::count;
use crate::unpack::{alone, gocache, in_use, partial};

/// How a folder with such a GOCACHE is named.
const NAME: &str = "built-";

/// The folder in it that is the GOCACHE.
const GOCACHE: &str = "cache";

/// One that was not used for longer is removed, as go does with what is in one.
const UNUSED: Duration = Duration::from_secs(5 * 24 * 60 * 60);

/// A GOCACHE that is ready, for as long as this is there.
#[derive(Debug)]
pub struct Cached {
    path: PathBuf,
    /// Keeps others from removing it.
    _used: Option<File>,
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
        let held = gocache::carried(bag)?;
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
        let lacks = || {
            let mut all = held.iter();
            !is_ours(&folder) || all.any(|held| !gocache::lacking(held, fits, &path).is_empty())
        };
        let mut used = None;
        if !lacks() {
            // Go ends with an error where it cannot write what it compiled.
            room::room_for(place.path(), MARGIN, "what go compiles")?;
            room::may_write(&path.join("00"), place.remedy())?;
            // Where it cannot be marked, nothing can be removed either, or another gobag just does.
            used = in_use::mark(&folder)?;
        }
        if used.is_none() && lacks() {
            used = fill(&held, fits, &folder, &place)?;
        }
        let (_used, _place) = (used, place);
        Ok(Cached {
            path,
            _used,
            _place,
        })
    }

    /// Its folder.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// The user's cache folder, or one for this run alone where go could not write there, or not run what
/// it keeps there.
fn place() -> Result<Place> {
    let kept = Place::find().and_then(|place| {
        room::may_write(place.path(), place.remedy())?;
        match room::mounted_noexec(place.path()) {
            Some(folder) => Err(Error::new(format!(
                "{} is mounted noexec",
                folder.display()
            ))),
            None => Ok(place),
        }
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
) -> Result<Option<File>> {
    let (cache, remedy) = (place.path(), place.remedy());
    let _alone = alone::hold(cache, remedy)?;
    // What cannot be removed is in nobody's way.
    let _ = partial::sweep(cache);
    let path = folder.join(GOCACHE);
    if folder.symlink_metadata().is_ok() && !is_ours(folder) {
        in_use::remove_unless(folder, cache)?;
    }
    caches::make(&path).context(path.display())?;
    if !is_ours(folder) {
        let folder = folder.display();
        let text = format!("{folder} cannot be made this user's alone; {remedy}");
        return Err(Error::new(text));
    }
    let used = in_use::mark(folder)?;
    remove_unused(cache);
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

/// Removes those that were not used for days; what cannot be removed is left for the next time. To be
/// called by who holds the cache folder alone.
fn remove_unused(cache: &Path) {
    for entry in fs::read_dir(cache).into_iter().flatten().flatten() {
        let folder = entry.path();
        if is_one(&folder) && in_use::age(&folder).is_some_and(|age| age > UNUSED) {
            let _ = in_use::remove_unless(&folder, cache);
        }
    }
}

/// True for what has the name of such a folder.
pub fn is_one(folder: &Path) -> bool {
    let name = folder.file_name().unwrap_or_default();
    name.to_string_lossy().starts_with(NAME)
}
