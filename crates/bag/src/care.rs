//! Reading with care what lies in the file of a bag, which may go away while it is served.

use std::borrow::Cow;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// How what lies in a file is copied before it is looked at, and whether all of it could be. Clones know the same.
#[derive(Debug, Clone)]
pub struct Care {
    copy: fn(&[u8]) -> io::Result<Vec<u8>>,
    lost: Arc<AtomicBool>,
}

impl Care {
    /// Copies by `copy`, for which memory that cannot be read is an error.
    pub fn new(copy: fn(&[u8]) -> io::Result<Vec<u8>>) -> Self {
        Care {
            copy,
            lost: Arc::default(),
        }
    }

    /// True where something could not be read, or is not as it was packed.
    pub fn has_lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }

    /// From now on something is lost.
    pub(crate) fn lose(&self) {
        self.lost.store(true, Ordering::Relaxed);
    }

    /// `bytes` as they lie there, or a copy of them where there is care; none where they cannot be read.
    pub(crate) fn read<'b>(care: Option<&Care>, bytes: &'b [u8]) -> Option<Cow<'b, [u8]>> {
        let Some(care) = care else {
            return Some(bytes.into());
        };
        let copied = (care.copy)(bytes);
        copied.inspect_err(|_| care.lose()).ok().map(Cow::Owned)
    }
}
