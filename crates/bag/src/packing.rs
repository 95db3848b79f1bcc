//! Packing: from folders of modules to an archive, in one call.

use std::io::{self, Seek, Write};
use std::path::PathBuf;

use gomod::module::ModuleError;
use sumdb::database::Database;

use crate::Fault;
use crate::archive::{self, Source};
use crate::contents::Sums;
use crate::intake::{self, Options};
use crate::layout::{self, Entries};
use crate::manifest::{MANIFEST_NAME, Manifest};
use crate::sums;

/// Everything that goes into an archive, before it is written.
#[derive(Debug)]
pub struct Plan {
    /// The entries by name, without the manifest.
    pub entries: Entries,
    /// What the bag will say of itself.
    pub manifest: Manifest,
    /// What was left out or put right.
    pub notes: Vec<String>,
    /// Captured checksum data, of which nothing is proved yet.
    pub sums: Sums,
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
    /// Proves the captured checksum data and adds what it proves.
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

    /// About how long the archive will be, in bytes.
    ///
    /// # Errors
    /// A file is gone.
    pub fn bytes(&self) -> io::Result<u64> {
        self.entries.values().map(Source::bytes).sum()
    }

    /// Writes the archive and returns its length in bytes.
    ///
    /// # Errors
    /// Those of reading the files and writing the archive.
    pub fn write(&self, out: impl Write + Seek) -> io::Result<u64> {
        let manifest = Source::Bytes(serde_json::to_vec(&self.manifest)?);
        let mut entries: Vec<(&str, &Source)> = self
            .entries
            .iter()
            .map(|(name, source)| (name.as_str(), source))
            .collect();
        let at = entries.partition_point(|(name, _)| *name < MANIFEST_NAME);
        entries.insert(at, (MANIFEST_NAME, &manifest));
        archive::write(out, entries)
    }
}
