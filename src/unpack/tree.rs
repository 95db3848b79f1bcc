//! A plain GOPROXY tree.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use bag::{Answer, Bag};

use crate::error::{Context, Error, Result};
use crate::process::cleanup;

/// Writes every answer of `bag` to the folder `dir`, and returns how many there are.
///
/// # Errors
/// Something in the bag is damaged; a file cannot be written.
pub fn write(bag: &Bag<'_>, dir: &Path) -> Result<usize> {
    if let Some(name) = bag.damaged_entries().first() {
        let text = "is not as it was packed: copy the file of the bag again";
        return Err(Error::new(format!("{name} {text}")));
    }
    let mut count = 0;
    for (name, answer) in bag.answers() {
        let _gate = cleanup::gate();
        let file = dir.join(name);
        let folder = file.parent().unwrap_or(dir);
        fs::create_dir_all(folder).context(folder.display())?;
        write_answer(answer, &file).context(file.display())?;
        count += 1;
    }
    Ok(count)
}

/// Writes what answers to `file`.
///
/// # Errors
/// It cannot be written; what the bag holds is damaged.
pub fn write_answer(answer: Answer<'_>, file: &Path) -> io::Result<()> {
    match answer.plain() {
        Some(bytes) => fs::write(file, bytes),
        None => io::copy(&mut answer.reader()?, &mut File::create(file)?).map(|_| ()),
    }
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
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        entries => match entries.context(&dir)?.next() {
            Some(_) => Err(Error::new(format!("{dir} is not empty; name a new folder"))),
            None => Ok(()),
        },
    }
}
