//! Semantic versions as Go writes them: with a leading `v`.
//!
//! `v1` and `v1.2` are valid short forms of `v1.0.0` and `v1.2.0`; a short form has no pre-release
//! and no build metadata. Numbers are strings of digits of any length, so nothing overflows.
//!
//! Specification: <https://pkg.go.dev/golang.org/x/mod/semver> and
//! <https://semver.org/spec/v2.0.0.html>.

use std::cmp::Ordering;

/// The parts of a valid version; each is a slice of the text that was parsed.
#[derive(Clone, Copy)]
struct Parts<'a> {
    major: &'a str,
    minor: &'a str,
    patch: &'a str,
    /// What a short form lacks: `.0.0`, `.0` or nothing.
    missing: &'static str,
    /// With its `-`, or empty.
    prerelease: &'a str,
    /// With its `+`, or empty.
    build: &'a str,
}

/// Whether `v` is written the one way a module version is written: `vX.Y.Z` with an optional
/// pre-release, and no build metadata but `+incompatible`.
pub fn is_canonical(v: &str) -> bool {
    parse(v).is_some_and(|p| p.missing.is_empty() && matches!(p.build, "" | "+incompatible"))
}

/// `v` with missing numbers filled in and build metadata dropped, even `+incompatible`; none if `v`
/// is invalid.
pub fn canonical(v: &str) -> Option<String> {
    let parts = parse(v)?;
    let kept = v.strip_suffix(parts.build).unwrap_or(v);
    Some(format!("{kept}{}", parts.missing))
}

