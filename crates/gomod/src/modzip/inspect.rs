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
    /// Whether it is safe to read the contents: they are not too large, and their data do not
    /// overlap.
    pub(super) readable: bool,
}

/// What a name that begins with the prefix stands for.
enum Kind<'a> {
    Directory,
    File(&'a str),
}

/// Applies every rule that needs no content.
pub(super) fn inspect(module: &ModuleVersion, entries: &[Entry], zip_size: u64) -> Inspection {
    let prefix = module.zip_prefix();
    let mut collisions = Collisions::default();
    let mut inspection = Inspection {
        readable: true,
        ..Inspection::default()
    };
    let (mut bytes, mut compressed_bytes) = (0_u64, 0_u64);
    for (place, entry) in entries.iter().enumerate() {
        compressed_bytes = compressed_bytes.saturating_add(entry.compressed_size);
        let checked = check_name(&entry.name, &prefix, &mut collisions);
        match checked.and_then(|kind| check_size(kind, entry.size, &mut bytes)) {
            Ok(Kind::Directory) => inspection.directories.push(place),
            Ok(Kind::File(path)) => inspection.files.push((place, path.to_owned())),
            Err(rule) => {
                let name = String::from_utf8_lossy(&entry.name);
                inspection.faults.push(ZipFault::of_entry(name, rule));
            }
        }
    }
    let too_large = bytes > MAX_CONTENT_BYTES;
    let overlapping = compressed_bytes > zip_size;
    if too_large {
        inspection
            .faults
            .push(ZipFault::of_whole(ZipRule::ContentSize));
    }
    if overlapping {
        inspection.faults.push(ZipFault::of_whole(ZipRule::Overlap));
    }
    inspection.readable = !too_large && !overlapping;
    inspection
}

fn check_name<'a>(
    name: &'a [u8],
    prefix: &str,
    collisions: &mut Collisions,
) -> Result<Kind<'a>, ZipRule> {
    let rest = name
        .strip_prefix(prefix.as_bytes())
        .ok_or_else(|| ZipRule::Prefix(prefix.to_owned()))?;
    let rest = std::str::from_utf8(rest).map_err(|_| ZipRule::NotUtf8)?;
    if rest.is_empty() {
        return Ok(Kind::Directory);
    }
    let directory = rest.strip_suffix('/');
    let path = directory.unwrap_or(rest);
    if !clean(path) {
        return Err(ZipRule::NotClean);
    }
    file_path_fault(path).map_or(Ok(()), |fault: PathFault| Err(ZipRule::Path(fault)))?;
    collisions.check(path, directory.is_some())?;
    if directory.is_some() {
        return Ok(Kind::Directory);
    }
    check_go_mod_name(path)?;
    Ok(Kind::File(path))
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

fn check_size<'a>(kind: Kind<'a>, size: u64, bytes: &mut u64) -> Result<Kind<'a>, ZipRule> {
    if let Kind::File(path) = kind {
        *bytes = bytes.saturating_add(size);
        check_special_size(path, size)?;
    }
    Ok(kind)
}

/// `go.mod` and `LICENSE` at the root have limits of their own.
pub(super) fn check_special_size(path: &str, size: u64) -> Result<(), ZipRule> {
    match path {
        "go.mod" if size > MAX_GO_MOD_BYTES => Err(ZipRule::GoModSize(size)),
        "LICENSE" if size > MAX_LICENSE_BYTES => Err(ZipRule::LicenseSize(size)),
        _ => Ok(()),
    }
}
