//! `go.mod` and `go.work` files.
//!
//! A file is a list of lines, each a verb and its arguments; lines of one verb may share a block in
//! parentheses. What follows `//` is a comment. Arguments with special characters stand in double
//! quotes. Lines end in LF or CRLF; a byte order mark is an error, as it is for Go. Bytes that are
//! not UTF-8 are read as U+FFFD.
//!
//! Specification: <https://go.dev/ref/mod#go-mod-file>, <https://go.dev/ref/mod#go-work-file>. One
//! thing differs from it on purpose: Go itself refuses strings in backquotes, and so does this.

mod lex;
mod syntax;
mod comment;
mod quote;
mod argument;
mod directive;
mod work;
mod error;

use std::sync::Arc;

pub use argument::is_directory_path;
pub use error::{ModFileError, ModFileFault};
pub use quote::auto_quote;
pub use work::{WorkFile, cleaned};

/// What a `go.mod` file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModFile {
    /// The module's path, not checked.
    pub module: Option<String>,
    /// The Go version: `1.21`, `1.22rc1`, `1.23.4`.
    pub go: Option<String>,
    /// The name of the suggested toolchain: `go1.23.4` or `default`.
    pub toolchain: Option<String>,
    /// The required versions, in the order of the file.
    pub require: Vec<Require>,
    /// What stands in for other modules; counts in a main module only.
    pub replace: Vec<Replace>,
    /// Versions that are not to be used; counts in a main module only.
    pub exclude: Vec<Exclude>,
    /// Versions that the author has withdrawn.
    pub retract: Vec<Retract>,
    /// The message of the module's `Deprecated:` comment.
    pub deprecated: Option<String>,
    /// The packages that are tools; counts in a main module only.
    pub tool: Vec<String>,
    /// The directories that package patterns skip.
    pub ignore: Vec<String>,
}

/// A required module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Require {
    /// The module's path, not checked but for its major version.
    pub path: String,
    /// The version, canonical; or, until go has written one down, the question for it (see
    /// [`ModFile::queries`]).
    pub version: String,
    /// Whether the line carries the comment `// indirect`.
    pub indirect: bool,
}

/// An excluded version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exclude {
    /// The module's path, not checked but for its major version.
    pub path: String,
    /// The version, canonical; or the question for it (see [`ModFile::queries`]).
    pub version: String,
}

/// A replaced module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replace {
    /// The path of what is replaced.
    pub old_path: String,
    /// The version that is replaced; none means all.
    pub old_version: Option<String>,
    /// The replacement's path: of a directory if there is no version.
    pub new_path: String,
    /// The replacement's version.
    pub new_version: Option<String>,
}

/// Withdrawn versions: from `low` to `high`, both included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retract {
    /// The lowest one, as the file spells it.
    pub low: String,
    /// The highest one, as the file spells it.
    pub high: String,
    /// The reason, from the comment; empty if there is none. The lines of a block share what stands
    /// above it.
    pub rationale: Arc<str>,
}

impl Require {
    /// Whether go has yet to find the version (see [`ModFile::queries`]).
    pub fn is_query(&self) -> bool {
        !argument::is_version(&self.version)
    }
}

impl ModFile {
    /// Reads the `go.mod` of a dependency, as Go does for every module but the main one: unknown
    /// directives are skipped, and so is what counts in a main module only (`toolchain`, `replace`,
    /// `exclude`, `tool`) where it is malformed. What is required may be a query, which Go takes in
    /// a main module alone: what becomes of it is Go's to say.
    ///
    /// # Errors
    /// The file cannot be split into lines, or a `module`, `go`, `require` or `ignore` line is
    /// malformed; the first of them is told.
    pub fn parse(text: &[u8]) -> Result<ModFile, ModFileError> {
        directive::parse(text, directive::Strictness::Lax)
    }

    /// Reads the `go.mod` of a main module. In place of a version there may be a query, such as
    /// `latest`, `v1.2` or a branch: [`ModFile::queries`] tells them.
    ///
    /// # Errors
    /// The first line that is unknown or malformed.
    pub fn parse_strict(text: &[u8]) -> Result<ModFile, ModFileError> {
        directive::parse(text, directive::Strictness::Strict)
    }

    /// The questions that stand in place of versions, each with its module: in `require`, `replace`
    /// and `exclude` lines. Go answers them and writes the answers down when it may change the file
    /// (`go mod tidy`, `-mod=mod`); until then it builds nothing.
    pub fn queries(&self) -> impl Iterator<Item = (&str, &str)> {
        let required = self.require.iter().map(|r| (&r.path, &r.version));
        let excluded = self.exclude.iter().map(|e| (&e.path, &e.version));
        let replaced = self.replace.iter().flat_map(|r| {
            let old = r.old_version.iter().map(|v| (&r.old_path, v));
            old.chain(r.new_version.iter().map(|v| (&r.new_path, v)))
        });
        let all = required.chain(excluded).chain(replaced);
        let queries = all.filter(|(_, version)| !argument::is_version(version));
        queries.map(|(path, version)| (path.as_str(), version.as_str()))
    }
}

#[cfg(test)]
mod tests;
