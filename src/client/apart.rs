//! Checksum state of gobag's own, for a go whose own leads nowhere from this bag.
//!
//! go takes the head that it knows from the first folder of GOPATH: so that is a folder of ours,
//! which never sees another head than the bag's. The user's GOPATH stands behind it, and the module
//! cache and GOBIN are the user's. Records in that module cache count as well, though: where they
//! lead nowhere, it is a proxy behind the bag, and the module cache is ours.

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;

use bag::{Bag, digest};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::fetch::read_small;
use super::goenv::GoEnv;
use super::{heads, settings};
use crate::error::{Context, Result};
use crate::process::caches::{self, Place};

/// What a path in a GOPROXY may hold as it is.
const IN_PATHS: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// State of our own, for as long as a command runs.
#[derive(Debug)]
pub struct OwnState {
    place: Place,
    /// True where the module cache in use is ours.
    module_cache: bool,
    /// What it takes the place of, and why.
    reason: String,
}

impl OwnState {
    /// State of our own for a go with the settings `env`, where the user's leads nowhere from the
    /// bag; else none. With `own_log` the bag's own log verifies everything.
    ///
    /// # Errors
    /// The folder for it cannot be made.
    pub fn needed(bag: &Bag<'_>, own_log: bool, env: &GoEnv) -> Result<Option<Self>> {
        let Some(database) = settings::database(&bag.about().databases, own_log, env) else {
            return Ok(None);
        };
        let Some(astray) = heads::astray(bag, database, env) else {
            return Ok(None);
        };
        let name = &database.name;
        let Some(reason) = astray.in_short(name) else {
            return Ok(None);
        };
        let head = bag.get(&format!("sumdb/{name}/latest")).unwrap_or_default();
        let own = OwnState {
            place: place(name, head)?,
            module_cache: astray.cached.is_some(),
            reason,
        };
        own.know(name, head)?;
        Ok(Some(own))
    }

    /// Lets go know the bag's own head, which is the only one that it will ever see here.
    fn know(&self, database: &str, head: &[u8]) -> Result<()> {
        let file = self
            .place
            .path()
            .join("pkg/sumdb")
            .join(database)
            .join("latest");
        let known = read_small(&file).is_ok_and(|known| known == head);
        let write = || {
            let folder = file.parent().unwrap_or(self.place.path());
            caches::make(folder)?;
            let mut partial = tempfile::NamedTempFile::new_in(folder)?;
            partial.write_all(head)?;
            partial.persist(&file).map_err(|e| e.error).map(drop)
        };
        if known { Ok(()) } else { write() }.context(file.display())
    }

    /// The settings for it, in place of the user's in `env`, where the bag is served at `url`.
    ///
    /// # Errors
    /// The name of a folder cannot be part of a list.
    pub fn settings(&self, env: &GoEnv, url: &str) -> Result<Vec<(&'static str, OsString)>> {
        let users = std::env::split_paths(env.get("GOPATH")).filter(|p| p.is_absolute());
        let all = std::iter::once(self.place.path().to_path_buf()).chain(users);
        let all = std::env::join_paths(all).context(self.place.path().display())?;
        let mut settings = vec![("GOPATH", all)];
        // For another platform go installs below the folder and refuses GOBIN.
        let native = |name: &str, host: &str| !env.has(host) || env.get(name) == env.get(host);
        if env.has("GOBIN") {
            settings.push(("GOBIN", env.get("GOBIN").into()));
        } else if env.has("GOPATH") && native("GOOS", "GOHOSTOS") && native("GOARCH", "GOHOSTARCH")
        {
            settings.push(("GOBIN", heads::first(env).join("bin").into()));
        }
        let cache = env.get("GOMODCACHE");
        if self.module_cache {
            let proxy = behind(url, Path::new(cache));
            settings.push(("GOMODCACHE", self.place.path().join("pkg/mod").into()));
            settings.push(("GOPROXY", proxy.into()));
        } else {
            settings.push(("GOMODCACHE", cache.into()));
        }
        Ok(settings)
    }

    /// A short line about it, for every run.
    pub fn told(&self) -> String {
        let reason = &self.reason;
        format!("{reason}; go runs with checksum state of its own (see doctor)")
    }
}

/// The proxies of a go that asks the bag at `url` first, and then what was downloaded to `cache`.
pub fn behind(url: &str, cache: &Path) -> String {
    let downloads = cache.join("cache/download");
    match downloads.to_str().filter(|_| downloads.is_dir()) {
        Some(folder) => format!("{url},file://{}", utf8_percent_encode(folder, IN_PATHS)),
        None => url.to_string(),
    }
}

/// A folder for what goes with this head of a database alone: the user's cache folder has one for
/// each, so that nothing is compiled twice; else it is for this run.
fn place(database: &str, head: &[u8]) -> Result<Place> {
    let short = digest::hex(&digest::sha256(&[database.as_bytes(), b"\n", head].concat())[..6]);
    let kept = caches::own().map(|own| own.join(format!("gopath-{short}")));
    match kept {
        Some(kept) if caches::make(&kept).is_ok() && tempfile::tempfile_in(&kept).is_ok() => {
            Ok(Place::kept(kept))
        }
        _ => Place::passing("gobag-gopath-")
            .context("cannot make a folder for checksum state of its own"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(module_cache: bool, pairs: &[(&str, &str)]) -> Vec<String> {
        let own = OwnState {
            place: Place::kept("/own".into()),
            module_cache,
            reason: String::new(),
        };
        let settings = own.settings(&GoEnv::of(pairs), "http://h").unwrap();
        let settings = settings.iter().map(|(n, v)| format!("{n}={}", v.display()));
        settings.collect()
    }

    #[test]
    fn all_but_the_checksum_state_is_the_users() {
        let user = [("GOPATH", "/u/go:/v"), ("GOMODCACHE", "/m")];
        let [path, cache] = ["GOPATH=/own:/u/go:/v", "GOMODCACHE=/m"];
        assert_eq!(settings(false, &user), [path, "GOBIN=/u/go/bin", cache]);
        let with = |pair| [&user[..], pair].concat();
        let bin = with(&[("GOBIN", "/b")]);
        assert_eq!(settings(false, &bin), [path, "GOBIN=/b", cache]);
        let other = with(&[("GOOS", "plan9"), ("GOHOSTOS", "linux")]);
        assert_eq!(settings(false, &other), [path, cache]);
        let ours = ["GOMODCACHE=/own/pkg/mod", "GOPROXY=http://h"];
        assert_eq!(settings(true, &user)[2..], ours);
    }

    #[test]
    fn a_folder_is_a_proxy_whatever_its_name() {
        let dir = tempfile::tempdir().unwrap();
        let cache = dir.path().join("a, b|%");
        std::fs::create_dir_all(cache.join("cache/download")).unwrap();
        let proxies = behind("http://h", &cache);
        assert!(proxies.starts_with("http://h,file:///"), "{proxies}");
        assert!(
            proxies.ends_with("/a%2C%20b%7C%25/cache/download"),
            "{proxies}"
        );
    }
}
