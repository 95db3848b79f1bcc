//! Compacting: a module zip as [frames] of its stored form.
//!
//! A zip compresses each file for itself; all of them together take less. What go checks of a zip is
//! what it holds and not how (`golang.org/x/mod/sumdb/dirhash`), so its stored form answers as well.
//! What was done once is kept in a folder, under the hash of the zip.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use gomod::modzip::Form;
use serde::{Deserialize, Serialize};

use crate::digest::{self, hex, unhex};
use crate::frames::{self, Content};
use crate::kept::{link, prune, touch};
use crate::plain;

/// Where zips become frames.
#[derive(Debug, Clone)]
pub struct Places {
    /// Where they are kept from one packing to the next; what was used last is the newest there.
    pub kept: PathBuf,
    /// Where they are made, and lie for this packing whatever becomes of those that are kept: on the
    /// same disk, which makes them links.
    pub work: PathBuf,
}

/// Which stored form it is: another one is another content of the frames.
const FORM: u32 = 1;

/// What is known of a zip that was looked at before.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Known {
    /// Of its frames; none where they would not take less than the zip.
    frames: Option<KnownFrames>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct KnownFrames {
    /// The SHA-256 of the frames.
    sha256: String,
    /// The SHA-256 of what they hold, and its length.
    answer: String,
    len: u64,
    /// The SHA-256 of the name and of all that, so that no other is taken for it.
    record: String,
}

impl KnownFrames {
    /// What is known of the `frames` that are kept under `name`, of which `sha256` is that, and which
    /// hold `content`.
    fn of(name: &str, sha256: [u8; 32], content: &Content) -> Self {
        let (sha256, answer, len) = (hex(&sha256), hex(&content.sha256), content.len);
        let record = format!("{name} {sha256} {answer} {len}");
        KnownFrames {
            record: hex(&digest::sha256(record.as_bytes())),
            sha256,
            answer,
            len,
        }
    }
}

impl Places {
    /// The frames of the stored form of `zip`, as a file and what they hold. None where they do not
    /// take less, or where it has no stored form.
    ///
    /// # Errors
    /// The zip cannot be read, or the frames not be written.
    pub fn compact(&self, zip: &Path) -> io::Result<Option<(PathBuf, Content)>> {
        let named = |e: io::Error| io::Error::new(e.kind(), format!("{}: {e}", zip.display()));
        let sum = digest::copy(File::open(zip).map_err(named)?, io::sink()).map_err(named)?;
        let name = format!("{}-{FORM}-{}", hex(&sum), frames::recipe());
        let [frames, known] = ["zst", "json"].map(|end| format!("{name}.{end}"));
        let file = self.work.join(&frames);
        if let Some(content) = self.found(&name) {
            return Ok(content.map(|content| (file, content)));
        }
        // Another thread may be at work on a zip with the same bytes.
        let thread = rayon::current_thread_index().unwrap_or_default();
        let partial = self.work.join(format!("{name}.{thread}"));
        let content = pack(zip, &partial)?;
        let gains = fs::metadata(&partial)?.len() < fs::metadata(zip)?.len();
        let content = content.filter(|_| gains);
        let mut kept = Known::default();
        if let Some(content) = &content {
            let sum = digest::copy(File::open(&partial)?, io::sink())?;
            kept.frames = Some(KnownFrames::of(&name, sum, content));
            fs::rename(&partial, &file)?;
            link(&file, &partial)?;
            self.keep(&partial, &frames);
        }
        fs::write(&partial, serde_json::to_vec(&kept)?)?;
        self.keep(&partial, &known);
        Ok(content.map(|content| (file, content)))
    }

    /// Keeps a file that was made. What cannot be kept is made again.
    fn keep(&self, partial: &Path, name: &str) {
        if fs::rename(partial, self.kept.join(name)).is_err() {
            let _ = fs::remove_file(partial);
        }
    }

    /// What the frames hold that were kept under `name`, once they are in the place for work;
    /// none of those that would take no less. `None` where nothing is known, or it is not what was kept.
    #[allow(clippy::option_option, reason = "known to take no less")]
    fn found(&self, name: &str) -> Option<Option<Content>> {
        let [frames, known] = ["zst", "json"].map(|end| format!("{name}.{end}"));
        let record = self.kept.join(known);
        let text = plain::read(&record, plain::MAX_TEXT_BYTES).ok()?;
        let known: Known = serde_json::from_slice(&text).ok()?;
        touch(&record);
        let Some(known) = known.frames else {
            return Some(None);
        };
        let content = Content {
            len: known.len,
            sha256: unhex(&known.answer)?,
        };
        let (kept, file) = (self.kept.join(&frames), self.work.join(&frames));
        if !file.exists() {
            // To open a pipe would wait for whoever writes to it.
            let is_file = fs::symlink_metadata(&kept).is_ok_and(|data| data.is_file());
            is_file.then(|| link(&kept, &file))?.ok()?;
        }
        let sum = digest::copy(File::open(&file).ok()?, io::sink()).ok()?;
        if KnownFrames::of(name, sum, &content) != known {
            let _ = fs::remove_file(file);
            return None;
        }
        touch(&kept);
        Some(Some(content))
    }

