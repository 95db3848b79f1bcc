//! What a folder has to offer before anything is written to it: the right to write, room, and programs that start.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::terminal::size::size;

/// Fails if less than `bytes` are free where `folder` is, or will be; `what` needs them.
///
/// # Errors
/// There is not enough room. A system that does not tell is believed to have it.
pub fn room_for(folder: &Path, bytes: u64, what: &str) -> Result<()> {
    let Some((place, free)) = free(folder) else {
        return Ok(());
    };
    if free >= bytes {
        return Ok(());
    }
    Err(Error::new(format!(
        "no room in {}: {} free, {} needed for {what}; remove something, or choose another disk",
        place.display(),
        size(free),
        size(bytes)
    )))
}

/// Fails where this user may not write where `folder` is, or will be; `remedy` says what to do.
///
/// # Errors
/// The kernel would refuse it.
pub fn may_write(folder: &Path, remedy: &str) -> Result<()> {
    #[cfg(unix)]
    if let Some(place) = nearest(folder) {
        use rustix::fs::{Access, access};

        access(&place, Access::WRITE_OK | Access::EXEC_OK).map_err(|e| {
            Error::new(format!(
                "cannot write to {}: {e}; {remedy}",
                place.display()
            ))
        })?;
    }
    #[cfg(not(unix))]
    let _ = (folder, remedy);
    Ok(())
}

/// Fails where this user may not see what lies in `folder`, if that is there.
///
/// # Errors
/// The kernel refuses it.
pub fn may_look(folder: &Path, remedy: &str) -> Result<()> {
    match std::fs::read_dir(folder) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            let text = format!("cannot read {}: {e}; {remedy}", folder.display());
            Err(Error::new(text))
        }
        _ => Ok(()),
    }
}

/// Fails where this user may not change `file`, or make it where it is not there.
///
/// # Errors
/// The kernel would refuse it.
pub fn may_change(file: &Path) -> Result<()> {
    #[cfg(unix)]
    {
        use rustix::fs::{Access, access};

        let folder = file.parent().unwrap_or(Path::new("."));
        let allowed = match file.exists() {
            true => access(file, Access::WRITE_OK),
            false => access(folder, Access::WRITE_OK | Access::EXEC_OK),
        };
        allowed.map_err(|e| Error::new(format!("{} cannot be written to: {e}", file.display())))?;
    }
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}

/// Fails where no program is found by PATH, or starts, that lies where `folder` is, or will be.
///
/// # Errors
/// Its name cannot be part of a list, or it is mounted that way.
pub fn starts_programs(folder: &Path, remedy: &str) -> Result<()> {
    if let Err(e) = std::env::join_paths([folder]) {
        let text = format!("{} cannot be in PATH: {e}; {remedy}", folder.display());
        return Err(Error::new(text));
    }
    match mounted_noexec(folder) {
        None => Ok(()),
        Some(place) => Err(Error::new(format!(
            "no program starts in {}, which is mounted noexec; {remedy}",
            place.display()
        ))),
    }
}

/// Where `folder` is, or will be, if that is mounted so that no program starts there.
#[cfg(target_os = "linux")]
pub fn mounted_noexec(folder: &Path) -> Option<PathBuf> {
    let place = nearest(folder)?;
    let told = rustix::fs::statvfs(&place).ok()?;
    let noexec = rustix::fs::StatVfsMountFlags::NOEXEC;
    told.f_flag.contains(noexec).then_some(place)
}

/// It is not known.
#[cfg(not(target_os = "linux"))]
pub fn mounted_noexec(_folder: &Path) -> Option<PathBuf> {
    None
}

/// What this user may write where `folder` will be.
#[cfg(unix)]
pub fn free(folder: &Path) -> Option<(PathBuf, u64)> {
    let place = nearest(folder)?;
    let told = rustix::fs::statvfs(&place).ok()?;
    // Some that are made of others tell of no blocks at all.
    let free = told.f_bavail.saturating_mul(told.f_frsize);
    (told.f_blocks > 0).then_some((place, free))
}

/// It is not known.
#[cfg(not(unix))]
pub fn free(_folder: &Path) -> Option<(PathBuf, u64)> {
    None
}

/// The folder, or the first above it that is there: a link that leads nowhere is in the way of
/// whatever would be made there.
pub fn nearest(folder: &Path) -> Option<PathBuf> {
    let folder = std::path::absolute(folder).ok()?;
    let is_there = |place: &&Path| place.symlink_metadata().is_ok();
    folder.ancestors().find(is_there).map(Path::to_path_buf)
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_is_what_would_be_in_the_way() {
        let dir = tempfile::tempdir().unwrap();
        let link = dir.path().join("link");
        std::os::unix::fs::symlink("/nowhere/at/all", &link).unwrap();
        for (folder, want) in [("a/b", ""), ("link/a", "link"), ("", "")] {
            let want = dir.path().join(want);
            let found = nearest(&dir.path().join(folder)).unwrap();
            assert_eq!(
                found.components().collect::<PathBuf>(),
                want.components().collect::<PathBuf>()
            );
        }
        assert!(may_write(&link.join("a"), "").is_err());
    }

    #[test]
    fn room_is_told_where_there_is_too_little() {
        let folder = std::env::temp_dir();
        assert!(room_for(&folder.join("not/there/yet"), 1, "the bag").is_ok());
        let error = room_for(&folder, u64::MAX, "the bag")
            .unwrap_err()
            .to_string();
        assert!(
            error.contains(" free, ") && error.contains("needed for the bag"),
            "{error}"
        );
    }
}
