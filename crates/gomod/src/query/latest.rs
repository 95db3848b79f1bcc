//! What `@v/list` and `@latest` answer: <https://go.dev/ref/mod#version-queries>.

use super::Candidate;
use crate::{pseudo, semver, time};

/// The versions for `@v/list`, in rising order and each once: complete, canonical, and not
/// pseudo-versions.
pub fn list<'a>(candidates: &[Candidate<'a>]) -> Vec<&'a str> {
    listed(candidates)
        .iter()
        .map(|candidate| candidate.version)
        .collect()
}

/// The version for `@latest`: the highest release, else the highest pre-release, else the
/// pseudo-version with the newest commit; none if nothing is complete.
///
/// `+incompatible` versions are left out if there are others and the highest of these, be it a
/// pre-release, has a real `go.mod`: its author knows of modules, so what is incompatible is older
/// than that.
pub fn latest<'a>(candidates: &[Candidate<'a>]) -> Option<&'a str> {
    let mut tagged = listed(candidates);
    let incompatible = |c: &Candidate<'_>| c.version.ends_with("+incompatible");
    let highest_compatible = tagged.iter().rfind(|c| !incompatible(c));
    if highest_compatible.is_some_and(|c| c.real_go_mod) {
        tagged.retain(|c| !incompatible(c));
    }
    let release = tagged
        .iter()
        .rfind(|c| semver::prerelease(c.version) == Some(""));
    release
        .or(tagged.last())
        .map(|c| c.version)
        .or_else(|| newest_commit(candidates))
}

fn listed<'a>(candidates: &[Candidate<'a>]) -> Vec<Candidate<'a>> {
    let listable = |c: &&Candidate<'_>| {
        c.complete && semver::is_canonical(c.version) && !pseudo::is_pseudo_version(c.version)
    };
    let mut listed: Vec<_> = candidates.iter().filter(listable).copied().collect();
    listed.sort_by(|a, b| semver::compare_total(a.version, b.version));
    listed.dedup_by(|a, b| a.version == b.version);
    listed
}

/// By time, not by version: `v1.2.4-0.2019…` may well be older than `v0.0.0-2024…`.
fn newest_commit<'a>(candidates: &[Candidate<'a>]) -> Option<&'a str> {
    let instant = |c: &Candidate<'_>| {
        let derived = || pseudo::PseudoVersion::parse(c.version)?.time_rfc3339();
        c.time
            .and_then(time::instant)
            .or_else(|| time::instant(&derived()?))
    };
    candidates
        .iter()
        .filter(|c| {
            c.complete && semver::is_canonical(c.version) && pseudo::is_pseudo_version(c.version)
        })
        .max_by(|a, b| {
            instant(a)
                .cmp(&instant(b))
                .then_with(|| semver::compare_total(a.version, b.version))
        })
        .map(|c| c.version)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `v1.0.0` is complete and has a real go.mod; `!` in front says not complete, `-` says without
    /// go.mod.
    fn candidates<'a>(words: &'a str) -> Vec<Candidate<'a>> {
        let candidate = |word: &'a str| {
            let version = word.trim_start_matches(['!', '-']);
            let flags = &word[..word.len() - version.len()];
            let (complete, real_go_mod) = (!flags.contains('!'), !flags.contains('-'));
            Candidate {
                version,
                complete,
                real_go_mod,
                time: None,
            }
        };
        words.split_whitespace().map(candidate).collect()
    }

    #[test]
    fn lists_and_chooses() {
        for (held, listed, chosen) in [
            ("", "", None),
            ("v1.0.0 !v1.9.0", "v1.0.0", Some("v1.0.0")),
            ("v1.10.0 v1.9.0 v1.9.0", "v1.9.0 v1.10.0", Some("v1.10.0")),
            (
                "v1.0.0-rc.2 v1.0.0-rc.10",
                "v1.0.0-rc.2 v1.0.0-rc.10",
                Some("v1.0.0-rc.10"),
            ),
            ("v1.0.0 v1.1.0-rc.1", "v1.0.0 v1.1.0-rc.1", Some("v1.0.0")),
            (
                "-v1.0.0 -v2.0.0+incompatible",
                "v1.0.0 v2.0.0+incompatible",
                Some("v2.0.0+incompatible"),
            ),
            (
                "v1.0.0 -v2.0.0+incompatible",
                "v1.0.0 v2.0.0+incompatible",
                Some("v1.0.0"),
            ),
            (
                "v1.0.0-pre -v2.0.0+incompatible",
                "v1.0.0-pre v2.0.0+incompatible",
                Some("v1.0.0-pre"),
            ),
            (
                "v1.0.0 -v1.1.0 -v2.0.0+incompatible",
                "v1.0.0 v1.1.0 v2.0.0+incompatible",
                Some("v2.0.0+incompatible"),
            ),
            (
                "!v1.0.0 -v2.0.0+incompatible",
                "v2.0.0+incompatible",
                Some("v2.0.0+incompatible"),
            ),
            (
                "v1.2.4-0.20190101000000-aaaaaaaaaaaa v0.0.0-20240101000000-bbbbbbbbbbbb !v0.0.0-20250101000000-cccccccccccc",
                "",
                Some("v0.0.0-20240101000000-bbbbbbbbbbbb"),
            ),
            (
                "v0.1.0-rc.1 v1.2.4-0.20190101000000-aaaaaaaaaaaa",
                "v0.1.0-rc.1",
                Some("v0.1.0-rc.1"),
            ),
            ("v1.5 v1.4.0+meta main v1.0.0", "v1.0.0", Some("v1.0.0")),
            (
                "v0.0.0-20249999000000-bbbbbbbbbbbb v0.0.0-20190101000000-aaaaaaaaaaaa",
                "",
                Some("v0.0.0-20190101000000-aaaaaaaaaaaa"),
            ),
        ] {
            let held = candidates(held);
            assert_eq!(list(&held).join(" "), listed);
            assert_eq!(latest(&held), chosen, "{held:?}");
        }
    }

    #[test]
    fn believes_the_info_before_the_name() {
        let mut held =
            candidates("v0.0.0-20190101000000-aaaaaaaaaaaa v0.0.0-20190102000000-bbbbbbbbbbbb");
        held[0].time = Some("2019-01-02T03:00:00+02:00");
        assert_eq!(latest(&held), Some("v0.0.0-20190101000000-aaaaaaaaaaaa"));
    }
}
