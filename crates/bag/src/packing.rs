//! Packing: from folders of modules to an archive.

use std::collections::BTreeMap;
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};

use gomod::module::ModuleError;
use sumdb::capture::Expected;
use sumdb::database::Database;

use crate::Fault;
use crate::archive::{self, Source};
use crate::contents::Sums;
use crate::intake::{self, Options};
use crate::layout::{self, Entries};
use crate::manifest::{HeldVersion, MANIFEST_NAME, Manifest, Proof};
use crate::sums::{self, SumFile, sum_file};

/// Everything that goes into an archive, before it is written.
#[derive(Debug)]
pub struct Plan {
    /// The entries by name, without the manifest.
    entries: Entries,
    manifest: Manifest,
    notes: Vec<String>,
    /// Captured checksum data, of which nothing is proved yet.
    sums: Sums,
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
    let (entries, manifest) = layout::layout(&intake.contents).map_err(unnamed)?;
    Ok(Plan {
        entries,
        manifest,
        notes: intake.notes,
        sums: intake.contents.sums,
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

    /// The versions that a checksum database must agree with.
    pub fn expected(&self) -> Vec<Expected> {
        sums::expected(&self.manifest)
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
        let proved = sums::prove(&self.sums, &self.manifest)?;
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
        sums::add(&mut self.entries, &mut self.manifest, database, own).map_err(unnamed)
    }

    /// Leaves out every version that `older` has in full and with the same hashes, for a bag
    /// that stands in front of that one: `GOPROXY=http://new,http://old`.
    ///
    /// What the new one answers with 404 go asks of the old one. Lists, latest versions and all
    /// checksum data stay whole, since go takes each of them from the first proxy that answers;
    /// only a module with nothing left to download has no list.
    ///
    /// # Errors
    /// A path or version that cannot be escaped.
    pub fn leave_out(&mut self, older: &Manifest) -> Result<(), Vec<Fault>> {
        for module in &mut self.manifest.modules {
            let path = &module.path;
            let had = |new: &mut HeldVersion| {
                let old = older.version(path, &new.version);
                old.is_some_and(|old| old.has_all_of(new))
            };
            for version in module.versions.extract_if(.., had) {
                let stem = layout::stem(path, &version.version).map_err(unnamed)?;
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

    /// Says what was proved of the bag.
    pub fn set_proof(&mut self, proof: Proof) {
        self.manifest.proof = Some(proof);
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
        let manifest = Source::Bytes(serde_json::to_vec(&self.manifest)?);
        let entries = self.entries.iter().map(|(name, s)| (name.as_str(), s));
        let entries: BTreeMap<_, _> = entries.chain([(MANIFEST_NAME, &manifest)]).collect();
        archive::write(out, entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::HeldModule;

    /// `v1.0.0 zip go.mod`: a `-` for no zip, a `!` for one that Go refuses.
    fn version(line: &str) -> HeldVersion {
        let words: Vec<&str> = line.split(' ').collect();
        HeldVersion {
            version: words[0].into(),
            zip: (!["-", "!"].contains(&words[1])).then(|| words[1].into()),
            go_mod: Some(words[2].into()),
            invalid: words[1] == "!",
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
        }
    }

    #[test]
    fn leaves_out_what_an_older_bag_has_with_the_same_hashes() {
        let table: [(&str, &[&str], bool); 10] = [
            ("v1.0.0 h1:z h1:m", &["v1.0.0 h1:z h1:m"], true),
            ("v1.0.0 h1:z h1:m", &["v1.1.0 h1:z h1:m"], false),
            ("v1.0.0 h1:z h1:m", &["v1.0.0 h1:y h1:m"], false),
            ("v1.0.0 h1:z h1:m", &["v1.0.0 h1:z h1:n"], false),
            ("v1.0.0 h1:z h1:m", &["v1.0.0 - h1:m"], false),
            ("v1.0.0 h1:z h1:m", &["v1.0.0 ! h1:m"], false),
            ("v1.0.0 ! h1:m", &["v1.0.0 ! h1:m"], false),
            ("v1.0.0 - h1:m", &["v1.0.0 h1:z h1:m"], true),
            ("v1.0.0 - h1:m", &["v1.0.0 h1:z h1:n"], false),
            ("v1.0.0 - h1:m", &["v1.0.0 - h1:m"], false),
        ];
        for (new, older, want) in table {
            let mut plan = plan(&[new, "v1.2.0 h1:new h1:m"]);
            plan.leave_out(&manifest(older)).unwrap();
            let left_out = plan.manifest.version("example.com/M", "v1.0.0").is_none();
            assert_eq!(left_out, want, "{new}, {older:?}");
            let has = |name: &str| plan.entries.contains_key(&format!("example.com/!m/{name}"));
            assert_eq!(has("@v/v1.0.0.mod"), !want, "{new}, {older:?}");
            assert!(has("@v/v1.2.0.zip") && has("@v/list") && has("@latest"));
        }
    }

    #[test]
    fn a_module_with_nothing_new_is_left_out_whole() {
        let lines = ["v1.0.0 h1:z h1:m", "v1.1.0 h1:y h1:m"];
        let mut plan = plan(&lines);
        plan.leave_out(&manifest(&lines)).unwrap();
        assert!(plan.entries.is_empty(), "{:?}", plan.entries.keys());
        assert!(plan.manifest.modules.is_empty());
    }
}
