//! Source folders: a module's files as they lie, zipped by Go's rules.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use gomod::module::ModuleVersion;
use gomod::modzip::{self, FolderEntry, Kind};
use walkdir::WalkDir;

use crate::place::slashed;
use crate::{Fault, plain};

/// Zips the folder `dir` as `module` into a new file `zip`. `shown` is the folder's name in
/// faults.
///
/// What is left out (vendored packages, nested modules, links, version control folders) is
/// what `golang.org/x/mod/zip.CreateFromDir` leaves out, so that the `h1:` of the result is
/// the one that go computes for the same files.
///
/// # Errors
/// Every name that Go refuses and every file that cannot be read.
pub fn zip_folder(
    module: &ModuleVersion,
    dir: &Path,
    shown: &str,
    zip: &Path,
) -> Result<(), Vec<Fault>> {
    let found = candidates(dir, shown)?;
    let go_mod = dir.join("go.mod");
    let go_mod = if go_mod.is_file() {
        Some(plain::read_text(&go_mod).map_err(|e| unreadable(&format!("{shown}/go.mod"), &e))?)
    } else {
        None
    };
    let plan = modzip::plan(&found, go_mod.as_deref());
    if !plan.faults.is_empty() {
        return Err(plan
            .faults
            .iter()
            .map(|f| Fault::of_zip(shown, f))
            .collect());
    }
    write_zip(module, dir, &plan.included, zip).map_err(|e| unreadable(shown, &e))
}

fn write_zip(
    module: &ModuleVersion,
    dir: &Path,
    included: &[String],
    zip: &Path,
) -> std::io::Result<()> {
    let mut opened = Vec::new();
    for name in included {
        opened.push((name.clone(), LazyFile::new(dir.join(name))));
    }
    let out = BufWriter::new(File::create(zip)?);
    modzip::create(out, module, opened).map_err(std::io::Error::other)?;
    Ok(())
}

fn candidates(dir: &Path, shown: &str) -> Result<Vec<FolderEntry>, Vec<Fault>> {
    let mut found = Vec::new();
    for entry in WalkDir::new(dir).min_depth(1).sort_by_file_name() {
        let entry = entry.map_err(|e| unreadable(shown, &e))?;
        let relative = entry.path().strip_prefix(dir).unwrap_or(entry.path());
        let Some(path) = slashed(relative) else {
            let file = format!("{shown}/{}", relative.display());
            return Err(vec![Fault::new(
                file,
                "its name is not UTF-8",
                "rename the file",
            )]);
        };
        let kind = match entry.file_type() {
            t if t.is_dir() => Kind::Directory,
            t if t.is_file() => Kind::Regular,
            _ => Kind::Other,
        };
        let size = match kind {
            Kind::Regular => entry.metadata().map_err(|e| unreadable(shown, &e))?.len(),
            _ => 0,
        };
        found.push(FolderEntry { path, kind, size });
    }
    Ok(found)
}

fn unreadable(file: &str, error: &dyn std::fmt::Display) -> Vec<Fault> {
    vec![Fault::unreadable(file, error)]
}

/// A file that is opened at its first read, so that a module of many files needs one
/// descriptor at a time.
struct LazyFile {
    path: PathBuf,
    file: Option<File>,
}

impl LazyFile {
    fn new(path: PathBuf) -> Self {
        LazyFile { path, file: None }
    }
}

impl std::io::Read for LazyFile {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        let file = match self.file.take() {
            Some(file) => file,
            None => File::open(&self.path)?,
        };
        self.file.insert(file).read(buf)
    }
}
