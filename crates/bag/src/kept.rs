//! Files that are kept from one packing to the next, in a folder for them: what was not used for longest
//! goes first.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Removes the files of a folder that were not used for longest, until no more than `most` bytes are
/// left.
///
/// # Errors
/// The folder cannot be read.
pub fn prune(folder: &Path, most: u64) -> io::Result<()> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let data = entry.metadata()?;
        if data.is_file() {
            files.push((data.modified()?, data.len(), entry.path()));
        }
    }
    for file in too_many(files, most) {
        // Somebody else may have removed it.
        let _ = fs::remove_file(file);
    }
    Ok(())
}

/// Another name for a file; a copy where the disk has no such thing.
///
/// # Errors
/// Those of copying it.
pub fn link(file: &Path, other: &Path) -> io::Result<()> {
    fs::hard_link(file, other).or_else(|_| fs::copy(file, other).map(|_| ()))
}

/// A file was used just now. Where that cannot be noted it is removed sooner.
pub fn touch(file: &Path) {
    let _ = File::open(file).and_then(|file| file.set_modified(SystemTime::now()));
}

/// Of files with a time and a length those that are to go, so that `most` bytes are left: the oldest.
fn too_many(mut files: Vec<(SystemTime, u64, PathBuf)>, most: u64) -> Vec<PathBuf> {
    files.sort();
    let mut left = 0_u64;
    let newest = files.into_iter().rev();
    let old = newest.filter(|(_, len, _)| {
        left = left.saturating_add(*len);
        left > most
    });
    old.map(|(_, _, file)| file).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn the_oldest_goes_first() {
        let at = |seconds, len, name: &str| {
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            (time, len, PathBuf::from(name))
        };
        let files = vec![at(3, 10, "c"), at(1, 10, "a"), at(2, 10, "b")];
        for (most, want) in [
            (30, &[][..]),
            (29, &["a"]),
            (10, &["b", "a"]),
            (0, &["c", "b", "a"]),
        ] {
            let want: Vec<PathBuf> = want.iter().map(PathBuf::from).collect();
            assert_eq!(too_many(files.clone(), most), want, "{most}");
        }
    }
}
