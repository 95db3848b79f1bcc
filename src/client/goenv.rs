//! What `go env` says here.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::error::{Context, Error, Result};
use crate::process::cleanup;

/// The settings of a go command, by name.
#[derive(Debug, Clone, Default)]
pub struct GoEnv(BTreeMap<String, String>);

impl GoEnv {
    /// Asks `go` in `dir`.
    ///
    /// # Errors
    /// There is no go command, or it fails.
    pub fn ask(go: &Path, dir: &Path) -> Result<Self> {
        let told = Self::told_by(Command::new(go).current_dir(dir))?;
        told.ok_or_else(|| {
            let go = go.display();
            Error::new(format!("cannot run {go}; install Go, or put it on PATH"))
        })
    }

    /// Asks `go`, a go command that has no arguments yet; none where there is no such program.
    ///
    /// # Errors
    /// It cannot be started, or fails.
    pub fn told_by(go: &mut Command) -> Result<Option<Self>> {
        let output = match cleanup::output(go.args(["env", "-json"]).stdin(Stdio::null())) {
            Ok(output) => output,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
            Err(e) => {
                let go = go.get_program().display();
                return Err(Error::new(format!("cannot run {go}: {e}")));
            }
        };
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(Error::new(format!("go env: {}", said.trim())));
        }
        let settings = serde_json::from_slice(&output.stdout).context("go env")?;
        Ok(Some(GoEnv(settings)))
    }

    /// Asks the go command on PATH, or where there is none the environment variables alone.
    pub fn of_this_host() -> Self {
        Self::ask(Path::new("go"), Path::new(".")).unwrap_or_else(|_| Self::without_go())
    }

    /// What go would say on this host if it were there, as far as the environment variables tell.
    pub fn without_go() -> Self {
        let mut env = Self::environment();
        let home = std::env::var("HOME").unwrap_or_default();
        env.fall_back("GOPATH", format!("{home}/go"));
        env.fall_back("GOMODCACHE", format!("{}/pkg/mod", env.get("GOPATH")));
        for name in ["GONOPROXY", "GONOSUMDB"] {
            env.fall_back(name, env.get("GOPRIVATE").to_string());
        }
        env
    }

    /// The environment variables of go that are set and not empty.
    pub fn environment() -> Self {
        let set = std::env::vars_os().filter_map(|(name, value)| {
            let (name, value) = (name.into_string().ok()?, value.into_string().ok()?);
            (name.starts_with("GO") && !value.is_empty()).then_some((name, value))
        });
        GoEnv(set.collect())
    }

    /// The value of a setting; empty where it is not set.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// Changes a setting.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.insert(name.to_string(), value.into());
    }

    /// All settings, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(n, v)| (n.as_str(), v.as_str()))
    }

    /// True when a setting has a value.
    pub fn has(&self, name: &str) -> bool {
        !self.get(name).is_empty()
    }

    fn fall_back(&mut self, name: &str, value: String) {
        if !self.has(name) {
            self.set(name, value);
        }
    }

    /// These settings, by name and value.
    pub fn of(pairs: &[(&str, &str)]) -> Self {
        let pairs = pairs.iter().map(|(n, v)| (n.to_string(), v.to_string()));
        GoEnv(pairs.collect())
    }
}
