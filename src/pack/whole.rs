//! What of a module cache a later run may rely on.

use std::path::{Path, PathBuf};

use gomod::semver;

use crate::client::fetch::read_small;

/// All files below a folder; none where there is no such folder.
pub fn files(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = walkdir::WalkDir::new(folder).into_iter().flatten();
    entries
        .filter(|entry| entry.file_type().is_file())
        .map(walkdir::DirEntry::into_path)
}

/// True for a file of a `cache/download` that never changes and is there in full: go writes the
/// files of a module under other names first, and those of a checksum database at once.
pub fn is_whole(name: &Path, file: &Path) -> bool {
    let end = name.extension().and_then(|end| end.to_str()).unwrap_or("");
    let stem = name
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or("");
    if name.starts_with("sumdb") {
        let bytes = read_small(file).unwrap_or_default();
        let kind = name.components().nth(2).map(|part| part.as_os_str());
        // A full tile of height 8; of others the length is not known (sumdb's records begin
        // with a number and end with a signature).
        return match kind.and_then(|kind| kind.to_str()) {
            Some("tile") => bytes.len() == 8192,
            Some("lookup") => String::from_utf8(bytes)
                .is_ok_and(|text| text.contains("\n\u{2014} ") && text.ends_with('\n')),
            _ => false,
        };
    }
    name.parent().is_some_and(|folder| folder.ends_with("@v"))
        && ["info", "mod", "zip", "ziphash"].contains(&end)
        && semver::is_canonical(&stem.replace('!', ""))
}
