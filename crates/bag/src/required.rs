//! Who requires what among versions that are there: the one rule for all that tell of it.
//!
//! A go.mod names the lowest version that it takes (<https://go.dev/ref/mod#minimal-version-selection>). Where that one
//! is not there, the next higher one is what a build takes: go selects none that is lower.

use std::borrow::Cow;

use gomod::modfile::{ModFile, Require};
use gomod::{module, semver};
use rayon::prelude::*;

/// A line of a go.mod that requires something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Required {
    /// The place of the version whose go.mod it is.
    pub by: usize,
    /// What it says.
    pub line: Require,
    /// The place of the version that it comes to; none where none that is there is high enough.
    pub of: Option<usize>,
}

/// What each of `versions` requires, path and version, sorted by path and then as semver has it; in their order, and of
/// each in that of its go.mod. `go_mod` tells that, by its name in a bag but for the `.mod`. What cannot be read requires nothing, and what a
/// question will be answered with (`require m latest`) nobody knows here. All cores work on it.
pub fn required<'g>(
    versions: &[(&str, &str)],
    go_mod: impl Fn(&str) -> Option<Cow<'g, [u8]>> + Sync,
) -> Vec<Required> {
    let lines = versions
        .par_iter()
        .enumerate()
        .flat_map_iter(|(by, (path, version))| {
            let stem = format!("{}/@v/{}", module::escape(path), module::escape(version));
            let text = go_mod(&stem).unwrap_or_default();
            let lines = ModFile::parse(&text).unwrap_or_default().require;
            let lines = lines.into_iter().filter(|line| !line.is_query());
            lines.map(move |line| Required {
                by,
                of: satisfying(versions, &line.path, &line.version),
                line,
            })
        });
    lines.collect()
}

/// The place of what a requirement of `version` of the module `path` comes to, among sorted `versions`.
pub fn satisfying(versions: &[(&str, &str)], path: &str, version: &str) -> Option<usize> {
    let place = versions.partition_point(|(known, held)| {
        let by_path = (*known).cmp(path);
        let order = by_path.then_with(|| semver::compare_total(held, version));
        order.is_lt()
    });
    versions.get(place).filter(|(known, _)| *known == path)?;
    Some(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_comes_to_the_next_higher_version() {
        let versions = [
            ("a", "v1.9.0"),
            ("a", "v1.10.0"),
            ("b", "v1.0.0-rc.1"),
            ("b", "v1.0.0"),
            ("b/v2", "v2.0.0"),
        ];
        for (path, version, want) in [
            ("a", "v1.0.0", Some("v1.9.0")),
            ("a", "v1.9.0", Some("v1.9.0")),
            ("a", "v1.9.1", Some("v1.10.0")),
            ("a", "v1.11.0", None),
            ("b", "v1.0.0-rc.1", Some("v1.0.0-rc.1")),
            ("b", "v1.0.0-rc.2", Some("v1.0.0")),
            ("b", "v1.0.1", None),
            ("b/v2", "v2.0.0", Some("v2.0.0")),
            ("0", "v1.0.0", None),
            ("c", "v1.0.0", None),
        ] {
            let found = satisfying(&versions, path, version);
            let found = found.map(|place| versions[place]);
            assert_eq!(found, want.map(|want| (path, want)), "{path}@{version}");
        }
    }

    #[test]
    fn each_line_is_told_with_what_it_comes_to() {
        let versions = [("a", "v1.0.0"), ("b", "v1.2.0"), ("c", "v1.0.0")];
        let go_mod = |stem: &str| {
            let text = match stem {
                "a/@v/v1.0.0" => {
                    "module a\nrequire (\n\tb v1.1.0 // indirect\n\tc v1.1.0\n\tc latest\n)\n"
                }
                "b/@v/v1.2.0" => "what is this?",
                _ => return None,
            };
            Some(text.as_bytes().into())
        };
        let told = required(&versions, go_mod);
        let told = told
            .iter()
            .map(|r| (r.by, r.line.path.as_str(), r.line.indirect, r.of));
        let want = [(0, "b", true, Some(1)), (0, "c", false, None)];
        assert_eq!(told.collect::<Vec<_>>(), want);
    }
}
