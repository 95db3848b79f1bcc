//! What bills of materials tell of a bag.

use std::collections::BTreeSet;

use bag::digest::{hex, sha256};
use bag::manifest::{Manifest, Proof};
use bag::{ArchiveError, Bag, TOOLCHAIN, describing, required};
use gomod::info::Info;
use gomod::module;

use super::licensed::{UNKNOWN, names};
use super::purl::purl;

/// What is told of a bag.
pub struct Facts {
    /// What it, and each bag that is joined to it, is told by from every other, in hex: the SHA-256 of its sums.
    pub ids: Vec<String>,
    /// When the newest of its modules was made, by what their `.info` says, in UTC and whole seconds; 1970 where none
    /// says so. A bag does not tell when it was packed.
    pub time: String,
    /// What was proved of it.
    pub proof: Option<Proof>,
    /// The paths of the modules that it was packed of, sorted, where it tells.
    pub projects: Vec<String>,
    /// Its modules, sorted by path and version.
    pub modules: Vec<Module>,
    /// Which of them the projects require themselves, and which none of the others requires: somebody named those.
    pub roots: Vec<usize>,
}

/// What is told of a version of a module.
pub struct Module {
    /// The module path.
    pub path: String,
    /// The version.
    pub version: String,
    /// Its package URL.
    pub purl: String,
    /// The SHA-256 of its zip as this bag answers with it, in hex.
    pub sha256: Option<String>,
    /// The hash of what the zip holds, as go.sum has it.
    pub h1: Option<String>,
    /// The SPDX identifiers of its licences.
    pub licenses: Vec<String>,
    /// True where every licence of it is known.
    pub is_licensed: bool,
    /// True for a go toolchain.
    pub is_toolchain: bool,
    /// Which of the modules it requires.
    pub requires: Vec<usize>,
}

/// What is told of this bag, and of those that are joined to it.
///
/// # Errors
/// It is damaged.
pub fn of(bag: &Bag<'_>) -> Result<Facts, ArchiveError> {
    let manifest = bag.manifest()?;
    let described = describing::of(bag)?.versions;
    let mut requires = vec![Vec::new(); described.len()];
    for (place, description) in described.iter().enumerate() {
        for by in &description.required_by {
            requires[*by].push(place);
        }
    }
    let versions = described
        .iter()
        .map(|d| (d.path.as_str(), d.version.as_str()));
    let versions: Vec<(&str, &str)> = versions.collect();
    let direct = manifest.projects.iter().flat_map(|of| &of.requires);
    let direct = direct.filter_map(|name| {
        let (path, version) = name.split_once('@')?;
        required::satisfying(&versions, path, version)
    });
    let direct: BTreeSet<usize> = direct.collect();
    let is_root =
        |place: &usize| direct.contains(place) || described[*place].required_by.is_empty();
    let roots = (0..described.len()).filter(is_root).collect();
    let modules = described
        .iter()
        .zip(requires)
        .map(|(description, requires)| {
            let (path, version) = (&description.path, &description.version);
            let names = names(description);
            let held = manifest.version(path, version);
            Module {
                path: path.clone(),
                version: version.clone(),
                purl: purl(path, version),
                sha256: bag
                    .entry(&answer(path, version, "zip"))
                    .map(|entry| hex(&entry.sha256)),
                h1: held.and_then(|held| held.zip.clone()),
                is_licensed: !names.contains(&UNKNOWN),
                licenses: names
                    .into_iter()
                    .filter(|name| *name != UNKNOWN)
                    .map(str::to_string)
                    .collect(),
                is_toolchain: path == TOOLCHAIN,
                requires,
            }
        });
    Ok(Facts {
        ids: bag.all_sums()?,
        time: newest(bag, &manifest),
        proof: manifest.proof.clone(),
        projects: manifest.projects.iter().map(|of| of.path.clone()).collect(),
        modules: modules.collect(),
        roots,
    })
}

/// What answers for a version with this `end` is called.
fn answer(path: &str, version: &str, end: &str) -> String {
    format!(
        "{}/@v/{}.{end}",
        module::escape(path),
        module::escape(version)
    )
}

/// When the newest module was made.
fn newest(bag: &Bag<'_>, manifest: &Manifest) -> String {
    let times = manifest.complete().filter_map(|(path, v)| {
        let info = bag.text(&answer(path, &v.version, "info"))?;
        let time: jiff::Timestamp = Info::parse(&info).ok()?.time?.parse().ok()?;
        Some(time)
    });
    let newest = times.max().unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    newest.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

impl Facts {
    /// What the bag is called: by the first of its projects, where it tells.
    pub fn name(&self) -> String {
        match self.projects.as_slice() {
            [] => "gobag bag".to_string(),
            [one] => format!("gobag bag of {one}"),
            [first, more @ ..] => format!("gobag bag of {first} and {} more", more.len()),
        }
    }

    /// A UUID for what is written of these bags: of their ids, and so always the same (version 8 of RFC 9562).
    pub fn uuid(&self) -> String {
        let all = match self.ids.as_slice() {
            [one] => one.clone(),
            several => hex(&sha256(several.join("\n").as_bytes())),
        };
        let id = |from: usize, to: usize| all.get(from..to).unwrap_or_default();
        format!(
            "{}-{}-8{}-8{}-{}",
            id(0, 8),
            id(8, 12),
            id(13, 16),
            id(17, 20),
            id(20, 32)
        )
    }
}

impl Module {
    /// `path@version`.
    pub fn name(&self) -> String {
        format!("{}@{}", self.path, self.version)
    }
}
