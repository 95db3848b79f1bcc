//! This host as go sees it: settings and where they come from, the go command, the module cache.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::process::Command;

use bag::plain;
use gomod::gofile::Target;
use gomod::goversion;
use tempfile::TempDir;

use crate::client::goenv::GoEnv;
use crate::client::goproxy;
use crate::client::place::redacted;
use crate::error::{Context, Result};
use crate::exec::home;
use crate::process::{caches, cleanup, room};

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
    pub environment: GoEnv,
    /// The settings that `go env -w` left behind.
    pub written: GoEnv,
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
        let mut go = Command::new("go");
        go.current_dir(dir).env("GOTOOLCHAIN", "local");
        // As gobag exec would run it.
        go.envs(home::expected().map(|home| ("HOME", home)));
        let told = match GoEnv::told_by(&mut go) {
            // It may be that go cannot write to its build cache, which is a finding.
            Err(e) => told_elsewhere(dir).ok_or(e).map(Some),
            told => told,
        };
        let env = match told? {
            None => GoEnv::without_go(home::expected().as_deref()),
            Some(mut env) => {
                // This one is answered without another toolchain.
                let mut go = Command::new("go");
                let own = go.args(["env", "GOTOOLCHAIN"]).current_dir(dir).output();
                let own = own.context("cannot run go")?.stdout;
                env.set("GOTOOLCHAIN", String::from_utf8_lossy(&own).trim());
                env
            }
        };
        let written = env.file().and_then(|file| plain::read_text(&file).ok());
        let written = written.unwrap_or_default();
        let written = String::from_utf8_lossy(&written);
        Ok(Host {
            go: goversion::of_toolchain(env.get("GOVERSION")).map(str::to_string),
            platform,
            env,
            environment: GoEnv::environment(),
            written: self::written(&written),
        })
    }

    /// The value of a setting; empty where it is not set.
    pub fn get(&self, name: &str) -> &str {
        self.env.get(name)
    }

    /// True when somebody set it: it is not go's own default.
    pub fn is_set(&self, name: &str) -> bool {
        self.environment.has(name) || self.written.has(name)
    }

    /// What go builds for here.
    pub fn target(&self) -> Target<'_> {
        let (os, arch) = self.platform.split_once('-').unwrap_or_default();
        let or = |name, known| {
            Some(self.get(name))
                .filter(|v| !v.is_empty())
                .unwrap_or(known)
        };
        let tags = super::settings::flag(self, "tags").unwrap_or("");
        Target {
            os: or("GOOS", os),
            arch: or("GOARCH", arch),
            cgo: match self.get("CGO_ENABLED") {
                "1" => Some(true),
                "0" => Some(false),
                _ => None,
            },
            tags: tags.split(',').filter(|tag| !tag.is_empty()).collect(),
        }
    }

    /// `NAME=value`, and where it comes from; no password is shown.
    pub fn told(&self, name: &str) -> String {
        let from = if self.environment.has(name) {
            " in the environment"
        } else if self.written.has(name) {
            ", left by go env -w"
        } else {
            ""
        };
        let value = match name {
            "GOPROXY" => goproxy::shown(self.get(name)),
            _ => redacted(self.get(name)),
        };
        format!("{name}={value}{from}")
    }

    /// The command that unsets it.
    pub fn undo(&self, name: &str) -> String {
        self.environment.undo(name)
    }

    /// Tries the module cache, and leaves nothing there.
    pub fn cache(&self) -> Cache {
        let dir = PathBuf::from(self.get("GOMODCACHE"));
        let Some(there) = room::nearest(&dir).filter(|_| dir.is_absolute()) else {
            return Cache::Unwritable("it is no absolute path".to_string());
        };
        // Where go writes first, as far as it is there.
        let downloads = dir.join("cache/download");
        let place = if downloads.is_dir() {
            &downloads
        } else {
            &there
        };
        if let Err(e) = tempfile::tempfile_in(place) {
            return Cache::Unwritable(e.to_string());
        }
        let lock = dir.join("cache/lock");
        // To open a pipe would wait for whoever writes to it.
        if !lock.is_file() {
            return Cache::Free;
        }
        match File::open(lock).map(|lock| lock.try_lock_shared()) {
            Ok(Err(TryLockError::WouldBlock)) => Cache::Locked,
            _ => Cache::Free,
        }
    }
}

/// What go says where it has a build cache and a temporary folder for this question, with those
/// that it would have.
fn told_elsewhere(dir: &Path) -> Option<GoEnv> {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let folders = [std::env::temp_dir(), "/var/tmp".into(), "/tmp".into()];
    let mut folders = folders.into_iter().chain(home);
    let made = |folder: PathBuf| cleanup::made(|| TempDir::new_in(&folder), TempDir::path).ok();
    let scratch = folders.find_map(made)?;
    let mut go = Command::new("go");
    go.current_dir(dir).env("GOTOOLCHAIN", "local");
    for name in ["GOCACHE", "GOTMPDIR"] {
        go.env(name, scratch.path());
    }
    let mut env = GoEnv::told_by(&mut go).ok()??;
    let wanted = GoEnv::without_go(None);
    let cache = match wanted.get("GOCACHE") {
        "" => default_cache().unwrap_or_default().display().to_string(),
        set => set.to_string(),
    };
    env.set("GOCACHE", cache);
    env.set("GOTMPDIR", wanted.get("GOTMPDIR"));
    Some(env)
}

/// Where go keeps what it compiled unless it is told otherwise.
pub fn default_cache() -> Option<PathBuf> {
    let home = || home::expected().or_else(std::env::home_dir);
    // A name that is no absolute path counts as well: go refuses it.
    let named = |folder: &Path| !folder.as_os_str().is_empty();
    let (caches, _) = caches::of_programs(named, home)?;
    Some(caches.join("go-build"))
}

/// The file of `go env -w`: a `NAME=value` a line, `#` before comments.
fn written(text: &str) -> GoEnv {
    let pairs = text.lines().filter_map(|line| line.trim().split_once('='));
    let set = pairs.filter(|(name, value)| !name.starts_with('#') && !value.is_empty());
    GoEnv::of(&set.collect::<Vec<_>>())
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
            environment: env.clone(),
            env,
            ..Host::default()
        }
    }

    #[test]
    fn says_where_a_setting_comes_from() {
        let mut host = host(&[("GOPROXY", "off")]);
        assert_eq!(host.told("GOPROXY"), "GOPROXY=off in the environment");
        assert_eq!(host.undo("GOPROXY"), "unset GOPROXY");
        host.environment = GoEnv::default();
        host.written = written("# GOFLAGS=-x\nGOPROXY=off\nGOSUMDB=\n");
        assert_eq!(host.told("GOPROXY"), "GOPROXY=off, left by go env -w");
        assert_eq!(host.undo("GOPROXY"), "go env -u GOPROXY");
        assert!(host.is_set("GOPROXY") && !host.is_set("GOSUMDB"));
        assert!(!host.is_set("GOFLAGS") && !host.is_set("# GOFLAGS"));
    }
}
