//! A home for a command where the environment names none: go keeps modules and what it compiles
//! there, and does nothing without.

use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::process::caches::Place;
use crate::process::room;

fn is_named() -> bool {
    cfg!(windows) || std::env::var_os("HOME").is_some_and(|home| !home.is_empty())
}

/// The home that the system knows of this user, if it can be used.
fn of_the_system() -> Option<PathBuf> {
    let usable = |home: &PathBuf| home.is_dir() && room::may_write(home, "").is_ok();
    std::env::home_dir().filter(usable)
}

/// Where the home of a command would be: as [`Home::needed`] finds it, or where it makes one.
pub fn expected() -> Option<PathBuf> {
    (!is_named()).then(|| of_the_system().unwrap_or_else(std::env::temp_dir))
}

/// What HOME is for as long as a command runs.
#[derive(Debug)]
pub struct Home {
    path: PathBuf,
    /// Goes with the command where it is for this run alone.
    _place: Option<Place>,
}

impl Home {
    /// The home that the system knows of this user, or a folder in place of it: `ready`, else one of
    /// its own. None where the environment names a home.
    ///
    /// # Errors
    /// There is no folder for it.
    pub fn needed(ready: Option<&Path>) -> Result<Option<Self>> {
        if is_named() {
            return Ok(None);
        }
        let ready = ready.map(Path::to_path_buf);
        if let Some(path) = of_the_system().or(ready) {
            let _place = None;
            return Ok(Some(Home { path, _place }));
        }
        let place = Place::find()?;
        Ok(Some(Home {
            path: place.path().to_path_buf(),
            _place: Some(place),
        }))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}
