//! An order: what to pack and how, as it was typed; a part for each stage.

use std::path::PathBuf;

use bag::Invalid;
use gomod::module::ModuleVersion;

use super::own::OwnLogOptions;
use super::platform::{Platform, Profile};
use super::sums::SumsOptions;
use crate::carried::toolchains::{is_toolchain, meant_by};
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

/// Which outputs of what is compiled for a proof a bag carries.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Keep {
    /// None.
    #[default]
    None,
    /// Those of the standard library and of modules.
    Modules,
    /// Those of the projects' own packages as well.
    Own,
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
    /// Further go commands, run in the first project: the words after `go` of each.
    pub lines: Vec<Vec<String>>,
    /// Further go commands that build, proved for each platform in the first project: likewise.
    pub builds: Vec<Vec<String>>,
    /// Which outputs of what is compiled for the proof are kept.
    pub keep: Keep,
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
            && self.builds.is_empty()
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
    /// A module or program without a path or a version, or a word that is no toolchain.
    pub fn refuse_names(&self) -> Result<()> {
        let unversioned = self.modules.iter().chain(&self.tools);
        if let Some(name) = unversioned.into_iter().find(|name| !name.contains('@')) {
            let text = format!("{name:?} has no version; write {name}@latest, or another version");
            return Err(Error::usage(text));
        }
        let is_none = |name: &&String| {
            let parts: Vec<&str> = name.split('@').collect();
            parts.len() != 2 || parts.contains(&"") || name.contains(char::is_whitespace)
        };
        let mut named = self.modules.iter().chain(&self.tools);
        if let Some(name) = named.find(is_none) {
            let text = format!("{name:?} is no name of a version; write path@version");
            return Err(Error::usage(text));
        }
        let mut toolchains = self.toolchains.iter().filter(|name| *name != "auto");
        if let Some(name) = toolchains.find(|name| !is_toolchain(name)) {
            let meant = meant_by(name);
            let meant = meant
                .unwrap_or_else(|| "auto for the one in use, or a name such as go1.26.8".into());
            let text = format!("--toolchain {name} is no release of Go; write {meant}");
            return Err(Error::usage(text));
        }
        Ok(())
    }
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
    /// Of its build cache as well.
    pub build_cache: bool,
    /// A vulnerability database: a folder, or a zip of one.
    pub vulndb: Option<PathBuf>,
}

impl Further {
    /// True when nothing is packed that way.
    pub fn is_empty(&self) -> bool {
        let nothing = self.imports.is_empty() && self.locals.is_empty();
        nothing && !self.add && self.vulndb.is_none()
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
    /// Hold zips in less room.
    pub compact: bool,
}
