//! The archive: a bag's bytes, a plain zip of stored entries.
//!
//! Any zip tool opens it, and every file in it is a slice of it. Entries are sorted by name
//! (bytewise), have one fixed time, and are followed by `SHA256SUMS` in the format of
//! `sha256sum`, so that an unpacked bag can be checked by hand, and by a digest of those and of
//! the zip's directory ([`closing`]). The same entries give the same bytes on any machine.

use std::cell::Cell;
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read, Seek, Write};
use std::path::PathBuf;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::closing::{self, Closing};
use crate::digest::{self, hex, unhex};
use crate::place::is_legal;

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
/// current start on. Memory does not grow with the sizes of the files.
///
/// # Errors
/// Those of reading the sources and writing the archive; entries out of order; a name that
/// [`Index::read`](crate::index::Index::read) would refuse.
pub fn write<'a, W: Write + Seek>(
    out: W,
    entries: impl IntoIterator<Item = (&'a str, &'a Source)>,
) -> io::Result<()> {
    let sums_begin = Cell::new(false);
    let mut zip = ZipWriter::new(Closing::new(out, &sums_begin)?);
    let mut sums = String::new();
    let mut last = "";
    for (name, source) in entries {
        if name <= last || name == SUMS_NAME {
            return Err(io::Error::other(format!(
                "entry {name:?} comes after {last:?}"
            )));
        }
        if !is_legal(name) {
            return Err(io::Error::other(format!(
                "entry {name:?} has no legal name"
            )));
        }
        last = name;
        zip.start_file(name, options()).map_err(io::Error::other)?;
        let sum = digest::copy(source.open()?, &mut zip)?;
        sums += &format!("{}  {name}\n", hex(&sum));
    }
    zip.start_file(SUMS_NAME, options())
        .map_err(io::Error::other)?;
    sums_begin.set(true);
    zip.write_all(sums.as_bytes())?;
    zip.set_comment(closing::placeholder())
        .map_err(io::Error::other)?;
    zip.finish().map_err(io::Error::other)?.close()
}

fn options() -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644)
}

