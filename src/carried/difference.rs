//! What a bag has over another one, by their manifests.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use bag::TOOLCHAIN;
use bag::manifest::{HeldDatabase, HeldVersion, Manifest};
use gomod::semver;
use serde::Serialize;

use crate::terminal::size::count;

/// One thing that two bags do not have in common.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// In which of the two it is.
    pub change: Change,
    /// The kind of thing.
    pub kind: Kind,
    /// `path@version`, with `/go.mod` for a version of the module graph alone; or the name of a
    /// checksum database.
    pub name: String,
    /// What changed; empty where there is nothing more to say.
    pub detail: String,
}

/// In which of two bags something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// Only in the newer one.
    Added,
    /// Only in the older one.
    Removed,
    /// In both, and not the same.
    Changed,
}

/// What differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A version that can be downloaded.
    Module,
    /// A version of the module graph alone.
    #[serde(rename = "go.mod")]
    GoMod,
    /// A Go toolchain.
    Toolchain,
    /// The record of a version in a checksum database.
    Record,
    /// A checksum database.
    Database,
}

/// What `newer` has over `older`, and what it lacks: modules by path and version, then databases
/// by name.
///
/// A version that gained its zip is added, one that lost it is removed. The record of a version
/// counts where both bags have the version, and both have the database.
pub fn between(older: &Manifest, newer: &Manifest) -> Vec<Difference> {
    let (was, is) = (versions(older), versions(newer));
    let mut names: Vec<(&str, &str)> = was.keys().chain(is.keys()).copied().collect();
    names.sort_by(|a, b| a.0.cmp(b.0).then_with(|| semver::compare_total(a.1, b.1)));
    names.dedup();
    let mut found: Vec<Difference> = names
        .into_iter()
        .filter_map(|name| version(name, was.get(&name).copied(), is.get(&name).copied()))
        .collect();
    let databases = older.databases.iter().chain(&newer.databases);
    let databases: BTreeSet<&str> = databases.map(|d| d.name.as_str()).collect();
    for name in databases {
        let was_in = older.databases.iter().find(|d| d.name == name);
        let is_in = newer.databases.iter().find(|d| d.name == name);
        found.extend(database(name, was_in, is_in));
        if let (Some(was_in), Some(is_in)) = (was_in, is_in) {
            let both = was.keys().filter(|n| is.contains_key(*n)).copied();
            found.extend(both.filter_map(|n| record(n, was_in, is_in)));
        }
    }
    found
}

type Versions<'a> = BTreeMap<(&'a str, &'a str), &'a HeldVersion>;

fn versions(manifest: &Manifest) -> Versions<'_> {
    let versions = manifest.versions();
    versions
        .map(|(path, v)| ((path, v.version.as_str()), v))
        .collect()
}

fn version(
    (path, version): (&str, &str),
    was: Option<&HeldVersion>,
    is: Option<&HeldVersion>,
) -> Option<Difference> {
    // Nothing is less than a version of the graph, and that less than a complete one.
    let rank = |v: Option<&HeldVersion>| v.map(HeldVersion::is_complete);
    let (change, detail) = match rank(was).cmp(&rank(is)) {
        Ordering::Less => (Change::Added, String::new()),
        Ordering::Greater => (Change::Removed, String::new()),
        Ordering::Equal => (Change::Changed, contents(was?, is?)?),
    };
    let whole = rank(was).max(rank(is)) == Some(true);
    let kind = match (path, whole) {
        (TOOLCHAIN, true) => Kind::Toolchain,
        (_, true) => Kind::Module,
        (_, false) => Kind::GoMod,
    };
    let end = if whole { "" } else { "/go.mod" };
    Some(Difference {
        change,
        kind,
        name: format!("{path}@{version}{end}"),
        detail,
    })
}

/// The hashes in which two copies of a version differ; none where they are equal.
fn contents(was: &HeldVersion, is: &HeldVersion) -> Option<String> {
    let both = was.zip_sha256.is_some() && is.zip_sha256.is_some();
    let parts = [
        ("zip", was.told_zip(both), is.told_zip(both)),
        ("go.mod", was.go_mod.clone(), is.go_mod.clone()),
    ];
    let hash = |h: &Option<String>| h.clone().unwrap_or_else(|| "none".to_string());
    let texts = parts
        .iter()
        .filter(|(_, was, is)| was != is)
        .map(|(what, was, is)| format!("{what} {}, was {}", hash(is), hash(was)));
    let texts: Vec<String> = texts.collect();
    (!texts.is_empty()).then(|| texts.join("; "))
}

