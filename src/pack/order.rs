//! An order: what to pack and how, as it was typed; a part for each stage.

use std::path::PathBuf;

use bag::Invalid;
use gomod::goversion;
use gomod::module::ModuleVersion;

use super::own::OwnLogOptions;
use super::platform::{Platform, Profile};
use super::sums::SumsOptions;
use crate::error::{Error, Result};

/// What to pack and how.
#[derive(Debug)]
pub struct Order {
    /// What go commands are run for.
    pub source: Source,
    /// What is packed as it lies somewhere.
    pub further: Further,
    /// How all of it is checked and completed.
    pub rules: Rules,
    /// What is written.
    pub output: Output,
    /// The folder to work in.
    pub work: Option<PathBuf>,
    /// Whether commands run against the new bag.
    pub prove: Prove,
    /// A note is an error, and no bag is written then.
    pub strict: bool,
}

/// Whether commands run against a new bag.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Prove {
    /// Unless an earlier run reached a verdict on the same.
    #[default]
    Once,
    /// Whatever earlier runs reached.
    Anew,
    /// Not at all.
    Never,
}

/// What go commands are run for.
#[derive(Debug, Default)]
pub struct Source {
    /// The folders of projects.
    pub projects: Vec<PathBuf>,
    /// How much of them.
    pub profile: Profile,
    /// What builds are for; none means this host.
    pub platforms: Vec<Platform>,
    /// Further go commands, run in the first project.
    pub lines: Vec<String>,
    /// Modules to have at hand, `path@version`.
    pub modules: Vec<String>,
    /// Programs to install, `package@version`.
    pub tools: Vec<String>,
    /// Toolchains: `go1.27.3`, or `auto` for the one that the first project uses.
    pub toolchains: Vec<String>,
    /// Journals of what clients missed.
    pub misses: Vec<PathBuf>,
}

impl Source {
    /// True when no go command is needed.
    pub fn is_empty(&self) -> bool {
        self.projects.is_empty()
            && self.lines.is_empty()
            && self.modules.is_empty()
            && self.tools.is_empty()
            && self.toolchains.is_empty()
            && self.misses.is_empty()
    }
}

impl Source {
    /// Refuses names that go would take for something else.
    ///
    /// # Errors
    /// A module or program without a version, or a word that is no toolchain.
    pub fn refuse_names(&self) -> Result<()> {
        let unversioned = self.modules.iter().chain(&self.tools);
        if let Some(name) = unversioned.into_iter().find(|name| !name.contains('@')) {
            let text = format!("{name:?} has no version; write {name}@latest, or another version");
            return Err(Error::usage(text));
        }
        for name in self.toolchains.iter().filter(|name| *name != "auto") {
            if let Some(meant) = meant_by(name) {
                let text = format!("--toolchain {name} is no release of Go; write {meant}");
                return Err(Error::usage(text));
            }
        }
        Ok(())
    }
}

/// What is to be written instead of `name`, which is no toolchain; none where it is one.
fn meant_by(name: &str) -> Option<String> {
    let version = name.strip_prefix("go").or(name.strip_prefix('v'));
    let version = version.unwrap_or(name);
    let called = format!("go{version}");
    let Some(release) = goversion::of_toolchain(&called) else {
        return Some("auto for the one in use, or a name such as go1.26.8".to_string());
    };
    let meant = goversion::toolchain(release);
    // What a company adds to the name of its own (go1.26.8-corp) belongs to it.
    let is_one = name.strip_prefix(&meant);
    let is_one = is_one.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    (!is_one).then_some(meant)
}

/// What is packed as it lies somewhere.
#[derive(Debug, Default)]
pub struct Further {
    /// Folders laid out like `modules/`.
    pub imports: Vec<PathBuf>,
    /// Folders that become modules: path, version and folder.
    pub locals: Vec<(ModuleVersion, PathBuf)>,
    /// Keep what this executable carries.
    pub add: bool,
}

impl Further {
    /// True when nothing is packed that way.
    pub fn is_empty(&self) -> bool {
        self.imports.is_empty() && self.locals.is_empty() && !self.add
    }
}

/// How everything that is packed is checked and completed.
#[derive(Debug, Default)]
pub struct Rules {
    /// What becomes of zips that Go refuses.
    pub invalid: Invalid,
    /// Leave out what this bag has.
    pub since: Option<PathBuf>,
    /// The older bags that it builds on.
    pub with: Vec<PathBuf>,
    /// How checksum data is fetched; none leaves it out.
    pub sums: Option<SumsOptions>,
    /// The bag's own log.
    pub own_log: Option<OwnLogOptions>,
}

/// What is written.
#[derive(Debug, Default)]
pub struct Output {
    /// The file.
    pub file: PathBuf,
    /// The program to copy.
    pub engine: PathBuf,
    /// Replace a file that is no gobag.
    pub force: bool,
    /// Write the file's SHA-256 beside it.
    pub checksum: bool,
}

#[cfg(test)]
mod tests {
    use super::meant_by;

    #[test]
    fn names_the_toolchain_that_was_meant() {
        let other = "auto for the one in use, or a name such as go1.26.8";
        for (name, meant) in [
            ("go1.26.8", None),
            ("go1.27rc2", None),
            ("go1.20", None),
            ("go1.26.8-corp", None),
            ("1.26.8", Some("go1.26.8")),
            ("v1.26.8", Some("go1.26.8")),
            ("go1.26", Some("go1.26.0")),
            ("1.26", Some("go1.26.0")),
            ("go1.26.x", Some(other)),
            ("latest", Some(other)),
            ("go", Some(other)),
            ("", Some(other)),
        ] {
            assert_eq!(meant_by(name).as_deref(), meant, "{name}");
        }
    }
}
