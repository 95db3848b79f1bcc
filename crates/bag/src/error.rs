//! Why an archive cannot be read.

use std::fmt::Display;

/// Why an archive cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It is no zip, or a damaged one.
    #[error("the bag is damaged: {0}")]
    Damaged(String),
    /// It was written by a program that knows more than this one.
    #[error("the bag has format {0}, this gobag reads up to {1}; use a newer gobag")]
    Newer(u32, u32),
}

/// What a damaged archive is refused with.
pub(crate) fn damaged(what: impl Display) -> ArchiveError {
    ArchiveError::Damaged(what.to_string())
}
