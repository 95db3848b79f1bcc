//! What can be wrong with a module zip, or with files that are to become one.

use std::{fmt, io};

use super::{MAX_CONTENT_BYTES, MAX_GO_MOD_BYTES, MAX_ZIP_BYTES};
use crate::module::{ModuleError, PathFault};

/// A rule that is broken, and where. Printed with the remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZipFault {
    /// The entry's name or the file's path; none if it is the whole that is wrong.
    pub entry: Option<String>,
    /// The rule.
    pub rule: ZipRule,
}

impl ZipFault {
    pub(super) fn of_entry(entry: impl Into<String>, rule: ZipRule) -> ZipFault {
        ZipFault {
            entry: Some(entry.into()),
            rule,
        }
    }

    pub(super) fn of_whole(rule: ZipRule) -> ZipFault {
        ZipFault { entry: None, rule }
    }
}

impl fmt::Display for ZipFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(entry) = &self.entry {
            write!(f, "entry {entry:?}: ")?;
        }
        write!(f, "{}; {}", self.rule, self.rule.remedy())
    }
}

impl std::error::Error for ZipFault {}

/// A rule of module zips that is broken: <https://go.dev/ref/mod#zip-path-size-constraints>.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ZipRule {
    /// The module cannot have a zip.
    #[error("{0}")]
    Module(ModuleError),
    /// The zip is larger than 500 MiB.
    #[error("the zip has {0} bytes, more than {MAX_ZIP_BYTES}")]
    ZipSize(u64),
    /// The files together are larger than 500 MiB.
    #[error("the files have more than {MAX_CONTENT_BYTES} bytes together")]
    ContentSize,
    /// More files and directories than this many, or longer names than are read. This limit is not Go's.
    #[error("there are more than {0} files and directories, or their names are too long")]
    Entries(usize),
    /// The entries' data are larger than the zip, so they overlap or are not there. This limit is
    /// not Go's: it bounds the time that a hostile zip can take.
    #[error("entries overlap or reach beyond the end")]
    Overlap,
    /// There is no central directory, or it is damaged.
    #[error("not a zip: {0}")]
    NotAZip(&'static str),
    /// The name does not begin with `path@version/`.
    #[error("the name does not begin with {0:?}")]
    Prefix(String),
    /// The name is not UTF-8; it is shown with replacement characters.
    #[error("the name is not UTF-8")]
    NotUtf8,
    /// The path has `.`, `..`, double slashes or a slash at its end.
    #[error("the path is not clean")]
    NotClean,
    /// The path begins with a slash.
    #[error("the path is not relative")]
    NotRelative,
    /// The path is not legal.
    #[error("{0}")]
    Path(PathFault),
    /// The name is longer than the format allows.
    #[error("the name is longer than 65535 bytes")]
    NameLength,
    /// Two names of files or directories that differ in case only.
    #[error("{path:?} differs from {other:?} in case only")]
    CaseCollision {
        /// The path of the entry, or the directory of it that collides.
        path: String,
        /// The path that came before.
        other: String,
    },
    /// One path is both a file and a directory.
    #[error("{0:?} is both a file and a directory")]
    FileAndDirectory(String),
    /// Two entries of one name.
    #[error("the file is there twice")]
    Duplicate,
    /// A `go.mod` that is not at the root.
    #[error("go.mod is not at the root of the module")]
    GoModPlace,
    /// A `go.mod` that is not written in lower case.
    #[error("go.mod is not written in lower case")]
    GoModCase,
    /// The `go.mod` at the root is larger than 16 MiB.
    #[error("go.mod has {0} bytes, more than {MAX_GO_MOD_BYTES}")]
    GoModSize(u64),
    /// The `LICENSE` at the root is larger than 16 MiB.
    #[error("LICENSE has {0} bytes, more than {MAX_GO_MOD_BYTES}")]
    LicenseSize(u64),
    /// A compression method that Go does not know.
    #[error("compression method {0} is neither store (0) nor deflate (8)")]
    Method(u16),
    /// There is no entry where the directory says.
    #[error("there is no entry where the directory says")]
    LocalHeader,
    /// A directory that has content.
    #[error("the entry is a directory but has content")]
    DirectoryContent,
    /// More content than the directory says.
    #[error("the content is longer than the {0} bytes that the directory says")]
    TooLong(u64),
    /// Less content than the directory says.
    #[error("the content is shorter than the {0} bytes that the directory says, or cut off")]
    TooShort(u64),
    /// The content cannot be decompressed.
    #[error("the content is not a deflate stream")]
    Corrupt,
    /// The content is not what was packed.
    #[error("the checksum of the content is wrong")]
    Checksum,
    /// The zip or a file cannot be read.
    #[error("cannot be read: {0}")]
    Read(String),
}

/// The rule that was found broken in reading, or that reading failed.
impl From<io::Error> for ZipRule {
    fn from(e: io::Error) -> ZipRule {
        e.downcast()
            .unwrap_or_else(|e| ZipRule::Read(e.to_string()))
    }
}

impl ZipRule {
    /// What to do about it, in a few words.
    pub fn remedy(&self) -> &'static str {
        match self {
            ZipRule::Module(_) => "correct the path or the version",
            ZipRule::ZipSize(_) | ZipRule::ContentSize | ZipRule::Entries(_) => {
                "split the module or leave files out"
            }
            ZipRule::NotAZip(_)
            | ZipRule::LocalHeader
            | ZipRule::TooLong(_)
            | ZipRule::TooShort(_)
            | ZipRule::Corrupt
            | ZipRule::Checksum
            | ZipRule::Overlap => "fetch the zip again",
            ZipRule::Prefix(_) => "pack all files below path@version/",
            ZipRule::NotUtf8 | ZipRule::Path(_) | ZipRule::NameLength => "rename the file",
            ZipRule::NotClean | ZipRule::NotRelative => {
                "name the file by its shortest path below the module's root"
            }
            ZipRule::CaseCollision { .. } | ZipRule::FileAndDirectory(_) => "rename one of the two",
            ZipRule::Duplicate => "remove one of the two",
            ZipRule::GoModPlace => "leave out directories that are modules of their own",
            ZipRule::GoModCase => "rename the file to go.mod",
            ZipRule::GoModSize(_) | ZipRule::LicenseSize(_) => "shorten the file",
            ZipRule::Method(_) => "pack the zip again with deflate",
            ZipRule::DirectoryContent => "pack the zip again without directories",
            ZipRule::Read(_) => "check the permissions and the disk",
        }
    }
}
