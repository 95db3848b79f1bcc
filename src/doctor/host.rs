//! This host as go sees it: settings and where they come from, the go command, the module cache.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use gomod::goversion;

use crate::error::{Context, Error, Result};

/// What go finds here.
#[derive(Debug, Default)]
pub struct Host {
    /// The version of the go command on PATH, such as `1.26.8`; none without one.
    pub go: Option<String>,
    /// GOOS and GOARCH of this program: `linux-amd64`.
    pub platform: String,
    /// The value of each setting, by name.
    pub settings: BTreeMap<String, String>,
    /// The settings that the environment gives.
    pub environment: Vec<String>,
    /// The settings that `go env -w` left behind.
    pub written: Vec<String>,
}

/// Whether the module cache can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cache {
    /// It can.
    Free,
    /// It cannot be written to, and why.
    Unwritable(String),
    /// Another process holds its lock.
    Locked,
}

impl Host {
    /// Asks the go command on PATH, or where there is none the environment alone. No other
    /// toolchain is started, whatever the project in `dir` says.
    ///
    /// # Errors
    /// There is a go command, and it fails.
    pub fn ask(dir: &Path, platform: String) -> Result<Self> {
        let mut host = Host {
            platform,
            ..Host::default()
        };
        let environment: BTreeMap<String, String> = std::env::vars()
            .filter(|(n, v)| n.starts_with("GO") && !v.is_empty())
            .collect();
        host.environment = environment.keys().cloned().collect();
        match go_env(dir)? {
            Some(settings) => host.settings = settings,
            None => {
                host.settings = environment;
                host.fill_in();
            }
        }
        host.go = goversion::of_toolchain(host.get("GOVERSION")).map(str::to_string);
        if let Ok(text) = fs::read_to_string(host.get("GOENV")) {
            host.written = written(&text);
        }
        Ok(host)
    }

    /// What go would say, for a host without it.
    fn fill_in(&mut self) {
        let home = std::env::var("HOME").unwrap_or_default();
        let go_path = format!("{home}/go");
        let cache = format!(
            "{}/pkg/mod",
            self.settings.get("GOPATH").unwrap_or(&go_path)
        );
        for (name, value) in [("GOPATH", go_path), ("GOMODCACHE", cache)] {
            self.settings.entry(name.into()).or_insert(value);
        }
        for (name, of) in [("GONOPROXY", "GOPRIVATE"), ("GONOSUMDB", "GOPRIVATE")] {
            if let (None, Some(value)) = (self.settings.get(name), self.settings.get(of)) {
                let value = value.clone();
                self.settings.insert(name.into(), value);
            }
        }
    }

    /// The value of a setting; empty where it is not set.
    pub fn get(&self, name: &str) -> &str {
        self.settings.get(name).map_or("", String::as_str)
    }

    /// True when somebody set it: it is not go's own default.
    pub fn is_set(&self, name: &str) -> bool {
        [&self.environment, &self.written]
            .iter()
            .any(|names| names.iter().any(|n| n == name))
    }

    /// `NAME=value`, and where it comes from.
    pub fn told(&self, name: &str) -> String {
        let from = if self.environment.iter().any(|n| n == name) {
            " in the environment"
        } else if self.written.iter().any(|n| n == name) {
            ", left by go env -w"
        } else {
            ""
        };
        format!("{name}={}{from}", self.get(name))
    }

    /// The command that unsets it.
    pub fn undo(&self, name: &str) -> String {
        match self.environment.iter().any(|n| n == name) {
            true => format!("unset {name}"),
            false => format!("go env -u {name}"),
        }
    }

    /// The first folder of GOPATH, where go keeps the heads that it knows.
    pub fn go_path(&self) -> PathBuf {
        let mut all = std::env::split_paths(self.get("GOPATH"));
        all.next().unwrap_or_default()
    }

    /// The head of a checksum database that go knows; none if it knows none.
    pub fn head(&self, database: &str) -> Option<Vec<u8>> {
        let file = self
            .go_path()
            .join("pkg/sumdb")
            .join(database)
            .join("latest");
        fs::read(file).ok().filter(|head| !head.is_empty())
    }

    /// Tries the module cache, and leaves nothing there.
    pub fn cache(&self) -> Cache {
        let dir = PathBuf::from(self.get("GOMODCACHE"));
        let there = dir.ancestors().find(|d| d.symlink_metadata().is_ok());
        let Some(there) = there.filter(|_| dir.is_absolute()) else {
            return Cache::Unwritable("it is no absolute path".to_string());
        };
        // Where go writes first, as far as it is there.
        let downloads = dir.join("cache/download");
        let place = if downloads.is_dir() {
            &downloads
        } else {
            there
        };
        if let Err(e) = tempfile::tempfile_in(place) {
            return Cache::Unwritable(e.to_string());
        }
        match File::open(dir.join("cache/lock")).map(|lock| lock.try_lock_shared()) {
            Ok(Err(TryLockError::WouldBlock)) => Cache::Locked,
            _ => Cache::Free,
        }
    }
}

/// What `go env` says; none without a go command.
fn go_env(dir: &Path) -> Result<Option<BTreeMap<String, String>>> {
    let go = |words: &[&str]| Command::new("go").args(words).current_dir(dir).output();
    let output = Command::new("go")
        .args(["env", "-json"])
        .current_dir(dir)
        .env("GOTOOLCHAIN", "local")
        .output();
    let output = match output {
        Ok(output) => output,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(Error::new(format!("cannot run go: {e}"))),
    };
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(Error::new(format!("go env: {}", said.trim())));
    }
    let mut settings: BTreeMap<String, String> =
        serde_json::from_slice(&output.stdout).context("go env")?;
    // This one is answered without another toolchain.
    let own = go(&["env", "GOTOOLCHAIN"]).context("cannot run go")?;
    let own = String::from_utf8_lossy(&own.stdout).trim().to_string();
    settings.insert("GOTOOLCHAIN".into(), own);
    Ok(Some(settings))
}

/// The names in the file of `go env -w`: a `NAME=value` a line, `#` before comments.
fn written(text: &str) -> Vec<String> {
    let names = text.lines().filter_map(|line| {
        let (name, value) = line.trim().split_once('=')?;
        (!name.starts_with('#') && !value.is_empty()).then(|| name.to_string())
    });
    names.collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A host with go 1.26.8 and these settings, all of them in the environment.
    pub fn host(settings: &[(&str, &str)]) -> Host {
        let settings: BTreeMap<String, String> = settings
            .iter()
            .map(|(n, v)| (n.to_string(), v.to_string()))
            .collect();
        Host {
            go: Some("1.26.8".into()),
            platform: "linux-amd64".into(),
            environment: settings.keys().cloned().collect(),
            settings,
            ..Host::default()
        }
    }

    #[test]
    fn says_where_a_setting_comes_from() {
        let mut host = host(&[("GOPROXY", "off")]);
        assert_eq!(host.told("GOPROXY"), "GOPROXY=off in the environment");
        assert_eq!(host.undo("GOPROXY"), "unset GOPROXY");
        host.environment.clear();
        host.written = written("# GOFLAGS=-x\nGOPROXY=off\nGOSUMDB=\n");
        assert_eq!(host.written, ["GOPROXY"]);
        assert_eq!(host.told("GOPROXY"), "GOPROXY=off, left by go env -w");
        assert_eq!(host.undo("GOPROXY"), "go env -u GOPROXY");
        assert!(host.is_set("GOPROXY") && !host.is_set("GOSUMDB"));
    }
}
