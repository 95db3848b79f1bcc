//! What can be wrong with a `go.mod` or `go.work` file.

/// The first mistake in a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {fault}")]
pub struct ModFileError {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong.
    pub fault: ModFileFault,
}

/// A mistake in a `go.mod` or `go.work` file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "each message says what the variant means")]
pub enum ModFileFault {
    #[error("unexpected character {0:?}")]
    Character(char),
    #[error("comments begin with //, not with /*")]
    BlockComment,
    #[error("string without closing quote")]
    UnterminatedString,
    #[error("block without closing parenthesis")]
    UnterminatedBlock,
    #[error("something follows a closing parenthesis, begin a new line")]
    AfterBlock,
    #[error("unknown directive {0:?}")]
    UnknownDirective(String),
    #[error("directive {0:?} cannot have a block")]
    UnknownBlock(String),
    #[error("second {0} line, remove one")]
    Repeated(&'static str),
    #[error("wrong number of arguments, use {0}")]
    Usage(&'static str),
    #[error("Go version {0:?} is not of the form 1.23.0")]
    GoVersion(String),
    #[error("toolchain {0:?} is not of the form go1.23.0")]
    Toolchain(String),
    #[error("malformed string {0:?}, only double quotes are strings")]
    Quote(String),
    #[error("version {0:?} is not of the form v1.2.3")]
    Version(String),
    #[error("module path {0:?} ends in an invalid major version")]
    PathMajor(String),
    #[error("version {version:?} is not one of module {path:?}")]
    MajorMismatch { path: String, version: String },
    #[error(
        "replacement {0:?} without a version must be a directory, beginning with ./ or ../ or /"
    )]
    ReplacementVersion(String),
    #[error("replacement directory {0:?} cannot have a version")]
    ReplacementDirectory(String),
    #[error("malformed interval of versions, use [v1.0.0, v1.2.3]")]
    Interval,
}

impl ModFileFault {
    pub(super) fn at(self, line: usize) -> ModFileError {
        ModFileError { line, fault: self }
    }
}
