//! The directory of an archive: what the zip says of where each entry lies, its sums, and its manifest.
//!
//! All of it is read and checked, which takes as long as there are entries: see
//! [`Index`](crate::index::Index).

use std::collections::{BTreeMap, HashMap};
use std::io::{Cursor, Read, Seek};
use std::ops::Range;

use gomod::modzip::MAX_ZIP_BYTES;
use zip::read::ZipFile;
use zip::{CompressionMethod, ZipArchive};

use crate::closing;
use crate::digest::{sha256, unhex};
use crate::entry::Entry;
use crate::error::{ArchiveError, damaged};
use crate::frames::Content;
use crate::manifest::{FORMAT, MANIFEST_NAME, Manifest, PLAIN_FORMAT};
use crate::place::is_legal;

/// The name of the last entry but the index: a line `<hex>  <name>` for every other one.
pub const SUMS_NAME: &str = "SHA256SUMS";

/// What the name of an entry ends with that holds an answer as [frames](crate::frames).
pub const FRAMES_END: &str = ".zst";

/// The largest entry that is read whole, in bytes.
pub(crate) const MAX_READ_BYTES: u64 = 1 << 30;

/// The entries of an archive, and its manifest.
#[derive(Debug, Clone)]
pub(crate) struct Directory {
    /// Every entry but the sums, by name.
    pub entries: BTreeMap<String, Entry>,
    /// What the archive says of itself.
    pub manifest: Manifest,
    /// The digest of its sums and its directory; none in one that an older gobag wrote.
    pub closing: Option<[u8; 32]>,
    /// Where the sums lie in the archive.
    pub sums: Range<usize>,
}

impl Directory {
    /// Reads the directory of the archive that is all of `archive`. Every offset and every name is
    /// checked, and the directory itself by the digest at its end; contents are not.
    ///
    /// # Errors
    /// The bytes are no archive or a damaged one, one of a newer format, or an entry is not
    /// stored as it is, has a name that leads out of a folder, or has no sum.
    pub fn read(archive: &[u8]) -> Result<Self, ArchiveError> {
        let archive_len = archive.len() as u64;
        let mut zip = ZipArchive::new(Cursor::new(archive)).map_err(damaged)?;
        // First, so that a newer format is called newer and not damaged.
        let text = content(&mut zip, MANIFEST_NAME, archive_len)?;
        let manifest: Manifest =
            serde_json::from_slice(&text).map_err(|e| damaged(format!("{MANIFEST_NAME}: {e}")))?;
        if manifest.format > FORMAT {
            return Err(ArchiveError::Newer(manifest.format, FORMAT));
        }
        let manifest_sum = sha256(&text);
        let text = content(&mut zip, SUMS_NAME, archive_len)?;
        let text = std::str::from_utf8(&text).map_err(damaged)?;
        let sums = parse_sums(text)?;
        let mut entries = BTreeMap::new();
        let mut sums_at = 0..0;
        let (mut together, mut frames) = (0_u64, 0);
        for i in 0..zip.len() {
            let file = zip.by_index_raw(i).map_err(damaged)?;
            let name = file.name().map_err(damaged)?.into_owned();
            let offset = offset(&file, &name, archive_len)?;
            // Else an archive of a few megabytes could unpack to terabytes; frames hold 500 MiB each.
            together = together.saturating_add(file.size());
            if together > archive_len {
                return Err(damaged("its entries share bytes"));
            }
            if name == SUMS_NAME {
                sums_at = offset as usize..(offset + file.size()) as usize;
                continue;
            }
            if !is_legal(&name) {
                return Err(damaged(format!("entry {name:?} has no legal name")));
            }
            let sha256 = *sums
                .entries
                .get(name.as_str())
                .ok_or_else(|| damaged(format!("{SUMS_NAME} has no line for {name:?}")))?;
            let mut entry = Entry::of(sha256, offset, file.size());
            let answer = name.strip_suffix(FRAMES_END);
            let answer = answer.and_then(|answer| sums.answers.get_key_value(answer));
            let name = match answer {
                None => name,
                Some((answer, content)) => {
                    if !may_be_frames(answer, manifest.format) {
                        let text = format!("entry {name:?} is no zip that may be held as frames");
                        return Err(damaged(text));
                    }
                    frames += 1;
                    entry.sha256 = content.sha256;
                    entry.unpacked = Some(content.len);
                    answer.to_string()
                }
            };
            if entries.insert(name.clone(), entry).is_some() {
                return Err(damaged(format!("two entries hold {name:?}")));
            }
        }
        if frames != sums.answers.len() {
            return Err(damaged(format!(
                "{SUMS_NAME} tells of frames that are not there"
            )));
        }
        if entries.get(MANIFEST_NAME).map(|entry| entry.sha256) != Some(manifest_sum) {
            let text = format!("{MANIFEST_NAME} is not the one that {SUMS_NAME} records");
            return Err(damaged(text));
        }
        let comment = zip.comment().to_vec();
        let closing = match comment.is_empty() {
            true => None,
            false => {
                let said = closing::parse(&comment);
                if said != closing::digest(archive, sums_at.start) {
                    let text = format!(
                        "{SUMS_NAME}, the index and the directory are not as they were packed"
                    );
                    return Err(damaged(text));
                }
                said
            }
        };
        Ok(Directory {
            entries,
            manifest,
            closing,
            sums: sums_at,
        })
    }
}

