//! What is packed as it lies somewhere: folders, and what this executable carries.

use std::fs;
use std::io::{Cursor, ErrorKind};
use std::path::{Path, PathBuf};

use bag::checked::Checked;
use bag::manifest::Manifest;
use bag::packing;
use bag::plain;
use bag::{Bag, Invalid, Options};
use gomod::modfile::ModFile;

use super::contents::faults;
use super::front::is_of_version;
use super::order::Further;
use super::vulns;
use super::work::Work;
use crate::carried::bundle;
use crate::client::settings;
use crate::error::{Context, Result};
use crate::terminal::progress::note;
use crate::unpack::tree;

/// Makes the folders of `further`: a vulnerability database, what is imported, what becomes a module,
/// and what this executable carries. For go commands the last two are put into `downloads`, a `cache/download`
/// folder that is packed as well, since no other place may have them.
///
/// # Errors
/// A folder is missing, or cannot be made.
pub fn all(further: &Further, work: &Work, downloads: Option<&Path>) -> Result<Folders> {
    let mut made = Folders::default();
    for import in &further.imports {
        fs::read_dir(import).context(import.display())?;
        made.folders.push(import.clone());
    }
    if !further.locals.is_empty() {
        let at = work.fresh_folder("locals")?;
        for (module, dir) in &further.locals {
            let name = at.join(format!(
                "{}@{}",
                module.escaped_path(),
                module.escaped_version()
            ));
            fs::create_dir_all(name.parent().unwrap_or(&at)).context(at.display())?;
            let dir = fs::canonicalize(dir).context(dir.display())?;
            warn_of_other_path(&dir, &module.path)?;
            link(&dir, &name).context(dir.display())?;
            made.seeds.push(module.to_string());
        }
        match downloads {
            Some(downloads) => {
                let archive = archive(&at, work)?;
                let bag = Bag::open(&archive).context("the local modules")?;
                seed(&bag, downloads)?;
            }
            None => made.folders.push(at),
        }
    }
    if further.add {
        let at = work.fresh_folder("carried")?;
        let bag = bundle::bag()?;
        tree::write(&bag, &at)?;
        if further.vulndb.is_some() {
            let old = at.join(bag::vulndb::ROOT);
            match fs::remove_dir_all(&old) {
                Err(e) if e.kind() != ErrorKind::NotFound => return Err(e).context(old.display()),
                _ => {}
            }
        }
        // A log of its own says what was in the bag, which is no longer all.
        for own in bag.about().databases.iter().filter(|d| d.own) {
            let own = at.join("sumdb").join(&own.name);
            fs::remove_dir_all(&own).context(own.display())?;
        }
        if let Some(downloads) = downloads {
            seed(&bag, downloads)?;
        }
        made.seeds.extend(unrecorded(&*bag.manifest()?));
        made.folders.push(at);
    }
    if let Some(place) = &further.vulndb {
        made.folders.push(vulns::folder(place, work)?);
    }
    Ok(made)
}

/// Folders to pack, and what nobody else has.
#[derive(Debug, Default)]
pub struct Folders {
    /// The folders, laid out like `modules/`.
    pub folders: Vec<PathBuf>,
    /// `path@version` of those that no checksum database knows.
    pub seeds: Vec<String>,
}

/// What is carried and has no public record.
fn unrecorded(manifest: &Manifest) -> Vec<String> {
    match settings::public_database(&manifest.databases) {
        Some(database) => database.unrecorded.clone(),
        None => manifest
            .complete()
            .map(|(path, v)| format!("{path}@{}", v.version))
            .collect(),
    }
}

/// The archive of the modules in the folder `at`.
fn archive(at: &Path, work: &Work) -> Result<Vec<u8>> {
    let options = Options {
        scratch: &work.folder("zips")?,
        checked: &Checked::nothing(),
        invalid: Invalid::Refuse,
    };
    let plan = packing::plan(&[at.to_path_buf()], options).map_err(faults)?;
    let mut archive = Cursor::new(Vec::new());
    plan.write(&mut archive)
        .context("cannot read the local modules")?;
    Ok(archive.into_inner())
}

/// Puts the files of every version of a bag where go finds them without asking anyone. The list
/// of versions and the checksum data stay out: go asks the connected side for those.
fn seed(bag: &Bag<'_>, downloads: &Path) -> Result<()> {
    for (name, answer) in bag.answers().filter(|(name, _)| is_of_version(name)) {
        let file = downloads.join(name);
        let folder = file.parent().unwrap_or(downloads);
        fs::create_dir_all(folder).context(folder.display())?;
        tree::write_answer(answer, &file).context(file.display())?;
    }
    Ok(())
}

/// Go takes a module whose go.mod has another path as a replacement only.
fn warn_of_other_path(dir: &Path, path: &str) -> Result<()> {
    let file = dir.join("go.mod");
    let Ok(text) = plain::read_text(&file) else {
        return Ok(());
    };
    let declared = ModFile::parse(&text).context(file.display())?.module;
    if let Some(declared) = declared.filter(|d| d != path) {
        let file = file.display();
        note(&format!(
            "{file} declares {declared}; as {path} it can only replace another module"
        ));
    }
    Ok(())
}

/// Has `dir` lie in the place `name` as well.
#[cfg(unix)]
pub fn link(dir: &Path, name: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(dir, name)
}

/// Has `dir` lie in the place `name` as well.
#[cfg(windows)]
pub fn link(dir: &Path, name: &Path) -> std::io::Result<()> {
    std::os::windows::fs::symlink_dir(dir, name)
}
