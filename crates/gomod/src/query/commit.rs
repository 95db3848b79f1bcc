//! Which version a commit is.

use crate::{pseudo, semver};

/// A query that names no commit, or more than one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// Fewer than seven digits.
    #[error("{0:?} is too short for a commit, give at least 7 digits")]
    TooShort(String),
    /// Several commits begin like this.
    #[error("{0:?} begins the names of several commits, give more digits")]
    Ambiguous(String),
    /// No version is known to be that commit, or the query is no commit at all.
    #[error("no version is known to be commit {0:?}")]
    Unknown(String),
}

/// The version whose commit `query` names: 7 to 40 lower-case hexadecimal digits.
///
/// Each version comes with what is known of its commit: the twelve digits at the end of a
/// pseudo-version, or the whole hash. Query and known digits match if either begins with the other.
/// Of several versions of one commit the highest tagged one is chosen, else the highest.
pub fn find_commit<'a>(
    query: &str,
    known: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<&'a str, CommitError> {
    if !is_hex(query) || query.len() > 40 {
        return Err(CommitError::Unknown(query.to_owned()));
    }
    if query.len() < 7 {
        return Err(CommitError::TooShort(query.to_owned()));
    }
    let matching: Vec<(&str, &str)> = known
        .into_iter()
        .filter(|(_, hash)| is_hex(hash) && hash.len() >= 7)
        .filter(|(_, hash)| hash.starts_with(query) || query.starts_with(hash))
        .collect();
    let longest = matching
        .iter()
        .map(|(_, hash)| *hash)
        .max_by_key(|hash| hash.len());
    if matching
        .iter()
        .any(|(_, hash)| !longest.is_some_and(|longest| longest.starts_with(hash)))
    {
        return Err(CommitError::Ambiguous(query.to_owned()));
    }
    let rank = |version: &str| !pseudo::is_pseudo_version(version);
    matching
        .into_iter()
        .map(|(version, _)| version)
        .max_by(|a, b| {
            rank(a)
                .cmp(&rank(b))
                .then_with(|| semver::compare_total(a, b))
        })
        .ok_or_else(|| CommitError::Unknown(query.to_owned()))
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[(&str, &str)] = &[
        ("v0.0.0-20190101000000-aaaaaaaaaaaa", "aaaaaaaaaaaa"),
        ("v1.0.0", "aaaaaaaaaaaa1111111111111111111111111111"),
        ("v0.9.0", "aaaaaaaaaaaa1111111111111111111111111111"),
        ("v1.1.0", "bbbbbbbbb0001111111111111111111111111111"),
        ("v1.2.0", "bbbbbbbbb1111111111111111111111111111111"),
        ("v0.0.0-20190101000000-cccccccccccc", "cccccccccccc"),
        ("v0.1.1-0.20190101000000-cccccccccccc", "cccccccccccc"),
        ("v3.0.0", "not-hex"),
        ("v3.1.0", ""),
    ];

    #[test]
    fn finds_the_version_of_a_commit() {
        let unknown = |q: &str| Err(CommitError::Unknown(q.to_owned()));
        for (query, want) in [
            ("aaaaaaa", Ok("v1.0.0")),
            ("aaaaaaaaaaaa", Ok("v1.0.0")),
            ("aaaaaaaaaaaa1111111111111111111111111111", Ok("v1.0.0")),
            ("aaaaaaaaaaaa2", Ok("v0.0.0-20190101000000-aaaaaaaaaaaa")),
            ("ccccccc", Ok("v0.1.1-0.20190101000000-cccccccccccc")),
            (
                "cccccccccccc1234",
                Ok("v0.1.1-0.20190101000000-cccccccccccc"),
            ),
            ("bbbbbbbbb0", Ok("v1.1.0")),
            (
                "bbbbbbbbb",
                Err(CommitError::Ambiguous("bbbbbbbbb".to_owned())),
            ),
            ("aaaaaa", Err(CommitError::TooShort("aaaaaa".to_owned()))),
            ("", Err(CommitError::TooShort(String::new()))),
            ("ddddddd", unknown("ddddddd")),
            ("AAAAAAA", unknown("AAAAAAA")),
            ("main", unknown("main")),
            (
                "aaaaaaaaaaaa11111111111111111111111111111",
                unknown("aaaaaaaaaaaa11111111111111111111111111111"),
            ),
        ] {
            assert_eq!(find_commit(query, KNOWN.iter().copied()), want);
        }
    }
}