/// The order of precedence. Build metadata does not count; an invalid version is less than every
/// valid one and equal to every other invalid one.
pub fn compare(v: &str, w: &str) -> Ordering {
    match (parse(v), parse(w)) {
        (Some(a), Some(b)) => compare_numbers(a.major, b.major)
            .then_with(|| compare_numbers(a.minor, b.minor))
            .then_with(|| compare_numbers(a.patch, b.patch))
            .then_with(|| compare_prereleases(a.prerelease, b.prerelease)),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

/// [`compare`], and the order of the bytes where that says equal: a total order, fit for sorting.
pub fn compare_total(v: &str, w: &str) -> Ordering {
    compare(v, w).then_with(|| v.cmp(w))
}

/// `v2` of `v2.1.0`; none if `v` is invalid.
pub fn major(v: &str) -> Option<&str> {
    let parts = parse(v)?;
    v.get(..1 + parts.major.len())
}

/// `-pre` of `v2.1.0-pre+meta`, empty where there is none; none if `v` is invalid.
pub(crate) fn prerelease(v: &str) -> Option<&str> {
    parse(v).map(|p| p.prerelease)
}

/// `+meta` of `v2.1.0-pre+meta`, empty where there is none; none if `v` is invalid.
pub(crate) fn build(v: &str) -> Option<&str> {
    parse(v).map(|p| p.build)
}

fn parse(v: &str) -> Option<Parts<'_>> {
    let (major, rest) = split_number(v.strip_prefix('v')?)?;
    let mut parts = Parts {
        major,
        minor: "0",
        patch: "0",
        missing: ".0.0",
        prerelease: "",
        build: "",
    };
    if rest.is_empty() {
        return Some(parts);
    }
    let (minor, rest) = split_number(rest.strip_prefix('.')?)?;
    parts.minor = minor;
    parts.missing = ".0";
    if rest.is_empty() {
        return Some(parts);
    }
    let (patch, rest) = split_number(rest.strip_prefix('.')?)?;
    parts.patch = patch;
    parts.missing = "";
    let (prerelease, build) = rest.split_at(rest.find('+').unwrap_or(rest.len()));
    let of_identifiers = |part: &str, start: char, legal: fn(&str) -> bool| {
        let identifiers = part.strip_prefix(start);
        part.is_empty() || identifiers.is_some_and(|ids| ids.split('.').all(legal))
    };
    parts.prerelease = prerelease;
    parts.build = build;
    let legal = |id: &str| is_identifier(id) && !has_leading_zero(id);
    (of_identifiers(prerelease, '-', legal) && of_identifiers(build, '+', is_identifier))
        .then_some(parts)
}

/// Splits off a number without leading zeros.
pub(crate) fn split_number(s: &str) -> Option<(&str, &str)> {
    let (digits, rest) = s.split_at(s.bytes().take_while(u8::is_ascii_digit).count());
    let plain = !digits.is_empty() && (digits == "0" || !digits.starts_with('0'));
    plain.then_some((digits, rest))
}

fn is_identifier(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

fn is_number(id: &str) -> bool {
    id.bytes().all(|b| b.is_ascii_digit())
}

fn has_leading_zero(id: &str) -> bool {
    id.len() > 1 && id.starts_with('0') && is_number(id)
}

/// Numbers without leading zeros: the longer one is greater, among equally long ones the bytes
/// decide.
pub(crate) fn compare_numbers(a: &str, b: &str) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

fn compare_prereleases(a: &str, b: &str) -> Ordering {
    // A release comes after its pre-releases.
    let release_last = a.is_empty().cmp(&b.is_empty());
    release_last.then_with(|| identifiers(a).cmp(identifiers(b)))
}

/// What the identifiers of a pre-release are sorted by: numbers, by their value, before words.
fn identifiers(prerelease: &str) -> impl Iterator<Item = (bool, usize, &str)> {
    let identifiers = prerelease.get(1..).unwrap_or_default().split('.');
    identifiers.map(|id| match is_number(id) {
        true => (false, id.len(), id),
        false => (true, 0, id),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In rising order; what follows a version is its canonical form, empty for an invalid one.
    const RISING: &[(&str, &str)] = &[
        ("bad", ""),
        ("v0.0.0-0", "v0.0.0-0"),
        ("v0.0.0-1", "v0.0.0-1"),
        ("v0.0.0", "v0.0.0"),
        ("v0.9", "v0.9.0"),
        ("v1.0.0-alpha", "v1.0.0-alpha"),
        ("v1.0.0-alpha.1", "v1.0.0-alpha.1"),
        ("v1.0.0-alpha.beta", "v1.0.0-alpha.beta"),
        ("v1.0.0-beta", "v1.0.0-beta"),
        ("v1.0.0-beta.2", "v1.0.0-beta.2"),
        ("v1.0.0-beta.11", "v1.0.0-beta.11"),
        ("v1.0.0-rc.1+meta", "v1.0.0-rc.1"),
        ("v1", "v1.0.0"),
        ("v1.0.1", "v1.0.1"),
        ("v1.9.0", "v1.9.0"),
        ("v1.10.0", "v1.10.0"),
        ("v2.0.0+incompatible", "v2.0.0"),
        ("v99999999999999999999.0.0", "v99999999999999999999.0.0"),
    ];

    #[test]
    fn orders_every_pair_of_the_table_by_its_place() {
        for (i, (a, _)) in RISING.iter().enumerate() {
            for (j, (b, _)) in RISING.iter().enumerate() {
                assert_eq!(compare(a, b), i.cmp(&j), "{a} {b}");
            }
        }
    }

    #[test]
    fn fills_in_missing_numbers_and_drops_build_metadata() {
        for (v, want) in RISING {
            assert_eq!(canonical(v).unwrap_or_default(), *want, "{v}");
        }
    }

    #[test]
    fn refuses_what_is_not_a_semantic_version() {
        for v in [
            "",
            "v",
            "1.0.0",
            "V1.0.0",
            "v1.",
            "v1.2.",
            "v01.0.0",
            "v1.00.0",
            "v1.2.3.4",
            "v1.2.3-",
            "v1.2.3+",
            "v1.2.3-01",
            "v1.2.3-a..b",
            "v1.2.3-a.",
            "v1.2.3+a..b",
            "v1.2-pre",
            "v1.2+meta",
            "v1.2.3-é",
            "v1.2.3 ",
            "v1.2.3+a+b",
            "v-1.0.0",
            "v1.2.3\n",
        ] {
            assert_eq!(canonical(v), None, "{v:?}");
        }
    }

    #[test]
    fn only_incompatible_is_canonical_build_metadata() {
        for (v, want) in [
            ("v1.2.3", true),
            ("v1.2.3-pre.1", true),
            ("v2.0.0+incompatible", true),
            ("v2.0.0-rc1+incompatible", true),
            ("v1.2.3+meta", false),
            ("v1.2.3+incompatible.1", false),
            ("v1.2", false),
            ("v1", false),
        ] {
            assert_eq!(is_canonical(v), want, "{v}");
        }
    }

    #[test]
    fn takes_versions_apart() {
        let v = "v2.1.0-pre.1+meta";
        assert_eq!(major(v), Some("v2"));
        assert_eq!(prerelease(v), Some("-pre.1"));
        assert_eq!(build(v), Some("+meta"));
        assert_eq!(prerelease("v1.0.0"), Some(""));
        assert_eq!(build("nonsense"), None);
        // A dash inside build metadata begins no pre-release.
        assert_eq!(prerelease("v1.0.0+a-b"), Some(""));
    }
}
