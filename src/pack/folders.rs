//! The folders that a bag is made of.

use std::fs;
use std::path::{Path, PathBuf};

use gomod::modfile::ModFile;

use super::order::Order;
use super::work::Work;
use crate::carried::bundle;
use crate::error::{Context, Result};
use crate::terminal::progress::say;
use crate::unpack::tree;

/// All folders of an order: what was recorded, what is imported, what becomes a module, and
/// what this executable carries.
///
/// # Errors
/// A folder is missing, or cannot be made.
pub fn all(order: &Order, recorded: &[PathBuf], work: &Work) -> Result<Vec<PathBuf>> {
    let mut folders = recorded.to_vec();
    for import in &order.imports {
        fs::read_dir(import).context(import.display())?;
        folders.push(import.clone());
    }
    if !order.locals.is_empty() {
        let at = work.fresh_folder("locals")?;
        for (module, dir) in &order.locals {
            let name = at.join(format!(
                "{}@{}",
                module.escaped_path(),
                module.escaped_version()
            ));
            fs::create_dir_all(name.parent().unwrap_or(&at)).context(at.display())?;
            let dir = fs::canonicalize(dir).context(dir.display())?;
            warn_of_other_path(&dir, &module.path)?;
            link(&dir, &name).context(dir.display())?;
        }
        folders.push(at);
    }
    if order.add {
        let at = work.fresh_folder("carried")?;
        let bag = bundle::bag()?;
        tree::write(&bag, &at)?;
        // A log of its own says what was in the bag, which is no longer all.
        for own in bag.manifest().databases.iter().filter(|d| d.own) {
            let own = at.join("sumdb").join(&own.name);
            fs::remove_dir_all(&own).context(own.display())?;
        }
        folders.push(at);
    }
    Ok(folders)
}

/// Go takes a module whose go.mod has another path as a replacement only.
fn warn_of_other_path(dir: &Path, path: &str) -> Result<()> {
    let file = dir.join("go.mod");
    let Ok(text) = fs::read(&file) else {
        return Ok(());
    };
    let declared = ModFile::parse(&text).context(file.display())?.module;
    if let Some(declared) = declared.filter(|d| d != path) {
        let file = file.display();
        say(&format!(
            "note: {file} declares {declared}; as {path} it can only replace another module"
        ));
    }
    Ok(())
}

#[cfg(unix)]
fn link(dir: &Path, name: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(dir, name)
}

#[cfg(windows)]
fn link(dir: &Path, name: &Path) -> std::io::Result<()> {
    std::os::windows::fs::symlink_dir(dir, name)
}
