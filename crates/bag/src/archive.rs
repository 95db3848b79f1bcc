//! The archive: a bag's bytes, a plain zip of stored entries.
//!
//! Any zip tool opens it, and every file in it is a slice of it. Entries are sorted by name
//! (bytewise), have one fixed time, and are followed by `SHA256SUMS` in the format of
//! `sha256sum`, so that an unpacked bag can be checked by hand. The same entries give the
//! same bytes on any machine.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

/// The name of the last entry: a line `<hex>  <name>` for every other one.
pub const SUMS_NAME: &str = "SHA256SUMS";

/// Where the bytes of an entry come from when an archive is written.
#[derive(Debug, Clone)]
pub enum Source {
    /// From memory.
    Bytes(Vec<u8>),
    /// From a file, which is streamed.
    File(PathBuf),
}

impl Source {
    /// How many bytes there are.
    ///
    /// # Errors
    /// The file is gone.
    pub fn bytes(&self) -> io::Result<u64> {
        Ok(match self {
            Source::Bytes(bytes) => bytes.len() as u64,
            Source::File(file) => fs::metadata(file)?.len(),
        })
    }

    fn open(&self) -> io::Result<Box<dyn Read + '_>> {
        Ok(match self {
            Source::Bytes(bytes) => Box::new(bytes.as_slice()),
            Source::File(file) => Box::new(
                File::open(file)
                    .map_err(|e| io::Error::new(e.kind(), format!("{}: {e}", file.display())))?,
            ),
        })
    }
}

/// How the bytes of an entry lie in the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// As they are sent.
    Stored,
}

/// One entry of an archive, as its directory tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// How its bytes lie in the archive.
    pub method: Method,
    /// Where they begin, counted from the archive's first byte.
    pub offset: u64,
    /// How many there are in the archive.
    pub len: u64,
}

/// Why an archive cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It is no zip, or a damaged one.
    #[error("the bag is damaged: {0}")]
    Damaged(String),
    /// It was written by a program that knows more than this one.
    #[error("the bag has format {0}, this gobag reads up to {1}; use a newer gobag")]
    Newer(u32, u32),
}

/// Writes entries, which come sorted by name and without [`SUMS_NAME`], to `out` from its
/// current start on, and returns the archive's length in bytes. Memory does not grow with
/// the sizes of the files.
///
/// # Errors
/// Those of reading the sources and writing the archive; entries out of order.
pub fn write<'a, W: Write + Seek>(
    out: W,
    entries: impl IntoIterator<Item = (&'a str, &'a Source)>,
) -> io::Result<u64> {
    let mut zip = ZipWriter::new(out);
    let mut sums = String::new();
    let mut last = "";
    for (name, source) in entries {
        if name <= last || name == SUMS_NAME {
            return Err(io::Error::other(format!(
                "entry {name:?} comes after {last:?}"
            )));
        }
        last = name;
        zip.start_file(name, options()).map_err(io::Error::other)?;
        let mut reader = source.open()?;
        let sum = copy_and_sum(&mut reader, &mut zip)?;
        let _ = writeln!(sums, "{}  {name}", hex(&sum));
    }
    zip.start_file(SUMS_NAME, options())
        .map_err(io::Error::other)?;
    zip.write_all(sums.as_bytes())?;
    let mut out = zip.finish().map_err(io::Error::other)?;
    out.flush()?;
    out.stream_position()
}

fn options() -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644)
}

fn copy_and_sum(reader: &mut dyn Read, out: &mut impl Write) -> io::Result<[u8; 32]> {
    let mut hasher = Sha256::new();
    let mut buf = vec![0; 256 * 1024];
    loop {
        match reader.read(&mut buf)? {
            0 => return Ok(hasher.finalize().into()),
            n => {
                hasher.update(&buf[..n]);
                out.write_all(&buf[..n])?;
            }
        }
    }
}

/// Reads the directory of an archive: every entry, in the order of the directory.
///
/// # Errors
/// The bytes are no zip, or an entry is compressed, encrypted or lies outside the archive.
pub fn members(bytes: &[u8]) -> Result<Vec<Member>, ArchiveError> {
    members_of(Cursor::new(bytes), bytes.len() as u64)
}

fn members_of(reader: impl Read + Seek, archive_len: u64) -> Result<Vec<Member>, ArchiveError> {
    let damaged = |e: &dyn std::fmt::Display| ArchiveError::Damaged(e.to_string());
    let mut zip = ZipArchive::new(reader).map_err(|e| damaged(&e))?;
    let mut members = Vec::with_capacity(zip.len());
    for i in 0..zip.len() {
        let file = zip.by_index_raw(i).map_err(|e| damaged(&e))?;
        let name = file.name().map_err(|e| damaged(&e))?.into_owned();
        let len = file.size();
        if file.compression() != CompressionMethod::Stored
            || file.encrypted()
            || file.compressed_size() != len
        {
            return Err(damaged(&format!("entry {name:?} is not stored as it is")));
        }
        let offset = file
            .data_start()
            .ok_or_else(|| damaged(&format!("entry {name:?} has no place")))?;
        if offset.checked_add(len).is_none_or(|end| end > archive_len) {
            return Err(damaged(&format!("entry {name:?} lies outside the archive")));
        }
        members.push(Member {
            name,
            method: Method::Stored,
            offset,
            len,
        });
    }
    Ok(members)
}

