//! Module paths and versions: what they may be, how they belong together, and how they are spelled
//! in URLs and on disk.
//!
//! Specification: <https://go.dev/ref/mod#module-path> and
//! <https://pkg.go.dev/golang.org/x/mod/module>.

mod path;
mod major;
mod escape;
mod pattern;

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

pub use escape::{escape, escape_path, escape_version, unescape, unescape_path, unescape_version};
pub(crate) use major::{match_path_major, split_path_version};
pub use path::{PathFault, check_path};
pub(crate) use path::{clean, file_path_fault};
pub use pattern::match_prefix_patterns;

use crate::semver;

/// A path, a version or an escaped form that breaks the rules.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "each message says what the fields mean")]
pub enum ModuleError {
    /// A module path that is not allowed.
    #[error("malformed module path {path:?}: {fault}")]
    Path { path: String, fault: PathFault },
    /// Not a semantic version.
    #[error("{path}@{version}: {version:?} is not a semantic version, use the form v1.2.3")]
    NotSemantic { path: String, version: String },
    /// A semantic version that is not written the canonical way.
    #[error("{path}@{version}: version {version:?} is not canonical, use {canonical:?}")]
    NotCanonical {
        path: String,
        version: String,
        canonical: String,
    },
    /// The version's major number is not the one that the path demands.
    #[error("{path}@{version}: version {version:?} should be {want}, as the path says")]
    MajorMismatch {
        path: String,
        version: String,
        /// `v0 or v1`, or the major version that the path ends in.
        want: String,
    },
    /// A version that cannot be a file name, or that has a `!`.
    #[error("version {0:?} cannot be escaped")]
    Unescapable(String),
    /// An escaped path or version that no path or version is escaped to.
    #[error("{0:?} is not an escaped path or version")]
    Escaped(String),
    /// Text that is not of the form `path@version`.
    #[error("{0:?} is not of the form path@version")]
    NotPathAtVersion(String),
}

/// Checks that path and version are legal and belong together.
///
/// # Errors
/// `path` is no module path, `version` is not canonical, or its major number is not the one that
/// the path ends in.
pub fn check(path: &str, version: &str) -> Result<(), ModuleError> {
    check_path(path)?;
    let owned = || (path.to_owned(), version.to_owned());
    let Some(canonical) = canonical_version(version) else {
        let (path, version) = owned();
        return Err(ModuleError::NotSemantic { path, version });
    };
    if canonical != version {
        let (path, version) = owned();
        return Err(ModuleError::NotCanonical {
            path,
            version,
            canonical,
        });
    }
    let path_major = split_path_version(path).map_or("", |(_, path_major)| path_major);
    if !match_path_major(version, path_major) {
        let want = major::path_major_prefix(path_major).filter(|want| !want.is_empty());
        let (path, version) = owned();
        return Err(ModuleError::MajorMismatch {
            path,
            version,
            want: want.unwrap_or("v0 or v1").to_owned(),
        });
    }
    Ok(())
}

/// `v` as a module version is written: [`semver::canonical`] with `+incompatible` kept; none if `v`
/// is invalid.
pub(crate) fn canonical_version(v: &str) -> Option<String> {
    let mut canonical = semver::canonical(v)?;
    if semver::build(v) == Some("+incompatible") {
        canonical.push_str("+incompatible");
    }
    Some(canonical)
}

/// A module at a version: both legal, and the version canonical and of the path's major number.
///
/// Printed and parsed as `path@version`; ordered by path, then by semantic version.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ModuleVersion {
    /// The path, unescaped: `github.com/BurntSushi/toml`.
    pub path: String,
    /// The version, unescaped: `v1.2.3`.
    pub version: String,
}

impl ModuleVersion {
    /// A module at a version.
    ///
    /// # Errors
    /// As [`check`].
    pub fn new(
        path: impl Into<String>,
        version: impl Into<String>,
    ) -> Result<ModuleVersion, ModuleError> {
        let (path, version) = (path.into(), version.into());
        check(&path, &version)?;
        Ok(ModuleVersion { path, version })
    }

    /// The path as it stands in URLs and on disk: `github.com/!burnt!sushi/toml`.
    pub fn escaped_path(&self) -> String {
        escape::escape_upper(&self.path)
    }

    /// The version as it stands in URLs and on disk.
    pub fn escaped_version(&self) -> String {
        escape::escape_upper(&self.version)
    }

