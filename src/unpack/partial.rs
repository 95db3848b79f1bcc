//! What is not complete in a cache folder: it lies under a name of its own until it is.

use std::fs;
use std::io;
use std::path::Path;

use tempfile::TempDir;

use crate::process::cleanup;

/// How it is named.
const PARTIAL: &str = ".partial-";

/// A new folder in `cache` for what is not complete; a signal removes it.
///
/// # Errors
/// It cannot be made.
pub fn folder_in(cache: &Path) -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PARTIAL);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    cleanup::made(|| builder.tempdir_in(cache), TempDir::path)
}

/// Removes what those left that were killed. To be called by who holds the folder alone.
///
/// # Errors
/// It cannot be removed.
pub fn sweep(cache: &Path) -> io::Result<()> {
    for entry in fs::read_dir(cache)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(PARTIAL) {
            cleanup::remove(&entry.path())?;
        }
    }
    Ok(())
}
