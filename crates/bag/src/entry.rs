//! An entry: where an answer lies in an archive.

use std::ops::Range;

/// One answer, or what lies beside them: where its bytes lie in the archive, and its SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The SHA-256 of the answer, as the archive records it.
    pub sha256: [u8; 32],
    /// True for the zip of a module that keeps Go's rules, by the manifest; said when an index is made.
    pub sound: bool,
    /// Where its bytes begin, counted from the archive's first byte.
    pub(crate) offset: u64,
    /// How many bytes there are.
    pub(crate) len: u64,
    /// How long the answer is where it is kept as frames.
    pub(crate) unpacked: Option<u64>,
    /// In which of a bag's archives they lie; behind the last of them, in what was derived.
    pub(crate) part: usize,
}

impl Entry {
    /// An entry that holds its answer as it is, in the first archive.
    pub(crate) fn of(sha256: [u8; 32], offset: u64, len: u64) -> Self {
        Entry {
            sha256,
            sound: false,
            offset,
            len,
            unpacked: None,
            part: 0,
        }
    }

    /// Its bytes, which lie in `part`; none where they do not.
    pub(crate) fn within<'a>(&self, part: &'a [u8]) -> Option<&'a [u8]> {
        let at = usize::try_from(self.offset).ok()?;
        part.get(at..)?.get(..usize::try_from(self.len).ok()?)
    }

    /// Where its bytes lie; behind all others where that cannot be told.
    pub(crate) fn place(&self) -> Range<u64> {
        self.offset..self.offset.saturating_add(self.len)
    }
}
