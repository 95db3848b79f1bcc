//! Writing: a copy of a program with the archive in it.

use std::fs::File;
use std::io::{BufWriter, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use bag::packing::Plan;
use graft::Engine;
use tempfile::TempPath;

use super::order::Output;
use super::partial;
use super::work::Work;
use crate::error::{Context, Error, Result};
use crate::process::room::room_for;

/// Writes the bag beside its place, under a temporary name, and closes it: Linux starts no
/// program that is open for writing.
///
/// # Errors
/// A file cannot be read or written.
pub fn write(plan: &Plan, output: &Output) -> Result<TempPath> {
    let folder = output.file.parent().unwrap_or(Path::new("."));
    let bytes = plan.bytes().context("a file that was recorded")?;
    room_for(folder, bytes, "the bag")?;
    let mut partial =
        partial::create(&output.file, partial::PROGRAM).context(output.file.display())?;
    let written = graft::graft(&output.engine, partial.as_file_mut(), |archive| {
        plan.write(BufWriter::with_capacity(1 << 20, archive))
    });
    written.context(output.file.display())?;
    Ok(partial.into_temp_path())
}

/// A program that serves what `bag` carries and runs on this host: that file itself, or where it
/// was made of another program than this one, a copy of this one with the same archive.
///
/// # Errors
/// A file cannot be read or written.
pub fn runnable(bag: &Path, output: &Output, work: &Work) -> Result<PathBuf> {
    let own = std::env::current_exe().context("cannot find this program's own file")?;
    if own == output.engine {
        return Ok(bag.to_path_buf());
    }
    let copy = work.folder("prover")?.join("bag");
    graft_archive(&own, bag, &copy).context("cannot prove the bag")?;
    Ok(copy)
}

/// Writes a copy of `engine` with the archive that `bag` carries.
fn graft_archive(engine: &Path, bag: &Path, out: &Path) -> Result<()> {
    let mut from = File::open(bag).context(bag.display())?;
    let inspected = Engine::inspect(&from).context(bag.display())?;
    let span = inspected
        .archive()
        .ok_or_else(|| Error::new("it carries no archive"))?;
    from.seek(SeekFrom::Start(span.offset))
        .context(bag.display())?;
    let mut partial = partial::create(out, partial::PROGRAM).context(out.display())?;
    graft::graft(engine, partial.as_file_mut(), |archive| {
        archive.copy_from(&from, span.len)
    })
    .context(out.display())?;
    partial.into_temp_path().persist(out).context(out.display())
}
