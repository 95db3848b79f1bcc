//! Go versions, as in `go` lines and in the names of toolchains.
//!
//! `1.21` is the version of the language, `1.21rc1` and `1.21.0` are releases that have it. Before
//! 1.21 the name of the first release was that of the language: `1.20` is `1.20.0`.
//!
//! Specification: <https://go.dev/doc/toolchain#version>, and Go's own parser, `internal/gover`.

use std::cmp::Ordering;

use crate::semver::{compare_numbers, split_number};

/// The parts of a version; each is a slice of the text that was parsed.
struct Parts<'a> {
    major: &'a str,
    minor: &'a str,
    /// Empty for a language version and for what comes before the first release.
    patch: &'a str,
    /// `rc` of `1.21rc2`, or empty.
    kind: &'a str,
    /// `2` of `1.21rc2`, or empty.
    pre: &'a str,
}

/// The order of age: `1.21` < `1.21rc1` < `1.21.0` < `1.21.1`. An invalid version is less than
/// every valid one and equal to every other invalid one.
pub fn compare(a: &str, b: &str) -> Ordering {
    match (parse(a), parse(b)) {
        (Some(a), Some(b)) => compare_numbers(a.major, b.major)
            .then_with(|| compare_numbers(a.minor, b.minor))
            .then_with(|| compare_numbers(a.patch, b.patch))
            .then_with(|| a.kind.cmp(b.kind))
            .then_with(|| compare_numbers(a.pre, b.pre)),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

/// `1.26.8` of the toolchain `go1.26.8`. A suffix such as `-custom` or ` X:boringcrypto` does not
/// count; none for a development version.
pub fn of_toolchain(name: &str) -> Option<&str> {
    let version = name.strip_prefix("go")?.split(['-', ' ', '\t']).next()?;
    parse(version).map(|_| version)
}

/// The toolchain that go gets for a version: for a language version its first release.
pub fn toolchain(version: &str) -> String {
    let language = parse(version).is_some_and(|p| p.patch.is_empty() && p.kind.is_empty());
    format!("go{version}{}", if language { ".0" } else { "" })
}

fn parse(version: &str) -> Option<Parts<'_>> {
    let (major, rest) = split_number(version)?;
    let mut parts = Parts {
        major,
        minor: "0",
        patch: "0",
        kind: "",
        pre: "",
    };
    if rest.is_empty() {
        return Some(parts);
    }
    let (minor, rest) = split_number(rest.strip_prefix('.')?)?;
    parts.minor = minor;
    if rest.is_empty() {
        if compare_numbers(minor, "21").is_ge() {
            parts.patch = "";
        }
        return Some(parts);
    }
    if let Some(rest) = rest.strip_prefix('.') {
        let (patch, rest) = split_number(rest)?;
        parts.patch = patch;
        // There are release candidates of 1.24, but none of 1.24.1.
        return rest.is_empty().then_some(parts);
    }
    parts.patch = "";
    let letters = rest.bytes().take_while(u8::is_ascii_lowercase).count();
    (parts.kind, parts.pre) = rest.split_at(letters);
    let is_number = |text| split_number(text).is_some_and(|(_, rest)| rest.is_empty());
    (letters > 0 && (parts.pre.is_empty() || is_number(parts.pre))).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_versions_as_go_does() {
        let rising = "nonsense 1 1.9beta1 1.9 1.16 1.20beta1 1.20rc1 1.20 1.20.1 1.21 1.21beta1 \
            1.21rc1 1.21rc2 1.21rc10 1.21.0 1.21.3 1.21.10 1.27 1.27rc2 1.27rc10 1.27.0 1.100 2.0 \
            99999999999999999999.1";
        let rising: Vec<&str> = rising.split(' ').collect();
        for (i, a) in rising.iter().enumerate() {
            for (j, b) in rising.iter().enumerate() {
                assert_eq!(compare(a, b), i.cmp(&j), "{a} {b}");
            }
        }
        for (a, b) in [("1.20", "1.20.0"), ("1", "1.0"), ("1", "1.0.0"), ("x", "")] {
            assert_eq!(compare(a, b), Ordering::Equal, "{a} {b}");
        }
    }

    #[test]
    fn refuses_what_go_refuses() {
        let refused = "|go1.21|v1.21|1.|1.21.|01.21|1.021|1.21.00|1.21.0.0|1.21.0rc1|1rc1|1.21-rc1|\
            1.21RC1|1.21rc01|1.21rc1x|1.21 |+1.21";
        for version in refused.split('|') {
            assert_eq!(compare(version, "nonsense"), Ordering::Equal, "{version:?}");
        }
    }

    #[test]
    fn names_toolchains_by_version() {
        for (version, want) in [
            ("1.20", "go1.20"),
            ("1.28", "go1.28.0"),
            ("1.28rc1", "go1.28rc1"),
            ("1.27.3", "go1.27.3"),
        ] {
            assert_eq!(toolchain(version), want);
        }
        for (name, want) in [
            ("go1.26.8", Some("1.26.8")),
            ("go1.27rc2", Some("1.27rc2")),
            ("go1.26.8 X:boringcrypto", Some("1.26.8")),
            ("go1.21.1-custom", Some("1.21.1")),
            ("devel go1.27-abcdef", None),
            ("default", None),
        ] {
            assert_eq!(of_toolchain(name), want, "{name}");
        }
    }
}
