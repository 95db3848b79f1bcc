//! The spelling for file systems and URLs that fold case: each upper-case letter becomes `!` and
//! the lower-case one.
//!
//! The mapping is one to one: what unescapes to a path is the escaped form of that path and of no
//! other.

use super::path::{PathKind, check_element};
use super::{ModuleError, check_path};

/// `github.com/!burnt!sushi/toml` of `github.com/BurntSushi/toml`.
///
/// # Errors
/// The path is no module path.
pub fn escape_path(path: &str) -> Result<String, ModuleError> {
    check_path(path)?;
    Ok(escape_upper(path))
}

/// As [`escape_path`], of any path that [`unescape`] returned: Go may refuse it.
pub fn escape(path: &str) -> String {
    escape_upper(path)
}

/// `v1.0.0-!r!c1` of `v1.0.0-RC1`. The version may be any query, such as a branch.
///
/// # Errors
/// It cannot be the name of a file, has a `!` or is not ASCII.
pub fn escape_version(version: &str) -> Result<String, ModuleError> {
    let legal = check_element(version, PathKind::File).is_ok()
        && version.is_ascii()
        && !version.contains('!');
    if !legal {
        return Err(ModuleError::Unescapable(version.to_owned()));
    }
    Ok(escape_upper(version))
}

/// Undoes [`escape_path`].
///
/// # Errors
/// There is an upper-case letter, or a `!` that no lower-case letter follows, or the result is no
/// module path.
pub fn unescape_path(escaped: &str) -> Result<String, ModuleError> {
    let path = unescape(escaped)?;
    check_path(&path)?;
    Ok(path)
}

/// Undoes [`escape_version`].
///
/// # Errors
/// There is an upper-case letter, or a `!` that no lower-case letter follows, or the result cannot
/// be the name of a file.
pub fn unescape_version(escaped: &str) -> Result<String, ModuleError> {
    let version = unescape(escaped)?;
    check_element(&version, PathKind::File)
        .map_err(|_| ModuleError::Escaped(escaped.to_owned()))?;
    Ok(version)
}

pub(super) fn escape_upper(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_uppercase() {
            escaped.push('!');
        }
        escaped.push(c.to_ascii_lowercase());
    }
    escaped
}

/// As [`unescape_path`], where Go may refuse the path.
///
/// # Errors
/// There is an upper-case letter, or a `!` that no lower-case letter follows.
pub fn unescape(escaped: &str) -> Result<String, ModuleError> {
    let mut text = String::with_capacity(escaped.len());
    let mut chars = escaped.chars();
    while let Some(c) = chars.next() {
        let plain = match c {
            '!' => chars
                .next()
                .filter(char::is_ascii_lowercase)
                .map(|c| c.to_ascii_uppercase()),
            _ => (c.is_ascii() && !c.is_ascii_uppercase()).then_some(c),
        };
        text.push(plain.ok_or_else(|| ModuleError::Escaped(escaped.to_owned()))?);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_unescapes_paths() {
        for (path, escaped) in [
            (
                "ascii.com/abcdefghijklmnopqrstuvwxyz.-~_0123456789",
                "ascii.com/abcdefghijklmnopqrstuvwxyz.-~_0123456789",
            ),
            (
                "github.com/GoogleCloudPlatform/omega",
                "github.com/!google!cloud!platform/omega",
            ),
            ("rsc.io/CGO", "rsc.io/!c!g!o"),
        ] {
            assert_eq!(escape_path(path).unwrap(), escaped);
            assert_eq!(unescape_path(escaped).unwrap(), path);
        }
    }

    #[test]
    fn escapes_and_unescapes_versions() {
        for (version, escaped) in [
            ("v1.2.3-alpha", "v1.2.3-alpha"),
            ("v1.5.3-PRE", "v1.5.3-!p!r!e"),
            ("v2.0.0+incompatible", "v2.0.0+incompatible"),
            ("main", "main"),
            ("a b", "a b"),
        ] {
            assert_eq!(escape_version(version).unwrap(), escaped);
            assert_eq!(unescape_version(escaped).unwrap(), version);
        }
    }

    #[test]
    fn refuses_escapes_that_nothing_escapes_to() {
        for escaped in [
            "rsc.io/CGO",
            "rsc.io/!",
            "rsc.io/!!a",
            "rsc.io/!C",
            "rsc.io/!1",
            "rsc.io/é",
            "!rsc.io/x",
            "rsc.io/..",
            "rsc.io/a b",
            "rsc.io/x/",
            "",
        ] {
            assert!(unescape_path(escaped).is_err(), "{escaped:?}");
        }
        for escaped in [
            "v1.0.0-PRE",
            "v1!",
            "v1!!a",
            "..",
            "",
            "a/b",
            "a\\b",
            "nul",
            "a\0",
            "é",
            "v1.",
        ] {
            assert!(unescape_version(escaped).is_err(), "{escaped:?}");
        }
        for version in ["feature/x", "a!b", "é", "..", "", "con"] {
            assert!(escape_version(version).is_err(), "{version:?}");
        }
    }
}