fn database(
    name: &str,
    was: Option<&HeldDatabase>,
    is: Option<&HeldDatabase>,
) -> Option<Difference> {
    let (change, detail) = match (was, is) {
        (None, Some(is)) => (Change::Added, count(is.size, "record")),
        (Some(_), None) => (Change::Removed, String::new()),
        (Some(was), Some(is)) if was.key != is.key => {
            (Change::Changed, format!("key {}, was {}", is.key, was.key))
        }
        (Some(was), Some(is)) if was.size != is.size => (
            Change::Changed,
            format!("head of {}, was {}", count(is.size, "record"), was.size),
        ),
        _ => return None,
    };
    Some(Difference {
        change,
        kind: Kind::Database,
        name: name.to_string(),
        detail,
    })
}

fn record(
    (path, version): (&str, &str),
    was: &HeldDatabase,
    is: &HeldDatabase,
) -> Option<Difference> {
    let name = format!("{path}@{version}");
    let lacks = |d: &HeldDatabase| d.unrecorded.contains(&name);
    let change = match (lacks(was), lacks(is)) {
        (true, false) => Change::Added,
        (false, true) => Change::Removed,
        _ => return None,
    };
    Some(Difference {
        change,
        kind: Kind::Record,
        name,
        detail: format!("its record in {}", is.name),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::carried::sample;
    use serde_json::json;

    fn bag(lines: &[&str], unrecorded: &[&str], size: u64) -> Manifest {
        let mut manifest = sample::recorded(lines, "sum.example", unrecorded);
        manifest.databases[0].size = size;
        manifest
    }

    fn told(older: &Manifest, newer: &Manifest) -> Vec<String> {
        between(older, newer)
            .iter()
            .map(|d| {
                let words = [json!(d.change), json!(d.kind)];
                let [change, kind] = words.map(|w| w.as_str().unwrap().to_string());
                format!("{change} {kind} {} [{}]", d.name, d.detail)
            })
            .collect()
    }

    #[test]
    fn equal_bags_have_no_difference() {
        let a = bag(&["a.example v1.0.0 h1:z"], &["a.example@v1.0.0"], 7);
        assert_eq!(between(&a, &a.clone()), []);
    }

    #[test]
    fn names_what_was_added_removed_and_changed() {
        let older = bag(
            &[
                "a.example v1.9.0 h1:z",
                "b.example v1.0.0 -",
                "c.example v1.0.0 h1:z",
                "d.example v1.0.0 h1:z",
            ],
            &["d.example@v1.0.0"],
            7,
        );
        let newer = bag(
            &[
                "a.example v1.9.0 h1:y",
                "a.example v1.10.0 -",
                "b.example v1.0.0 h1:z",
                "d.example v1.0.0 h1:z",
                "golang.org/toolchain v0.0.1-go1.27.3.linux-amd64 h1:z",
            ],
            &[],
            9,
        );
        assert_eq!(
            told(&older, &newer),
            [
                "changed module a.example@v1.9.0 [zip h1:y, was h1:z]",
                "added go.mod a.example@v1.10.0/go.mod []",
                "added module b.example@v1.0.0 []",
                "removed module c.example@v1.0.0 []",
                "added toolchain golang.org/toolchain@v0.0.1-go1.27.3.linux-amd64 []",
                "changed database sum.example [head of 9 records, was 7]",
                "added record d.example@v1.0.0 [its record in sum.example]",
            ]
        );
        // What is known of zips that go refuses.
        let kept = |sha256: Option<&str>| {
            let mut kept = bag(&["k.example v1.0.0 -"], &[], 7);
            let version = &mut kept.modules[0].versions[0];
            (version.invalid, version.zip_bytes) = (true, 9);
            version.zip_sha256 = sha256.map(str::to_string);
            kept
        };
        assert_eq!(
            told(&kept(Some("aa")), &kept(Some("bb"))),
            [
                "changed module k.example@v1.0.0 [zip that go refuses (9 bytes, SHA-256 bb), was that go refuses (9 bytes, SHA-256 aa)]"
            ]
        );
        assert_eq!(told(&kept(None), &kept(Some("bb"))), [""; 0]);
        let none = Manifest::default();
        assert!(told(&none, &newer).contains(&"added database sum.example [9 records]".into()));
        assert!(told(&newer, &none).contains(&"removed database sum.example []".into()));
    }
}
