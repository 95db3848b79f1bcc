//! Which files of a directory or of a commit belong into a module's zip.
//!
//! Specification: <https://pkg.go.dev/golang.org/x/mod/zip#CreateFromDir> and `#Create`.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashSet};
use std::fmt;

use super::MAX_CONTENT_BYTES;
use super::collision::Collisions;
use super::fault::{ZipFault, ZipRule};
use super::inspect::check_special_size;
use super::vendored::is_vendored;
use crate::goversion;
use crate::modfile::ModFile;
use crate::module::{clean, file_path_fault};

/// Something found below a module's root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderEntry {
    /// The path relative to the root, with slashes.
    pub path: String,
    /// What it is, links not followed.
    pub kind: Kind,
    /// The size in bytes of a regular file.
    pub size: u64,
}

/// What an entry of a folder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    Regular,
    /// A directory.
    Directory,
    /// A symbolic link or anything else.
    Other,
}

/// What becomes of the entries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The paths of the files to pack, sorted as bytes.
    pub included: Vec<String>,
    /// The paths that are left out, and why; of a directory that is left out as a whole, the
    /// directory only.
    pub omitted: Vec<(String, OmitReason)>,
    /// What makes a zip impossible; empty if all is well.
    pub faults: Vec<ZipFault>,
}

/// Why a file or a directory is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OmitReason {
    /// It belongs to a package in a `vendor` directory.
    Vendored,
    /// It is the directory of a version control system.
    VersionControl,
    /// It is in another module, whose `go.mod` is below the root.
    NestedModule,
    /// Mercurial has put it there.
    HgArchival,
    /// It is no regular file.
    NotRegular,
}

impl fmt::Display for OmitReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            OmitReason::Vendored => "is in a vendor directory",
            OmitReason::VersionControl => "belongs to a version control system",
            OmitReason::NestedModule => "is in another module",
            OmitReason::HgArchival => "was written by hg archive",
            OmitReason::NotRegular => "is not a regular file",
        })
    }
}

/// Plans a zip of a working directory. `files` is all that a walk finds; it need not enter
/// directories that are left out as a whole. Directories need not be among them.
///
/// `go_mod` is the root's `go.mod`, whose Go version decides about `vendor`: a missing or malformed
/// one is old.
pub fn plan(files: &[FolderEntry], go_mod: Option<&[u8]>) -> Plan {
    let modern = is_modern(go_mod);
    let mut sorted: Vec<&FolderEntry> = files.iter().collect();
    sorted.sort_by(|a, b| compare_in_walk(&a.path, &b.path));
    let modules: HashSet<&str> = sorted
        .iter()
        .filter(|c| c.kind != Kind::Directory)
        .filter_map(|c| c.path.strip_suffix("/go.mod"))
        .collect();
    let mut plan = Plan::default();
    let mut left = Vec::new();
    let mut skipped = HashSet::new();
    for entry in sorted {
        let path = entry.path.as_str();
        let whole = entry.kind == Kind::Directory;
        let ends = path
            .match_indices('/')
            .map(|(i, _)| i)
            .chain(whole.then_some(path.len()));
        let skip = ends.map(|end| &path[..end]).find_map(|directory| {
            skip_reason(directory, &modules, modern).map(|reason| (directory, reason))
        });
        if let Some((directory, reason)) = skip {
            if skipped.insert(directory) {
                plan.omitted.push((directory.to_owned(), reason));
            }
        } else if is_vendored(path, modern) {
            plan.omitted.push((path.to_owned(), OmitReason::Vendored));
        } else if entry.kind == Kind::Other {
            plan.omitted.push((path.to_owned(), OmitReason::NotRegular));
        } else if entry.kind == Kind::Regular {
            left.push(entry);
        }
    }
    sort_out(&left, modern, &mut plan);
    plan
}

fn is_modern(go_mod: Option<&[u8]>) -> bool {
    go_mod
        .and_then(|text| ModFile::parse(text).ok())
        .and_then(|file| file.go)
        .is_some_and(|go| goversion::compare(&go, "1.24").is_ge())
}

/// The order of a walk that enters each directory where it stands.
fn compare_in_walk(a: &str, b: &str) -> Ordering {
    a.split('/').cmp(b.split('/'))
}

fn skip_reason(directory: &str, modules: &HashSet<&str>, modern: bool) -> Option<OmitReason> {
    let base = directory.rsplit('/').next().unwrap_or_default();
    let reason = if matches!(base, ".git" | ".hg" | ".svn" | ".bzr") {
        OmitReason::VersionControl
    } else if modules.contains(directory) {
        OmitReason::NestedModule
    } else {
        return None;
    };
    // What is in a vendored directory is left out file by file.
    (!is_vendored(directory, modern)).then_some(reason)
}

/// Applies the rules that hold for every list of files.
fn sort_out(files: &[&FolderEntry], modern: bool, plan: &mut Plan) {
    let modules: HashSet<&str> = files
        .iter()
        .filter(|c| c.kind == Kind::Regular)
        .filter_map(|c| c.path.rsplit_once('/'))
        .filter(|(_, base)| base.eq_ignore_ascii_case("go.mod"))
        .map(|(directory, _)| directory)
        .collect();
    let mut collisions = Collisions::default();
    let mut bytes = 0_u64;
    // The first finding about a path is the one that is reported.
    let mut found = BTreeMap::new();
    for entry in files {
        let path = entry.path.as_str();
        let mut finding = verdict(entry, &modules, modern, &mut collisions).transpose();
        if finding.is_none() {
            bytes = bytes.saturating_add(entry.size);
            finding = check_special_size(path, entry.size).err().map(Err);
        }
        match finding {
            None => plan.included.push(path.to_owned()),
            Some(finding) => drop(found.entry(path).or_insert(finding)),
        }
    }
    for (path, finding) in found {
        match finding {
            Ok(reason) => plan.omitted.push((path.to_owned(), reason)),
            Err(rule) => plan.faults.push(ZipFault::of_entry(path, rule)),
        }
    }
    if bytes > MAX_CONTENT_BYTES {
        plan.faults.push(ZipFault::of_whole(ZipRule::ContentSize));
    }
    plan.included.sort();
}

fn verdict(
    entry: &FolderEntry,
    modules: &HashSet<&str>,
    modern: bool,
    collisions: &mut Collisions,
) -> Result<Option<OmitReason>, ZipRule> {
    let path = entry.path.as_str();
    if path.len() > usize::from(u16::MAX) {
        return Err(ZipRule::NameLength);
    }
    if !clean(path) {
        return Err(ZipRule::NotClean);
    }
    if path.starts_with('/') {
        return Err(ZipRule::NotRelative);
    }
    if is_vendored(path, modern) {
        return Ok(Some(OmitReason::Vendored));
    }
    if path
        .match_indices('/')
        .any(|(end, _)| modules.contains(&path[..end]))
    {
        return Ok(Some(OmitReason::NestedModule));
    }
    if path == ".hg_archival.txt" {
        return Ok(Some(OmitReason::HgArchival));
    }
    file_path_fault(path).map_or(Ok(()), |fault| Err(ZipRule::Path(fault)))?;
    if path.eq_ignore_ascii_case("go.mod") && path != "go.mod" {
        return Err(ZipRule::GoModCase);
    }
    collisions.check(path, entry.kind == Kind::Directory)?;
    Ok((entry.kind != Kind::Regular).then_some(OmitReason::NotRegular))
}
