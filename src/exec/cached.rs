//! What the bag has of a build cache, ready for a command: a GOCACHE of gobag's own in the user's cache
//! folder, for each build cache one, so that nothing is mixed with what go compiles without it. Whatever
//! is wrong with it is told, and no error: go compiles then.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use bag::built::{HeldCache, Target};
use bag::digest::{hex, sha256};
use bag::{Bag, TOOLCHAIN};

use crate::carried::toolchains;
use crate::client::goenv::GoEnv;
use crate::error::{Context, Error, Result};
use crate::process::caches::{self, Place};
use crate::process::{cleanup, room};
use crate::terminal::printable::printable;
use crate::terminal::progress::warn;
use crate::terminal::size::count;
use crate::unpack::{alone, gocache, partial};

/// How a folder with such a GOCACHE is named.
pub const NAME: &str = "built-";

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
    _place: Place,
}

impl Cached {
    /// Makes it for `bag`; none where that is not possible, which is told. `go` is the version of the
    /// go command, if that is known.
    pub fn ready(bag: &Bag<'_>, env: &GoEnv, go: &str) -> Option<Self> {
        if !env.get("GOCACHEPROG").is_empty() {
            warn(
                "GOCACHEPROG is set, and asked alone for what is compiled: the bag's build cache is not used",
            );
            return None;
        }
        match Cached::made(bag, go) {
            Ok(made) => Some(made),
            Err(e) => {
                warn(&format!("{e}; go compiles everything"));
                None
            }
        }
    }

    fn made(bag: &Bag<'_>, go: &str) -> Result<Self> {
        let held = HeldCache::of(bag)?;
        if held.is_empty() {
            let text = "this bag carries no build cache: pack makes one where it proves a bag";
            return Err(Error::new(text));
        }
        let targets = held.iter().flat_map(|held| &held.list.targets);
        // The project may say that go is to change to one of these.
        let manifest = bag.manifest()?;
        let toolchains = toolchains::held(manifest.module(TOOLCHAIN), &toolchains::platform());
        let further: Vec<&str> = toolchains.iter().map(|(name, _)| *name).collect();
        if let Some(why) = unfit(targets, go, &further) {
            return Err(Error::new(why));
        }
        let place = Place::find().or_else(|_| Place::passing("gobag-"))?;
        let folder = place.path().join(name(&held));
        let path = folder.join(GOCACHE);
        caches::make(&path).context(path.display())?;
        if !caches::is_private(&folder) {
            let folder = folder.display();
            let text = format!("{folder} is not this user's alone; remove it");
            return Err(Error::new(text));
        }
        touch(&folder.join(USED));
        let lacking = |held: &HeldCache<'_>| gocache::lacking(held, &path);
        if held.iter().any(|held| !lacking(held).is_empty()) {
            fill(&held, &path, &place)?;
        }
        Ok(Cached {
            path,
            _place: place,
        })
    }

