//! Writes a grafted copy of an engine.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

use crate::archive_file::{ArchiveFile, copy_exactly};
use crate::seal;
use crate::table::Table;
use crate::trailer::{TRAILER_LEN, Trailer, archive_offset};
use crate::{Engine, GraftError};

/// Writes a copy of `engine` to `out`, a new file, with what `write_archive` writes as its archive.
///
/// If the engine is grafted itself, its archive is left out: the result is the same as from the
/// original engine. The bytes written depend on the engine and the archive alone. Memory is
/// constant, and Linux copies the engine without this program. `out` must be open for reading and
/// writing, and not for appending.
///
/// The program header table is changed last but for the seal, so a file that was not finished is no
/// graft, or has no seal. What was written is read once more for that, on all cores.
///
/// # Errors
/// The engine is refused, `out` is not empty, the archive is too large, or a file cannot be read or
/// written. `out` is left as it is then.
pub fn graft(
    engine: &Path,
    out: &mut File,
    write_archive: impl FnOnce(&mut ArchiveFile<'_>) -> io::Result<()>,
) -> Result<(), GraftError> {
    let (source, inspected) = open(engine)?;
    let (engine_len, table) = (inspected.len, &inspected.table);
    let spare = table.spare().map_err(GraftError::about(engine))?;
    let Some(archive_offset) = archive_offset(engine_len) else {
        unreachable!("no file has 2^64 - 65536 bytes")
    };

    write_engine(&source, &inspected, out)?;
    let trailer = Trailer {
        engine_len,
        spare: spare as u64,
        note: table.entry(spare),
    };
    write_at(
        out,
        archive_offset - TRAILER_LEN as u64,
        &trailer.to_bytes(),
    )?;

    let writing = GraftError::io("write the archive");
    ArchiveFile::new(out, archive_offset)
        .and_then(|mut archive| write_archive(&mut archive))
        .map_err(&writing)?;
    let archive_len = out.metadata().map_err(&writing)?.len() - archive_offset;
    write_table(
        out,
        &inspected,
        &table.with_archive(spare, archive_offset, archive_len)?,
    )?;
    seal::write(out).map_err(GraftError::io("seal the output"))
}

/// Opens and inspects an engine.
fn open(engine: &Path) -> Result<(File, Engine), GraftError> {
    let about = GraftError::about(engine);
    let file = File::open(engine)
        .map_err(GraftError::io("open it"))
        .map_err(&about)?;
    let inspected = Engine::inspect(&file).map_err(&about)?;
    Ok((file, inspected))
}

/// Copies the engine to an empty file. The table is written when it is not as in the source.
fn write_engine(mut source: &File, engine: &Engine, out: &mut File) -> Result<(), GraftError> {
    let len = out
        .metadata()
        .map_err(GraftError::io("tell the length of the output"))?
        .len();
    if len > 0 {
        return Err(GraftError::OutputNotEmpty { len });
    }
    let mut copy = || {
        source.rewind()?;
        out.rewind()?;
        copy_exactly(source, engine.len, out)
    };
    copy().map_err(GraftError::io("copy the engine"))?;
    match engine.archive() {
        Some(_) => write_table(out, engine, &engine.table),
        None => Ok(()),
    }
}

/// Writes the program header table.
fn write_table(out: &mut File, engine: &Engine, table: &Table) -> Result<(), GraftError> {
    write_at(out, engine.table_offset, &table.to_bytes())
}

/// Writes these bytes at a place of the output.
fn write_at(out: &mut File, offset: u64, bytes: &[u8]) -> Result<(), GraftError> {
    let mut write = || {
        out.seek(SeekFrom::Start(offset))?;
        out.write_all(bytes)
    };
    write().map_err(GraftError::io("write the output"))
}
