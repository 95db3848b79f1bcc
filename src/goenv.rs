//! What `go env` says here.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use sumdb::key::{SUM_GOLANG_ORG, VerifierKey};

use crate::capture;
use crate::error::{Context, Error, Result};
use crate::goproxy;

/// The settings of a go command, by name.
#[derive(Debug, Clone, Default)]
pub struct GoEnv(BTreeMap<String, String>);

impl GoEnv {
    /// Asks `go` in `dir`.
    ///
    /// # Errors
    /// There is no go command, or it fails.
    pub fn ask(go: &Path, dir: &Path) -> Result<Self> {
        let output = Command::new(go)
            .args(["env", "-json"])
            .current_dir(dir)
            .output();
        let output = output.context(format!(
            "cannot run {}; install Go, or put it on PATH",
            go.display()
        ))?;
        if !output.status.success() {
            return Err(Error::new(format!(
                "go env: {}",
                String::from_utf8_lossy(&output.stderr).trim()
            )));
        }
        Ok(GoEnv(
            serde_json::from_slice(&output.stdout).context("go env")?,
        ))
    }

    /// What the environment variables alone say, for a host without go.
    pub fn without_go() -> Self {
        GoEnv(
            std::env::vars()
                .filter(|(name, _)| name.starts_with("GO"))
                .collect(),
        )
    }

    /// The value of a setting; empty where it is not set.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// Which checksum database is used and how it is reached, as GOSUMDB, GONOSUMDB and GOPROXY
    /// say; none where GOSUMDB is off.
    ///
    /// # Errors
    /// GOSUMDB names a database without its key.
    pub fn checksum_settings(&self) -> Result<Option<capture::Settings>> {
        let value = match self.get("GOSUMDB") {
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
        Ok(Some(capture::Settings {
            key,
            proxies: goproxy::parse(self.get("GOPROXY")),
            url: url.or(mirror),
            private: self.get("GONOSUMDB").to_string(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> GoEnv {
        GoEnv(
            pairs
                .iter()
                .map(|(n, v)| (n.to_string(), v.to_string()))
                .collect(),
        )
    }

    #[test]
    fn reads_which_database_is_used() {
        let key = |value| {
            env(&[("GOSUMDB", value)])
                .checksum_settings()
                .map(|s| s.map(|s| (s.key.to_string(), s.url)))
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
