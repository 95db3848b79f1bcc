//! What `go env` says here.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use crate::error::{Context, Error, Result};

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

    /// Asks the go command on PATH, or where there is none the environment variables alone.
    pub fn of_this_host() -> Self {
        Self::ask(Path::new("go"), Path::new(".")).unwrap_or_else(|_| Self::without_go())
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

    /// These settings, by name and value.
    pub fn of(pairs: &[(&str, &str)]) -> Self {
        GoEnv(
            pairs
                .iter()
                .map(|(n, v)| (n.to_string(), v.to_string()))
                .collect(),
        )
    }
}
