//! The archive: a bag's bytes, a plain zip of stored entries.
//!
//! Any zip tool opens it, and every file in it is a slice of it. Entries are sorted by name
//! (bytewise), have one fixed time, and are followed by `SHA256SUMS` in the format of
//! `sha256sum`, so that an unpacked bag can be checked by hand, by the [`index`](crate::index), by which
//! a bag is opened, and by a digest of both and of the zip's directory ([`closing`]). The same entries
//! give the same bytes on any machine.
//!
//! An answer that is kept compact lies there as [frames](crate::frames), under its name and `.zst`. What it is when
//! unpacked stands in `SHA256SUMS` as well, behind a `#`, where `sha256sum` takes it for a comment.

use std::cell::Cell;
use std::fs::{self, File};
use std::io::{self, Read, Seek, Write};
use std::path::PathBuf;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::closing::{self, Closing};
use crate::digest::{self, hex, sha256};
use crate::directory::{FRAMES_END, SUMS_NAME};
use crate::entry::Entry;
use crate::frames::Content;
use crate::index::{INDEX_NAME, made};
use crate::manifest::{MANIFEST_NAME, Manifest};
use crate::place::is_legal;

/// Where the bytes of an entry come from when an archive is written.
#[derive(Debug, Clone)]
pub enum Source {
    /// From memory.
    Bytes(Vec<u8>),
    /// From a file, which is streamed.
    File(PathBuf),
    /// From a file of [frames](crate::frames), which hold this.
    Frames(PathBuf, Content),
}

impl Source {
    /// How many bytes there are.
    ///
    /// # Errors
    /// The file is gone.
    pub fn bytes(&self) -> io::Result<u64> {
        Ok(match self {
            Source::Bytes(bytes) => bytes.len() as u64,
            Source::File(file) | Source::Frames(file, _) => fs::metadata(file)?.len(),
        })
    }

    /// What the entry for the answer `name` is called.
    pub fn entry_name(&self, name: &str) -> String {
        match self {
            Source::Frames(..) => format!("{name}{FRAMES_END}"),
            _ => name.to_string(),
        }
    }

    fn open(&self) -> io::Result<Box<dyn Read + '_>> {
        Ok(match self {
            Source::Bytes(bytes) => Box::new(bytes.as_slice()),
            Source::File(file) | Source::Frames(file, _) => Box::new(
                File::open(file)
                    .map_err(|e| io::Error::new(e.kind(), format!("{}: {e}", file.display())))?,
            ),
        })
    }
}

