//! The checksum database that is asked, and the heads of it that clients may know.

use std::fs;
use std::path::{Path, PathBuf};

use bag::{digest, plain};
use gomod::module;
use sumdb::key::{SUM_GOLANG_ORG, VerifierKey};

use crate::client::fetch::{Fetched, Fetcher};
use crate::client::goauth::GoAuth;
use crate::client::goenv::GoEnv;
use crate::client::goproxy::{self, ProxyKind, ProxySpec};
use crate::client::place::{Place, redacted};
use crate::error::{Context, Error, Result};

/// Which database is asked, and how it is reached.
#[derive(Debug, Clone)]
pub struct Upstream {
    /// The key of the database, which names it as well.
    pub key: VerifierKey,
    /// The proxies to ask first, in the order of GOPROXY.
    pub proxies: Vec<ProxySpec>,
    /// The database's own URL, where it is not `https://` and its name.
    pub url: Option<Place>,
    /// Patterns of modules that are never asked for (GONOSUMDB).
    pub private: String,
    /// How to log in there.
    pub auth: GoAuth,
    /// Module caches of go, where records may be already: GOMODCACHE first.
    pub modcaches: Vec<PathBuf>,
}

impl Upstream {
    /// The database that `key` names, else the one that GOSUMDB does, reached as GOPROXY says;
    /// none where GOSUMDB is off.
    ///
    /// # Errors
    /// GOSUMDB names a database without its key, or GOAUTH is malformed.
    pub fn of(env: &GoEnv, key: Option<&VerifierKey>) -> Result<Option<Self>> {
        let auth = GoAuth::of(env)?;
        let upstream = |key, url| Upstream {
            key,
            proxies: goproxy::parse(env.get("GOPROXY")),
            url,
            private: env.get("GONOSUMDB").to_string(),
            auth,
            modcaches: vec![PathBuf::from(env.get("GOMODCACHE"))],
        };
        if let Some(key) = key {
            return Ok(Some(upstream(key.clone(), None)));
        }
        let value = match env.get("GOSUMDB") {
            "" => "sum.golang.org",
            value => value,
        };
        let mut words = value.split_whitespace();
        let name = words.next().unwrap_or("");
        let key = match name {
            "off" => return Ok(None),
            "sum.golang.org" | "sum.golang.google.cn" => SUM_GOLANG_ORG,
            key => key,
        };
        let key: VerifierKey = key.parse().map_err(|e| {
            Error::new(format!(
                "GOSUMDB={:?} is no database with its key: {e}",
                redacted(value)
            ))
        })?;
        let url = words.next().map(Place::parse);
        let mirror = || Place::parse(&format!("https://{name}"));
        let mirror = (name == "sum.golang.google.cn").then(mirror);
        Ok(Some(upstream(key, url.or(mirror))))
    }

    /// True if GONOSUMDB keeps this module from being asked for.
    pub fn is_private(&self, path: &str) -> bool {
        module::match_prefix_patterns(&self.private, path)
    }

    /// The place below which the database answers: that of the first proxy that supports it,
    /// a folder included, else the database's own (go.dev/ref/mod#checksum-database).
    ///
    /// # Errors
    /// A proxy that cannot be reached or refuses, and after which GOPROXY does not go on.
    pub fn base(&self, fetcher: &Fetcher) -> Result<Place> {
        if let Some(url) = &self.url {
            return Ok(url.clone());
        }
        let name = self.key.name();
        for spec in &self.proxies {
            let ProxyKind::Proxy(url) = &spec.kind else {
                break;
            };
            let base = Place::with(url, spec.login.clone()).join(&format!("sumdb/{name}"));
            let answer = match fetcher.get(&base.join("supported")) {
                Ok(Fetched::Found(_)) => return Ok(base),
                Ok(Fetched::NotFound) => Ok(()),
                Ok(Fetched::Refused(status)) => Err(Error::new(format!(
                    "{base}: {status}; log in as for go: by netrc, GOAUTH, or in GOPROXY itself"
                ))),
                Err(e) => Err(e),
            };
            if !spec.fall_back_on_error {
                answer.context("cannot reach the checksum database")?;
            }
        }
        Ok(Place::parse(&format!("https://{name}")))
    }
}

/// The longest signed head that is read, in bytes; one has a few hundred.
const MAX_HEAD_BYTES: u64 = 1 << 20;

/// Puts heads that clients may know beside the captured data in `dir`.
///
/// # Errors
/// A file cannot be read or written.
pub fn keep_heads(dir: &Path, database: &str, heads: &[PathBuf]) -> Result<()> {
    for file in heads {
        let note = plain::read_up_to(file, MAX_HEAD_BYTES).context(file.display())?;
        keep_head(dir, database, &note)?;
    }
    Ok(())
}

/// Puts one head, a signed note, beside the captured data in `dir`.
///
/// # Errors
/// The file cannot be written.
pub fn keep_head(dir: &Path, database: &str, note: &[u8]) -> Result<()> {
    let file = head_file(dir, database, note);
    let folder = file.parent().unwrap_or(dir);
    fs::create_dir_all(folder).context(folder.display())?;
    fs::write(&file, note).context(folder.display())
}

/// Where [`keep_head`] puts a head.
pub fn head_file(dir: &Path, database: &str, note: &[u8]) -> PathBuf {
    let folder = dir.join("sumdb").join(database).join("heads");
    folder.join(digest::hex(&digest::sha256(note)[..8]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_which_database_is_used() {
        let key = |value| {
            Upstream::of(&GoEnv::of(&[("GOSUMDB", value)]), None)
                .map(|u| u.map(|u| (u.key.to_string(), u.url.map(|url| url.to_string()))))
        };
        let public = SUM_GOLANG_ORG.to_string();
        assert_eq!(key("").unwrap(), Some((public.clone(), None)));
        assert_eq!(
            key("sum.golang.org https://mirror.example").unwrap(),
            Some((public.clone(), Some("https://mirror.example".into())))
        );
        assert_eq!(
            key("sum.golang.google.cn").unwrap(),
            Some((public, Some("https://sum.golang.google.cn".into())))
        );
        assert!(key("off").unwrap().is_none());
        assert!(key("other.example").is_err());
    }
}
