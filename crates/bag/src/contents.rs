//! The contents: every module of a bag, read and checked, before anything is derived.

use std::collections::BTreeMap;
use std::path::PathBuf;

use gomod::info::Info;

/// Captured checksum data: names below `sumdb/`, and the files that are called so.
pub type Sums = BTreeMap<String, Vec<PathBuf>>;

/// The files of a vulnerability database, by their names below `vulndb/`.
pub type Vulns = BTreeMap<String, PathBuf>;

/// Everything that goes into a bag.
#[derive(Debug, Default, Clone)]
pub struct Contents {
    /// The modules by (unescaped) path.
    pub modules: BTreeMap<String, Module>,
    /// Captured checksum data: the name below `sumdb/` and the files that claim it, more than
    /// one where several captures hold it.
    pub sums: Sums,
    /// The files of a vulnerability database.
    pub vulns: Vulns,
}

/// One module: its versions and the queries that are answered with one of them.
#[derive(Debug, Default, Clone)]
pub struct Module {
    /// The versions by their (unescaped) names; not in semver order.
    pub versions: BTreeMap<String, Version>,
    /// Queries that are no canonical version (`main`, `v2.0.0` for `v2.0.0+incompatible`)
    /// and the `.info` that answers each.
    pub queries: BTreeMap<String, Vec<u8>>,
}

/// One version of a module, complete or for the module graph alone.
#[derive(Debug, Default, Clone)]
pub struct Version {
    /// The `.info`, as received or derived.
    pub info: Vec<u8>,
    /// The `.mod`, byte for byte as received, or derived.
    pub go_mod: Vec<u8>,
    /// The module zip; without it the version answers `.mod` and is never listed.
    pub zip: Option<Zip>,
}

/// A module zip on disk that passed every rule.
#[derive(Debug, Clone)]
pub struct Zip {
    /// Where its bytes are.
    pub file: PathBuf,
    /// Its length in bytes.
    pub size: u64,
    /// The hash of what it contains, `h1:…`; none only for a zip that breaks Go's rules and is
    /// carried all the same because the packer was told so.
    pub h1: Option<String>,
    /// The SHA-256 of one without that hash, in hex.
    pub sha256: Option<String>,
}

impl Version {
    /// True when the zip is there too: only then may the version be listed.
    pub fn is_complete(&self) -> bool {
        self.zip.is_some()
    }

    /// What the `.info` says.
    pub fn parsed_info(&self) -> Option<Info> {
        Info::parse(&self.info).ok()
    }
}
