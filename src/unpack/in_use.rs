//! What lies in a folder of its own in a cache folder and is in use: nobody removes that. A file in it is
//! locked by whoever uses it, and its time tells when that was last.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::partial;
use crate::error::{Context, Error, Result};
use crate::process::cleanup;

/// The file in such a folder whose time tells when it was used last.
const USED: &str = "used";

/// Marks the folder as one that is used now, for as long as what this returns is there; none where that
/// is not possible, or where it is being removed.
///
/// # Errors
/// What lies in the place of the mark is no file.
pub fn mark(folder: &Path) -> Result<Option<File>> {
    let file = folder.join(USED);
    // To open a pipe would wait for whoever reads it.
    if file.symlink_metadata().is_ok_and(|data| !data.is_file()) {
        let file = file.display();
        return Err(Error::new(format!("{file} is no plain file, remove it")));
    }
    let marked = || {
        let used = open(&file)?;
        used.set_modified(SystemTime::now()).ok()?;
        // Not every file system has locks.
        let _ = used.lock_shared();
        // It may have been moved away before it was locked.
        is_at(&used, &file).then_some(used)
    };
    Ok(marked())
}

/// True where that is the file with this path.
#[cfg(unix)]
fn is_at(used: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let number = |data: fs::Metadata| (data.dev(), data.ino());
    let same = used.metadata().ok().zip(path.symlink_metadata().ok());
    same.is_some_and(|(used, there)| number(used) == number(there))
}

#[cfg(not(unix))]
fn is_at(_used: &File, path: &Path) -> bool {
    path.is_file()
}

/// The file, which is made where it is not there; none where it cannot be opened.
fn open(file: &Path) -> Option<File> {
    let mut options = File::options();
    let options = options.create(true).truncate(false).read(true).write(true);
    // To lock it, it need not be one to write to.
    options.open(file).or_else(|_| File::open(file)).ok()
}

/// How long ago the folder was used last, where that is known.
pub fn age(folder: &Path) -> Option<Duration> {
    let used = fs::symlink_metadata(folder.join(USED)).ok()?;
    used.modified().ok()?.elapsed().ok()
}

/// Removes what lies at `path` in `cache`, at once for whoever looks for it; false where somebody uses it.
///
/// # Errors
/// It cannot be moved or removed.
pub fn remove_unless(path: &Path, cache: &Path) -> Result<bool> {
    let file = path.join(USED);
    let is_odd = file.symlink_metadata().is_ok_and(|data| !data.is_file());
    let is_folder = path.symlink_metadata().is_ok_and(|data| data.is_dir());
    // Who begins to use it now waits for this, and then finds it gone.
    let used = (is_folder && !is_odd).then(|| open(&file));
    let used = used.flatten();
    if used.as_ref().is_some_and(|used| used.try_lock().is_err()) {
        return Ok(false);
    }
    // A file that is open keeps its folder in place there.
    let used = used.filter(|_| !cfg!(windows));
    let aside = partial::folder_in(cache).context(cache.display())?;
    fs::rename(path, aside.path().join("it")).context(path.display())?;
    drop(used);
    cleanup::remove(aside.path()).context(cache.display())?;
    Ok(true)
}
