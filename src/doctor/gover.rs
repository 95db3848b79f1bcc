//! Go versions, as in `go` lines and in the names of toolchains, and how they compare
//! (go.dev/doc/toolchain#version).

use std::cmp::Ordering;

/// Compares two versions: `1.21` < `1.21rc1` < `1.21.0` < `1.21.1`. What is no version is less
/// than everything else. Before 1.21, `1.20` was the name of the first release: `1.20.0`.
pub fn compare(a: &str, b: &str) -> Ordering {
    parse(a).cmp(&parse(b))
}

/// `go1.26.8` → `1.26.8`. A suffix such as `-custom` or ` X:boringcrypto` does not count; none
/// for a development version.
pub fn of_toolchain(name: &str) -> Option<&str> {
    let version = name.strip_prefix("go")?;
    let end = version.find(['-', ' ']).unwrap_or(version.len());
    let version = &version[..end];
    parse(version).is_some().then_some(version)
}

/// The toolchain that go gets for a version: for a language version its first release.
pub fn toolchain(version: &str) -> String {
    let language = matches!(parse(version), Some((_, _, None, "", 0)));
    format!("go{version}{}", if language { ".0" } else { "" })
}

/// Whether a file with this `go` line lists all modules that its packages need: 1.17 or newer.
pub fn is_pruned(go: Option<&str>) -> bool {
    go.is_some_and(|go| compare(go, "1.17").is_ge())
}

type Parts<'a> = (u64, u64, Option<u64>, &'a str, u64);

fn parse(version: &str) -> Option<Parts<'_>> {
    let letters = version.find(|c: char| c.is_ascii_lowercase());
    let (numbers, pre) = version.split_at(letters.unwrap_or(version.len()));
    let digits = pre.find(|c: char| c.is_ascii_digit()).unwrap_or(pre.len());
    let (kind, pre) = pre.split_at(digits);
    let mut numbers = numbers.split('.').map(|n| n.parse().ok());
    let major = numbers.next()??;
    let minor = numbers.next().unwrap_or(Some(0))?;
    let patch = match numbers.next() {
        None if (major, minor) < (1, 21) && kind.is_empty() => Some(0),
        None => None,
        Some(patch) => Some(patch?),
    };
    let pre = if pre.is_empty() { 0 } else { pre.parse().ok()? };
    numbers
        .next()
        .is_none()
        .then_some((major, minor, patch, kind, pre))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_rise_as_go_has_it() {
        let rising = [
            "nonsense", "1.9", "1.16", "1.20rc1", "1.20", "1.20.1", "1.21", "1.21rc2", "1.21rc10",
            "1.21.0", "1.21.3", "1.100",
        ];
        for pair in rising.windows(2) {
            assert!(compare(pair[0], pair[1]).is_lt(), "{pair:?}");
        }
        assert!(compare("1.20", "1.20.0").is_eq());
    }

    #[test]
    fn toolchains_are_named_by_version() {
        for (version, want) in [
            ("1.28", "go1.28.0"),
            ("1.28rc1", "go1.28rc1"),
            ("1.27.3", "go1.27.3"),
        ] {
            assert_eq!(toolchain(version), want);
        }
        for (name, want) in [
            ("go1.26.8", Some("1.26.8")),
            ("go1.26.8 X:boringcrypto", Some("1.26.8")),
            ("go1.21.1-custom", Some("1.21.1")),
            ("devel go1.27-abcdef", None),
            ("default", None),
        ] {
            assert_eq!(of_toolchain(name), want, "{name}");
        }
    }
}
