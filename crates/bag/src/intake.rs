//! Intake: reads folders of modules and checks each file by Go's rules.
//!
//! All faults are reported, not only the first; a bag is made only where there is none.

mod shown;
mod walk;
mod version;

use std::path::{Path, PathBuf};

use gomod::info::Info;
use rayon::prelude::*;

use self::shown::Shown;
use self::walk::Found;
use crate::Fault;
use crate::checked::Checked;
use crate::contents::{Contents, Sums, Version};

/// What becomes of a module zip, and of a path or version, that Go's rules refuse.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Invalid {
    /// It is a fault: no bag is made.
    #[default]
    Refuse,
    /// It is left out, and so is its version.
    Skip,
    /// It is carried unchanged, as a mirror would; go refuses it at the client. What has a name
    /// that go refuses is in no list. What no go command could ask for is left out.
    Keep,
}

/// How folders are read.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// A folder for zips that are made from source folders.
    pub scratch: &'a Path,
    /// What is known of zips that were checked before.
    pub checked: &'a Checked,
    /// What becomes of zips that Go refuses.
    pub invalid: Invalid,
}

/// What was read.
#[derive(Debug, Default)]
pub struct Intake {
    /// Everything that passed.
    pub contents: Contents,
    /// Everything that did not, sorted.
    pub faults: Vec<Fault>,
    /// What was left out or put right and is worth a line, sorted.
    pub notes: Vec<String>,
}

/// Reads every folder of `folders`, one over the other.
pub fn read(folders: &[PathBuf], options: Options<'_>) -> Intake {
    let mut found = Found::default();
    let mut faults = Vec::new();
    for folder in folders {
        walk::walk(folder, options.invalid, &mut found, &mut faults);
    }
    for (key, files) in &mut found.versions {
        // Of a version that Go refuses; what it accepts is no query.
        files.infos.extend(found.queries.remove(key));
    }
    let read: Vec<_> = found
        .versions
        .par_iter()
        .map(|(name, files)| version::read(name, files, options))
        .collect();

    let mut intake = Intake {
        faults,
        notes: std::mem::take(&mut found.notes),
        ..Intake::default()
    };
    for ((path, name), (version, notes)) in found.versions.keys().zip(read) {
        intake.notes.extend(notes);
        match version {
            Err(faults) => intake.faults.extend(faults),
            Ok(None) => {}
            Ok(Some(version)) => {
                let module = intake.contents.modules.entry(path.clone()).or_default();
                module.versions.insert(name.clone(), version);
            }
        }
    }
    for ((path, name), file) in &found.queries {
        if let Err(fault) = read_query(path, name, file, &mut intake) {
            intake.faults.push(fault);
        }
    }
    intake.contents.sums = found.sums;
    intake.contents.vulns = found.vulns;
    intake.faults.sort();
    intake.faults.dedup();
    intake.notes.sort();
    intake
}

/// The checksum data that was captured below `sumdb/` in `folder`.
pub fn captured(folder: &Path) -> Sums {
    let mut found = Found::default();
    walk::walk(folder, Invalid::Refuse, &mut found, &mut Vec::new());
    found.sums
}

/// A query is answered by the `.info` of a complete version of its module; others are left
/// out, since go would ask for the zip next.
fn read_query(path: &str, name: &str, shown: &Shown, intake: &mut Intake) -> Result<(), Fault> {
    let text = shown.read_text()?;
    let remedy = "fetch it again, or remove it";
    let info = Info::parse(&text).map_err(|e| Fault::new(&shown.name, e, remedy))?;
    let module = intake.contents.modules.get_mut(path);
    let module = module.filter(|m| {
        m.versions
            .get(&info.version)
            .is_some_and(Version::is_complete)
    });
    match module {
        Some(module) => {
            module.queries.insert(name.to_string(), text);
        }
        None => intake.notes.push(format!(
            "left out: {}: answers with {}, which is not there in full",
            shown.name, info.version
        )),
    }
    Ok(())
}
