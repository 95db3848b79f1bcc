//! The rules about names and sizes, for a zip that exists.

use super::collision::Collisions;
use super::directory::Entry;
use super::fault::{ZipFault, ZipRule};
use super::{MAX_CONTENT_BYTES, MAX_GO_MOD_BYTES, MAX_LICENSE_BYTES};
use crate::module::{ModuleVersion, PathFault, clean, file_path_fault};

/// The entries of a zip, sorted out.
#[derive(Default)]
pub(super) struct Inspection {
    /// Files, each with its place in the directory and its path below the root.
    pub(super) files: Vec<(usize, String)>,
    /// Directories, each with its place in the directory.
    pub(super) directories: Vec<usize>,
    /// What is wrong, at most once for each entry and once for the whole.
    pub(super) faults: Vec<ZipFault>,
}

/// Applies every rule that needs no content.
pub(super) fn inspect(module: &ModuleVersion, entries: &[Entry], zip_size: u64) -> Inspection {
    let prefix = module.zip_prefix();
    let mut collisions = Collisions::default();
    let mut inspection = Inspection::default();
    let (mut bytes, mut compressed_bytes) = (0_u64, 0_u64);
    for (place, entry) in entries.iter().enumerate() {
        compressed_bytes = compressed_bytes.saturating_add(entry.compressed_size);
        match check_entry(entry, &prefix, &mut collisions, &mut bytes) {
            Ok(None) => inspection.directories.push(place),
            Ok(Some(path)) => inspection.files.push((place, path.to_owned())),
            Err(rule) => {
                let name = String::from_utf8_lossy(&entry.name);
                inspection.faults.push(ZipFault::of_entry(name, rule));
            }
        }
    }
    let faults = &mut inspection.faults;
    if bytes > MAX_CONTENT_BYTES {
        faults.push(ZipFault::of_whole(ZipRule::ContentSize));
    }
    if compressed_bytes > zip_size {
        faults.push(ZipFault::of_whole(ZipRule::Overlap));
    }
    inspection
}

/// The path of a file, whose size is added to `bytes`; none for a directory.
fn check_entry<'a>(
    entry: &'a Entry,
    prefix: &str,
    collisions: &mut Collisions,
    bytes: &mut u64,
) -> Result<Option<&'a str>, ZipRule> {
    let rest = entry
        .name
        .strip_prefix(prefix.as_bytes())
        .ok_or_else(|| ZipRule::Prefix(prefix.to_owned()))?;
    let rest = std::str::from_utf8(rest).map_err(|_| ZipRule::NotUtf8)?;
    if rest.is_empty() {
        return Ok(None);
    }
    let directory = rest.strip_suffix('/');
    let path = directory.unwrap_or(rest);
    if !clean(path) {
        return Err(ZipRule::NotClean);
    }
    file_path_fault(path).map_or(Ok(()), |fault: PathFault| Err(ZipRule::Path(fault)))?;
    collisions.check(path, directory.is_some())?;
    if directory.is_some() {
        return Ok(None);
    }
    check_go_mod_name(path)?;
    *bytes = bytes.saturating_add(entry.size);
    check_special_size(path, entry.size)?;
    Ok(Some(path))
}

/// A file called `go.mod`, in whatever case, must be at the root and in lower case.
pub(super) fn check_go_mod_name(path: &str) -> Result<(), ZipRule> {
    let base = path.rsplit('/').next().unwrap_or_default();
    if !base.eq_ignore_ascii_case("go.mod") || path == "go.mod" {
        return Ok(());
    }
    Err(if base == path {
        ZipRule::GoModCase
    } else {
        ZipRule::GoModPlace
    })
}

/// `go.mod` and `LICENSE` at the root have limits of their own.
pub(super) fn check_special_size(path: &str, size: u64) -> Result<(), ZipRule> {
    match path {
        "go.mod" if size > MAX_GO_MOD_BYTES => Err(ZipRule::GoModSize(size)),
        "LICENSE" if size > MAX_LICENSE_BYTES => Err(ZipRule::LicenseSize(size)),
        _ => Ok(()),
    }
}
