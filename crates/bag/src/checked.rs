//! What is known of zips that were checked before, so that a rebuild reads only what changed.
//!
//! A zip is taken as unchanged when its path, length and modification time are, as cargo and
//! make take it. `gobag verify` reads every byte and trusts none of this.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use crate::plain;

/// The largest file of hashes that is read, in bytes: those of a million zips.
const MAX_BYTES: u64 = 256 << 20;

/// The hashes of zips that passed, kept in one JSON file.
#[derive(Debug, Default)]
pub struct Checked {
    file: Option<PathBuf>,
    known: BTreeMap<String, Known>,
    seen: Mutex<BTreeMap<String, Known>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    size: u64,
    modified_ns: u64,
    h1: String,
}

impl Checked {
    /// Remembers nothing: every zip is read.
    pub fn nothing() -> Self {
        Checked::default()
    }

    /// Reads `file`; a file that is missing or makes no sense counts as empty.
    pub fn load(file: &Path) -> Self {
        let known = plain::read(file, MAX_BYTES)
            .ok()
            .and_then(|text| serde_json::from_slice(&text).ok());
        Checked {
            file: Some(file.to_path_buf()),
            known: known.unwrap_or_default(),
            seen: Mutex::default(),
        }
    }

    /// The `h1:` of `module` (`path@version`) in `zip`, if that file passed before and is
    /// unchanged since.
    pub(crate) fn get(&self, module: &str, zip: &Path) -> Option<String> {
        let key = key(module, zip);
        let known = self.known.get(&key)?;
        let (size, modified_ns) = stamp(zip).ok()?;
        if (known.size, known.modified_ns) != (size, modified_ns) {
            return None;
        }
        self.lock().insert(key, known.clone());
        Some(known.h1.clone())
    }

    /// Notes that `zip` passed as `module` with this `h1:`.
    pub(crate) fn put(&self, module: &str, zip: &Path, h1: &str) {
        if let Ok((size, modified_ns)) = stamp(zip) {
            self.lock().insert(
                key(module, zip),
                Known {
                    size,
                    modified_ns,
                    h1: h1.to_string(),
                },
            );
        }
    }

    /// Writes down what was seen this time; what was not asked for is forgotten.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save(&self) -> io::Result<()> {
        let Some(file) = &self.file else {
            return Ok(());
        };
        fs::write(file, serde_json::to_vec(&*self.lock())?)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Known>> {
        self.seen
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

fn key(module: &str, zip: &Path) -> String {
    format!("{module} {}", zip.display())
}

fn stamp(file: &Path) -> io::Result<(u64, u64)> {
    let meta = fs::metadata(file)?;
    let modified = meta
        .modified()?
        .duration_since(UNIX_EPOCH)
        .map_err(io::Error::other)?;
    Ok((
        meta.len(),
        u64::try_from(modified.as_nanos()).map_err(io::Error::other)?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forgets_a_zip_that_changed() {
        let dir = tempfile::tempdir().unwrap();
        let (zip, file) = (dir.path().join("a.zip"), dir.path().join("checked.json"));
        fs::write(&zip, b"one").unwrap();
        let first = Checked::load(&file);
        assert_eq!(first.get("m@v1.0.0", &zip), None);
        first.put("m@v1.0.0", &zip, "h1:x");
        first.save().unwrap();

        let second = Checked::load(&file);
        assert_eq!(second.get("m@v1.0.0", &zip).as_deref(), Some("h1:x"));
        assert_eq!(second.get("n@v1.0.0", &zip), None);
        fs::write(&zip, b"three").unwrap();
        assert_eq!(second.get("m@v1.0.0", &zip), None);
    }
}
