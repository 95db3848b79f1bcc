//! Walking a folder: which files make up which version.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gomod::module;
use walkdir::WalkDir;

use super::shown::Shown;
use crate::Fault;
use crate::place::{self, Part, Place};
use crate::source;

/// The files that make up one version.
#[derive(Debug, Default)]
pub struct Parts {
    pub infos: Vec<Shown>,
    pub mods: Vec<Shown>,
    pub zips: Vec<Shown>,
    pub folders: Vec<Shown>,
}

/// Everything that was found, by module path and version.
#[derive(Debug, Default)]
pub struct Found {
    pub versions: BTreeMap<(String, String), Parts>,
    pub queries: BTreeMap<(String, String), Shown>,
    pub sums: BTreeMap<String, Vec<PathBuf>>,
}

/// Walks `root` and sorts what lies in it by what it belongs to.
pub fn walk(root: &Path, found: &mut Found, faults: &mut Vec<Fault>) {
    let mut walk = WalkDir::new(root)
        .follow_links(true)
        .min_depth(1)
        .sort_by_file_name()
        .into_iter();
    while let Some(entry) = walk.next() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(e) => {
                let file = e.path().unwrap_or(root).display().to_string();
                faults.push(Fault::new(
                    file,
                    format!("cannot be read: {e}"),
                    "make it readable, or remove it",
                ));
                continue;
            }
        };
        let relative = entry.path().strip_prefix(root).unwrap_or(entry.path());
        let Some(name) = source::slashed(relative) else {
            faults.push(Fault::new(
                relative.display(),
                "its name is not UTF-8",
                "rename it",
            ));
            continue;
        };
        let shown = Shown {
            file: entry.path().to_path_buf(),
            name: name.clone(),
        };
        if entry.file_type().is_dir() {
            if place::is_skipped_folder(&name) {
                walk.skip_current_dir();
            } else if let Ok(Place::Source { path, version, .. }) =
                place::place(&format!("{name}/x"))
            {
                // What a go command extracted says the same as the zip that it came from.
                let capture = root.join(&name[..place::capture_len(&name)]);
                if !capture.join("cache/download").is_dir() {
                    found
                        .versions
                        .entry((path, version))
                        .or_default()
                        .folders
                        .push(shown);
                }
                walk.skip_current_dir();
            }
            continue;
        }
        match place::place(&name) {
            Err(e) => faults.push(Fault::new(name, e.rule, e.remedy)),
            Ok(Place::Ignored | Place::Source { .. }) => {}
            Ok(Place::Sum { name }) => found.sums.entry(name).or_default().push(shown.file),
            Ok(Place::Proxy {
                path,
                version,
                part: Part::Info,
            }) if module::check(&path, &version).is_err() => {
                found.queries.entry((path, version)).or_insert(shown);
            }
            Ok(Place::Proxy {
                path,
                version,
                part,
            }) => {
                let parts = found.versions.entry((path, version)).or_default();
                match part {
                    Part::Info => parts.infos.push(shown),
                    Part::Mod => parts.mods.push(shown),
                    Part::Zip => parts.zips.push(shown),
                    // Read beside its zip.
                    Part::ZipHash => {}
                }
            }
        }
    }
}
