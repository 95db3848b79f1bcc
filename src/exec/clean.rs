//! What `exec` keeps in the user's cache folder, removed: toolchains that it extracted, and build caches.

use std::fs;

use super::cached;
use crate::error::{Context, Result};
use crate::process::caches;
use crate::unpack::{alone, extracted, in_use, partial};

/// What was removed, and what is in use, by the names of their folders.
#[derive(Debug, Default)]
pub struct Cleaned {
    /// Removed.
    pub removed: Vec<String>,
    /// In use by another gobag, and left alone.
    pub used: Vec<String>,
}

/// Removes all of it; no other gobag extracts meanwhile. Nothing where there is no cache folder.
///
/// # Errors
/// The cache folder is not this user's alone, or something in it cannot be removed.
pub fn clean() -> Result<Cleaned> {
    let (cache, remedy, counts) = caches::look()?;
    let mut cleaned = Cleaned::default();
    if !counts || !cache.is_dir() {
        return Ok(cleaned);
    }
    let _alone = alone::hold(&cache, remedy)?;
    // What cannot be removed is in nobody's way.
    let _ = partial::sweep(&cache);
    for entry in fs::read_dir(&cache).context(cache.display())? {
        let entry = entry.context(cache.display())?;
        let path = entry.path();
        if !cached::is_one(&path) && !extracted::is_kept(&path) {
            continue;
        }
        let name = entry.file_name().to_string_lossy().into_owned();
        match in_use::remove_unless(&path, &cache)? {
            true => cleaned.removed.push(name),
            false => cleaned.used.push(name),
        }
    }
    cleaned.removed.sort();
    Ok(cleaned)
}
