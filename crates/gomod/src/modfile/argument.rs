//! The arguments of directives, one by one.

use std::sync::Arc;

use super::error::ModFileFault;
use super::quote::parse_string;
use super::{Replace, Retract};
use crate::module;

/// Whether a replacement is a directory rather than a module: rooted, or beginning with `.` or
/// `..`, in the syntax of Unix or of Windows.
pub fn is_directory_path(path: &str) -> bool {
    let drive = |b: &[u8]| b.len() >= 2 && b[0].is_ascii_alphabetic() && b[1] == b':';
    matches!(path, "." | "..")
        || ["./", ".\\", "../", "..\\", "/", "\\"]
            .iter()
            .any(|start| path.starts_with(start))
        || drive(path.as_bytes())
}

/// `1.23`, `1.23.4`, or either followed by something like `rc1`.
///
/// This is the grammar of a line; [`goversion`](crate::goversion) knows what the versions mean.
pub(super) fn is_go_version(version: &str) -> bool {
    let end = version
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(version.len());
    let (front, kind) = version.split_at(end);
    let mut numbers = front.split('.');
    let plain = |n: &str| !n.is_empty() && (n == "0" || !n.starts_with('0'));
    let letters = kind.trim_end_matches(|c: char| c.is_ascii_digit());
    let kind_is_word = kind.is_empty()
        || (letters.len() < kind.len()
            && !letters.is_empty()
            && letters.bytes().all(|b| b.is_ascii_lowercase()));
    matches!(numbers.clone().count(), 2 | 3)
        && !front.starts_with('0')
        && numbers.all(plain)
        && kind_is_word
}

/// What an older file may write instead: with a `v` in front, or with something behind that is not
/// of the form.
pub(super) fn lax_go_version(version: &str) -> Option<&str> {
    let bare = version.strip_prefix('v').unwrap_or(version);
    let dot = bare.find('.')?;
    let minor = bare[dot + 1..]
        .bytes()
        .take_while(u8::is_ascii_digit)
        .count();
    let (front, behind) = bare.split_at(dot + 1 + minor);
    (is_go_version(front) && !behind.is_empty()).then_some(front)
}

/// `default`, or what begins like the name of a Go 1 release.
pub(super) fn is_toolchain(name: &str) -> bool {
    name == "default" || name == "go1" || name.starts_with("go1.")
}

/// How what stands in place of a version is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Versions {
    /// It must be a version, which is made canonical.
    Canonical,
    /// What can be made a version is; all else is a query.
    Lax,
    /// What is no canonical version is a query, as it is for go in a main module.
    Exact,
}

/// Whether this is a version as go writes it, and no question for one.
pub(super) fn is_version(text: &str) -> bool {
    module::canonical_version(text).is_some_and(|canonical| canonical == text)
}

/// A version, or a query where these may be.
pub(super) fn version(word: &str, versions: Versions) -> Result<String, ModFileFault> {
    let text = parse_string(word)?;
    match module::canonical_version(&text) {
        Some(canonical) if versions != Versions::Exact => Ok(canonical),
        None if versions == Versions::Canonical => Err(ModFileFault::Version(text)),
        _ => Ok(text),
    }
}

/// A path and a version that belongs to it.
pub(super) fn path_and_version(
    words: [&str; 2],
    versions: Versions,
) -> Result<(String, String), ModFileFault> {
    let path = parse_string(words[0])?;
    let version = version(words[1], versions)?;
    let (_, path_major) =
        module::split_path_version(&path).ok_or_else(|| ModFileFault::PathMajor(path.clone()))?;
    // Which major number a query leads to is go's to find out.
    if is_version(&version) && !module::match_path_major(&version, path_major) {
        return Err(ModFileFault::MajorMismatch { path, version });
    }
    Ok((path, version))
}

/// The arguments of `replace`.
pub(super) fn replace(words: &[&str], versions: Versions) -> Result<Replace, ModFileFault> {
    const USAGE: ModFileFault =
        ModFileFault::Usage("replace module/path [v1.2.3] => other/module v1.4.0 or ../directory");
    let (old_path, old_version, new) = match words {
        [path, "=>", new @ ..] => (parse_string(path)?, None, new),
        [path, version, "=>", new @ ..] => {
            let (path, version) = path_and_version([path, version], versions)?;
            (path, Some(version), new)
        }
        _ => return Err(USAGE),
    };
    if module::split_path_version(&old_path).is_none() {
        return Err(ModFileFault::PathMajor(old_path));
    }
    let (new_path, new_version) = match new {
        [path] => (parse_string(path)?, None),
        [path, text] => (parse_string(path)?, Some(version(text, versions)?)),
        _ => return Err(USAGE),
    };
    match (is_directory_path(&new_path), &new_version) {
        (true, Some(_)) => Err(ModFileFault::ReplacementDirectory(new_path)),
        (false, None) => Err(ModFileFault::ReplacementVersion(new_path)),
        _ => Ok(Replace {
            old_path,
            old_version,
            new_path,
            new_version,
        }),
    }
}

/// The arguments of `retract`: a version, or two in brackets. What follows them is returned.
pub(super) fn retract<'a, 'b>(
    words: &'b [&'a str],
    rationale: Arc<str>,
) -> Result<(Retract, &'b [&'a str]), ModFileFault> {
    let (low, high, rest) = match words {
        ["[", low, ",", high, "]", rest @ ..] => (low, high, rest),
        [] | ["[" | "(", ..] => return Err(ModFileFault::Interval),
        [only, rest @ ..] => (only, only, rest),
    };
    let retract = Retract {
        low: parse_string(low)?,
        high: parse_string(high)?,
        rationale,
    };
    Ok((retract, rest))
}
