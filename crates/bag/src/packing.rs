//! Packing: from folders of modules to an archive.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};

use gomod::module::ModuleError;
use rayon::prelude::*;
use sumdb::capture::Expected;
use sumdb::database::Database;

use crate::Fault;
use crate::archive::{self, Source};
use crate::built::{BuildCache, LIST_NAME, OUTPUTS_NAME};
use crate::compact::Places;
use crate::contents::Sums;
use crate::intake::{self, Options};
use crate::layout::{self, Entries, TOOLCHAIN};
use crate::manifest::{Base, FORMAT, HeldVersion, Manifest, Proof};
use crate::place;
use crate::sums::{self, SumFile, sum_file};
use crate::vulns;

/// How many zips are compacted at once at most: each takes up to 25 MiB of memory.
const MOST_THREADS: usize = 8;

/// Everything that goes into an archive, before it is written.
#[derive(Debug)]
pub struct Plan {
    /// The entries by name, without the manifest.
    pub(crate) entries: Entries,
    /// What it will say of itself.
    pub(crate) manifest: Manifest,
    notes: Vec<String>,
    /// Captured checksum data, of which nothing is proved yet.
    sums: Sums,
    /// What the bags that it builds on hold, as one.
    older: Manifest,
}

/// Reads and checks `folders` and derives every answer about modules.
///
/// # Errors
/// Every fault, sorted.
pub fn plan(folders: &[PathBuf], options: Options<'_>) -> Result<Plan, Vec<Fault>> {
    let intake = intake::read(folders, options);
    if !intake.faults.is_empty() {
        return Err(intake.faults);
    }
    let (mut entries, manifest) = layout::layout(&intake.contents).map_err(unnamed)?;
    vulns::add(&mut entries, &intake.contents.vulns)?;
    Ok(Plan {
        entries,
        manifest,
        notes: intake.notes,
        sums: intake.contents.sums,
        older: Manifest::default(),
    })
}

fn unnamed(error: ModuleError) -> Vec<Fault> {
    vec![Fault::new("modules", error, "remove that version")]
}

impl Plan {
    /// What the bag will say of itself.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// What was left out or put right, and whatever else was noted.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Adds a line to the notes.
    pub fn note(&mut self, text: String) {
        self.notes.push(text);
    }

    /// What the bag will say of itself together with those that it builds on.
    pub fn whole(&self) -> Manifest {
        self.manifest.joined(&[&self.older])
    }

    /// The versions that a checksum database must agree with, those of the bags that this one
    /// builds on among them: one database is for all.
    pub fn expected(&self) -> Vec<Expected> {
        sums::expected(&self.whole())
    }

    /// Those of them to ask `database` for: of what only an older bag has, no more than it was
    /// asked for then.
    pub fn asked(&self, database: &str) -> Vec<Expected> {
        let held = self.older.databases.iter().find(|d| d.name == database);
        let had = |module: &Expected| {
            let name = format!("{}@{}", module.path, module.version);
            held.is_some_and(|held| !held.unrecorded.contains(&name))
        };
        let new = |m: &Expected| self.manifest.version(&m.path, &m.version).is_some();
        let mut asked = self.expected();
        asked.retain(|module| new(module) || had(module));
        asked
    }

    /// The captured files with signed heads of `database`.
    pub fn captured_heads(&self, database: &str) -> Vec<PathBuf> {
        let head = Some((database, SumFile::Head));
        let files = self.sums.iter().filter(|(name, _)| sum_file(name) == head);
        files.flat_map(|(_, files)| files.clone()).collect()
    }

    /// Adds what was captured below `sumdb/` in the folder `dir` to the captured data.
    pub fn add_captured(&mut self, dir: &Path) {
        for (name, files) in intake::captured(dir) {
            self.sums.entry(name).or_default().extend(files);
        }
    }

    /// Proves the captured data and adds the databases that come of it.
    ///
    /// # Errors
    /// Data that is damaged, forged, or disagrees with our own files.
    pub fn prove_sums(&mut self) -> Result<(), Vec<Fault>> {
        let proved = sums::prove(&self.sums, &self.whole())?;
        for database in &proved.databases {
            self.add_database(database, false)?;
        }
        self.notes.extend(proved.notes);
        Ok(())
    }