/// True for the name of a zip, in a format that knows frames: all else is read where it lies.
pub(crate) fn may_be_frames(name: &str, format: u32) -> bool {
    let is_zip = is_legal(name) && name.ends_with(".zip") && name.contains("/@v/");
    is_zip && format != PLAIN_FORMAT
}

/// The bytes of one entry.
fn content(
    zip: &mut ZipArchive<impl Read + Seek>,
    name: &str,
    archive_len: u64,
) -> Result<Vec<u8>, ArchiveError> {
    let at = zip
        .index_for_name(name)
        .ok_or_else(|| damaged(format!("{name} is missing")))?;
    let mut file = zip.by_index_raw(at).map_err(damaged)?;
    offset(&file, name, archive_len)?;
    if file.size() > MAX_READ_BYTES {
        return Err(damaged(format!("{name} is too long")));
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(damaged)?;
    Ok(bytes)
}

/// Where the bytes of an entry begin, which is stored as it is and inside the archive.
fn offset(
    file: &ZipFile<'_, impl Read>,
    name: &str,
    archive_len: u64,
) -> Result<u64, ArchiveError> {
    let len = file.size();
    if file.compression() != CompressionMethod::Stored
        || file.encrypted()
        || file.compressed_size() != len
    {
        return Err(damaged(format!("entry {name:?} is not stored as it is")));
    }
    let inside = |offset: &u64| {
        offset
            .checked_add(len)
            .is_some_and(|end| end <= archive_len)
    };
    file.data_start()
        .filter(inside)
        .ok_or_else(|| damaged(format!("entry {name:?} lies outside the archive")))
}

/// What [`SUMS_NAME`] tells.
#[derive(Debug, Default)]
pub struct Sums<'a> {
    /// The SHA-256 of each entry, by its name.
    pub entries: HashMap<&'a str, [u8; 32]>,
    /// The answers that are kept as frames, by theirs.
    pub answers: HashMap<&'a str, Content>,
}

/// Reads the text of [`SUMS_NAME`].
///
/// # Errors
/// A line that is not 64 hex digits, two spaces and a name, or that with `# ` before, and a length.
pub fn parse_sums(text: &str) -> Result<Sums<'_>, ArchiveError> {
    let mut sums = Sums::default();
    for line in text.lines() {
        let parsed = match line.strip_prefix("# ") {
            None => line.split_once("  ").and_then(|(sum, name)| {
                sums.entries.insert(name, unhex(sum)?);
                Some(())
            }),
            Some(answer) => parse_answer(answer).map(|(name, content)| {
                sums.answers.insert(name, content);
            }),
        };
        parsed.ok_or_else(|| damaged(format!("{SUMS_NAME} has a line {line:?}")))?;
    }
    Ok(sums)
}

/// `<hex>  <length>  <name>`.
fn parse_answer(line: &str) -> Option<(&str, Content)> {
    let (sum, rest) = line.split_once("  ")?;
    let (digits, name) = rest.split_once("  ")?;
    let len: u64 = digits.parse().ok()?;
    let sha256 = unhex(sum)?;
    (len.to_string() == digits && len <= MAX_ZIP_BYTES).then_some((name, Content { len, sha256 }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_lines_of_two_kinds() {
        let sum = "ab".repeat(32);
        for (line, want) in [
            (format!("{sum}  a b"), true),
            (format!("# {sum}  7  a b"), true),
            (format!("# {sum}  07  a"), false),
            (format!("# {sum}  +7  a"), false),
            (format!("# {sum}  a"), false),
            (format!("# {sum}  {}  a", MAX_ZIP_BYTES), true),
            (format!("# {sum}  {}  a", MAX_ZIP_BYTES + 1), false),
            (format!("#{sum}  7  a"), false),
            (format!("{sum} a"), false),
        ] {
            assert_eq!(parse_sums(&line).is_ok(), want, "{line}");
        }
    }
}
