//! Module zips: checked, read and written.
//!
//! Every name begins with `path@version/`, unescaped; no two names differ in case only; a `go.mod`
//! is at the root or nowhere; the zip and its files have at most 500 MiB. Modes and times mean
//! nothing.
//!
//! Nothing here writes a file. Reading never yields more bytes than a zip's directory says, and
//! nothing is read before the directory was found to be within the limits. The zip crate is used
//! for writing only: reading has to see what Go sees, repeated names and all, so it is done by hand
//! in `directory.rs` and `content.rs`.
//!
//! Specification: <https://go.dev/ref/mod#zip-files> and <https://pkg.go.dev/golang.org/x/mod/zip>.

mod fault;
mod collision;
mod directory;
mod content;
mod inspect;
mod vendored;
mod plan;
mod create;
mod stored;
mod listing;

use std::io::{self, ErrorKind, Read, Seek, SeekFrom};

pub use create::{CreateError, Created, create};
pub use fault::{ZipFault, ZipRule};
pub use listing::Listing;
pub use plan::{FolderEntry, Kind, OmitReason, Plan, plan};
pub use stored::{Form, Stored};

use crate::dirhash::{Hash1, sha256_of};
use crate::module::{self, ModuleVersion};
use content::{Content, check_directory};
use directory::{Entry, Most};
use inspect::{Inspection, inspect};

/// The size in bytes that a zip may have.
pub const MAX_ZIP_BYTES: u64 = 500 << 20;
/// The size in bytes that the files in a zip may have together.
pub(crate) const MAX_CONTENT_BYTES: u64 = 500 << 20;
/// The size in bytes that the `go.mod` at the root may have.
pub(crate) const MAX_GO_MOD_BYTES: u64 = 16 << 20;
/// The size in bytes that the `LICENSE` at the root may have.
pub(crate) const MAX_LICENSE_BYTES: u64 = 16 << 20;
/// How many entries, and how many files and directories, a zip may have. This limit is not Go's: it
/// bounds the memory that a hostile zip can take, and is far beyond what modules have.
pub(crate) const MAX_ENTRIES: usize = 1_000_000;
/// How many bytes the names in a zip may have together. This limit is not Go's.
pub(crate) const MAX_NAME_BYTES: usize = 64 << 20;

/// What a sound zip holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZipReport {
    /// The hash that Go computes of this zip. It differs from that of the files if there are
    /// directories.
    pub h1: String,
    /// The `go.mod` at the root. The one that counts is the version's `.mod`, which may be another.
    pub go_mod: Option<Vec<u8>>,
    /// How many files there are.
    pub files: usize,
    /// How many entries are directories. There should be none: with them, `go mod verify` finds
    /// that the extracted files have another hash than the zip.
    pub directories: usize,
    /// The size of the files in bytes.
    pub unpacked_bytes: u64,
}

