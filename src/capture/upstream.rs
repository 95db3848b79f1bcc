//! The checksum database that is asked, and the heads of it that clients may know.

use std::fs;
use std::path::{Path, PathBuf};

use bag::digest;
use sumdb::key::{SUM_GOLANG_ORG, VerifierKey};

use crate::client::goenv::GoEnv;
use crate::client::goproxy::{self, ProxySpec};
use crate::error::{Context, Error, Result};

/// Which database is asked, and how it is reached.
#[derive(Debug, Clone)]
pub struct Upstream {
    /// The key of the database, which names it as well.
    pub key: VerifierKey,
    /// The proxies to ask first, in the order of GOPROXY.
    pub proxies: Vec<ProxySpec>,
    /// The database's own URL, where it is not `https://` and its name.
    pub url: Option<String>,
    /// Patterns of modules that are never asked for (GONOSUMDB).
    pub private: String,
}

impl Upstream {
    /// The database that `key` names, else the one that GOSUMDB does, reached as GOPROXY says;
    /// none where GOSUMDB is off.
    ///
    /// # Errors
    /// The key is malformed, or GOSUMDB names a database without its key.
    pub fn of(env: &GoEnv, key: Option<&str>) -> Result<Option<Self>> {
        let upstream = |key, url| Upstream {
            key,
            proxies: goproxy::parse(env.get("GOPROXY")),
            url,
            private: env.get("GONOSUMDB").to_string(),
        };
        if let Some(key) = key {
            let parsed = key.parse().context(format!("--key {key:?}"))?;
            return Ok(Some(upstream(parsed, None)));
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
                "GOSUMDB={value:?} is no database with its key: {e}"
            ))
        })?;
        let url = words.next().map(str::to_string);
        let mirror = (name == "sum.golang.google.cn").then(|| format!("https://{name}"));
        Ok(Some(upstream(key, url.or(mirror))))
    }
}

/// Puts heads that clients may know beside the captured data in `dir`.
///
/// # Errors
/// A file cannot be read or written.
pub fn keep_heads(dir: &Path, database: &str, heads: &[PathBuf]) -> Result<()> {
    for file in heads {
        keep_head(dir, database, &fs::read(file).context(file.display())?)?;
    }
    Ok(())
}

/// Puts one head, a signed note, beside the captured data in `dir`.
///
/// # Errors
/// The file cannot be written.
pub fn keep_head(dir: &Path, database: &str, note: &[u8]) -> Result<()> {
    let folder = dir.join("sumdb").join(database).join("heads");
    let name = digest::hex(&digest::sha256(note)[..8]);
    fs::create_dir_all(&folder).context(folder.display())?;
    fs::write(folder.join(name), note).context(folder.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_which_database_is_used() {
        let key = |value| {
            Upstream::of(&GoEnv::of(&[("GOSUMDB", value)]), None)
                .map(|u| u.map(|u| (u.key.to_string(), u.url)))
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
