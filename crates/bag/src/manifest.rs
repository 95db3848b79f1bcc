//! The manifest: `bag.json`, what a bag says of itself.

use serde::{Deserialize, Serialize};

/// The name of its entry in the archive.
pub const MANIFEST_NAME: &str = "bag.json";

/// The newest format that this program reads and writes: 2 has answers that are kept as
/// [frames](crate::frames). A bag without any is written in format 1, which older programs read.
pub const FORMAT: u32 = 2;

/// The format without frames.
pub const PLAIN_FORMAT: u32 = 1;

/// What a bag says of itself.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The format of the archive; a reader refuses one that it does not know.
    pub format: u32,
    /// The modules, by path.
    pub modules: Vec<HeldModule>,
    /// The checksum databases that the bag carries proofs of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub databases: Vec<HeldDatabase>,
    /// The older bags that this one builds on, newest first: they have what it leaves out. A reader
    /// that overlooks them serves this one alone, as it could be served before they were named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub base: Vec<Base>,
    /// The modules of the projects that it was packed of, sorted by path.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub projects: Vec<Project>,
    /// What was proved of the bag before it was written, if it was packed from projects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Proof>,
}

/// What a bag says of itself, but for its modules.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// As in [`Manifest`].
    pub format: u32,
    /// True when it names no module at all, not even for the graph.
    pub is_empty: bool,
    /// How many modules can be downloaded.
    pub modules: usize,
    /// How many versions of them.
    pub versions: usize,
    /// How many bytes the bag holds of their zips.
    pub bytes: u64,
    /// As in [`Manifest`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub databases: Vec<HeldDatabase>,
    /// As in [`Manifest`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub base: Vec<Base>,
    /// As in [`Manifest`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Proof>,
}

/// A module of a project that a bag was packed of, which is not in the bag itself.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Project {
    /// The module's path.
    pub path: String,
    /// The modules that it requires itself, `path@version`, sorted; what replaces one in its place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requires: Vec<String>,
}

/// A bag that another one builds on.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Base {
    /// What its file was called, for a person.
    pub name: String,
    /// The SHA-256 of its archive, in hex.
    pub sha256: String,
    /// The SHA-256 of the archive's `SHA256SUMS`, which names all others with their hashes, in hex:
    /// it tells the same without all of the archive being read.
    pub sums: String,
}

/// One module of a bag.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeldModule {
    /// The module path, unescaped.
    pub path: String,
    /// The versions, in semver order.
    pub versions: Vec<HeldVersion>,
}

/// One version of a module.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeldVersion {
    /// The version, unescaped.
    pub version: String,
    /// The hash of the zip's contents, `h1:…`; none for a version of the module graph alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zip: Option<String>,
    /// The hash of the `.mod`, `h1:…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub go_mod: Option<String>,
    /// The length of the zip in bytes, as it is answered; zero without one.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub zip_bytes: u64,
    /// How many bytes the bag holds of it, where it is kept as frames.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_bytes: Option<u64>,
    /// The commit that it was made from, as far as known: 40 hex digits, or the 12 that a
    /// pseudo-version ends with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// True when Go's rules refuse the zip and the packer was told to keep it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub invalid: bool,
    /// The SHA-256 of such a zip, in hex. Bags that were packed before have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zip_sha256: Option<String>,
}

impl About {
    /// True where zips are held as frames.
    pub fn is_compact(&self) -> bool {
        self.format > PLAIN_FORMAT
    }
}

impl Manifest {
    /// All of it but for the modules.
    pub fn about(&self) -> About {
        let modules = self.modules.iter();
        About {
            format: self.format,
            is_empty: self.modules.is_empty(),
            modules: modules.filter(|m| m.complete().next().is_some()).count(),
            versions: self.complete().count(),
            bytes: self
                .complete()
                .fold(0, |sum, (_, v)| v.bytes().saturating_add(sum)),
            databases: self.databases.clone(),
            base: self.base.clone(),
            proof: self.proof.clone(),
        }
    }

    /// The module with this path.
    pub fn module(&self, path: &str) -> Option<&HeldModule> {
        let found = self.modules.binary_search_by(|m| m.path.as_str().cmp(path));
        found.ok().map(|i| &self.modules[i])
    }

    /// Every version with the path of its module.
    pub fn versions(&self) -> impl Iterator<Item = (&str, &HeldVersion)> {
        let modules = self.modules.iter();
        modules.flat_map(|m| m.versions.iter().map(|v| (m.path.as_str(), v)))
    }

