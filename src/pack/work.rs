//! The folder that packing works in.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::error::{Context, Result};
use crate::process::cleanup;

/// Everything that is fetched on the way to a bag. One that was named is kept, and a second
/// run goes on from it; one that was not is removed.
#[derive(Debug)]
pub struct Work {
    root: PathBuf,
    temporary: Option<TempDir>,
}

impl Work {
    /// Uses `named`, or a new temporary folder.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn new(named: Option<&Path>) -> Result<Self> {
        let temporary = match named {
            Some(_) => None,
            None => Some(
                tempfile::Builder::new()
                    .prefix("gobag-")
                    .tempdir()
                    .context("cannot make a folder to work in")?,
            ),
        };
        let root = match (&temporary, named) {
            (Some(temporary), _) => temporary.path().to_path_buf(),
            (None, named) => named.unwrap_or(Path::new(".")).to_path_buf(),
        };
        fs::create_dir_all(&root).context(root.display())?;
        if temporary.is_some() {
            cleanup::remove_at_signal(&root);
        }
        let root = std::path::absolute(&root).context(root.display())?;
        Ok(Work { root, temporary })
    }

    /// True when a second run can go on from it.
    pub fn is_kept(&self) -> bool {
        self.temporary.is_none()
    }

    /// A folder or file in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// A folder in it, which is made.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.path(name);
        fs::create_dir_all(&folder).context(folder.display())?;
        Ok(folder)
    }

    /// A folder in it, which is emptied.
    ///
    /// # Errors
    /// It cannot be emptied or made.
    pub fn fresh_folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.path(name);
        if folder.exists() {
            cleanup::remove(&folder).context(folder.display())?;
        }
        self.folder(name)
    }

    /// What earlier runs fetched, laid out like `cache/download` of a module cache.
    pub fn earlier(&self) -> PathBuf {
        self.path("earlier")
    }

    /// The module cache that recording fills.
    pub fn mod_cache(&self) -> PathBuf {
        self.path("record/pkg/mod")
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        if self.temporary.is_some() {
            cleanup::make_writable(&self.root);
        }
    }
}