/// Checks the zip of a module: `size` bytes that `reader` yields from its start.
///
/// Contents are read to their end, but not if they are too large or overlap. The reader's position
/// counts for nothing.
///
/// # Errors
/// Every fault that can be told: of each entry the first, and of the whole.
pub fn check<R: Read + Seek>(
    module: &ModuleVersion,
    size: u64,
    mut reader: R,
) -> Result<ZipReport, Vec<ZipFault>> {
    let (entries, inspection) = open(module, size, &mut reader, &directory::MOST)
        .map_err(|rule| vec![ZipFault::of_whole(rule)])?;
    let (files, mut faults) = (inspection.files, inspection.faults);
    // Too large, or overlapping: the contents are not safe to read.
    if faults.iter().any(|fault| fault.entry.is_none()) {
        return Err(faults);
    }
    let mut hash = Hash1::new();
    let mut go_mod = None;
    for &place in &inspection.directories {
        let entry = &entries[place];
        let name = String::from_utf8_lossy(&entry.name);
        match check_directory(&mut reader, entry).and_then(|()| sha256_of(io::empty())) {
            Ok(sha256) => hash.add(name, sha256),
            Err(e) => faults.push(ZipFault::of_entry(name, e.into())),
        }
    }
    for (place, path) in &files {
        let entry = &entries[*place];
        let name = String::from_utf8_lossy(&entry.name);
        let copy = (path == "go.mod").then(|| go_mod.insert(Vec::new()));
        match hash_content(&mut reader, entry, copy) {
            Ok(sha256) => hash.add(name, sha256),
            Err(e) => faults.push(ZipFault::of_entry(name, e.into())),
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    Ok(ZipReport {
        h1: hash.finish().expect("a legal path has no line feed"),
        go_mod,
        files: files.len(),
        directories: inspection.directories.len(),
        unpacked_bytes: files.iter().map(|(place, _)| entries[*place].size).sum(),
    })
}

/// Hands each file of a zip to `f`, in the zip's order: its path below the module's root, and its
/// content.
///
/// Names, sizes and the module are checked before the first call. What `f` reads is checked as it
/// reads on, and known to be right when it has come to the end of a file. Directories are skipped.
///
/// # Errors
/// A fault, of kind `InvalidData`, or the first error of `f`.
pub fn for_each_file<R: Read + Seek>(
    reader: R,
    module: &ModuleVersion,
    f: impl FnMut(&str, &mut dyn Read) -> io::Result<()>,
) -> io::Result<()> {
    for_every(1, 0, reader, module, f)
}

/// The same with every `nth` file alone, from the one with the number `first` on, which is 0 for the
/// first of all: several can read a zip at once, each with a reader of its own.
///
/// # Errors
/// As of [`for_each_file`].
pub fn for_every<R: Read + Seek>(
    nth: usize,
    first: usize,
    mut reader: R,
    module: &ModuleVersion,
    f: impl FnMut(&str, &mut dyn Read) -> io::Result<()>,
) -> io::Result<()> {
    let (entries, files) = sound(module, &mut reader, &directory::MOST)?;
    let files = files.into_iter().skip(first).step_by(nth.max(1));
    read_files(&mut reader, &entries, files, f)
}

/// The same with those files alone whose path is wanted.
///
/// # Errors
/// As of [`for_each_file`].
pub fn for_wanted<R: Read + Seek>(
    mut reader: R,
    module: &ModuleVersion,
    wanted: impl Fn(&str) -> bool,
    f: impl FnMut(&str, &mut dyn Read) -> io::Result<()>,
) -> io::Result<()> {
    let (entries, files) = sound(module, &mut reader, &directory::MOST)?;
    let files = files.into_iter().filter(|(_, path)| wanted(path));
    read_files(&mut reader, &entries, files, f)
}

/// Hands each of `files` to `f`, as [`for_each_file`] does.
fn read_files<R: Read + Seek>(
    reader: &mut R,
    entries: &[Entry],
    files: impl Iterator<Item = (usize, String)>,
    mut f: impl FnMut(&str, &mut dyn Read) -> io::Result<()>,
) -> io::Result<()> {
    for (place, path) in files {
        let entry = &entries[place];
        Content::open(reader, entry)
            .and_then(|mut content| f(&path, &mut content))
            .map_err(|e| named(entry, e))?;
    }
    Ok(())
}

/// How many files a zip has and how many bytes they take, by its directory.
///
/// # Errors
/// A fault that needs no content to be told, of kind `InvalidData`; those of reading.
pub fn unpacked<R: Read + Seek>(mut reader: R, module: &ModuleVersion) -> io::Result<(usize, u64)> {
    let (entries, files) = sound(module, &mut reader, &directory::MOST)?;
    let sizes = files.iter().map(|(place, _)| entries[*place].size);
    Ok((files.len(), sizes.sum()))
}

/// The entries of a zip that breaks no rule which needs no content, and which of them are files, with
/// their paths below the module's root.
type Sound = (Vec<Entry>, Vec<(usize, String)>);

/// Reads the directory of a zip, and no more of it than `most`.
///
/// # Errors
/// It breaks a rule.
fn sound<R: Read + Seek>(module: &ModuleVersion, reader: &mut R, most: &Most) -> io::Result<Sound> {
    let size = reader.seek(SeekFrom::End(0))?;
    let (entries, inspection) = open(module, size, reader, most)
        .map_err(|rule| io::Error::new(ErrorKind::InvalidData, ZipFault::of_whole(rule)))?;
    match inspection.faults.into_iter().next() {
        Some(fault) => Err(io::Error::new(ErrorKind::InvalidData, fault)),
        None => Ok((entries, inspection.files)),
    }
}

/// Adds the entry's name to an error that came from its content; one of the caller's own is left as
/// it is.
fn named(entry: &Entry, e: io::Error) -> io::Error {
    match e.downcast::<ZipRule>() {
        Ok(rule) => {
            let name = String::from_utf8_lossy(&entry.name);
            io::Error::new(ErrorKind::InvalidData, ZipFault::of_entry(name, rule))
        }
        Err(e) => e,
    }
}

fn open<R: Read + Seek>(
    module: &ModuleVersion,
    size: u64,
    reader: &mut R,
    most: &Most,
) -> Result<(Vec<Entry>, Inspection), ZipRule> {
    module::check(&module.path, &module.version).map_err(ZipRule::Module)?;
    if size > MAX_ZIP_BYTES {
        return Err(ZipRule::ZipSize(size));
    }
    let entries = directory::read(reader, size, most)?;
    let inspection = inspect(module, &entries, size);
    Ok((entries, inspection))
}

/// The SHA-256 of an entry; its content also goes to `copy`, for the one file that has a limit.
fn hash_content<R: Read + Seek>(
    reader: &mut R,
    entry: &Entry,
    copy: Option<&mut Vec<u8>>,
) -> io::Result<[u8; 32]> {
    let mut content = Content::open(reader, entry)?;
    match copy {
        None => sha256_of(content),
        Some(copy) => {
            content.read_to_end(copy)?;
            sha256_of(&copy[..])
        }
    }
}

#[cfg(test)]
mod tests;