    /// Adds a checksum database; `own` marks a log that the bag's maker signed.
    ///
    /// # Errors
    /// A path or version that cannot be escaped.
    pub fn add_database(&mut self, database: &Database, own: bool) -> Result<(), Vec<Fault>> {
        let whole = self.whole();
        let held = sums::add(&mut self.entries, &whole, database, own).map_err(unnamed)?;
        self.manifest.databases.push(held);
        Ok(())
    }

    /// Builds on older bags, newest first: what each is and what it says of itself. They are served
    /// behind this one, by the same server or by `GOPROXY=http://new,http://old`.
    ///
    /// # Errors
    /// A version that is not the one that an older bag has.
    pub fn build_on(&mut self, older: &[(Base, &Manifest)]) -> Result<(), Vec<Fault>> {
        let mut faults = Vec::new();
        for (path, version) in self.manifest.versions() {
            for (base, bag) in older {
                let old = bag.version(path, &version.version);
                let conflict = old.and_then(|old| version.conflict(old, &base.name));
                faults.extend(conflict.map(|conflict| {
                    Fault::new(
                        format!("{path}@{}", version.version),
                        format!("has {conflict}"),
                        "a version never changes: give what changed another one, or pack without --since",
                    )
                }));
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        self.manifest.base = older.iter().map(|(base, _)| base.clone()).collect();
        let bags: Vec<&Manifest> = older.iter().map(|(_, bag)| *bag).collect();
        if let [newest, rest @ ..] = bags.as_slice() {
            self.older = newest.joined(rest);
        }
        Ok(())
    }

    /// Leaves out every version that an older bag has in full and with the same hashes.
    ///
    /// Lists, latest versions and all checksum data stay whole, since go takes each of them from
    /// the first proxy that answers; only a module with nothing left to download has no list.
    ///
    /// # Errors
    /// A path or version that cannot be escaped.
    pub fn leave_out(&mut self) -> Result<(), Vec<Fault>> {
        for module in &mut self.manifest.modules {
            let path = &module.path;
            let had = |new: &mut HeldVersion| {
                let old = self.older.version(path, &new.version);
                old.is_some_and(|old| old.has_all_of(new))
            };
            for version in module.versions.extract_if(.., had) {
                let stem = place::stem(path, &version.version).map_err(unnamed)?;
                for end in ["info", "mod", "zip"] {
                    self.entries.remove(&format!("{stem}.{end}"));
                }
            }
            if module.complete().next().is_none() {
                for name in layout::selection(path) {
                    self.entries.remove(&name);
                }
            }
        }
        self.manifest.modules.retain(|m| !m.versions.is_empty());
        Ok(())
    }

    /// Keeps zips compact where that takes less. `told` hears of each that is looked at.
    ///
    /// # Errors
    /// A zip cannot be read, or its frames not be written.
    pub fn compact(&mut self, places: &Places, told: impl Fn() + Sync) -> io::Result<()> {
        let mut jobs = Vec::new();
        for module in &mut self.manifest.modules {
            let path = &module.path;
            let versions = module.versions.iter_mut();
            for version in versions.filter(|v| may_be_compact(path, v)) {
                let stem = place::stem(path, &version.version).map_err(io::Error::other)?;
                let name = format!("{stem}.zip");
                if let Some(Source::File(file)) = self.entries.get(&name) {
                    jobs.push((file.clone(), name, version));
                }
            }
        }
        // The largest first, so that no thread is left with it at the end.
        jobs.sort_by_key(|(_, _, version)| Reverse(version.zip_bytes));
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.min(MOST_THREADS));
        let pool = pool.build().map_err(io::Error::other)?;
        let compacted: Vec<_> = pool.install(|| {
            let made = jobs.par_iter().with_max_len(1).map(|(file, ..)| {
                let made = places.compact(file)?;
                told();
                Ok(made)
            });
            made.collect::<io::Result<_>>()
        })?;
        for ((_, name, version), compacted) in jobs.into_iter().zip(compacted) {
            let Some((file, content)) = compacted else {
                continue;
            };
            let source = Source::Frames(file, content);
            (version.zip_bytes, version.held_bytes) = (content.len, Some(source.bytes()?));
            self.entries.insert(name, source);
            self.manifest.format = FORMAT;
        }
        Ok(())
    }

    /// How many zips there are that [`Plan::compact`] looks at.
    pub fn zips(&self) -> usize {
        let zips = self.manifest.versions();
        zips.filter(|(path, v)| may_be_compact(path, v)).count()
    }

    /// Says what was proved of the bag.
    pub fn set_proof(&mut self, proof: Proof) {
        self.manifest.proof = Some(proof);
    }

    /// Has a build cache lie beside the answers: what there is, and the file with its outputs.
    ///
    /// # Errors
    /// It cannot be written as JSON.
    pub fn set_build_cache(&mut self, list: &BuildCache, outputs: PathBuf) -> io::Result<()> {
        let list = Source::Bytes(serde_json::to_vec(list)?);
        self.entries.insert(LIST_NAME.to_string(), list);
        let outputs = Source::File(outputs);
        self.entries.insert(OUTPUTS_NAME.to_string(), outputs);
        Ok(())
    }

    /// About how long the archive will be, in bytes.
    ///
    /// # Errors
    /// A file is gone.
    pub fn bytes(&self) -> io::Result<u64> {
        self.entries.values().map(Source::bytes).sum()
    }

    /// Writes the archive.
    ///
    /// # Errors
    /// Those of reading the files and writing the archive.
    pub fn write(&self, out: impl Write + Seek) -> io::Result<()> {
        let entries = self.entries.iter();
        let entries = entries.map(|(name, source)| (source.entry_name(name), source));
        let entries: BTreeMap<_, _> = entries.collect();
        let entries = entries.iter().map(|(name, s)| (name.as_str(), *s));
        archive::write(out, &self.manifest, entries)
    }
}

/// True where there is a zip that is looked at: those of toolchains, which hardly take less and are
/// fetched once, and those that Go refuses stay as they are.
fn may_be_compact(path: &str, version: &HeldVersion) -> bool {
    version.zip.is_some() && path != TOOLCHAIN
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::HeldModule;

    /// `v1.0.0 zip go.mod`: a `-` for no zip, a `!` and what it holds for one that Go
    /// refuses, with its SHA-256 behind a `#`.
    fn version(line: &str) -> HeldVersion {
        let words: Vec<&str> = line.split(' ').collect();
        let (zip, sha256) = match words[1].split_once('#') {
            Some((zip, sha256)) => (zip, Some(sha256.into())),
            None => (words[1], None),
        };
        HeldVersion {
            version: words[0].into(),
            zip: (!zip.starts_with(['-', '!'])).then(|| zip.into()),
            go_mod: Some(words[2].into()),
            invalid: zip.starts_with('!'),
            zip_sha256: sha256,
            zip_bytes: zip.trim_start_matches('!').len() as u64,
            ..HeldVersion::default()
        }
    }

    fn manifest(lines: &[&str]) -> Manifest {
        let versions = lines.iter().map(|line| version(line)).collect();
        let path = "example.com/M".to_string();
        Manifest {
            modules: vec![HeldModule { path, versions }],
            ..Manifest::default()
        }
    }

    /// A plan of these versions, with an entry for each file that they have.
    fn plan(lines: &[&str]) -> Plan {
        let manifest = manifest(lines);
        let mut names = vec!["@v/list".to_string(), "@latest".to_string()];
        for (_, v) in manifest.versions() {
            let ends = if v.is_complete() { 3 } else { 2 };
            let ends = &["info", "mod", "zip"][..ends];
            names.extend(ends.iter().map(|end| format!("@v/{}.{end}", v.version)));
        }
        let empty = || Source::Bytes(Vec::new());
        Plan {
            entries: names
                .iter()
                .map(|name| (format!("example.com/!m/{name}"), empty()))
                .collect(),
            manifest,
            notes: Vec::new(),
            sums: Sums::new(),
            older: Manifest::default(),
        }
    }

    /// The same on top of a bag of these versions.
    fn plan_on(lines: &[&str], older: &[&str]) -> Result<Plan, Vec<Fault>> {
        let mut plan = plan(lines);
        let base = Base {
            name: "old-bag".into(),
            ..Base::default()
        };
        plan.build_on(&[(base, &manifest(older))])?;
        plan.leave_out()?;
        Ok(plan)
    }

    #[test]
    fn leaves_out_what_an_older_bag_has_with_the_same_hashes() {
        let table: [(&str, &[&str], bool); 6] = [
            ("v1.0.0 h1:z h1:m", &["v1.0.0 h1:z h1:m"], true),
            ("v1.0.0 h1:z h1:m", &["v1.1.0 h1:z h1:m"], false),
            ("v1.0.0 h1:z h1:m", &["v1.0.0 - h1:m"], false),
            ("v1.0.0 ! h1:m", &["v1.0.0 ! h1:m"], false),
            ("v1.0.0 - h1:m", &["v1.0.0 h1:z h1:m"], true),
            ("v1.0.0 - h1:m", &["v1.0.0 - h1:m"], false),
        ];
        for (new, older, want) in table {
            let plan = plan_on(&[new, "v1.2.0 h1:new h1:m"], older).unwrap();
            let left_out = plan.manifest.version("example.com/M", "v1.0.0").is_none();
            assert_eq!(left_out, want, "{new}, {older:?}");
            let has = |name: &str| plan.entries.contains_key(&format!("example.com/!m/{name}"));
            assert_eq!(has("@v/v1.0.0.mod"), !want, "{new}, {older:?}");
            assert!(has("@v/v1.2.0.zip") && has("@v/list") && has("@latest"));
        }
    }

    #[test]
    fn another_content_of_a_version_is_a_fault() {
        for (new, older, want) in [
            (
                "v1.0.0 h1:z h1:m",
                "v1.0.0 h1:y h1:m",
                "the zip h1:z, and in old-bag h1:y",
            ),
            (
                "v1.0.0 h1:z h1:m",
                "v1.0.0 h1:z h1:n",
                "the go.mod h1:m, and in old-bag h1:n",
            ),
            (
                "v1.0.0 - h1:m",
                "v1.0.0 h1:z h1:n",
                "the go.mod h1:m, and in old-bag h1:n",
            ),
            (
                "v1.0.0 ! h1:m",
                "v1.0.0 - h1:n",
                "the go.mod h1:m, and in old-bag h1:n",
            ),
            (
                "v1.0.0 h1:z h1:m",
                "v1.0.0 !ab h1:m",
                "the zip h1:z, and in old-bag that go refuses (2 bytes)",
            ),
            (
                "v1.0.0 !ab h1:m",
                "v1.0.0 h1:z h1:m",
                "the zip that go refuses (2 bytes), and in old-bag h1:z",
            ),
            (
                "v1.0.0 !ab h1:m",
                "v1.0.0 !abc h1:m",
                "the zip that go refuses (2 bytes), and in old-bag that go refuses (3 bytes)",
            ),
            (
                "v1.0.0 !ab#1 h1:m",
                "v1.0.0 !ab#2 h1:m",
                "the zip that go refuses (2 bytes, SHA-256 1), and in old-bag that go refuses (2 bytes, SHA-256 2)",
            ),
        ] {
            let faults = plan_on(&[new], &[older]).unwrap_err();
            let told: Vec<String> = faults.iter().map(Fault::to_string).collect();
            let want = format!("example.com/M@v1.0.0: has {want}; a version never changes");
            assert!(told.len() == 1 && told[0].starts_with(&want), "{told:?}");
        }
    }

    #[test]
    fn the_same_content_of_a_version_is_no_conflict() {
        for (new, older, has_zip) in [
            ("v1.0.0 !ab#1 h1:m", "v1.0.0 !ab#1 h1:m", true),
            // That bag was packed before there were such hashes.
            ("v1.0.0 !ab#1 h1:m", "v1.0.0 !ab h1:m", true),
            ("v1.0.0 h1:z h1:m", "v1.0.0 - h1:m", true),
            ("v1.0.0 h1:z h1:m", "v1.0.0 h1:z h1:m", false),
        ] {
            let plan = plan_on(&[new], &[older]).unwrap();
            let zip = "example.com/!m/@v/v1.0.0.zip";
            assert_eq!(plan.entries.contains_key(zip), has_zip, "{new}, {older}");
        }
    }

    #[test]
    fn a_module_with_nothing_new_is_left_out_whole() {
        let lines = ["v1.0.0 h1:z h1:m", "v1.1.0 h1:y h1:m"];
        let plan = plan_on(&lines, &lines).unwrap();
        assert!(plan.entries.is_empty(), "{:?}", plan.entries.keys());
        assert!(plan.manifest.modules.is_empty());
    }
}
