//! The central directory of a zip, read exactly as Go reads it.
//!
//! This is not the zip crate's reader, which keeps one entry for each name: a second one would be
//! lost, and it is a fault that must be found. Go's reader is followed also where zips are sloppy
//! (a prefix before the archive, a wrong offset, a count modulo 65536), since it decides what a
//! client can read.
//!
//! Formats: <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>, sections 4.3.12 to
//! 4.3.16.

use std::io::{self, BufReader, ErrorKind, Read, Seek, SeekFrom};

use super::fault::ZipRule;
use super::{MAX_ENTRIES, MAX_NAME_BYTES};

/// What the directory says of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// As it is stored, not necessarily UTF-8.
    pub(super) name: Vec<u8>,
    pub(super) method: u16,
    pub(super) crc32: u32,
    pub(super) compressed_size: u64,
    pub(super) size: u64,
    /// Where the local header is; may be outside of the zip.
    pub(super) header_offset: i64,
    /// Whether the CRC is repeated behind the data.
    pub(super) has_descriptor: bool,
}

impl Entry {
    /// True where its name says so.
    pub(super) fn is_folder(&self) -> bool {
        self.name.ends_with(b"/")
    }
}

/// The length of the end record without its comment, in bytes.
pub(super) const END_LEN: usize = 22;
/// The length of a header without the name, in bytes.
pub(super) const HEADER_LEN: usize = 46;
const LOCATOR_LEN: u64 = 20;
const END64_LEN: usize = 56;

/// Where the directory is.
struct End {
    records: u64,
    size: u64,
    offset: u64,
}

/// How much of a directory is read.
pub(super) struct Most {
    pub(super) entries: usize,
    /// Of all names together.
    pub(super) name_bytes: usize,
}

/// What any zip may have.
pub(super) const MOST: Most = Most {
    entries: MAX_ENTRIES,
    name_bytes: MAX_NAME_BYTES,
};

/// The entries in the order of the directory, repeated names included. `zip_size` bounds all
/// reading.
pub(super) fn read(
    reader: &mut (impl Read + Seek),
    zip_size: u64,
    most: &Most,
) -> Result<Vec<Entry>, ZipRule> {
    let (end, base) = find_end(reader, zip_size)?;
    let start = base
        .checked_add(signed(end.offset)?)
        .and_then(|o| u64::try_from(o).ok());
    let start = start.filter(|&o| o < zip_size).ok_or(DAMAGED)?;
    reader.seek(SeekFrom::Start(start))?;
    let mut section = BufReader::new(reader.take(zip_size - start));
    let mut entries = Vec::new();
    let mut name_bytes = 0;
    // The count is kept modulo 65536 only, so the directory ends where there is no further header.
    while let Some(mut entry) = read_header(&mut section)? {
        entry.header_offset = entry.header_offset.checked_add(base).ok_or(DAMAGED)?;
        name_bytes += entry.name.len();
        if entries.len() >= most.entries || name_bytes > most.name_bytes {
            return Err(ZipRule::Entries(most.entries));
        }
        entries.push(entry);
    }
    if entries.len() as u64 & 0xffff != end.records & 0xffff {
        return Err(ZipRule::NotAZip("the central directory is cut off"));
    }
    Ok(entries)
}

const DAMAGED: ZipRule = ZipRule::NotAZip("the end of the central directory is damaged");
const MISSING: ZipRule = ZipRule::NotAZip("there is no end of a central directory");

/// The end record, and by how much all offsets must be moved.
fn find_end(reader: &mut (impl Read + Seek), zip_size: u64) -> Result<(End, i64), ZipRule> {
    let len = zip_size.min(65 * 1024);
    let tail = read_at(reader, zip_size - len, len as usize)?;
    let at = find_signature(&tail).ok_or(MISSING)?;
    let mut end_offset = zip_size - len + at as u64;
    let record = &tail[at..];
    let mut end = End {
        records: u64::from(u16_at(record, 10)),
        size: u64::from(u32_at(record, 12)),
        offset: u64::from(u32_at(record, 16)),
    };
    // Go asks for 65535 where the format says 4294967295; it does no harm, for it only looks once
    // more.
    let may_be_zip64 = end.records == 0xffff || end.size == 0xffff || end.offset == 0xffff_ffff;
    if may_be_zip64 && let Some(offset) = find_end64(reader, end_offset)? {
        end_offset = offset;
        end = read_end64(reader, offset, zip_size)?;
    }
    let end_offset = signed(end_offset)?;
    let base = end_offset
        .checked_sub(signed(end.size)?)
        .and_then(|start| start.checked_sub(signed(end.offset).ok()?))
        .ok_or(DAMAGED)?;
    // Files exist whose directory is where the offset says and whose size is wrong.
    if base > 0 && end.offset < zip_size {
        reader.seek(SeekFrom::Start(end.offset))?;
        let mut section = reader.take(zip_size - end.offset);
        if matches!(read_header(&mut section), Ok(Some(_))) {
            return Ok((end, 0));
        }
    }
    Ok((end, base))
}

