//! Several bags as one: a bag, and the older ones that it builds on.
//!
//! The newest bag that has something answers for it. Two things are more than that: which versions
//! a module has is told by all bags together, and a checksum database is that of one bag alone,
//! since what is proved under one head is not under another.

use std::collections::{BTreeMap, BTreeSet};

use gomod::semver;

use crate::digest::sha256;
use crate::entry::Entry;
use crate::error::ArchiveError;
use crate::index::Index;
use crate::layout;
use crate::manifest::{About, HeldDatabase, HeldModule, HeldVersion, Manifest};
use crate::place;

impl Manifest {
    /// What this bag and those of `older`, newest first, say of themselves as one.
    pub fn joined(&self, older: &[&Manifest]) -> Manifest {
        let all: Vec<&Manifest> = std::iter::once(self).chain(older.iter().copied()).collect();
        let mut modules: BTreeMap<&str, BTreeMap<&str, &HeldVersion>> = BTreeMap::new();
        for (path, version) in all.iter().flat_map(|bag| bag.versions()) {
            let versions = modules.entry(path).or_default();
            let held = versions.entry(&version.version).or_insert(version);
            if version.is_complete() && !held.is_complete() {
                *held = version;
            }
        }
        let modules = modules.into_iter().map(|(path, versions)| {
            let mut versions: Vec<HeldVersion> = versions.into_values().cloned().collect();
            versions.sort_by(|a, b| semver::compare_total(&a.version, &b.version));
            let path = path.to_string();
            HeldModule { path, versions }
        });
        let mut databases: Vec<HeldDatabase> = Vec::new();
        for (at, bag) in all.iter().enumerate() {
            // A log of its own says what is in one bag, and not what is in a newer one.
            for held in bag.databases.iter().filter(|held| at == 0 || !held.own) {
                if databases.iter().all(|known| known.name != held.name) {
                    databases.push(HeldDatabase {
                        unrecorded: unrecorded(held, bag, &all[..at]),
                        ..held.clone()
                    });
                }
            }
        }
        Manifest {
            format: all.iter().map(|bag| bag.format).max().unwrap_or_default(),
            modules: modules.collect(),
            databases,
            base: Vec::new(),
            projects: self.projects.clone(),
            proof: self.proof.clone(),
        }
    }
}

/// What has no record in the database `held` of `bag`: a version as well that only `newer` bags
/// have. An older one was looked up when `bag` was packed.
fn unrecorded(held: &HeldDatabase, bag: &Manifest, newer: &[&Manifest]) -> Vec<String> {
    let mut names: BTreeSet<String> = held.unrecorded.iter().cloned().collect();
    let versions = newer.iter().flat_map(|newer| newer.versions());
    let unknown = versions.filter(|(path, v)| bag.version(path, &v.version).is_none());
    names.extend(unknown.map(|(path, v)| format!("{path}@{}", v.version)));
    names.into_iter().collect()
}

/// What is told of several bags as one.
#[derive(Debug, Clone)]
pub(crate) struct Joined {
    pub manifest: Manifest,
    pub about: About,
    /// What was derived when they were joined, and where it lies there.
    derived: &'static [u8],
    entries: BTreeMap<String, Entry>,
}

