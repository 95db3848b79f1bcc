//! A vulnerability database to be carried: a folder, or a zip of one.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use bag::checked::Checked;
use bag::vulndb::{DB, ROOT};
use bag::{Invalid, Options, packing, vulns};

use super::contents::faults;
use super::folders::link;
use super::work::Work;
use crate::error::{Context, Error, Result};

/// Makes a folder laid out like `modules/` that has the database in `place`, after a look whether
/// that is one.
///
/// # Errors
/// It is none, or lacks something; it cannot be read.
pub fn folder(place: &Path, work: &Work) -> Result<PathBuf> {
    let at = work.fresh_folder("vulnerabilities")?;
    let inside = at.join(ROOT);
    if fs::metadata(place).context(place.display())?.is_dir() {
        let place = fs::canonicalize(place).context(place.display())?;
        link(&place, &at.join(ROOT.trim_end_matches('/'))).context(place.display())?;
    } else {
        let zip = File::open(place).context(place.display())?;
        vulns::extract(&zip, &inside).context(place.display())?;
    }
    if !inside.join(DB).is_file() {
        let text = "is no vulnerability database, nor a zip of one";
        let remedy = "name what has index/ and ID/ in it, such as vulndb.zip of vuln.go.dev";
        let place = place.display();
        return Err(Error::new(format!(
            "{place} {text}: it has no {DB}; {remedy}"
        )));
    }
    let options = Options {
        scratch: &at,
        checked: &Checked::nothing(),
        invalid: Invalid::Refuse,
    };
    packing::plan(std::slice::from_ref(&at), options).map_err(faults)?;
    Ok(at)
}
