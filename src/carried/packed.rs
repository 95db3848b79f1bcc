//! Another bag: an executable that was packed before.

use std::fs;
use std::path::Path;

use bag::BagFile;
use graft::Engine;

use crate::error::{Context, Error, Result};

/// Opens the bag that the executable `file` carries.
///
/// # Errors
/// It is no executable of a known kind, or carries no grafted bag.
pub fn open(file: &Path) -> Result<BagFile> {
    let opened = fs::File::open(file).context(file.display())?;
    let engine = Engine::inspect(&opened).context(file.display())?;
    let span = engine.archive().ok_or_else(|| no_bag(file))?;
    BagFile::open(file, span.offset, span.len).context(file.display())
}

/// What is said of a program that nothing was grafted onto.
pub fn no_bag(file: &Path) -> Error {
    Error::new(format!(
        "{} carries no packed bag; one that cargo built must be packed first: \
         {0} pack --add -o NEW",
        file.display()
    ))
}

/// The signed heads that clients of `bag` may know, of the database with this name.
///
/// # Errors
/// The bag is damaged.
pub fn heads(bag: &BagFile, database: &str) -> Result<Vec<Vec<u8>>> {
    let mut heads = Vec::new();
    let databases = bag.manifest().databases.iter();
    for held in databases.filter(|d| d.name == database) {
        heads.extend(held.heads.iter().map(|head| head.clone().into_bytes()));
        let latest = bag.read(&format!("sumdb/{database}/latest"));
        heads.push(latest.context("the older bag")?);
    }
    Ok(heads)
}
