//! One gobag at a time extracts to a cache folder: it holds a lock there.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;

use crate::error::{Error, Result};
use crate::terminal::progress::complain;

/// The file that is held.
const LOCK: &str = ".lock";

/// Keeps other gobags from extracting to `cache` until what it returns is dropped.
///
/// # Errors
/// The lock cannot be had; `remedy` names another folder.
pub fn hold(cache: &Path, remedy: &str) -> Result<File> {
    alone(cache).map_err(|e| unlockable(cache, &e, remedy))
}

/// Whether another gobag holds `cache`. Nothing is changed.
///
/// # Errors
/// As of [`hold`].
pub fn is_held(cache: &Path, remedy: &str) -> Result<bool> {
    let held = || match lock_in(cache)? {
        Some(lock) => Ok(!locks(&lock)?),
        None => Ok(false),
    };
    held().map_err(|e| unlockable(cache, &e, remedy))
}

fn unlockable(cache: &Path, e: &io::Error, remedy: &str) -> Error {
    Error::new(format!("cannot lock {}: {e}; {remedy}", cache.display()))
}

/// The lock of `cache`, where it is there.
fn lock_in(cache: &Path) -> io::Result<Option<File>> {
    let file = cache.join(LOCK);
    match file.symlink_metadata() {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
        // To open a pipe would wait for whoever reads it.
        Ok(data) if !data.is_file() => {
            Err(io::Error::other(".lock there is no plain file, remove it"))
        }
        Ok(_) => File::options().write(true).open(file).map(Some),
    }
}

/// Locks it; false where another does. Not every file system can.
fn locks(lock: &File) -> io::Result<bool> {
    match lock.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(e)) => Err(e),
    }
}

/// Nobody else can open what it locks, and hold it.
fn alone(cache: &Path) -> io::Result<File> {
    let lock = match lock_in(cache)? {
        Some(lock) => lock,
        None => {
            let mut options = File::options();
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let options = options.create(true).truncate(false).write(true);
            options.open(cache.join(LOCK))?
        }
    };
    if !locks(&lock)? {
        let told = cache.display();
        complain(&format!(
            "gobag: waiting for another gobag that extracts to {told}"
        ));
        lock.lock()?;
    }
    Ok(lock)
}
