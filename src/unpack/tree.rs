//! A plain GOPROXY tree.

use std::fs;
use std::path::Path;

use bag::Bag;

use crate::error::{Context, Error, Result};
use crate::process::cleanup;

/// Writes every answer of `bag` to the folder `dir`, and returns how many there are.
///
/// # Errors
/// A file cannot be written.
pub fn write(bag: &Bag<'_>, dir: &Path) -> Result<usize> {
    let mut count = 0;
    for (name, bytes) in bag.answers() {
        let _gate = cleanup::gate();
        let file = dir.join(name);
        let folder = file.parent().unwrap_or(dir);
        fs::create_dir_all(folder).context(folder.display())?;
        fs::write(&file, bytes).context(file.display())?;
        count += 1;
    }
    Ok(count)
}

/// A folder with anything in it is not written to: the tree would be neither the bag nor
/// what was there.
///
/// # Errors
/// There is something in it, or it cannot be read.
pub fn refuse_full(dir: &Path) -> Result<()> {
    if dir.as_os_str().is_empty() {
        return Err(Error::new("an empty name is no folder; name a new one"));
    }
    let entries = fs::read_dir(dir);
    let dir = dir.display();
    match entries {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
        entries => match entries.context(&dir)?.next() {
            Some(_) => Err(Error::new(format!("{dir} is not empty; name a new folder"))),
            None => Ok(()),
        },
    }
}
