//! The toolchain of a bag that a command runs with: extracted once to the user's cache folder, or,
//! without a home, to a folder that goes with the run.

use std::fs::File;
use std::path::{Path, PathBuf};

use bag::Bag;

use super::extracted::Held;
use super::in_use;
use crate::error::Result;
use crate::process::caches::Place;
use crate::terminal::progress::warn;

/// A toolchain that is ready to run, for as long as this is there.
#[derive(Debug)]
pub struct GoRoot {
    name: String,
    path: PathBuf,
    /// Keeps others from removing it.
    _used: Option<File>,
    place: Place,
}

impl GoRoot {
    /// Its name, such as `go1.27.3`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder that it was extracted in, which may be there for this run alone.
    pub fn place(&self) -> &Path {
        self.place.path()
    }
}

/// Makes the toolchain `wanted` of `bag`, or its newest for this platform, ready to run.
///
/// # Errors
/// The bag has no such toolchain, it does not have the hash that the bag records, or there is no
/// folder for it: not this user's alone, without room, or one where no program starts.
pub fn ready(bag: &Bag<'_>, wanted: Option<&str>) -> Result<GoRoot> {
    let held = Held::of(bag, wanted)?;
    let place = Place::find()?;
    let extracted = || -> Result<_> {
        let path = held.extracted_to(place.path(), place.remedy())?;
        let used = path.parent().map(in_use::mark).transpose();
        // Where it cannot be marked, nothing can be removed either, as a rule.
        let used = used.unwrap_or_else(|e| {
            warn(&e.to_string());
            None
        });
        Ok((path, used.flatten()))
    };
    let (mut path, mut used) = extracted()?;
    if used.is_none() && !path.is_dir() {
        // Another gobag removed it just then.
        (path, used) = extracted()?;
    }
    Ok(GoRoot {
        name: held.name,
        path,
        _used: used,
        place,
    })
}