/// The sums that [`SUMS_NAME`] tells, by name.
///
/// # Errors
/// A line that is not 64 hex digits, two spaces and a name.
pub fn parse_sums(text: &str) -> Result<HashMap<&str, [u8; 32]>, ArchiveError> {
    let mut sums = HashMap::new();
    for line in text.lines() {
        let parsed = line
            .split_once("  ")
            .and_then(|(sum, name)| Some((name, unhex(sum)?)));
        let (name, sum) = parsed
            .ok_or_else(|| ArchiveError::Damaged(format!("{SUMS_NAME} has a line {line:?}")))?;
        sums.insert(name, sum);
    }
    Ok(sums)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::Bag;
    use crate::manifest::{FORMAT, MANIFEST_NAME};

    /// An archive with a manifest of this format and `entries`.
    fn archive(format: u32, entries: &[(&str, &[u8])]) -> io::Result<Vec<u8>> {
        let manifest = format!("{{\"format\":{format},\"modules\":[]}}");
        let mut sources: Vec<_> = entries
            .iter()
            .map(|(n, b)| (*n, Source::Bytes(b.to_vec())))
            .collect();
        let at = sources.partition_point(|(name, _)| *name < MANIFEST_NAME);
        sources.insert(at, (MANIFEST_NAME, Source::Bytes(manifest.into_bytes())));
        let mut out = Cursor::new(Vec::new());
        write(&mut out, sources.iter().map(|(n, s)| (*n, s)))?;
        Ok(out.into_inner())
    }

    #[test]
    fn every_answer_is_a_slice_of_the_archive() {
        let bytes = archive(FORMAT, &[("a/@v/list", b"v1\n"), ("c/x", b"zip")]).unwrap();
        let bag = Bag::open(&bytes).unwrap();
        let answers: Vec<_> = bag.answers().collect();
        assert_eq!(answers, [("a/@v/list", &b"v1\n"[..]), ("c/x", &b"zip"[..])]);
        assert!(bytes.as_ptr_range().contains(&answers[0].1.as_ptr()));
        assert_eq!(bag.get("c/x"), Some(&b"zip"[..]));
        assert_eq!(bag.get(MANIFEST_NAME), None);
        assert_eq!(bag.damaged_entries(), [""; 0]);
        assert!(bag.check_headers().is_ok());
    }

    #[test]
    fn the_same_entries_give_the_same_bytes() {
        let entries: &[(&str, &[u8])] = &[("a", b"1"), ("b", b"2")];
        assert_eq!(archive(1, entries).unwrap(), archive(1, entries).unwrap());
    }

    #[test]
    fn names_bytes_that_changed() {
        let mut bytes = archive(FORMAT, &[("a/b", b"some bytes")]).unwrap();
        let at = bytes.windows(4).position(|w| w == b"some").unwrap();
        bytes[at] = b'S';
        assert_eq!(Bag::open(&bytes).unwrap().damaged_entries(), ["a/b"]);
    }

    #[test]
    fn any_change_of_sums_and_directory_is_noticed_as_it_is_opened() {
        let bytes = archive(FORMAT, &[("a/b", b"some bytes")]).unwrap();
        assert!(Bag::open(&bytes).unwrap().closing().is_some());
        let sums = bytes
            .windows(64)
            .position(|w| w.is_ascii() && w.iter().all(u8::is_ascii_hexdigit));
        for at in sums.unwrap()..bytes.len() {
            for bit in [0, 5, 7] {
                let mut bytes = bytes.clone();
                bytes[at] ^= 1 << bit;
                assert!(Bag::open(&bytes).is_err(), "byte {at}, bit {bit}");
            }
        }
    }

    #[test]
    fn an_archive_without_the_digest_is_one_of_an_older_gobag() {
        let mut bytes = archive(FORMAT, &[("a/b", b"some bytes")]).unwrap();
        let comment = closing::placeholder().len();
        bytes.truncate(bytes.len() - comment);
        assert!(Bag::open(&bytes).is_err());
        let last = bytes.len() - 2;
        bytes[last..].fill(0);
        assert_eq!(Bag::open(&bytes).unwrap().closing(), None);
    }

    #[test]
    fn the_manifest_is_the_one_that_was_written() {
        let mut bytes = archive(FORMAT, &[]).unwrap();
        let at = bytes.windows(7).position(|w| w == b"modules").unwrap();
        bytes.splice(at..at + 7, *b"Modules");
        let error = Bag::open(&bytes).unwrap_err().to_string();
        assert!(error.contains(MANIFEST_NAME), "{error}");
    }

    #[test]
    fn refuses_entries_out_of_order() {
        assert!(archive(1, &[("c", b""), ("a", b"")]).is_err());
        assert!(archive(1, &[("a", b""), ("a", b"")]).is_err());
    }

    #[test]
    fn refuses_a_newer_format() {
        let error = Bag::open(&archive(FORMAT + 1, &[]).unwrap()).unwrap_err();
        assert!(matches!(error, ArchiveError::Newer(..)), "{error}");
    }

    #[test]
    fn names_that_lead_out_of_a_folder_or_a_line_are_neither_written_nor_read() {
        for (name, want) in [
            ("a/@v/list", true),
            ("a", true),
            ("../a", false),
            ("a/../b", false),
            ("/a", false),
            ("a//b", false),
            ("a\\b", false),
            ("c:/a", false),
            ("a/b\r", false),
            ("a\nb", false),
            ("a\x7f", false),
        ] {
            assert_eq!(archive(FORMAT, &[(name, b"")]).is_ok(), want, "{name:?}");
            // The same from another writer.
            let legal = "X".repeat(name.len());
            let bytes = archive(FORMAT, &[(&legal, b"")]).unwrap();
            let text: String = bytes.iter().copied().map(char::from).collect();
            let text = text.replace(&legal, name);
            let bytes: Vec<u8> = text.chars().map(|c| c as u8).collect();
            let error = Bag::open(&bytes).unwrap_err().to_string();
            let refused = error.contains("legal name") || error.contains("SHA256SUMS has a line");
            assert_eq!(refused, !want, "{name:?}: {error}");
        }
    }

    #[test]
    fn refuses_entries_that_share_bytes() {
        let entries: [(&str, &[u8]); 2] = [("a/b", &[b'x'; 500]), ("c/d", &[b'y'; 500])];
        let mut bytes = archive(FORMAT, &entries).unwrap();
        assert!(Bag::open(&bytes).is_ok());
        // The directory says that both end where it begins.
        let records = bytes.windows(4).enumerate();
        let records = records.filter(|(_, mark)| mark == b"PK\x01\x02");
        let records: Vec<usize> = records.map(|(at, _)| at).collect();
        for at in &records {
            let record = &mut bytes[*at..];
            if &record[47..48] == b"/" {
                let header = u32::from_le_bytes(*record[42..].first_chunk().unwrap());
                let len = records[0] as u32 - header - 33;
                record[20..24].copy_from_slice(&len.to_le_bytes());
                record[24..28].copy_from_slice(&len.to_le_bytes());
            }
        }
        let error = Bag::open(&bytes).unwrap_err().to_string();
        assert_eq!(error, "the bag is damaged: its entries share bytes");
    }

    #[test]
    fn refuses_bytes_that_are_no_archive() {
        assert!(Bag::open(b"").is_err());
        assert!(Bag::open(&[0; 4096]).is_err());
        let mut cut = archive(FORMAT, &[("a", b"some bytes")]).unwrap();
        cut.truncate(cut.len() - 1);
        assert!(Bag::open(&cut).is_err());
    }
}
