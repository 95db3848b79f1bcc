//! What a file holds: an engine, and perhaps an archive.

use std::io::{self, Read, Seek, SeekFrom};

use crate::GraftError;
use crate::elf::{ENTRY_LEN, HEADER_LEN, Header, ProgramHeader};
use crate::table::Table;
use crate::trailer::{TRAILER_LEN, Trailer, archive_offset};

/// What a file holds: an engine, and perhaps an archive.
#[derive(Debug, Clone)]
pub struct Engine {
    /// Length in bytes of the engine alone, which is the start of the file.
    pub(crate) len: u64,
    archive: Option<Span>,
    /// Where the program header table is in the file.
    pub(crate) table_offset: u64,
    /// The table without an archive's entry.
    pub(crate) table: Table,
    arch: &'static str,
}

/// A part of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Where it starts, in bytes from the start of the file.
    pub offset: u64,
    /// Its length in bytes.
    pub len: u64,
}

impl Engine {
    /// Reads the headers of a program, grafted or not. `&File` is a file here; its position is
    /// moved.
    ///
    /// Bytes behind the archive are not looked at, see [`Engine::seal`]. At most 64 KiB and two
    /// headers are read, whatever the file says.
    ///
    /// # Errors
    /// The file breaks a rule that [`graft()`](crate::graft()) relies on, except for
    /// [`GraftError::NoNote`]; or it is grafted, and undoing that and grafting again gives other
    /// headers, or the archive is not there in full.
    pub fn inspect(mut file: impl Read + Seek) -> Result<Engine, GraftError> {
        let file_len = file
            .seek(SeekFrom::End(0))
            .map_err(GraftError::io("find the end of the file"))?;
        let mut start = [0; HEADER_LEN];
        let start_len = file_len.min(HEADER_LEN as u64) as usize;
        read_at(&mut file, 0, &mut start[..start_len])?;
        let header = Header::parse(&start[..start_len])?;

        let mut bytes = vec![0; header.table_count * ENTRY_LEN];
        within(
            "the program header table",
            header.table_offset,
            bytes.len() as u64,
            file_len,
        )?;
        read_at(&mut file, header.table_offset, &mut bytes)?;
        let table = Table::parse(&bytes);

        let (len, table, archive) = match table.archive_entry()? {
            None => (file_len, table, None),
            Some((index, entry)) => {
                let trailer = read_trailer(&mut file, &entry, file_len)?;
                let original = undo(&table, index, &trailer, &entry)?;
                let archive = Span {
                    offset: entry.p_offset,
                    len: entry.p_filesz,
                };
                (trailer.engine_len, original, Some(archive))
            }
        };
        within("the section header table", 0, header.sections_end, len)?;
        within(
            "the program header table",
            header.table_offset,
            bytes.len() as u64,
            len,
        )?;
        table.check(header.table_offset, len)?;
        Ok(Engine {
            len,
            archive,
            table_offset: header.table_offset,
            table,
            arch: header.arch,
        })
    }

    /// Where the archive is in the file, if there is one.
    pub fn archive(&self) -> Option<Span> {
        self.archive
    }

    /// The machine that it runs on, as Go and container images name it: `amd64` or `arm64`.
    pub fn arch(&self) -> &'static str {
        self.arch
    }

    /// True for a program that runs where no other file is: the kernel starts it without a loader of
    /// shared libraries.
    pub fn is_static(&self) -> bool {
        !self.table.names_loader()
    }
}

/// The trailer before the archive that `entry` maps.
fn read_trailer(
    file: &mut (impl Read + Seek),
    entry: &ProgramHeader,
    file_len: u64,
) -> Result<Trailer, GraftError> {
    let offset = entry.p_offset;
    let Some(start) = offset.checked_sub(TRAILER_LEN as u64) else {
        return Err(GraftError::damaged(format!(
            "the archive starts at byte {offset}"
        )));
    };
    within("the archive", offset, entry.p_filesz, file_len)?;
    let mut bytes = [0; TRAILER_LEN];
    read_at(file, start, &mut bytes)?;
    Trailer::parse(&bytes)
}

/// The engine's table. Grafting it again must give `table`; everything else is damage.
fn undo(
    table: &Table,
    marked: usize,
    trailer: &Trailer,
    entry: &ProgramHeader,
) -> Result<Table, GraftError> {
    if archive_offset(trailer.engine_len) != Some(entry.p_offset) {
        let (len, offset) = (trailer.engine_len, entry.p_offset);
        return Err(GraftError::damaged(format!(
            "an engine of {len} bytes, and an archive at byte {offset}"
        )));
    }
    let spare = usize::try_from(trailer.spare).unwrap_or(usize::MAX);
    let original = table.without_archive(marked, spare, trailer.note)?;
    match original.with_archive(spare, entry.p_offset, entry.p_filesz) {
        Ok(again) if again == *table => Ok(original),
        _ => Err(GraftError::damaged(
            "the program header table is not as a graft leaves it",
        )),
    }
}

/// Fails if `len` bytes at `offset` are not inside a file of `file_len` bytes.
fn within(part: &'static str, offset: u64, len: u64, file_len: u64) -> Result<(), GraftError> {
    let end = offset.saturating_add(len);
    if end > file_len {
        return Err(GraftError::CutShort {
            part,
            end,
            len: file_len,
        });
    }
    Ok(())
}

/// Reads bytes that are known to be inside the file.
fn read_at(file: &mut (impl Read + Seek), offset: u64, bytes: &mut [u8]) -> Result<(), GraftError> {
    let mut read = || -> io::Result<()> {
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(bytes)
    };
    read().map_err(GraftError::io("read the headers"))
}
