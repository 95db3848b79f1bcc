//! An order: what to pack and how, as it was typed.

use std::path::PathBuf;

use bag::Invalid;
use gomod::module::ModuleVersion;

use super::own::OwnLogOptions;
use super::step::{Platform, Profile};
use super::sums::SumsOptions;

/// What to pack and how.
#[derive(Debug)]
pub struct Order {
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
    /// Folders laid out like `modules/`.
    pub imports: Vec<PathBuf>,
    /// Folders that become modules: path, version and folder.
    pub locals: Vec<(ModuleVersion, PathBuf)>,
    /// What becomes of zips that Go refuses.
    pub invalid: Invalid,
    /// Keep what this executable carries.
    pub add: bool,
    /// Leave out what this bag has.
    pub since: Option<PathBuf>,
    /// How checksum data is fetched; none leaves it out.
    pub sums: Option<SumsOptions>,
    /// The bag's own log.
    pub own_log: Option<OwnLogOptions>,
    /// Run the commands again against the new bag.
    pub prove: bool,
    /// The program to copy.
    pub engine: PathBuf,
    /// The folder to work in.
    pub work: Option<PathBuf>,
    /// The file to write.
    pub output: PathBuf,
}
