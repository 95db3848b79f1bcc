//! The user's own module cache as a first proxy, so that nothing is fetched twice.
//!
//! It answers for files of canonical versions alone. Which versions there are, and what a
//! branch stands for, is asked further on: a cache knows only what it happened to see. What
//! is asked is written down.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use gomod::{module, semver};

use crate::error::{Context, Error, Result};
use crate::proxy::reply::{Reply, Request};
use crate::proxy::target;
use crate::server::http;
use crate::server::sockets;
use crate::server::stop::Stop;

/// A running front proxy; it stops when dropped.
#[derive(Debug)]
pub struct Front {
    url: String,
    stop: Stop,
    thread: Option<JoinHandle<()>>,
    queries: Arc<Mutex<BTreeSet<(String, String)>>>,
}

impl Front {
    /// Serves `cache`, a `cache/download` folder, on a free loopback port.
    ///
    /// # Errors
    /// No socket can be listened on.
    pub fn start(cache: PathBuf) -> Result<Self> {
        let listener =
            sockets::listen(([127, 0, 0, 1], 0).into()).context("cannot listen on loopback")?;
        let address = listener.local_addr().context("cannot listen on loopback")?;
        let (stop, queries) = (Stop::default(), Arc::<Mutex<BTreeSet<_>>>::default());
        let (stopper, asked) = (stop.clone(), queries.clone());
        let answer = move |request: &Request| {
            let name = target::name(&request.target, "").unwrap_or_default();
            if let Some(query) = query(&name) {
                asked
                    .lock()
                    .unwrap_or_else(|p| p.into_inner())
                    .insert(query);
            }
            cached(&cache, &name)
        };
        let thread = std::thread::Builder::new()
            .name("front".into())
            .spawn(move || {
                // A front that fails answers nothing, and go asks the next proxy.
                let _ = http::serve(&listener, &stopper, answer, |_| (), |_| ());
            })
            .map_err(Error::new)?;
        Ok(Front {
            url: format!("http://{address}"),
            stop,
            thread: Some(thread),
            queries,
        })
    }

    /// What to put in front of GOPROXY.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The queries that are no canonical version and were asked for: module path and query.
    pub fn queries(&self) -> Vec<(String, String)> {
        self.queries
            .lock()
            .unwrap_or_else(|p| p.into_inner())
            .iter()
            .cloned()
            .collect()
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

fn cached(cache: &Path, name: &str) -> Reply {
    let bytes = is_cached_kind(name)
        .then(|| fs::read(cache.join(name)).ok())
        .flatten();
    let (status, body) = match bytes {
        Some(bytes) => (200, bytes),
        None => (404, b"not in the module cache of this host\n".to_vec()),
    };
    Reply {
        status,
        headers: vec![("Content-Type", "text/plain; charset=utf-8".into())],
        body: body.into(),
        miss: None,
    }
}

fn is_cached_kind(name: &str) -> bool {
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
            assert_eq!(is_cached_kind(name), want, "{name}");
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
