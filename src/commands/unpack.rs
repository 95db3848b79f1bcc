//! `gobag unpack`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use argh::FromArgs;
use bag::Bag;

use super::print;
use crate::bundle;
use crate::error::{Context, Error, Result};

/// Write the modules of this file as a plain GOPROXY tree.
#[derive(Debug, FromArgs)]
#[argh(
    subcommand,
    name = "unpack",
    example = "Use the modules without a server:\n  {command_name} /srv/goproxy\n  export GOPROXY=file:///srv/goproxy",
    note = "Any static web server serves the folder as well."
)]
pub struct Unpack {
    /// the folder to write; it is made, and must be empty if it is there
    #[argh(positional)]
    dir: PathBuf,
}

/// Writes the tree.
pub fn run(arguments: &Unpack) -> Result<ExitCode> {
    let bag = bundle::bag()?;
    let dir = &arguments.dir;
    refuse_full(dir)?;
    let count = write_tree(&bag, dir)?;
    print(&format!("{count} files in {}\n", dir.display()))
}

/// Writes every answer of `bag` to the folder `dir`, and returns how many there are.
///
/// # Errors
/// A file cannot be written.
pub fn write_tree(bag: &Bag<'_>, dir: &Path) -> Result<usize> {
    let mut count = 0;
    for name in bag.names() {
        let Some(bytes) = bag.get(name).filter(|_| name.contains('/')) else {
            continue;
        };
        write(&dir.join(name), bytes)?;
        count += 1;
    }
    Ok(count)
}

/// A folder with anything in it is not written to: the tree would be neither the bag nor
/// what was there.
fn refuse_full(dir: &Path) -> Result<()> {
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

fn write(file: &Path, bytes: &[u8]) -> Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).context(folder.display())?;
    fs::write(file, bytes).context(file.display())
}
