//! The index: where each entry of an archive lies, and what the archive says of itself.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;

use zip::read::ZipFile;
use zip::{CompressionMethod, ZipArchive};

use crate::archive::{self, ArchiveError, FRAMES_END, SUMS_NAME};
use crate::closing;
use crate::digest::sha256;
use crate::manifest::{FORMAT, MANIFEST_NAME, Manifest, PLAIN_FORMAT};
use crate::place::is_legal;

/// The largest entry that is read whole, in bytes.
const MAX_READ_BYTES: u64 = 1 << 30;

/// One answer, or what lies beside them: where its bytes lie in the archive, and its SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The SHA-256 of the answer, as the archive records it.
    pub sha256: [u8; 32],
    /// Where its bytes begin, counted from the archive's first byte.
    pub(crate) offset: u64,
    /// How many bytes there are.
    pub(crate) len: u64,
    /// How long the answer is where it is kept as frames.
    pub(crate) unpacked: Option<u64>,
    /// In which of a bag's archives they lie; behind the last of them, in what was derived.
    pub(crate) part: usize,
}

/// The entries of an archive, and its manifest.
#[derive(Debug, Clone)]
pub struct Index {
    /// Every entry but the sums, by name.
    pub entries: BTreeMap<String, Entry>,
    /// What the archive says of itself.
    pub manifest: Manifest,
    /// The digest of its sums and its directory; none in one that an older gobag wrote.
    pub closing: Option<[u8; 32]>,
    /// Where the sums lie in the archive.
    pub sums: Range<usize>,
}

impl Index {
    /// Reads the index of the archive that is all of `archive`. Every offset and every name is
    /// checked here, once, and the index itself by the digest at its end; contents are not.
    ///
    /// # Errors
    /// The bytes are no archive or a damaged one, one of a newer format, or an entry is not
    /// stored as it is, has a name that leads out of a folder, or has no sum.
    pub fn read(mut archive: impl Read + Seek) -> Result<Self, ArchiveError> {
        let archive_len = archive.seek(SeekFrom::End(0)).map_err(damaged)?;
        let mut zip = ZipArchive::new(&mut archive).map_err(damaged)?;
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
        let sums = archive::parse_sums(text)?;
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
            let mut entry = Entry {
                sha256,
                offset,
                len: file.size(),
                unpacked: None,
                part: 0,
            };
            let answer = name.strip_suffix(FRAMES_END);
            let answer = answer.and_then(|answer| sums.answers.get_key_value(answer));
            let name = match answer {
                None => name,
                Some((answer, content)) => {
                    if !is_zip(answer) || manifest.format == PLAIN_FORMAT {
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
        drop(zip);
        let closing = match comment.is_empty() {
            true => None,
            false => {
                let said = closing::parse(&comment);
                let is =
                    closing::read(archive, sums_at.start as u64, archive_len).map_err(damaged)?;
                if said != Some(is) {
                    let text = format!("{SUMS_NAME} and the directory are not as they were packed");
                    return Err(damaged(text));
                }
                said
            }
        };
        Ok(Index {
            entries,
            manifest,
            closing,
            sums: sums_at,
        })
    }
}

/// True for the name of a zip: all else is read where it lies.
fn is_zip(name: &str) -> bool {
    is_legal(name) && name.ends_with(".zip") && name.contains("/@v/")
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

fn damaged(what: impl Display) -> ArchiveError {
    ArchiveError::Damaged(what.to_string())
}
