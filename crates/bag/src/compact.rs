//! Compacting: a module zip as [frames] of its stored form.
//!
//! A zip compresses each file for itself; all of them together take less. What go checks of a zip is
//! what it holds and not how (`golang.org/x/mod/sumdb/dirhash`), so its stored form answers as well.
//! What was done once is kept in a folder, under the hash of the zip.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use gomod::modzip::Stored;
use serde::{Deserialize, Serialize};

use crate::digest::{self, hex, unhex};
use crate::frames::{self, Content};
use crate::plain;

/// Where zips become frames.
#[derive(Debug, Clone)]
pub struct Places {
    /// Where they are kept, from one packing to the next; what was used last is the newest there.
    pub kept: PathBuf,
    /// Where they are made, on the same disk.
    pub partial: PathBuf,
}

/// What is known of a zip that was looked at before.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Known {
    /// Of its frames; none where they would not take less than the zip.
    frames: Option<KnownFrames>,
}

#[derive(Debug, Serialize, Deserialize)]
struct KnownFrames {
    /// The SHA-256 of the frames.
    sha256: String,
    /// The SHA-256 of what they hold, and its length.
    answer: String,
    len: u64,
}

impl Places {
    /// The frames of the stored form of `zip`, as a file and what they hold; of the zip itself where
    /// it has no other. None where they do not take less.
    ///
    /// # Errors
    /// The zip cannot be read, or the frames not be written.
    pub fn compact(&self, zip: &Path) -> io::Result<Option<(PathBuf, Content)>> {
        let named = |e: io::Error| io::Error::new(e.kind(), format!("{}: {e}", zip.display()));
        let sum = digest::copy(File::open(zip).map_err(named)?, io::sink()).map_err(named)?;
        let name = format!("{}-{}", hex(&sum), frames::recipe());
        let [file, known] = ["zst", "json"].map(|end| self.kept.join(format!("{name}.{end}")));
        if let Some(found) = found(&file, &known) {
            return Ok(found);
        }
        let partial = self.partial.join(&name);
        let content = pack(zip, &partial).map_err(named)?;
        let gains = fs::metadata(&partial)?.len() < fs::metadata(zip)?.len();
        let mut kept = Known::default();
        if gains {
            kept.frames = Some(KnownFrames {
                sha256: hex(&digest::copy(File::open(&partial)?, io::sink())?),
                answer: hex(&content.sha256),
                len: content.len,
            });
            fs::rename(&partial, &file)?;
        } else {
            fs::remove_file(&partial)?;
        }
        fs::write(&partial, serde_json::to_vec(&kept)?)?;
        fs::rename(&partial, &known)?;
        Ok(gains.then_some((file, content)))
    }

    /// Removes what was not used for longest, until no more than `most` bytes are kept.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn prune(&self, most: u64) -> io::Result<()> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.kept)? {
            let entry = entry?;
            let data = entry.metadata()?;
            if data.is_file() {
                files.push((data.modified()?, data.len(), entry.path()));
            }
        }
        for file in too_many(files, most) {
            // Somebody else may have removed it.
            let _ = fs::remove_file(file);
        }
        Ok(())
    }
}

/// Of files with a time and a length those that are to go, so that `most` bytes are left: the oldest.
fn too_many(mut files: Vec<(SystemTime, u64, PathBuf)>, most: u64) -> Vec<PathBuf> {
    files.sort();
    let mut left = 0_u64;
    let newest = files.into_iter().rev();
    let old = newest.filter(|(_, len, _)| {
        left = left.saturating_add(*len);
        left > most
    });
    old.map(|(_, _, file)| file).collect()
}

/// What is kept in `file`, as `known` says; `None` where nothing is known, or it is not what was kept.
#[allow(clippy::option_option, reason = "known to take no less")]
fn found(file: &Path, known: &Path) -> Option<Option<(PathBuf, Content)>> {
    let text = plain::read(known, plain::MAX_TEXT_BYTES).ok()?;
    let known: Known = serde_json::from_slice(&text).ok()?;
    let Some(frames) = known.frames else {
        return Some(None);
    };
    let content = Content {
        len: frames.len,
        sha256: unhex(&frames.answer)?,
    };
    let opened = File::open(file).ok()?;
    let sum = digest::copy(&opened, io::sink()).ok()?;
    if unhex(&frames.sha256) != Some(sum) {
        return None;
    }
    // Where it cannot be noted it is removed sooner.
    let _ = opened.set_modified(SystemTime::now());
    Some(Some((file.to_path_buf(), content)))
}

