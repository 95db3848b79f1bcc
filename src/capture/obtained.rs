//! The files that a capture got.

use std::sync::{Mutex, MutexGuard};

use super::cache::Source;

/// Files by name, and where they came from. Those of a cache are not in the folder of modules yet.
#[derive(Debug, Default)]
pub struct Obtained(Mutex<Vec<File>>);

/// Its name, its bytes, and whose it was.
type File = (String, Vec<u8>, Source);

impl Obtained {
    /// Adds one.
    pub fn push(&self, name: &str, bytes: &[u8], source: Source) {
        self.held().push((name.to_string(), bytes.to_vec(), source));
    }

    /// All of them.
    pub fn held(&self) -> MutexGuard<'_, Vec<File>> {
        self.0.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// True if something of a cache is among them.
    pub fn is_mixed(&self) -> bool {
        let held = self.held();
        held.iter().any(|(_, _, source)| *source != Source::Asked)
    }

    /// Forgets what came from a cache.
    pub fn forget_cached(&self) {
        self.held()
            .retain(|(_, _, source)| *source == Source::Asked);
    }
}
