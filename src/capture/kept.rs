//! What was captured of one database, as files that a second run finds again.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use sumdb::tile::Tile;

use crate::client::fetch::read_small;
use crate::error::{Context, Result};
use crate::process::cleanup;

/// The folder `sumdb/<name>` of a folder of modules.
#[derive(Debug)]
pub struct Kept {
    dir: PathBuf,
    /// Where files lie until they are whole.
    scratch: PathBuf,
}

impl Kept {
    /// What is kept of the database `name` in `dir`.
    pub fn new(dir: &Path, name: &str) -> Self {
        Kept {
            dir: dir.join("sumdb").join(name),
            scratch: dir.to_path_buf(),
        }
    }

    /// A file of an earlier run.
    pub fn read(&self, name: &str) -> Option<Vec<u8>> {
        read_small(&self.dir.join(name)).ok()
    }

    /// The signed heads that clients may know.
    pub fn heads(&self) -> Result<Vec<Vec<u8>>> {
        let heads = fs::read_dir(self.dir.join("heads"));
        let heads = heads.into_iter().flatten().flatten().map(|e| e.path());
        let latest = Some(self.dir.join("latest")).filter(|f| f.is_file());
        let read = |file: PathBuf| read_small(&file).context(file.display());
        heads.chain(latest).map(read).collect()
    }

    /// The tiles, and where they are.
    pub fn tiles(&self) -> Result<BTreeMap<Tile, PathBuf>> {
        let mut tiles = BTreeMap::new();
        let mut folders = vec![self.dir.join("tile")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).into_iter().flatten() {
                let file = entry.context(folder.display())?.path();
                if file.is_dir() {
                    folders.push(file);
                    continue;
                }
                let name = file.strip_prefix(&self.dir).ok().and_then(bag::slashed);
                if let Some(tile) = name.and_then(|name| name.parse().ok()) {
                    tiles.insert(tile, file);
                }
            }
        }
        Ok(tiles)
    }

    /// Writes a fetched file whole or not at all.
    pub fn keep(&self, name: &str, bytes: &[u8]) -> Result<()> {
        // The folder may be one that is removed at a signal, and must not come back.
        let _gate = cleanup::gate();
        let file = self.dir.join(name);
        let folder = file.parent().unwrap_or(&self.dir);
        fs::create_dir_all(folder).context(folder.display())?;
        let id = rayon::current_thread_index().unwrap_or(0);
        let partial = self
            .scratch
            .join(format!(".sums-{}-{id}", std::process::id()));
        fs::write(&partial, bytes).context(partial.display())?;
        fs::rename(&partial, &file).context(file.display())
    }
}