    /// The versions that can be downloaded, each with the path of its module.
    pub fn complete(&self) -> impl Iterator<Item = (&str, &HeldVersion)> {
        self.versions().filter(|(_, v)| v.is_complete())
    }

    /// This version of the module with this path.
    pub fn version(&self, path: &str, version: &str) -> Option<&HeldVersion> {
        let mut versions = self.module(path)?.versions.iter();
        versions.find(|v| v.version == version)
    }
}

impl HeldModule {
    /// The versions that can be downloaded, in semver order.
    pub fn complete(&self) -> impl DoubleEndedIterator<Item = &HeldVersion> {
        self.versions.iter().filter(|v| v.is_complete())
    }
}

impl HeldVersion {
    /// How many bytes the bag holds of its zip.
    pub fn bytes(&self) -> u64 {
        self.held_bytes.unwrap_or(self.zip_bytes)
    }

    /// True when the version can be listed and downloaded, not only be part of a graph.
    pub fn is_complete(&self) -> bool {
        self.zip.is_some() || self.invalid
    }

    /// How this differs from `older`, another copy of the same version, in what both have:
    /// `the zip h1:…, and in OLD h1:…`. None where they may be the same.
    pub(crate) fn conflict(&self, older: &HeldVersion, name: &str) -> Option<String> {
        let both = self.zip_sha256.is_some() && older.zip_sha256.is_some();
        let zips = ("zip", self.told_zip(both), older.told_zip(both));
        let go_mods = ("go.mod", self.go_mod.clone(), older.go_mod.clone());
        let told = [zips, go_mods].into_iter().filter_map(|(what, new, old)| {
            let (new, old) = (new?, old?);
            (new != old).then(|| format!("the {what} {new}, and in {name} {old}"))
        });
        let told: Vec<String> = told.collect();
        (!told.is_empty()).then(|| told.join("; "))
    }

    /// The hash of the zip, or what is known of one that Go refuses: with `sha256` that as well.
    pub fn told_zip(&self, sha256: bool) -> Option<String> {
        let sha256 = self.zip_sha256.as_ref().filter(|_| sha256);
        let sha256 = sha256.map_or(String::new(), |hash| format!(", SHA-256 {hash}"));
        let kept = || format!("that go refuses ({} bytes{sha256})", self.zip_bytes);
        self.zip.clone().or_else(|| self.invalid.then(kept))
    }

    /// True when this is complete and has the `.mod` and, where `other` has one, the zip of that
    /// other copy of the version, by their hashes. A zip that Go refuses has none, so it is never
    /// the same; an `.info` has none either, and is not compared.
    pub(crate) fn has_all_of(&self, other: &HeldVersion) -> bool {
        let same_zip = self.zip.is_some() && self.zip == other.zip;
        self.is_complete() && self.go_mod == other.go_mod && (same_zip || !other.is_complete())
    }
}

/// The part of a checksum database that a bag carries.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeldDatabase {
    /// The database's name, which may hold slashes.
    pub name: String,
    /// The verifier key: `name+hash+key`.
    pub key: String,
    /// The size of the tree under the bag's one head.
    pub size: u64,
    /// True for the bag's own log over all its modules.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub own: bool,
    /// The signed heads of earlier bags whose clients can use this one, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub heads: Vec<String>,
    /// `path@version` of what has no record there, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unrecorded: Vec<String>,
}

/// What was run against a bag before it got its name, and how that ended.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proof {
    /// The `go version` of the go command that ran.
    pub go: String,
    /// The commands that succeeded with the bag alone, each as it would be typed, with its
    /// platform where it was set.
    pub commands: Vec<String>,
    /// The `os/arch` pairs that builds were proved for.
    pub platforms: Vec<String>,
    /// True when the commands ran in a network of their own, with nothing in it but the bag;
    /// otherwise their environment alone kept them from any other.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub isolated: bool,
    /// The verdict: every command that ran, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<ProofRow>,
}

/// How one command of a proof ended.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofRow {
    /// The command, as it would be typed: `go vet ./...`.
    pub command: String,
    /// The folder below the project that it ran in; empty for the project's own, and for a
    /// command that needs no project.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub folder: String,
    /// The `os/arch` that it ran for; empty where none was set.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub platform: String,
    /// True when it succeeded with the bag alone.
    pub sealed: bool,
    /// True when it succeeded on the connected side; none where it was not tried there, as a
    /// command that succeeds sealed is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub online: Option<bool>,
    /// Why it failed, in go's words, in one line; empty where it did not.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

fn is_zero(n: &u64) -> bool {
    *n == 0
}
