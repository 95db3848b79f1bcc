//! What `go env` says here.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::error::{Error, Result};
use crate::process::cleanup;
use bag::plain;

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
            // A shell looks past what may not be run.
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied) => {
                return Ok(None);
            }
            Err(e) => {
                let go = go.get_program().display();
                let text = format!("cannot run {go}: {e}; `type -a {go}` shows which there are");
                return Err(Error::new(text));
            }
        };
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let go = go.get_program().display();
            return Err(Error::new(match said.trim() {
                "" => format!(
                    "{go} env ends with {}; `type -a {go}` shows which {go} that is",
                    output.status
                ),
                said => format!("go env: {said}"),
            }));
        }
        let settings = serde_json::from_slice(&output.stdout).map_err(|e| {
            let go = go.get_program().display();
            Error::new(format!(
                "{go} env -json is no JSON ({e}); `type -a {go}` shows which {go} that is"
            ))
        })?;
        Ok(Some(GoEnv(settings)))
    }

    /// Asks the go command on PATH, or where there is none the environment variables alone. It is
    /// asked as it is there: one that switches to another toolchain would fetch that first.
    /// `home` is its home, where that is not the one of the environment.
    pub fn of_this_host(home: Option<&Path>) -> Self {
        let mut go = Command::new("go");
        go.env("GOTOOLCHAIN", "local");
        let told = Self::told_by(go.envs(home.map(|home| ("HOME", home))));
        told.ok()
            .flatten()
            .unwrap_or_else(|| Self::without_go(home))
    }

    /// What go would say on this host if it were there: the environment first, then the file that
    /// `go env -w` writes, then its defaults. So that what is private stays private without go too.
    /// `home` is as in [`of_this_host`](Self::of_this_host).
    pub fn without_go(home: Option<&Path>) -> Self {
        let environment = Self::environment();
        let file = env_file(environment.get("GOENV"));
        let text = file.as_ref().and_then(|file| plain::read_text(file).ok());
        let text = text.unwrap_or_default();
        let home = home.map_or_else(self::home, |home| home.to_string_lossy().into_owned());
        let mut env = derive(environment, &String::from_utf8_lossy(&text), &home);
        let file = file.map_or("off".to_string(), |file| file.display().to_string());
        env.set("GOENV", file);
        env
    }

    /// The file that `go env -w` writes; none where GOENV is `off`, or where the user has no folder.
    pub fn file(&self) -> Option<PathBuf> {
        env_file(self.get("GOENV"))
    }

    /// The environment variables of go that are set and not empty. What is not UTF-8 in one is no
    /// reason to forget the rest of it: it may name what is private.
    pub fn environment() -> Self {
        let set = std::env::vars_os().filter_map(|(name, value)| {
            let (name, value) = (
                name.into_string().ok()?,
                value.to_string_lossy().into_owned(),
            );
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

    /// What to say, with the remedy, where GO111MODULE=off lets go know no modules.
    pub fn no_modules(&self) -> Option<String> {
        let (what, remedy) = self.modules_off(&Self::environment())?;
        Some(format!("{what}; {remedy}"))
    }

    /// The same, and the remedy apart, with these settings in the environment.
    pub fn modules_off(&self, environment: &GoEnv) -> Option<(&'static str, String)> {
        const NAME: &str = "GO111MODULE";
        let off = self.get(NAME) == "off";
        off.then(|| {
            (
                "GO111MODULE=off lets go know no modules",
                environment.undo(NAME),
            )
        })
    }

    /// The command that unsets what is set among these settings of the environment, or else was by
    /// `go env -w`.
    pub fn undo(&self, name: &str) -> String {
        let unset = if self.has(name) { "unset" } else { "go env -u" };
        format!("{unset} {name}")
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

/// Completes the settings of the environment from the text of the file and by go's defaults.
fn derive(environment: GoEnv, file: &str, home: &str) -> GoEnv {
    let mut env = environment;
    let mut written = BTreeMap::new();
    for line in file.split('\n') {
        // Comments and what has no name are passed over; the last of several lines counts.
        if let Some((name, value)) = line.split_once('=')
            && name.starts_with(|c: char| c.is_ascii_uppercase())
        {
            written.insert(name.to_string(), value.to_string());
        }
    }
    for (name, value) in written {
        env.fall_back(&name, value);
    }
    env.fall_back("GOSUMDB", "sum.golang.org".to_string());
    env.fall_back("GOPATH", format!("{home}/go"));
    let first = std::env::split_paths(env.get("GOPATH")).next();
    let cache = first.unwrap_or_default().join("pkg/mod");
    env.fall_back("GOMODCACHE", cache.display().to_string());
    for name in ["GONOPROXY", "GONOSUMDB"] {
        env.fall_back(name, env.get("GOPRIVATE").to_string());
    }
    env
}

/// That file, where `setting` is what GOENV says.
fn env_file(setting: &str) -> Option<PathBuf> {
    match setting {
        "off" => None,
        "" => Some(settings_folder()?.join("go/env")),
        file => Some(file.into()),
    }
}

/// Where the settings of a user are.
fn settings_folder() -> Option<PathBuf> {
    let folder = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    if cfg!(windows) {
        return Some(folder("APPDATA")?.into());
    }
    if cfg!(target_os = "macos") {
        return Some(Path::new(&folder("HOME")?).join("Library/Application Support"));
    }
    match folder("XDG_CONFIG_HOME").map(PathBuf::from) {
        // go knows no folder then.
        Some(folder) if folder.is_relative() => None,
        Some(folder) => Some(folder),
        None => Some(Path::new(&folder("HOME")?).join(".config")),
    }
}

/// The home that the environment names, or else the system.
fn home() -> String {
    let home = std::env::home_dir().unwrap_or_default();
    home.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derives_what_is_private_as_go_does() {
        for (environment, file, name, want) in [
            (&[][..], "", "GONOSUMDB", ""),
            (&[], "", "GOMODCACHE", "/h/go/pkg/mod"),
            (&[("GOPATH", "/a:/b")], "", "GOMODCACHE", "/a/pkg/mod"),
            (&[("GOPRIVATE", "a")], "", "GONOSUMDB", "a"),
            (&[("GOPRIVATE", "a")], "", "GONOPROXY", "a"),
            (
                &[("GOPRIVATE", "a"), ("GONOSUMDB", "b")],
                "",
                "GONOSUMDB",
                "b",
            ),
            (&[], "GOPRIVATE=a\n", "GONOSUMDB", "a"),
            (&[], "# x\n=y\nGOPRIVATE=a\nGOPRIVATE=c", "GONOSUMDB", "c"),
            (&[], "#GOPRIVATE=a\n", "GONOSUMDB", ""),
            (&[], "GOPRIVATE=a\nGONOSUMDB=b\n", "GONOSUMDB", "b"),
            (
                &[("GOPRIVATE", "c")],
                "GOPRIVATE=a\nGONOSUMDB=b\n",
                "GONOSUMDB",
                "b",
            ),
            (&[("GOPRIVATE", "c")], "GOPRIVATE=a\n", "GONOSUMDB", "c"),
            (
                &[("GONOSUMDB", "none")],
                "GOPRIVATE=a\n",
                "GONOSUMDB",
                "none",
            ),
        ] {
            let env = derive(GoEnv::of(environment), file, "/h");
            assert_eq!(env.get(name), want, "{environment:?} {file:?}");
        }
    }
}