impl Joined {
    /// Joins bags, newest first, and derives the lists and the latest versions of what several have.
    ///
    /// # Errors
    /// One of them is damaged.
    pub fn of(parts: &[Index<'_>]) -> Result<Self, ArchiveError> {
        let read = |part: &Index<'_>| part.manifest(|bytes| Some(bytes.into()));
        let manifests = parts.iter().map(read);
        let manifests: Vec<Manifest> = manifests.collect::<Result<_, _>>()?;
        let manifest = match manifests.iter().collect::<Vec<_>>().as_slice() {
            [own, older @ ..] => own.joined(older),
            [] => Manifest::default(),
        };
        let mut joined = Joined {
            about: manifest.about(),
            manifest,
            derived: &[],
            entries: BTreeMap::new(),
        };
        let complete = |bag: &&Manifest, path: &str| {
            let module = bag.module(path);
            module.is_some_and(|module| module.complete().next().is_some())
        };
        let (mut bytes, mut entries) = (Vec::new(), BTreeMap::new());
        for module in &joined.manifest.modules {
            let having = manifests.iter().filter(|bag| complete(bag, &module.path));
            if having.count() > 1 {
                joined.derive(parts, module, &mut bytes, &mut entries);
            }
        }
        (joined.derived, joined.entries) = (bytes.leak(), entries);
        Ok(joined)
    }

    /// Adds the list and the latest version of a module to what was derived.
    fn derive(
        &self,
        parts: &[Index<'_>],
        module: &HeldModule,
        bytes: &mut Vec<u8>,
        entries: &mut BTreeMap<String, Entry>,
    ) {
        let path = &module.path;
        let get = |name: String| {
            let entry = self.entry(parts, &name)?;
            parts.get(entry.part)?.held(&entry)
        };
        let complete = module.complete().filter_map(|v| {
            let stem = place::stem(path, &v.version).ok()?;
            let (info, go_mod) = (get(format!("{stem}.info"))?, get(format!("{stem}.mod"))?);
            Some((v.version.as_str(), info, go_mod))
        });
        let Some((list, latest)) = layout::selected(path, complete) else {
            return;
        };
        // What a bag holds has a name that can be escaped.
        let names = layout::selection(path).into_iter();
        let texts = [Some(list.as_bytes()), latest];
        for (name, text) in names
            .zip(texts)
            .filter_map(|(name, text)| Some((name, text?)))
        {
            let entry = Entry {
                part: parts.len(),
                ..Entry::of(sha256(text), bytes.len() as u64, text.len() as u64)
            };
            bytes.extend_from_slice(text);
            entries.insert(name, entry);
        }
    }

    /// The bytes of an entry that lies in what was derived.
    pub fn derived(&self, entry: &Entry) -> Option<&'static [u8]> {
        entry.within(self.derived)
    }

    /// The entry with this name in the newest of `parts` that answers for it.
    pub fn entry(&self, parts: &[Index<'_>], name: &str) -> Option<Entry> {
        if let Some(derived) = self.entries.get(name) {
            return Some(*derived);
        }
        let of = |(at, part): (usize, &Index<'_>)| {
            let entry = part.find(name)?;
            (!is_hidden(parts, at, name)).then_some(Entry { part: at, ..entry })
        };
        parts.iter().enumerate().find_map(of)
    }

    /// Every entry with its name.
    pub fn entries<'p>(&'p self, parts: &'p [Index<'_>]) -> BTreeMap<&'p str, Entry> {
        let mut entries: BTreeMap<&str, Entry> = BTreeMap::new();
        for (at, part) in parts.iter().enumerate() {
            for (name, entry) in part.entries() {
                if !is_hidden(parts, at, name) {
                    entries.entry(name).or_insert(Entry { part: at, ..entry });
                }
            }
        }
        let derived = self.entries.iter();
        entries.extend(derived.map(|(name, entry)| (name.as_str(), *entry)));
        entries
    }
}

