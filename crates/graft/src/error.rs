//! Why a file cannot be an engine, or a graft cannot be written.

use std::io;
use std::path::{Path, PathBuf};

/// Why a file cannot be an engine, or a graft cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each message says what the fields mean")]
pub enum GraftError {
    /// The file is not a program in a form that an operating system loads.
    #[error("not an executable: it starts with \"{start}\"; name a Linux program (ELF)")]
    NotExecutable {
        /// Its first bytes, escaped.
        start: String,
    },

    /// The program is for a platform that this crate does not write.
    #[error(
        "not supported for this platform: {found}; use an engine for Linux on x86-64 or aarch64"
    )]
    Unsupported {
        /// What the file is instead.
        found: String,
    },

    /// The file ends before a part that its headers promise.
    #[error(
        "cut short: {part} ends at byte {end}, but the file has {len}; copy or download it again"
    )]
    CutShort {
        /// The part that is missing, at least in part.
        part: &'static str,
        /// Where that part should end, in bytes from the start of the file.
        end: u64,
        /// The length that the file has, in bytes.
        len: u64,
    },

    /// The program header table is not one that a linker writes.
    #[error("malformed program header table: {reason}; link the engine again")]
    Malformed { reason: String },

    /// The table has no entry to spare.
    ///
    /// Taken is the last `PT_NOTE` that is not aligned to 8, which holds the build id and the
    /// oldest kernel that the C library supports; the loaders read neither, and both stay in the
    /// file for tools that go by sections. Notes aligned to 8 hold `.note.gnu.property`, which says
    /// for which processor protections (CET, BTI) the program was built ([Linux gABI extensions]).
    /// The loaders prefer `PT_GNU_PROPERTY` to it, so when that exists, such a note may go as well.
    ///
    /// [Linux gABI extensions]: https://gitlab.com/x86-psABIs/Linux-ABI
    #[error(
        "no program header to spare: there is no PT_NOTE entry; link the engine with -Wl,--build-id"
    )]
    NoNote,

    /// The file says that it is grafted, but its parts do not fit together.
    #[error("damaged graft: {reason}; graft again from the original engine")]
    Damaged { reason: String },

    /// The archive is longer than the address space of every supported machine has room for.
    #[error("archive too large: {len} bytes, the most is {max}; split it")]
    ArchiveTooLarge {
        len: u64,
        /// The longest possible archive in bytes, [`MAX_ARCHIVE_LEN`](crate::MAX_ARCHIVE_LEN).
        max: u64,
    },

    /// The file to write to has content, and might be the engine itself.
    #[error("output is not empty: it has {len} bytes; give a new file")]
    OutputNotEmpty { len: u64 },

    /// The operating system, or the function that writes the archive, failed.
    #[error("cannot {doing}: {error}")]
    Io {
        /// What was being done, as in "cannot …".
        doing: &'static str,
        error: io::Error,
    },

    /// Any of the others, about a file with a name.
    #[error("{path:?}: {error}")]
    In {
        path: PathBuf,
        error: Box<GraftError>,
    },
}

impl GraftError {
    /// For `map_err`: the same error, with what was being done.
    pub(crate) fn io(doing: &'static str) -> impl Fn(io::Error) -> GraftError {
        move |error| GraftError::Io { doing, error }
    }

    /// For `map_err`: the same error, with the file that it is about.
    pub(crate) fn about(path: &Path) -> impl Fn(GraftError) -> GraftError {
        move |error| GraftError::In {
            path: path.to_owned(),
            error: Box::new(error),
        }
    }

    /// A broken rule of the program header table.
    pub(crate) fn malformed(reason: impl Into<String>) -> GraftError {
        GraftError::Malformed {
            reason: reason.into(),
        }
    }

    /// Parts of a graft that do not fit together.
    pub(crate) fn damaged(reason: impl Into<String>) -> GraftError {
        GraftError::Damaged {
            reason: reason.into(),
        }
    }
}
