//! The folders that a bag is made of.

use std::fs;
use std::path::{Path, PathBuf};

use super::Order;
use super::work::Work;
use crate::bundle;
use crate::commands::unpack;
use crate::error::{Context, Result};

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
            link(&dir, &name).context(dir.display())?;
        }
        folders.push(at);
    }
    if order.add {
        let at = work.fresh_folder("carried")?;
        let bag = bundle::bag()?;
        unpack::write_tree(&bag, &at)?;
        // A log of its own says what was in the bag, which is no longer all.
        for own in bag.record().databases.iter().filter(|d| d.own) {
            let own = at.join("sumdb").join(&own.name);
            fs::remove_dir_all(&own).context(own.display())?;
        }
        folders.push(at);
    }
    Ok(folders)
}

#[cfg(unix)]
fn link(dir: &Path, name: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(dir, name)
}

#[cfg(windows)]
fn link(dir: &Path, name: &Path) -> std::io::Result<()> {
    std::os::windows::fs::symlink_dir(dir, name)
}