    /// What a proxy's URLs for this version begin with, up to the extension:
    /// `escaped/path/@v/escaped-version`.
    pub fn escaped(&self) -> String {
        format!("{}/@v/{}", self.escaped_path(), self.escaped_version())
    }

    /// What every name in the module's zip begins with: `path@version/`, not escaped.
    pub(crate) fn zip_prefix(&self) -> String {
        format!("{self}/")
    }
}

impl fmt::Display for ModuleVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.path, self.version)
    }
}

impl FromStr for ModuleVersion {
    type Err = ModuleError;

    fn from_str(text: &str) -> Result<ModuleVersion, ModuleError> {
        let (path, version) = text
            .split_once('@')
            .ok_or_else(|| ModuleError::NotPathAtVersion(text.to_owned()))?;
        ModuleVersion::new(path, version)
    }
}

impl Ord for ModuleVersion {
    fn cmp(&self, other: &ModuleVersion) -> Ordering {
        self.path
            .cmp(&other.path)
            .then_with(|| semver::compare_total(&self.version, &other.version))
    }
}

impl PartialOrd for ModuleVersion {
    fn partial_cmp(&self, other: &ModuleVersion) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_path_and_version_together() {
        for (path, version, want) in [
            ("example.com/m", "v0.1.0", ""),
            ("example.com/m", "v1.2.3-pre", ""),
            ("example.com/m", "v2.0.0+incompatible", ""),
            ("example.com/m/v2", "v2.0.0", ""),
            ("gopkg.in/yaml.v2", "v2.2.1", ""),
            ("gopkg.in/yaml.v0", "v0.2.1", ""),
            ("gopkg.in/yaml.v2-unstable", "v2.2.1", ""),
            ("gopkg.in/check.v1", "v1.0.0", ""),
            (
                "gopkg.in/check.v1",
                "v0.0.0-20161208181325-20d25e280405",
                "",
            ),
            (
                "example.com/m",
                "v2.0.0",
                "example.com/m@v2.0.0: version \"v2.0.0\" should be v0 or v1, as the path says",
            ),
            (
                "example.com/m/v2",
                "v1.0.0",
                "example.com/m/v2@v1.0.0: version \"v1.0.0\" should be v2, as the path says",
            ),
            (
                "gopkg.in/yaml.v2-unstable",
                "v1.0.0",
                "gopkg.in/yaml.v2-unstable@v1.0.0: version \"v1.0.0\" should be v2, as the path says",
            ),
            (
                "example.com/m",
                "v1.2",
                "example.com/m@v1.2: version \"v1.2\" is not canonical, use \"v1.2.0\"",
            ),
            (
                "example.com/m",
                "v1.2.3+meta",
                "example.com/m@v1.2.3+meta: version \"v1.2.3+meta\" is not canonical, use \"v1.2.3\"",
            ),
            (
                "example.com/m",
                "main",
                "example.com/m@main: \"main\" is not a semantic version, use the form v1.2.3",
            ),
            (
                "EXAMPLE.com/m",
                "v1.0.0",
                "malformed module path \"EXAMPLE.com/m\": invalid character 'E' in the first element",
            ),
        ] {
            let got = check(path, version).map_or_else(|e| e.to_string(), |()| String::new());
            assert_eq!(got, want);
        }
    }

    #[test]
    fn prints_what_it_parses() {
        let m: ModuleVersion = "github.com/BurntSushi/toml@v1.0.0-RC1".parse().unwrap();
        assert_eq!(m.to_string(), "github.com/BurntSushi/toml@v1.0.0-RC1");
        assert_eq!(m.escaped(), "github.com/!burnt!sushi/toml/@v/v1.0.0-!r!c1");
        assert_eq!(m.zip_prefix(), "github.com/BurntSushi/toml@v1.0.0-RC1/");
        for text in [
            "",
            "example.com/m",
            "@v1.0.0",
            "example.com/m@",
            "example.com/m@v1.0.0@v1.0.0",
        ] {
            assert!(text.parse::<ModuleVersion>().is_err(), "{text}");
        }
    }

    #[test]
    fn sorts_by_path_and_then_by_semantic_version() {
        let rising = [
            "example.com/a@v1.9.0",
            "example.com/a@v1.10.0",
            "example.com/a@v2.0.0+incompatible",
            "example.com/b@v0.1.0",
        ];
        let mut parsed: Vec<ModuleVersion> =
            rising.iter().rev().map(|t| t.parse().unwrap()).collect();
        parsed.sort();
        let printed: Vec<String> = parsed.iter().map(ModuleVersion::to_string).collect();
        assert_eq!(printed, rising);
    }
}