/// True where the entry `name` of the bag `at` belongs to a database that a newer one has: what is
/// proved under one head is not under another.
fn is_hidden(parts: &[Index<'_>], at: usize, name: &str) -> bool {
    let (newer, own) = (&parts[..at], &parts[at].about().databases);
    let Some(of) = database(name, own) else {
        return false;
    };
    let mut newer = newer.iter().flat_map(|part| &part.about().databases);
    newer.any(|database| database.name == *of)
}

/// The database of a bag that the entry `name` belongs to. Its own name may hold slashes.
fn database<'b>(name: &str, databases: &'b [HeldDatabase]) -> Option<&'b String> {
    let rest = name.strip_prefix("sumdb/")?;
    let below = |database: &str| {
        let rest = rest.strip_prefix(database);
        rest.is_some_and(|rest| rest.starts_with('/'))
    };
    let names = databases.iter().map(|database| &database.name);
    names
        .filter(|name| below(name))
        .max_by_key(|name| name.len())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::Bag;
    use crate::archive::{self, Source};
    use crate::manifest::FORMAT;

    /// `a v1.0.0 zip`, `-` for no zip; every go.mod has the hash `h1:m`.
    fn manifest(lines: &[&str], databases: &[(&str, &[&str])]) -> Manifest {
        let mut modules: BTreeMap<String, Vec<HeldVersion>> = BTreeMap::new();
        for line in lines {
            let words: Vec<&str> = line.split(' ').collect();
            let version = HeldVersion {
                version: words[1].into(),
                zip: (words[2] != "-").then(|| words[2].into()),
                go_mod: Some("h1:m".into()),
                ..HeldVersion::default()
            };
            modules.entry(words[0].into()).or_default().push(version);
        }
        let modules = modules.into_iter();
        let databases = databases.iter().map(|(name, unrecorded)| HeldDatabase {
            name: name.trim_start_matches('!').into(),
            own: name.starts_with('!'),
            unrecorded: unrecorded.iter().map(|u| u.to_string()).collect(),
            ..HeldDatabase::default()
        });
        Manifest {
            format: FORMAT,
            modules: modules
                .map(|(path, versions)| HeldModule { path, versions })
                .collect(),
            databases: databases.collect(),
            ..Manifest::default()
        }
    }

    #[test]
    fn versions_are_those_of_all_and_the_complete_ones_win() {
        let newer = manifest(&["a v1.10.0 z", "a v1.1.0 -", "b v1.0.0 -"], &[]);
        let older = manifest(&["a v1.9.0 z", "a v1.1.0 y", "c v1.0.0 z"], &[]);
        let joined = newer.joined(&[&older]);
        let told = joined.versions().map(|(path, v)| {
            let zip = v.zip.as_deref().unwrap_or("-");
            format!("{path} {} {zip}", v.version)
        });
        assert_eq!(
            told.collect::<Vec<_>>(),
            [
                "a v1.1.0 y",
                "a v1.9.0 z",
                "a v1.10.0 z",
                "b v1.0.0 -",
                "c v1.0.0 z"
            ]
        );
    }

    type Databases<'a> = &'a [(&'a str, &'a [&'a str])];

    #[test]
    fn a_database_is_that_of_the_newest_bag_that_has_it() {
        let table: [(Databases<'_>, Databases<'_>, Databases<'_>); 4] = [
            // The newer one was packed with the records of what the older one has.
            (
                &[("sum", &["n@v1.0.0"])],
                &[("sum", &["o@v1.0.0"])],
                &[("sum", &["n@v1.0.0"])],
            ),
            // The older one knows nothing of what only the newer one has.
            (
                &[],
                &[("sum", &["o@v1.0.0"])],
                &[("sum", &["n@v1.0.0", "o@v1.0.0"])],
            ),
            (
                &[("a", &[])],
                &[("b", &[])],
                &[("a", &[]), ("b", &["n@v1.0.0"])],
            ),
            // Nor does a log of the older bag's own.
            (&[("!new", &[])], &[("!old", &[])], &[("!new", &[])]),
        ];
        for (newer, older, want) in table {
            let newer = manifest(&["both v1.0.0 -", "n v1.0.0 z"], newer);
            let older = manifest(&["both v1.0.0 z", "o v1.0.0 z"], older);
            let want = manifest(&[], want);
            assert_eq!(newer.joined(&[&older]).databases, want.databases);
        }
    }

    /// The bytes of a bag that says this of itself, with the `.info` and `.mod` of each version,
    /// the list of its complete ones, and `entries`.
    fn archive(manifest: &Manifest, entries: &[(&str, &str)]) -> Vec<u8> {
        let text = |text: &str| Source::Bytes(text.as_bytes().to_vec());
        let mut sources: BTreeMap<String, Source> = BTreeMap::new();
        for (path, version) in manifest.versions() {
            let (version, list) = (&version.version, format!("{path}/@v/list"));
            let info = format!("{{\"Version\":\"{version}\"}}");
            sources.insert(format!("{path}/@v/{version}.info"), text(&info));
            sources.insert(
                format!("{path}/@v/{version}.mod"),
                text("module m\n\ngo 1.21\n"),
            );
            sources.insert(list, text("as one bag alone has it\n"));
        }
        sources.extend(entries.iter().map(|(name, t)| (name.to_string(), text(t))));
        let mut out = Cursor::new(Vec::new());
        let sources = sources.iter().map(|(n, s)| (n.as_str(), s));
        archive::write(&mut out, manifest, sources).unwrap();
        out.into_inner()
    }

    #[test]
    fn the_newest_answers_and_lists_are_of_all() {
        let a = manifest(
            &["kept.test v3.0.0 z", "m.test v1.2.0 z", "only v1.0.0 z"],
            &[("sum", &[]), ("sum/b", &[])],
        );
        let b = manifest(
            &["kept.test v2.0.0 z", "m.test v1.10.0-rc.1 z"],
            &[("sum", &[])],
        );
        let c = manifest(&["m.test v1.9.0 z", "m.test v1.11.0 -"], &[]);
        let a = archive(
            &a,
            &[
                ("sumdb/sum/b/latest", "a"),
                ("sumdb/sum/latest", "a"),
                ("sumdb/sum/only-a", "a"),
            ],
        );
        let b = archive(&b, &[("sumdb/sum/latest", "b"), ("q/x", "b")]);
        let c = archive(&c, &[("q/x", "c"), ("q/y", "c")]);
        let [a, b, c] = [&a, &b, &c].map(|bytes| Bag::open(bytes).unwrap());
        let joined = c.join(vec![b, a]).unwrap();
        let got = |name: &str| joined.get(name).map(|bytes| String::from_utf8_lossy(bytes));
        for (name, want) in [
            ("m.test/@v/list", Some("v1.2.0\nv1.9.0\nv1.10.0-rc.1\n")),
            ("m.test/@latest", Some("{\"Version\":\"v1.9.0\"}")),
            ("m.test/@v/v1.2.0.info", Some("{\"Version\":\"v1.2.0\"}")),
            (
                "m.test/@v/v1.10.0-rc.1.info",
                Some("{\"Version\":\"v1.10.0-rc.1\"}"),
            ),
            // Go refuses both of its versions, so nothing is told of them.
            ("kept.test/@v/list", Some("as one bag alone has it\n")),
            ("kept.test/@latest", None),
            ("only/@v/list", Some("as one bag alone has it\n")),
            ("q/x", Some("c")),
            ("q/y", Some("c")),
            ("sumdb/sum/latest", Some("b")),
            ("sumdb/sum/only-a", None),
            ("sumdb/sum/b/latest", Some("a")),
        ] {
            assert_eq!(got(name).as_deref(), want, "{name}");
        }
        assert_eq!(joined.damaged_entries(), [""; 0]);
        assert!(joined.answers().any(|(name, _)| name == "m.test/@latest"));
    }

    #[test]
    fn what_is_told_of_a_module_is_of_all() {
        let (new, old) = (
            manifest(&["a v1.1.0 z", "b v1.0.0 -"], &[]),
            manifest(&["a v1.0.0 z"], &[]),
        );
        let (new, old) = (archive(&new, &[]), archive(&old, &[]));
        let [new, old] = [&new, &old].map(|bytes| Bag::open(bytes).unwrap());
        let told = |bag: &Bag<'_>, path: &str| {
            let known = bag.known(path)?;
            Some(known.newest().map(str::to_string).collect::<Vec<_>>())
        };
        assert_eq!(told(&new, "a").unwrap(), ["v1.1.0"]);
        assert_eq!(told(&new, "b").unwrap(), [""; 0]);
        assert_eq!(told(&new, "c"), None);
        let joined = new.join(vec![old]).unwrap();
        assert_eq!(told(&joined, "a").unwrap(), ["v1.0.0", "v1.1.0"]);
        assert_eq!(told(&joined, "c"), None);
    }

    #[test]
    fn a_bag_is_told_by_its_sums() {
        let lines = ["m v1.0.0 z"];
        let (one, other) = (
            archive(&manifest(&lines, &[]), &[]),
            archive(&manifest(&[], &[]), &[]),
        );
        let [one, other] = [&one, &other].map(|bytes| Bag::open(bytes).unwrap());
        let base = one.as_base("old").unwrap();
        let sums = |bag: &Bag<'_>| bag.sums().unwrap();
        assert!(sums(&one) == base.sums && sums(&other) != base.sums);
        assert_eq!((base.name.as_str(), base.sha256.len()), ("old", 64));
        assert_ne!(base.sha256, base.sums);
    }
}
