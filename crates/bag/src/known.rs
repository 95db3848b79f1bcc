//! What is told of a module that lacks what was asked for: its newest versions, and which of them a
//! commit is. It is derived when packing, so that to answer is to look up.

use std::borrow::Cow;

use gomod::query;

use crate::manifest::HeldModule;

/// How many versions are named at most.
const MOST_NAMED: usize = 12;

/// What is told of one module, as text: a line of its newest versions between tabs, one of how many
/// there are besides, and one for each commit, `commit version`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known<'a>(Cow<'a, str>);

impl<'a> Known<'a> {
    /// What is to be told of `module`.
    pub(crate) fn of(module: &HeldModule) -> Known<'static> {
        let complete: Vec<&str> = module.complete().map(|v| v.version.as_str()).collect();
        let newest = &complete[complete.len().saturating_sub(MOST_NAMED)..];
        let older = complete.len() - newest.len();
        let mut text = format!("{}\n{older}\n", newest.join("\t"));
        for version in &module.versions {
            if let Some(commit) = &version.commit {
                text += &format!("{commit} {}\n", version.version);
            }
        }
        Known(text.into())
    }

    /// The same as it was written.
    pub(crate) fn read(text: &'a [u8]) -> Option<Self> {
        Some(Known(std::str::from_utf8(text).ok()?.into()))
    }

    /// As it is written.
    pub(crate) fn text(&self) -> &str {
        &self.0
    }

    /// The newest versions that can be downloaded, in semver order; none for a module of which the
    /// bag has go.mod files alone.
    pub fn newest(&self) -> impl Iterator<Item = &str> {
        let newest = self.0.lines().next().unwrap_or_default();
        newest.split('\t').filter(|version| !version.is_empty())
    }

    /// How many more there are.
    pub fn older(&self) -> usize {
        let older = self.0.lines().nth(1);
        older.and_then(|digits| digits.parse().ok()).unwrap_or(0)
    }

    /// The version of the commit that these 7 to 40 hex digits begin, if it is one alone.
    pub fn version_of(&self, digits: &str) -> Option<&str> {
        let commits = self.0.lines().skip(2);
        query::find_commit(
            digits,
            commits.filter_map(|line| {
                let (commit, version) = line.split_once(' ')?;
                Some((version, commit))
            }),
        )
        .ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::HeldVersion;

    /// `version`, `version commit`, and a `-` before it for one without a zip.
    fn known(lines: &[String]) -> Known<'static> {
        let versions = lines.iter().map(|line| {
            let (version, commit) = match line.split_once(' ') {
                Some((version, commit)) => (version, Some(commit.to_string())),
                None => (line.as_str(), None),
            };
            HeldVersion {
                version: version.trim_start_matches('-').into(),
                zip: (!version.starts_with('-')).then(|| "h1:x".into()),
                commit,
                ..HeldVersion::default()
            }
        });
        let known = Known::of(&HeldModule {
            path: "example.com/m".into(),
            versions: versions.collect(),
        });
        let text = known.text().as_bytes().to_vec();
        assert_eq!(Known::read(&text), Some(known.clone()));
        known
    }

    #[test]
    fn the_newest_are_named_and_the_others_counted() {
        let versions: Vec<String> = (0..30).map(|i| format!("v1.{i}.0")).collect();
        for (of, first, older) in [
            (0, None, 0),
            (1, Some("v1.0.0"), 0),
            (12, Some("v1.0.0"), 0),
            (13, Some("v1.1.0"), 1),
            (30, Some("v1.18.0"), 18),
        ] {
            let known = known(&versions[..of]);
            assert_eq!(
                (known.newest().next(), known.older()),
                (first, older),
                "{of}"
            );
            assert_eq!(
                known.newest().last(),
                versions[..of].last().map(String::as_str)
            );
        }
        let known = known(&["-v1.0.0".into(), "v1.1.0 with blank".replace(' ', "\u{a0}")]);
        assert_eq!(known.newest().count(), 1);
    }

    #[test]
    fn a_commit_is_found_by_its_beginning() {
        let lines = [
            "v1.0.0 abcdef1000",
            "-v1.1.0 abcdef1fff",
            "v1.2.0 1234567890",
        ];
        let known = known(&lines.map(String::from));
        for (digits, want) in [
            ("abcdef10", Some("v1.0.0")),
            ("abcdef1f", Some("v1.1.0")),
            ("abcdef1", None),
            ("1234567", Some("v1.2.0")),
            ("123456", None),
            ("12345678901", Some("v1.2.0")),
            ("12345678911", None),
            ("v1.2.0", None),
        ] {
            assert_eq!(known.version_of(digits), want, "{digits}");
        }
        assert_eq!(Known::read(b"").unwrap().newest().count(), 0);
        assert_eq!(Known::read(b"\xff"), None);
    }
}
