//! A plain GOPROXY tree.

use std::fs;
use std::path::Path;

use bag::Bag;

use crate::error::{Context, Error, Result};

/// Writes every answer of `bag` to the folder `dir`, and returns how many there are.
///
/// # Errors
/// A file cannot be written.
pub fn write(bag: &Bag<'_>, dir: &Path) -> Result<usize> {
    let mut count = 0;
    for (name, bytes) in bag.answers() {
        write_file(&dir.join(name), bytes)?;
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
    match fs::read_dir(dir) {
        Ok(mut entries) => match entries.next() {
            Some(_) => Err(Error::new(format!(
                "{} is not empty; name a new folder",
                dir.display()
            ))),
            None => Ok(()),
        },
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(e) => Err(Error::new(format!("{}: {e}", dir.display()))),
    }
}

fn write_file(file: &Path, bytes: &[u8]) -> Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).context(folder.display())?;
    fs::write(file, bytes).context(file.display())
}