/// Writes the frames of a zip to `out`.
fn pack(zip: &Path, out: &Path) -> io::Result<Content> {
    let mut zip = BufReader::new(File::open(zip)?);
    let len = zip.get_ref().metadata()?.len();
    let mut frames = frames::Writer::new(BufWriter::new(File::create(out)?))?;
    match Stored::of(len, &mut zip) {
        Some(stored) => stored.write(&mut zip, &mut frames)?,
        None => {
            io::Seek::rewind(&mut zip)?;
            io::copy(&mut zip, &mut frames)?;
        }
    }
    let (mut out, content) = frames.finish()?;
    out.flush()?;
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use zip::write::SimpleFileOptions;
    use zip::{CompressionMethod, ZipWriter};

    fn places(dir: &Path) -> Places {
        let places = Places {
            kept: dir.join("kept"),
            partial: dir.join("partial"),
        };
        fs::create_dir(&places.kept).unwrap();
        fs::create_dir(&places.partial).unwrap();
        places
    }

    fn zip(file: &Path, text: &[u8], method: CompressionMethod) {
        let mut zip = ZipWriter::new(File::create(file).unwrap());
        let options = SimpleFileOptions::default().compression_method(method);
        for name in ["m@v1.0.0/a.go", "m@v1.0.0/b.go"] {
            zip.start_file(name, options).unwrap();
            zip.write_all(text).unwrap();
        }
        zip.finish().unwrap();
    }

    #[test]
    fn frames_hold_the_stored_form_and_are_made_once() {
        let dir = tempfile::tempdir().unwrap();
        let places = places(dir.path());
        let file = dir.path().join("a.zip");
        let text: Vec<u8> = (0..20_000_u64).map(|i| (i * i / 7) as u8).collect();
        zip(&file, &text, CompressionMethod::Deflated);
        let (frames, content) = places.compact(&file).unwrap().unwrap();
        let packed = fs::read(&frames).unwrap();
        let stored = zstd::stream::decode_all(&packed[..]).unwrap();
        assert_eq!(content.len, stored.len() as u64);
        assert!(content.len > 2 * text.len() as u64);
        // The same again, without being made.
        let made = fs::metadata(&frames).unwrap().created().unwrap();
        assert_eq!(
            places.compact(&file).unwrap(),
            Some((frames.clone(), content))
        );
        assert_eq!(fs::metadata(&frames).unwrap().created().unwrap(), made);
        // What was damaged there meanwhile is made anew.
        fs::write(&frames, "damaged").unwrap();
        assert_eq!(
            places.compact(&file).unwrap(),
            Some((frames.clone(), content))
        );
        assert_eq!(fs::read(&frames).unwrap(), packed);
        // A stored form has no other.
        fs::write(&file, &stored).unwrap();
        let (again, same) = places.compact(&file).unwrap().unwrap();
        assert_eq!((fs::read(again).unwrap(), same), (packed, content));
        assert!(fs::read_dir(&places.partial).unwrap().next().is_none());
    }

    #[test]
    fn what_would_take_no_less_stays_a_zip() {
        let dir = tempfile::tempdir().unwrap();
        let places = places(dir.path());
        let file = dir.path().join("a.zip");
        zip(&file, b"", CompressionMethod::Stored);
        let full = fs::metadata(&file).unwrap().len();
        // Bytes that nothing makes less.
        let noise: Vec<u8> = (0..full as u32)
            .flat_map(|i| digest::sha256(&i.to_le_bytes()))
            .collect();
        fs::write(&file, noise).unwrap();
        for _ in 0..2 {
            assert_eq!(places.compact(&file).unwrap(), None);
        }
        assert!(places.compact(&dir.path().join("none")).is_err());
    }

    #[test]
    fn the_oldest_goes_first() {
        let at = |seconds, len, name: &str| {
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            (time, len, PathBuf::from(name))
        };
        let files = vec![at(3, 10, "c"), at(1, 10, "a"), at(2, 10, "b")];
        for (most, want) in [
            (30, &[][..]),
            (29, &["a"]),
            (10, &["b", "a"]),
            (0, &["c", "b", "a"]),
        ] {
            let want: Vec<PathBuf> = want.iter().map(PathBuf::from).collect();
            assert_eq!(too_many(files.clone(), most), want, "{most}");
        }
    }
}