    /// Its folder.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Adds what the GOCACHE `path` lacks, one gobag at a time.
///
/// # Errors
/// There is no room for it, or it cannot be written.
fn fill(held: &[HeldCache<'_>], path: &Path, place: &Place) -> Result<()> {
    let (cache, remedy) = (place.path(), place.remedy());
    let _alone = alone::hold(cache, remedy)?;
    partial::sweep(cache).context(cache.display())?;
    remove_unused(cache);
    let partial = partial::folder_in(cache).context(cache.display())?;
    let mut damaged = 0;
    for held in held {
        // Another gobag may have been faster.
        let lacking = gocache::lacking(held, path);
        let bytes = lacking.iter().map(|n| held.list.outputs[*n].len + BLOCK);
        room::room_for(cache, bytes.sum(), "the bag's build cache")?;
        let filled = gocache::fill(held, &lacking, path, partial.path());
        damaged += filled.context(cache.display())?.damaged;
    }
    if damaged > 0 {
        let damaged = count(damaged, "output");
        warn(&format!(
            "{damaged} of the bag's build cache not as packed, and left out: go compiles that; gobag verify checks the file"
        ));
    }
    Ok(())
}

/// What a file wastes of a disk, as a rule, with that of its entry.
const BLOCK: u64 = 8192;

/// The name of the folder for these build caches.
fn name(held: &[HeldCache<'_>]) -> String {
    let ids: Vec<String> = held.iter().map(|held| held.id.clone()).collect();
    format!("{NAME}{}", &hex(&sha256(ids.concat().as_bytes()))[..12])
}

/// Why nothing fits go of the version `go`, where that is known, or one of those that are `further` at
/// hand.
fn unfit<'a>(
    targets: impl Iterator<Item = &'a Target>,
    go: &str,
    further: &[&str],
) -> Option<String> {
    let known: BTreeSet<&str> = targets.map(|target| target.go.as_str()).collect();
    let fits = known.contains(go) || further.iter().any(|name| known.contains(name));
    (!go.is_empty() && !fits).then(|| {
        let known = known.into_iter().map(printable).collect::<Vec<_>>();
        let known = known.join(", ");
        format!("the bag's build cache is of {known}, and go here is {go}: nothing of it fits")
    })
}

/// A file was used now.
fn touch(file: &Path) {
    let made = File::options().create(true).append(true).open(file);
    let _ = made.and_then(|file| file.set_modified(SystemTime::now()));
}

/// Removes those that were not used for days.
fn remove_unused(cache: &Path) {
    for entry in fs::read_dir(cache).into_iter().flatten().flatten() {
        let used = fs::symlink_metadata(entry.path().join(USED)).and_then(|data| data.modified());
        let age = used.ok().and_then(|used| used.elapsed().ok());
        let is_one = entry.file_name().to_string_lossy().starts_with(NAME);
        if is_one && age.is_some_and(|age| age > UNUSED) {
            // The next one removes it.
            let _ = cleanup::remove(&entry.path());
        }
    }
}

/// What to say where go, as it is called, would compile what it has with `-trimpath`.
pub fn untrimmed(program: &OsStr, words: &[OsString], go_flags: &str) -> Option<String> {
    let words: Vec<&str> = words.iter().filter_map(|word| word.to_str()).collect();
    let compiles = ["build", "install", "run", "test", "vet"];
    let (command, rest) = words.split_first()?;
    let is_trim = |word: &str| word.trim_start_matches('-').starts_with("trimpath");
    let trims = rest.iter().any(|word| is_trim(word)) || go_flags.split(' ').any(is_trim);
    (program == "go" && compiles.contains(command) && !trims).then(|| {
        format!(
            "the bag's build cache is of builds with -trimpath: go {command} -trimpath {} would compile less",
            rest.join(" ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_no_go_here_is_told() {
        let target = |go: &str| Target {
            go: go.into(),
            ..Target::default()
        };
        let both = [target("go1.26.8"), target("go1.25.3"), target("go1.26.8")];
        let told = "of go1.25.3, go1.26.8, and go here is go1.24.1";
        for (go, further, want) in [
            ("go1.26.8", &[][..], None),
            ("", &[], None),
            ("go1.24.1", &["go1.27.1", "go1.25.3"], None),
            ("go1.24.1", &["go1.27.1"], Some(told)),
            ("go1.24.1", &[], Some(told)),
        ] {
            let why = unfit(both.iter(), go, further);
            assert_eq!(why.is_some(), want.is_some(), "{why:?}");
            assert!(why.unwrap_or_default().contains(want.unwrap_or("")));
        }
    }

    #[test]
    fn trimpath_is_proposed_where_it_is_missing() {
        for (line, go_flags, want) in [
            ("go build ./...", "", "go build -trimpath ./... would"),
            (
                "go test -run=^$ ./a",
                "-v",
                "go test -trimpath -run=^$ ./a would",
            ),
            ("go build -trimpath ./...", "", ""),
            ("go build --trimpath=true ./...", "", ""),
            ("go build ./...", "-v -trimpath", ""),
            ("go mod tidy", "", ""),
            ("make build", "", ""),
            ("go", "", ""),
        ] {
            let mut words = line.split(' ').map(OsString::from);
            let program = words.next().unwrap();
            let words: Vec<OsString> = words.collect();
            let told = untrimmed(&program, &words, go_flags);
            assert_eq!(told.is_some(), !want.is_empty(), "{line}");
            assert!(told.unwrap_or_default().contains(want), "{line}");
        }
    }
}
