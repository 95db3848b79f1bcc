//! This host as go sees it: settings and where they come from, the go command, the module cache.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::process::Command;

use gomod::goversion;

use crate::client::goenv::GoEnv;
use crate::error::{Context, Result};

/// What go finds here.
#[derive(Debug, Default)]
pub struct Host {
    /// The version of the go command on PATH, such as `1.26.8`; none without one.
    pub go: Option<String>,
    /// GOOS and GOARCH of this program: `linux-amd64`.
    pub platform: String,
    /// All settings.
    pub env: GoEnv,
    /// The settings that the environment gives.
    pub environment: Vec<String>,
    /// The settings that `go env -w` left behind.
    pub written: Vec<String>,
}

/// Whether the module cache can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cache {
    /// go can write to it.
    Free,
    /// go cannot write to it, and why.
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
        host.environment = names(&GoEnv::environment());
        let mut go = Command::new("go");
        go.current_dir(dir).env("GOTOOLCHAIN", "local");
        host.env = match GoEnv::told_by(&mut go)? {
            None => GoEnv::without_go(),
            Some(mut env) => {
                // This one is answered without another toolchain.
                let mut go = Command::new("go");
                let own = go.args(["env", "GOTOOLCHAIN"]).current_dir(dir).output();
                let own = own.context("cannot run go")?.stdout;
                env.set("GOTOOLCHAIN", String::from_utf8_lossy(&own).trim());
                env
            }
        };
        host.go = goversion::of_toolchain(host.get("GOVERSION")).map(str::to_string);
        if let Ok(text) = fs::read_to_string(host.get("GOENV")) {
            host.written = written(&text);
        }
        Ok(host)
    }

    /// The value of a setting; empty where it is not set.
    pub fn get(&self, name: &str) -> &str {
        self.env.get(name)
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

fn names(env: &GoEnv) -> Vec<String> {
    env.names().map(str::to_string).collect()
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
        let env = GoEnv::of(settings);
        Host {
            go: Some("1.26.8".into()),
            platform: "linux-amd64".into(),
            environment: names(&env),
            env,
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