    /// Removes what was not used for longest, until no more than `most` bytes are kept, and what
    /// another packing was made in that ended before its time, a day ago.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn prune(&self, most: u64) -> io::Result<()> {
        for entry in fs::read_dir(&self.kept)? {
            let entry = entry?;
            let (data, path) = (entry.metadata()?, entry.path());
            let age = data.modified()?.elapsed().unwrap_or_default();
            if data.is_dir() && path != self.work && age > A_DAY {
                let _ = fs::remove_dir_all(path);
            }
        }
        prune(&self.kept, most)
    }
}

const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Writes the frames of the stored form of a zip to `out`; none where it has none.
fn pack(zip: &Path, out: &Path) -> io::Result<Option<Content>> {
    let made = || {
        let mut file = BufReader::new(File::open(zip)?);
        let len = file.get_ref().metadata()?.len();
        let mut frames = frames::Writer::new(BufWriter::new(File::create(out)?))?;
        match Form::of(len, &mut file) {
            Some(Form::Stored(stored)) => stored.write(&mut file, &mut frames)?,
            Some(Form::Same) => {
                io::Seek::rewind(&mut file)?;
                io::copy(&mut file, &mut frames)?;
            }
            None => return Ok(None),
        }
        let (mut out, content) = frames.finish()?;
        out.flush()?;
        Ok(Some(content))
    };
    made().map_err(|e: io::Error| {
        let text = format!("{} to {}: {e}", zip.display(), out.display());
        io::Error::new(e.kind(), text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use zip::write::SimpleFileOptions;
    use zip::{CompressionMethod, ZipWriter};

    fn places(dir: &Path) -> Places {
        let places = Places {
            kept: dir.join("kept"),
            work: dir.join("kept/work"),
        };
        fs::create_dir_all(&places.work).unwrap();
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
        // The same again, for another packing.
        let again = || {
            fs::remove_dir_all(&places.work).unwrap();
            fs::create_dir(&places.work).unwrap();
            let found = places.compact(&file).unwrap();
            assert_eq!(found, Some((frames.clone(), content)));
            assert_eq!(fs::read(&frames).unwrap(), packed);
        };
        let kept = places.kept.join(frames.file_name().unwrap());
        let made = || fs::metadata(&kept).unwrap().created().unwrap();
        let first = made();
        again();
        assert_eq!(made(), first);
        // What was damaged there meanwhile is made anew.
        fs::remove_file(&kept).unwrap();
        fs::write(&kept, "damaged").unwrap();
        again();
        assert_eq!(fs::read(&kept).unwrap(), packed);
        // Nor is what is another's, or a number that changed, believed.
        let record = kept.with_extension("json");
        let text = fs::read_to_string(&record).unwrap();
        fs::write(&record, text.replace("\"len\":", "\"len\":1")).unwrap();
        again();
        assert_eq!(fs::read_to_string(&record).unwrap(), text);
        // What is kept may go.
        places.prune(0).unwrap();
        assert!(!kept.exists() && frames.exists());
        again();
        // A stored form has no other.
        fs::write(&file, &stored).unwrap();
        let (again, same) = places.compact(&file).unwrap().unwrap();
        assert_eq!((fs::read(again).unwrap(), same), (packed.clone(), content));
    }

    #[test]
    fn a_zip_of_many_files_has_a_stored_form_as_well() {
        let dir = tempfile::tempdir().unwrap();
        let places = places(dir.path());
        let file = dir.path().join("a.zip");
        let mut zip = ZipWriter::new(File::create(&file).unwrap());
        for number in 0..9000 {
            let name = format!("m@v1.0.0/{number}.go");
            zip.start_file(name, SimpleFileOptions::default()).unwrap();
            zip.write_all(b"package m // and the same again, and the same again\n")
                .unwrap();
        }
        zip.finish().unwrap();
        let (frames, _) = places.compact(&file).unwrap().unwrap();
        let stored = zstd::stream::decode_all(&fs::read(frames).unwrap()[..]).unwrap();
        let zip = zip::ZipArchive::new(io::Cursor::new(stored)).unwrap();
        assert_eq!(zip.len(), 9000);
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
}
