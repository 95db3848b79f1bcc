//! What `exec` keeps in the user's cache folder, removed: toolchains that it extracted, and build caches.

use std::fs;
use std::path::Path;

use super::cached;
use crate::error::{Context, Result};
use crate::process::{caches, cleanup};
use crate::unpack::{alone, goroot, partial};

/// Removes all of it, and returns the names of the folders that were removed; no other gobag extracts
/// meanwhile. None where there is no cache folder.
///
/// # Errors
/// The cache folder is not this user's alone, or something in it cannot be removed.
pub fn clean() -> Result<Vec<String>> {
    let (cache, remedy, counts) = caches::look()?;
    if !counts || !cache.is_dir() {
        return Ok(Vec::new());
    }
    let _alone = alone::hold(&cache, remedy)?;
    partial::sweep(&cache).context(cache.display())?;
    // One that is half removed is taken for none.
    let aside = partial::folder_in(&cache).context(cache.display())?;
    let mut removed = Vec::new();
    for entry in fs::read_dir(&cache).context(cache.display())? {
        let entry = entry.context(cache.display())?;
        let path = entry.path();
        if is_kept(&path) {
            let name = aside.path().join(entry.file_name());
            fs::rename(&path, name).context(path.display())?;
            removed.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    cleanup::remove(aside.path()).context(aside.path().display())?;
    removed.sort();
    Ok(removed)
}

/// True for a folder that `exec` made.
fn is_kept(folder: &Path) -> bool {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let is_folder = fs::symlink_metadata(folder).is_ok_and(|data| data.is_dir());
    is_folder && (name.starts_with(cached::NAME) || goroot::is_kept(folder))
}
