//! Packing: from folders of modules to an archive, in one call.

use std::fs;
use std::io::{self, Seek, Write};
use std::path::PathBuf;

use gomod::module::ModuleError;

use crate::Fault;
use crate::archive::{self, Source};
use crate::intake::{self, Options};
use crate::layout::{self, Entries};
use crate::record::{RECORD_NAME, Record};
use crate::sums;

/// Everything that goes into an archive, before it is written.
#[derive(Debug)]
pub struct Plan {
    /// The entries by name, without the record.
    pub entries: Entries,
    /// What the bag will say of itself.
    pub record: Record,
    /// What was left out or put right.
    pub notes: Vec<String>,
}

/// Reads and checks `folders` and derives every answer.
///
/// # Errors
/// Every fault, sorted.
pub fn plan(folders: &[PathBuf], options: Options<'_>) -> Result<Plan, Vec<Fault>> {
    let intake = intake::read(folders, options);
    if !intake.faults.is_empty() {
        return Err(intake.faults);
    }
    let unnamed = |e: ModuleError| vec![Fault::new("modules", e, "remove that version")];
    let (mut entries, mut record) = layout::layout(&intake.contents).map_err(unnamed)?;
    let proved = sums::prove(&intake.contents.sums, &record)?;
    for database in &proved.databases {
        sums::add(&mut entries, &mut record, database, false).map_err(unnamed)?;
    }
    let notes = [intake.notes, proved.notes].concat();
    Ok(Plan {
        entries,
        record,
        notes,
    })
}

impl Plan {
    /// About how long the archive will be, in bytes.
    ///
    /// # Errors
    /// A file is gone.
    pub fn bytes(&self) -> io::Result<u64> {
        let size = |source: &Source| match source {
            Source::Bytes(bytes) => Ok(bytes.len() as u64),
            Source::File(file) => Ok(fs::metadata(file)?.len()),
        };
        self.entries.values().map(size).sum()
    }

    /// Writes the archive and returns its length in bytes.
    ///
    /// # Errors
    /// Those of reading the files and writing the archive.
    pub fn write(mut self, out: impl Write + Seek) -> io::Result<u64> {
        let record = serde_json::to_vec(&self.record)?;
        self.entries
            .insert(RECORD_NAME.to_string(), Source::Bytes(record));
        archive::write(
            out,
            self.entries
                .iter()
                .map(|(name, source)| (name.as_str(), source)),
        )
    }
}
