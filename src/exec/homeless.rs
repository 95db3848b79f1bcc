//! Folders for a go that knows none: it derives them from HOME, and does nothing without.

use std::path::PathBuf;

use crate::client::goenv::GoEnv;
use crate::error::Result;
use crate::process::caches::Place;

/// What takes the place of a home for as long as a command runs.
#[derive(Debug)]
pub struct Homeless {
    place: Place,
    settings: Vec<(&'static str, PathBuf)>,
}

impl Homeless {
    /// The settings that go lacks; none where there is a home, or all of them are set.
    ///
    /// # Errors
    /// There is no folder for them.
    pub fn needed() -> Result<Option<Self>> {
        let home = std::env::var_os(if cfg!(windows) { "USERPROFILE" } else { "HOME" });
        let home = home.is_some_and(|home| !home.is_empty());
        let missing = if home { Vec::new() } else { missing(&GoEnv::environment()) };
        if missing.is_empty() {
            return Ok(None);
        }
        let place = Place::find()?;
        let settings = missing.into_iter();
        let settings = settings.map(|(name, folder)| (name, place.path().join(folder)));
        let settings = settings.collect();
        Ok(Some(Homeless { place, settings }))
    }

    /// Them, by name.
    pub fn settings(&self) -> &[(&'static str, PathBuf)] {
        &self.settings
    }

    /// One line about it.
    pub fn told(&self) -> String {
        let place = self.place.path().display();
        format!("HOME is not set; go keeps its modules and what it compiles in {place}")
    }
}

/// The settings that go derives from a home, and folders for them.
fn missing(environment: &GoEnv) -> Vec<(&'static str, &'static str)> {
    let all = [("GOPATH", "home-go"), ("GOCACHE", "home-go-build")];
    let missing = all.into_iter().filter(|(name, _)| !environment.has(name));
    missing.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_stays() {
        for (set, want) in [
            (&[][..], &["GOPATH", "GOCACHE"][..]),
            (&[("GOPATH", "/g")], &["GOCACHE"]),
            (&[("GOPATH", "/g"), ("GOCACHE", "/c")], &[]),
        ] {
            let names = missing(&GoEnv::of(set)).into_iter().map(|(name, _)| name);
            assert_eq!(names.collect::<Vec<_>>(), want, "{set:?}");
        }
    }
}
