//! Walking a folder: which files make up which version.

use std::collections::BTreeMap;
use std::path::Path;

use gomod::module;
use walkdir::WalkDir;

use super::Invalid;
use super::shown::Shown;
use crate::Fault;
use crate::contents::{Sums, Vulns};
use crate::place::{self, Place, ProxyFile};

/// The files that make up one version.
#[derive(Debug, Default)]
pub struct VersionFiles {
    pub infos: Vec<Shown>,
    pub mods: Vec<Shown>,
    pub zips: Vec<Shown>,
    pub folders: Vec<Shown>,
}

/// Everything that was found, by module path and version.
#[derive(Debug, Default)]
pub struct Found {
    pub versions: BTreeMap<(String, String), VersionFiles>,
    pub queries: BTreeMap<(String, String), Shown>,
    pub sums: Sums,
    pub vulns: Vulns,
    pub notes: Vec<String>,
}

/// Walks `root` and sorts what lies in it by what it belongs to. Of a module whose name no go command
/// could ask for nothing can be served: it is left out, where `invalid` is not to be refused.
pub fn walk(root: &Path, invalid: Invalid, found: &mut Found, faults: &mut Vec<Fault>) {
    let mut walk = WalkDir::new(root)
        .follow_links(true)
        .min_depth(1)
        .sort_by_file_name()
        .into_iter();
    while let Some(entry) = walk.next() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(e) => {
                faults.push(Fault::unreadable(e.path().unwrap_or(root).display(), &e));
                continue;
            }
        };
        let relative = entry.path().strip_prefix(root).unwrap_or(entry.path());
        let Some(name) = place::slashed(relative) else {
            faults.push(Fault::new(
                relative.display(),
                "its name is not UTF-8",
                "rename it",
            ));
            continue;
        };
        let is_folder = entry.file_type().is_dir();
        if is_folder && place::is_skipped_folder(&name) {
            walk.skip_current_dir();
            continue;
        }
        // A folder is what a file in it would be.
        let place = match is_folder {
            true => place::place(&format!("{name}/x")),
            false => place::place(&name),
        };
        // A pipe would wait for whoever writes to it.
        if !is_folder && !entry.file_type().is_file() && place != Ok(Place::Ignored) {
            faults.push(Fault::new(&name, "is no plain file", "remove it"));
            continue;
        }
        let shown = Shown {
            file: entry.into_path(),
            name,
        };
        match place {
            Ok(Place::Source { path, version }) if is_folder => {
                // What a go command extracted says the same as the zip that it came from.
                let capture = &shown.name[..place::capture_len(&shown.name)];
                if !root.join(capture).join("cache/download").is_dir() {
                    let files = found.versions.entry((path, version)).or_default();
                    files.folders.push(shown);
                }
                walk.skip_current_dir();
            }
            _ if is_folder => {}
            Err(fault) if invalid != Invalid::Refuse && shown.name.contains("/@v/") => {
                found.notes.push(format!("left out: {fault}"));
            }
            Err(fault) => faults.push(fault),
            Ok(Place::Ignored | Place::Source { .. }) => {}
            Ok(Place::Sum { name }) => found.sums.entry(name).or_default().push(shown.file),
            Ok(Place::Vuln { name }) => {
                found.vulns.insert(name, shown.file);
            }
            Ok(Place::Proxy {
                path,
                version,
                file,
            }) => {
                let is_query = file == ProxyFile::Info && module::check(&path, &version).is_err();
                let key = (path, version);
                if is_query {
                    found.queries.entry(key).or_insert(shown);
                    continue;
                }
                let files = found.versions.entry(key).or_default();
                match file {
                    ProxyFile::Info => files.infos.push(shown),
                    ProxyFile::Mod => files.mods.push(shown),
                    ProxyFile::Zip => files.zips.push(shown),
                    // Read beside its zip.
                    ProxyFile::ZipHash => {}
                }
            }
        }
    }
}
