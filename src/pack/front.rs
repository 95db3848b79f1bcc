//! Module caches of this host as a first proxy, so that nothing is fetched twice.
//!
//! It answers for files of canonical versions alone. Which versions there are, and what a
//! branch stands for, is asked further on: a cache knows only what it happened to see. What
//! is asked and what it answered are written down.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use bag::plain;
use gomod::modzip::MAX_ZIP_BYTES;
use gomod::{module, semver};

use crate::error::{Context, Error, Result};
use crate::proxy::reply::Reply;
use crate::proxy::request::Request;
use crate::proxy::target;
use crate::server::budget::FINISH_TIME;
use crate::server::stop::Stop;
use crate::server::{bounded, listen};

/// How many connections the go commands of this host have at once, at most.
const CONNECTIONS: usize = 256;

/// A running front proxy; it stops when dropped.
#[derive(Debug)]
pub struct Front {
    url: String,
    stop: Stop,
    thread: Option<JoinHandle<()>>,
    log: Arc<Mutex<Asked>>,
}

/// What was asked of a front.
#[derive(Debug, Default)]
struct Asked {
    /// Queries that are no canonical version: module path and query.
    queries: BTreeSet<(String, String)>,
    /// The names of the files that it had.
    served: BTreeSet<String>,
}

impl Front {
    /// Serves `caches`, `cache/download` folders, on a free loopback port; the first that has a
    /// file answers.
    ///
    /// # Errors
    /// No socket can be listened on.
    pub fn start(caches: Vec<PathBuf>) -> Result<Self> {
        let listener =
            listen::listen(([127, 0, 0, 1], 0).into()).context("cannot listen on loopback")?;
        let address = listener.local_addr().context("cannot listen on loopback")?;
        let (stop, log) = (Stop::default(), Arc::<Mutex<Asked>>::default());
        let (stopper, asked) = (stop.clone(), log.clone());
        let answer = move |request: &Request| {
            let name = target::name(&request.target, "").unwrap_or_default();
            let found = cached(&caches, &name);
            let mut asked = asked.lock().unwrap_or_else(|p| p.into_inner());
            asked.queries.extend(query(&name));
            if found.is_some() {
                asked.served.insert(name.into_owned());
            }
            reply(found)
        };
        let thread = std::thread::Builder::new()
            .name("front".into())
            .spawn(move || {
                // A front that fails answers nothing, and go asks the next proxy.
                let (time, counters) = (FINISH_TIME, Arc::default());
                let observe = |_| ();
                let _ = bounded::serve(
                    listener,
                    CONNECTIONS,
                    &stopper,
                    time,
                    counters,
                    answer,
                    observe,
                );
            })
            .map_err(Error::new)?;
        Ok(Front {
            url: format!("http://{address}"),
            stop,
            thread: Some(thread),
            log,
        })
    }

    /// What to put in front of GOPROXY.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The queries that are no canonical version and were asked for: module path and query.
    pub fn queries(&self) -> Vec<(String, String)> {
        let asked = self.log.lock().unwrap_or_else(|p| p.into_inner());
        asked.queries.iter().cloned().collect()
    }

    /// True if it had the file with this name, below `cache/download`.
    pub fn served(&self, name: &str) -> bool {
        let asked = self.log.lock().unwrap_or_else(|p| p.into_inner());
        asked.served.contains(name)
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.stop.stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The module path and query of `<module>/@v/<query>.info`, where it is no canonical version.
fn query(name: &str) -> Option<(String, String)> {
    let (path, file) = name.rsplit_once("/@v/")?;
    let query = module::unescape_version(file.strip_suffix(".info")?).ok()?;
    (!semver::is_canonical(&query)).then_some((module::unescape_path(path).ok()?, query))
}

fn cached(caches: &[PathBuf], name: &str) -> Option<Vec<u8>> {
    let mut caches = caches.iter().filter(|_| is_of_version(name));
    caches.find_map(|cache| plain::read(&cache.join(name), MAX_ZIP_BYTES).ok())
}

fn reply(found: Option<Vec<u8>>) -> Reply {
    match found {
        Some(bytes) => Reply {
            body: bytes.into(),
            ..Reply::text(200, String::new())
        },
        None => Reply::text(404, "not in the module cache of this host\n".to_string()),
    }
}

/// True for the `.info`, `.mod` or `.zip` of a canonical version, by its name below
/// `cache/download`.
pub fn is_of_version(name: &str) -> bool {
    let Some((_, file)) = name.rsplit_once("/@v/") else {
        return false;
    };
    let stem = [".info", ".mod", ".zip"]
        .iter()
        .find_map(|end| file.strip_suffix(end));
    stem.and_then(|v| module::unescape_version(v).ok())
        .is_some_and(|v| semver::is_canonical(&v))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_for_canonical_versions_alone() {
        for (name, want) in [
            ("example.com/m/@v/v1.0.0.zip", true),
            ("example.com/m/@v/v1.0.0.info", true),
            ("example.com/m/@v/list", false),
            ("example.com/m/@v/main.info", false),
            ("example.com/m/@latest", false),
            ("sumdb/sum.golang.org/supported", false),
        ] {
            assert_eq!(is_of_version(name), want, "{name}");
        }
    }

    #[test]
    fn notes_queries() {
        assert_eq!(
            query("example.com/!m/@v/main.info"),
            Some(("example.com/M".into(), "main".into()))
        );
        assert_eq!(query("example.com/m/@v/v1.0.0.info"), None);
        assert_eq!(query("example.com/m/@v/list"), None);
    }
}
