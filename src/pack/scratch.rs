//! Folders that are made for a while, and put out of the way.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::error::{Context, Result};
use crate::process::cleanup;

/// A new folder that a signal removes.
pub fn temporary_in(folder: &Path) -> std::io::Result<PathBuf> {
    let make = || tempfile::Builder::new().prefix("gobag-").tempdir_in(folder);
    cleanup::made(make, TempDir::path).map(TempDir::keep)
}

/// Removes what lies at `path` below `root`, if anything does. What cannot be removed is put
/// aside and no harm: it is in nobody's way there.
pub fn remove_as_scratch(path: &Path, root: &Path) -> Result<()> {
    if path.symlink_metadata().is_err() || cleanup::remove(path).is_ok() {
        return Ok(());
    }
    let aside = tempfile::Builder::new().prefix("removed-").tempdir_in(root);
    let aside = aside.context(root.display())?.keep();
    fs::rename(path, aside.join("it")).context(format!(
        "{} cannot be removed; remove it, or name another folder with --work",
        path.display()
    ))
}
