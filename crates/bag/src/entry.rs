//! An entry: where an answer lies in an archive.

/// One answer, or what lies beside them: where its bytes lie in the archive, and its SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The SHA-256 of the answer, as the archive records it.
    pub sha256: [u8; 32],
    /// True for the zip of a module that keeps Go's rules, by the manifest.
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