/// Where the end record is in the last bytes of a zip: the last signature whose comment fits.
fn find_signature(tail: &[u8]) -> Option<usize> {
    let last = tail.len().checked_sub(END_LEN)?;
    let at = (0..=last)
        .rev()
        .find(|&i| tail[i..].starts_with(b"PK\x05\x06"))?;
    let comment_len = usize::from(u16_at(&tail[at..], 20));
    (at + END_LEN + comment_len <= tail.len()).then_some(at)
}

fn find_end64(reader: &mut (impl Read + Seek), end_offset: u64) -> Result<Option<u64>, ZipRule> {
    let Some(offset) = end_offset.checked_sub(LOCATOR_LEN) else {
        return Ok(None);
    };
    let locator = read_at(reader, offset, LOCATOR_LEN as usize)?;
    let one_disk = u32_at(&locator, 4) == 0 && u32_at(&locator, 16) == 1;
    let offset = u64_at(&locator, 8);
    let usable = locator.starts_with(b"PK\x06\x07") && one_disk && i64::try_from(offset).is_ok();
    Ok(usable.then_some(offset))
}

fn read_end64(reader: &mut (impl Read + Seek), offset: u64, zip_size: u64) -> Result<End, ZipRule> {
    if offset
        .checked_add(END64_LEN as u64)
        .is_none_or(|end| end > zip_size)
    {
        return Err(DAMAGED);
    }
    let record = read_at(reader, offset, END64_LEN)?;
    if !record.starts_with(b"PK\x06\x06") {
        return Err(DAMAGED);
    }
    Ok(End {
        records: u64_at(&record, 32),
        size: u64_at(&record, 40),
        offset: u64_at(&record, 48),
    })
}

/// The next header of the directory; none where there is no whole and sound one.
fn read_header(section: &mut impl Read) -> Result<Option<Entry>, ZipRule> {
    let mut header = [0; HEADER_LEN];
    if !fill(section, &mut header)? || !header.starts_with(b"PK\x01\x02") {
        return Ok(None);
    }
    let [mut name, mut extra, mut comment] =
        [28, 30, 32].map(|at| vec![0; usize::from(u16_at(&header, at))]);
    if !fill(section, &mut name)? || !fill(section, &mut extra)? || !fill(section, &mut comment)? {
        return Ok(None);
    }
    let entry = Entry {
        name,
        method: u16_at(&header, 10),
        crc32: u32_at(&header, 16),
        compressed_size: u64::from(u32_at(&header, 20)),
        size: u64::from(u32_at(&header, 24)),
        header_offset: i64::from(u32_at(&header, 42)),
        has_descriptor: u16_at(&header, 8) & 8 != 0,
    };
    Ok(with_zip64(entry, &extra))
}

/// Takes the values that do not fit 32 bits from the extra fields; none if they are not all there.
fn with_zip64(mut entry: Entry, mut extra: &[u8]) -> Option<Entry> {
    const MAX: u64 = 0xffff_ffff;
    let mut needs_size = entry.size == MAX;
    let mut needs_compressed_size = entry.compressed_size == MAX;
    let mut needs_offset = entry.header_offset == MAX as i64;
    while extra.len() >= 4 {
        let (tag, len) = (u16_at(extra, 0), usize::from(u16_at(extra, 2)));
        let Some((mut field, rest)) = extra[4..].split_at_checked(len) else {
            break;
        };
        extra = rest;
        if tag != 1 {
            continue;
        }
        let mut next = || {
            let (value, rest) = field.split_at_checked(8)?;
            field = rest;
            Some(u64_at(value, 0))
        };
        if std::mem::take(&mut needs_size) {
            entry.size = next()?;
        }
        if std::mem::take(&mut needs_compressed_size) {
            entry.compressed_size = next()?;
        }
        if std::mem::take(&mut needs_offset) {
            entry.header_offset = i64::try_from(next()?).ok()?;
        }
    }
    // A size of 4294967295 may be meant; the others are not plausible.
    (!needs_compressed_size && !needs_offset).then_some(entry)
}

fn signed(value: u64) -> Result<i64, ZipRule> {
    i64::try_from(value).map_err(|_| DAMAGED)
}

/// Exactly `len` bytes, which the caller bounds.
fn read_at(reader: &mut (impl Read + Seek), offset: u64, len: usize) -> io::Result<Vec<u8>> {
    reader.seek(SeekFrom::Start(offset))?;
    let mut bytes = vec![0; len];
    reader.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Fills the buffer; false if the section ends before.
fn fill(section: &mut impl Read, buffer: &mut [u8]) -> Result<bool, ZipRule> {
    match section.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == ErrorKind::UnexpectedEof => Ok(false),
        Err(e) => Err(e.into()),
    }
}

pub(super) fn u16_at(b: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([b[at], b[at + 1]])
}

pub(super) fn u32_at(b: &[u8], at: usize) -> u32 {
    u32::from(u16_at(b, at)) | u32::from(u16_at(b, at + 2)) << 16
}

fn u64_at(b: &[u8], at: usize) -> u64 {
    u64::from(u32_at(b, at)) | u64::from(u32_at(b, at + 4)) << 32
}