/// Checks that the header before each entry says the same as the directory: other tools may
/// read either.
///
/// # Errors
/// A header that differs, or is none.
pub fn check_headers(bytes: &[u8]) -> Result<(), ArchiveError> {
    let damaged = |e: zip::result::ZipError| ArchiveError::Damaged(e.to_string());
    ZipArchive::new(Cursor::new(bytes))
        .and_then(|mut zip| zip.validate_header_consistency())
        .map_err(damaged)
}

/// Reads the directory of an archive that is a part of a file, from `offset` on.
///
/// # Errors
/// As [`members`], and those of reading the file.
pub fn members_in(file: &File, offset: u64, len: u64) -> Result<Vec<Member>, ArchiveError> {
    let window = Window {
        file,
        offset,
        len,
        at: 0,
    };
    members_of(BufReader::new(window), len)
}

/// A part of a file, as a file of its own.
struct Window<'a> {
    file: &'a File,
    offset: u64,
    len: u64,
    at: u64,
}

impl Read for Window<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.file.seek(SeekFrom::Start(self.offset + self.at))?;
        let n = self.file.take(self.len.saturating_sub(self.at)).read(buf)?;
        self.at += n as u64;
        Ok(n)
    }
}

impl Seek for Window<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let to = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.len.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = to.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

/// The sums that [`SUMS_NAME`] tells, by name.
///
/// # Errors
/// A line that is not 64 hex digits, two spaces and a name.
pub fn parse_sums(text: &str) -> Result<Vec<(&str, [u8; 32])>, ArchiveError> {
    let parse = |line| {
        let (sum, name): (&str, &str) = str::split_once(line, "  ")?;
        Some((name, unhex(sum)?))
    };
    text.lines()
        .map(|line| {
            parse(line)
                .ok_or_else(|| ArchiveError::Damaged(format!("{SUMS_NAME} has a line {line:?}")))
        })
        .collect()
}

/// The SHA-256 of `bytes`.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Lower-case hex digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, b| {
            let _ = write!(text, "{b:02x}");
            text
        })
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    let mut out = [0; 32];
    if digits.len() != 64
        || digits
            .iter()
            .any(|d| !d.is_ascii_digit() && !(b'a'..=b'f').contains(d))
    {
        return None;
    }
    for (byte, pair) in out.iter_mut().zip(digits.chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive(entries: &[(&str, &[u8])]) -> io::Result<Vec<u8>> {
        let sources: Vec<_> = entries
            .iter()
            .map(|(n, b)| (*n, Source::Bytes(b.to_vec())))
            .collect();
        let mut out = Cursor::new(Vec::new());
        write(&mut out, sources.iter().map(|(n, s)| (*n, s)))?;
        Ok(out.into_inner())
    }

    #[test]
    fn every_file_is_a_slice_of_the_archive() {
        let bytes = archive(&[("a/@v/list", b"v1\n"), ("b", b""), ("c", b"zip")]).unwrap();
        let members = members(&bytes).unwrap();
        let names: Vec<_> = members.iter().map(|m| m.name.as_str()).collect();
        assert_eq!(names, ["a/@v/list", "b", "c", SUMS_NAME]);
        let slice = |m: &Member| &bytes[m.offset as usize..(m.offset + m.len) as usize];
        assert_eq!(slice(&members[0]), b"v1\n");
        assert_eq!(slice(&members[2]), b"zip");
        let text = std::str::from_utf8(slice(&members[3])).unwrap();
        let sums = parse_sums(text).unwrap();
        assert_eq!(sums[1], ("b", sha256(b"")));
    }

    #[test]
    fn the_same_entries_give_the_same_bytes() {
        let entries: &[(&str, &[u8])] = &[("a", b"1"), ("b", b"2")];
        assert_eq!(archive(entries).unwrap(), archive(entries).unwrap());
    }

    #[test]
    fn refuses_entries_out_of_order() {
        assert!(archive(&[("b", b""), ("a", b"")]).is_err());
        assert!(archive(&[("a", b""), ("a", b"")]).is_err());
    }

    #[test]
    fn refuses_bytes_that_are_no_archive() {
        assert!(members(b"").is_err());
        assert!(members(&[0; 4096]).is_err());
        let mut cut = archive(&[("a", b"some bytes")]).unwrap();
        cut.truncate(cut.len() - 1);
        assert!(members(&cut).is_err());
    }
}