/// Writes a bag that says this of itself to `out`, which is empty. The entries come sorted by name and
/// without the manifest. Memory does not grow with the sizes of the files.
///
/// # Errors
/// Those of reading the sources and writing the archive; entries out of order; a name that
/// [`Bag::open`](crate::Bag::open) would refuse.
pub fn write<'a, W: Write + Seek>(
    out: W,
    manifest: &Manifest,
    entries: impl IntoIterator<Item = (&'a str, &'a Source)>,
) -> io::Result<()> {
    let (at, sums_begin) = (Cell::new(0), Cell::new(false));
    let mut zip = ZipWriter::new(Closing::new(out, &at, &sums_begin)?);
    let own = Source::Bytes(serde_json::to_vec(manifest)?);
    let mut sources: Vec<(&str, &Source)> = entries.into_iter().collect();
    let place = sources.partition_point(|(name, _)| *name < MANIFEST_NAME);
    sources.insert(place, (MANIFEST_NAME, &own));
    let (mut sums, mut written) = (String::new(), Vec::new());
    let mut last = "";
    for (name, source) in sources {
        if name <= last || name == SUMS_NAME || name == INDEX_NAME {
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
        let offset = at.get();
        let sum = digest::copy(source.open()?, &mut zip)?;
        sums += &format!("{}  {name}\n", hex(&sum));
        let mut entry = Entry::of(sum, offset, at.get() - offset);
        let mut answer = name;
        if let Source::Frames(_, content) = source {
            answer = name.strip_suffix(FRAMES_END).unwrap_or(name);
            let (sum, len) = (hex(&content.sha256), content.len);
            sums += &format!("# {sum}  {len}  {answer}\n");
            (entry.sha256, entry.unpacked) = (content.sha256, Some(content.len));
        }
        written.push((answer, entry));
    }
    zip.start_file(SUMS_NAME, options())
        .map_err(io::Error::other)?;
    // The index tells where the sums lie, and their last line tells what it is.
    let line = |index: &[u8]| format!("{}  {INDEX_NAME}\n", hex(&sha256(index)));
    let sums_at = usize::try_from(at.get()).map_err(io::Error::other)?;
    let sums_at = sums_at..sums_at + sums.len() + line(&[]).len();
    let index = made::build(written.into_iter(), manifest, sums_at)?;
    sums_begin.set(true);
    zip.write_all(sums.as_bytes())?;
    zip.write_all(line(&index).as_bytes())?;
    zip.start_file(INDEX_NAME, options())
        .map_err(io::Error::other)?;
    zip.write_all(&index)?;
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

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::index::Index;
    use crate::manifest::{FORMAT, PLAIN_FORMAT};
    use crate::{Answer, ArchiveError, Bag, frames};

    /// What a bag of this format says of itself.
    fn manifest(format: u32) -> Manifest {
        Manifest {
            format,
            ..Manifest::default()
        }
    }

    /// An archive of this format with `entries`.
    fn archive(format: u32, entries: &[(&str, &[u8])]) -> io::Result<Vec<u8>> {
        let bytes = |bytes: &[u8]| Source::Bytes(bytes.to_vec());
        let sources: Vec<_> = entries.iter().map(|(n, b)| (*n, bytes(b))).collect();
        let mut out = Cursor::new(Vec::new());
        write(
            &mut out,
            &manifest(format),
            sources.iter().map(|(n, s)| (*n, s)),
        )?;
        Ok(out.into_inner())
    }

    /// What an older gobag would have written: without the digest, by which the index is found.
    fn older(mut bytes: Vec<u8>) -> Vec<u8> {
        bytes.truncate(bytes.len() - closing::placeholder().len());
        let last = bytes.len() - 2;
        bytes[last..].fill(0);
        bytes
    }

    #[test]
    fn every_answer_is_a_slice_of_the_archive() {
        let bytes = archive(FORMAT, &[("a/@v/list", b"v1\n"), ("c/x", b"zip")]).unwrap();
        let bag = Bag::open(&bytes).unwrap();
        let answers: Vec<_> = bag.answers().collect();
        let want = [("a/@v/list", &b"v1\n"[..]), ("c/x", b"zip")];
        assert_eq!(
            answers,
            want.map(|(name, bytes)| (name, Answer::Plain(bytes)))
        );
        let range = bytes.as_ptr_range();
        assert!(range.contains(&answers[0].1.held().as_ptr()));
        assert_eq!(bag.get("c/x"), Some(&b"zip"[..]));
        assert_eq!(bag.get(MANIFEST_NAME), None);
        assert_eq!(bag.damaged_entries(), [""; 0]);
        assert!(bag.check().is_ok());
    }

    /// An archive in which `a/@v/v1.zip` is kept as the frames of `content`.
    fn compact(content: &[u8]) -> Vec<u8> {
        compact_as(FORMAT, "a/@v/v1.zip", content)
    }

    /// The same in another format, under another name.
    fn compact_as(format: u32, name: &str, content: &[u8]) -> Vec<u8> {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("frames");
        let mut frames = frames::Writer::new(File::create(&file).unwrap()).unwrap();
        frames.write_all(content).unwrap();
        let (_, content) = frames.finish().unwrap();
        let zip = Source::Frames(file, content);
        let name = zip.entry_name(name);
        let mut out = Cursor::new(Vec::new());
        write(&mut out, &manifest(format), [(name.as_str(), &zip)]).unwrap();
        out.into_inner()
    }

    #[test]
    fn what_is_kept_as_frames_is_answered_as_it_was() {
        let content: Vec<u8> = (0..3_000_000_u64).map(|i| (i * i / 977) as u8).collect();
        let bytes = compact(&content);
        assert!(bytes.len() < content.len() / 2);
        let bag = Bag::open(&bytes).unwrap();
        let names: Vec<&str> = bag.answers().map(|(name, _)| name).collect();
        assert_eq!(names, ["a/@v/v1.zip"]);
        let answer = bag.find(names[0]).unwrap();
        assert_eq!((answer.len(), answer.plain()), (content.len() as u64, None));
        assert_eq!(bag.entry(names[0]).unwrap().sha256, sha256(&content));
        assert_eq!(bag.get(names[0]), None);
        let mut read = Vec::new();
        answer.reader().unwrap().read_to_end(&mut read).unwrap();
        assert!(read == content);
        assert_eq!(bag.damaged_entries(), [""; 0]);
        // By hand: the entry is one that any tool unpacks, and both are told.
        let held = answer.held();
        let text = String::from_utf8_lossy(&bytes);
        let (own, sum) = (hex(&sha256(held)), hex(&sha256(&content)));
        assert!(text.contains(&format!(
            "{own}  a/@v/v1.zip.zst\n# {sum}  3000000  a/@v/v1.zip\n"
        )));
        let at = held.as_ptr().addr() - bytes.as_ptr().addr();
        for place in [at + held.len() / 2, at + held.len() - 1] {
            let mut bytes = bytes.clone();
            bytes[place] ^= 1;
            assert_eq!(Bag::open(&bytes).unwrap().damaged_entries(), names);
        }
    }

    #[test]
    fn nothing_but_zips_is_held_as_frames() {
        for (format, name, want) in [
            (FORMAT, "a/@v/v1.zip", true),
            (PLAIN_FORMAT, "a/@v/v1.zip", false),
            (FORMAT, "a/@v/list", false),
            (FORMAT, "a/v1.zip", false),
            (FORMAT, "a/@v/.", false),
            (FORMAT, "a/@v/", false),
        ] {
            let archive = compact_as(format, name, b"content");
            for archive in [&archive, &older(archive.clone())] {
                let opened = Bag::open(archive).map(|_| ()).map_err(|e| e.to_string());
                assert_eq!(opened.is_ok(), want, "{format} {name}: {opened:?}");
            }
        }
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
    fn any_change_of_the_index_is_noticed_as_it_is_opened_and_of_the_rest_when_checked() {
        let bytes = archive(FORMAT, &[("a/b", b"some bytes")]).unwrap();
        let bag = Bag::open(&bytes).unwrap();
        assert!(bag.closing().is_some());
        bag.check().unwrap();
        let name = SUMS_NAME.as_bytes();
        let named = bytes.windows(name.len()).position(|w| w == name).unwrap();
        let sums = named + name.len();
        let records = bytes.windows(4).rposition(|w| w == b"PK\x03\x04").unwrap();
        let index = records + 30 + INDEX_NAME.len();
        let directory = bytes.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
        for at in sums..bytes.len() {
            for bit in [0, 5, 7] {
                let mut bytes = bytes.clone();
                bytes[at] ^= 1 << bit;
                let opened = Bag::open(&bytes);
                if (index..directory).contains(&at) {
                    assert!(opened.is_err(), "byte {at}, bit {bit}");
                } else if let Ok(bag) = opened {
                    assert!(bag.check().is_err(), "byte {at}, bit {bit}");
                    assert_eq!(bag.get("a/b"), Some(&b"some bytes"[..]));
                }
            }
        }
    }

    #[test]
    fn an_archive_of_an_older_gobag_is_indexed_when_it_is_opened() {
        let entries: [(&str, &[u8]); 2] = [("a/b", b"some bytes"), ("c/d", b"")];
        let newer = archive(FORMAT, &entries).unwrap();
        let mut cut = newer.clone();
        cut.truncate(cut.len() - closing::placeholder().len());
        assert!(Bag::open(&cut).is_err());
        let (older, newer) = (older(newer.clone()), newer);
        let [older, newer] = [&older, &newer].map(|bytes| Bag::open(bytes).unwrap());
        assert_eq!(older.closing(), None);
        assert!(older.answers().eq(newer.answers()));
        assert_eq!(older.about(), newer.about());
        assert_eq!(older.sums().unwrap(), newer.sums().unwrap());
        assert!(older.check().is_ok());
    }

    #[test]
    fn an_index_with_another_mark_is_made_anew() {
        let mut bytes = archive(FORMAT, &[("a/b", b"some bytes")]).unwrap();
        let last = |bytes: &[u8], what: &[u8]| bytes.windows(what.len()).rposition(|w| w == what);
        let begin = last(&bytes, b"PK\x03\x04").unwrap() + 30 + INDEX_NAME.len();
        let index = begin..closing::end(&bytes).unwrap().0;
        let line = last(&bytes, format!("  {INDEX_NAME}\n").as_bytes()).unwrap() - 64;
        let sums = bytes
            .windows(10)
            .position(|w| w == SUMS_NAME.as_bytes())
            .unwrap()
            + 10;
        let mark = last(&bytes, b"gobag index: 1").unwrap();
        bytes[mark + 13] = b'2';
        let error = Bag::open(&bytes).unwrap_err().to_string();
        assert!(error.contains("not as they were packed"), "{error}");
        // As one who writes such an index writes the rest.
        let digest = hex(&sha256(&bytes[index]));
        bytes[line..line + 64].copy_from_slice(digest.as_bytes());
        let digits = bytes.len() - 64;
        let digest = hex(&sha256(&bytes[sums..digits]));
        bytes[digits..].copy_from_slice(digest.as_bytes());
        let bag = Bag::open(&bytes).unwrap();
        assert_eq!(bag.get("a/b"), Some(&b"some bytes"[..]));
        bag.check().unwrap();
    }

    #[test]
    fn an_archive_of_many_entries_has_its_index_found() {
        // More than a directory without 64-bit numbers counts.
        let names: Vec<String> = (0..66_000).map(|i| format!("m/{i:05}")).collect();
        let entries: Vec<(&str, &[u8])> = names.iter().map(|name| (&**name, &b""[..])).collect();
        let bytes = archive(FORMAT, &entries).unwrap();
        let index = Index::open(&bytes).unwrap();
        assert!(!index.is_made() && index.find("m/65999").is_some());
        index.compare().unwrap();
    }

    #[test]
    fn the_manifest_is_the_one_that_was_written() {
        let mut bytes = archive(FORMAT, &[]).unwrap();
        let at = bytes.windows(7).position(|w| w == b"modules").unwrap();
        bytes.splice(at..at + 7, *b"Modules");
        let told =
            |error: ArchiveError| assert!(error.to_string().contains(MANIFEST_NAME), "{error}");
        let bag = Bag::open(&bytes).unwrap();
        told(bag.manifest().unwrap_err());
        told(Bag::open(&older(bytes.clone())).unwrap_err());
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
            // The same from another writer, who has no index.
            let legal = "X".repeat(name.len());
            let bytes = archive(FORMAT, &[(&legal, b"")]).unwrap();
            let text: String = bytes.iter().copied().map(char::from).collect();
            let text = text.replace(&legal, name);
            let bytes: Vec<u8> = text.chars().map(|c| c as u8).collect();
            let bytes = older(bytes);
            let opened = Bag::open(&bytes);
            let error = opened.map_or_else(|e| e.to_string(), |_| String::new());
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
        let error = Bag::open(&bytes).unwrap().check().unwrap_err().to_string();
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
