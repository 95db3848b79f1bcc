//! Where this user's programs keep what can be had again, and what stands in for it without a home.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{cleanup, room};
use crate::error::{Error, Result};

/// How another folder is named.
const REMEDY: &str = if cfg!(windows) {
    "LOCALAPPDATA=DIR names another folder"
} else {
    "XDG_CACHE_HOME=DIR names another folder"
};

/// The same without a home.
const TEMPORARY: &str = "XDG_CACHE_HOME=DIR or TMPDIR=DIR names another folder";

/// This program's own folder there, which is made: none without a home, and none where others may
/// write to it.
pub fn own() -> Option<PathBuf> {
    usable().ok().flatten()
}

/// The same; none where nobody named a home and the one that the system knows is of no use.
///
/// # Errors
/// A home was named, and the folder in it cannot be made, or is not this user's alone.
fn usable() -> Result<Option<PathBuf>> {
    found(|folder| {
        let made = make(folder);
        made.map_err(|e| Error::new(format!("cannot make {}: {e}; {REMEDY}", folder.display())))?;
        refuse_shared(folder)
    })
}

/// The folder in which [`Place::find`] would find or make one, and how another is named. Nothing is
/// changed.
///
/// # Errors
/// As there, as far as can be told.
pub fn look() -> Result<(PathBuf, &'static str)> {
    let folder = found(|folder| match folder.exists() {
        true => refuse_shared(folder),
        false => room::may_write(folder, REMEDY),
    })?;
    Ok(match folder {
        Some(folder) => (folder, REMEDY),
        None => (std::env::temp_dir(), TEMPORARY),
    })
}

fn found(check: impl Fn(&Path) -> Result<()>) -> Result<Option<PathBuf>> {
    let Some((all, named)) = all() else {
        return Ok(None);
    };
    let folder = all.join("gobag");
    match check(&folder) {
        Ok(()) => Ok(Some(folder)),
        Err(_) if !named => Ok(None),
        Err(e) => Err(e),
    }
}

/// The folder of all programs, and whether the environment names it: the home may be one that only
/// the system knows. None without a home.
fn all() -> Option<(PathBuf, bool)> {
    let named = |name| {
        let folder = std::env::var_os(name).map(PathBuf::from);
        folder.filter(|folder| folder.is_absolute())
    };
    if cfg!(windows) {
        return Some((named("LOCALAPPDATA")?, true));
    }
    if let Some(folder) = named("XDG_CACHE_HOME") {
        return Some((folder, true));
    }
    let home = std::env::home_dir().filter(|home| home.is_absolute())?;
    let caches = if cfg!(target_os = "macos") {
        "Library/Caches"
    } else {
        ".cache"
    };
    Some((home.join(caches), named("HOME").is_some()))
}

/// Makes a folder and those above it, for this user alone.
///
/// # Errors
/// It cannot be made.
pub fn make(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

/// Refuses a folder to which anybody else could put what this user would run or believe.
///
/// # Errors
/// It is such a one, or is not there.
#[cfg(unix)]
fn refuse_shared(folder: &Path) -> Result<()> {
    use crate::error::Context;

    let told = folder.display();
    let above = folder.parent().unwrap_or(folder);
    let rights = [
        fs::symlink_metadata(folder),
        fs::metadata(folder),
        fs::metadata(above),
    ];
    let mut seen = Vec::new();
    for data in rights {
        seen.push(Rights::of(&data.context(&told)?));
    }
    match why_shared(
        rustix::process::geteuid().as_raw(),
        seen[0],
        seen[1],
        seen[2],
    ) {
        Some(why) => Err(Error::new(format!("{told} {why}; {REMEDY}"))),
        None => Ok(()),
    }
}

#[cfg(not(unix))]
fn refuse_shared(_folder: &Path) -> Result<()> {
    Ok(())
}

/// Whose a file is, and its mode.
#[cfg(unix)]
#[derive(Debug, Clone, Copy)]
struct Rights(u32, u32);

#[cfg(unix)]
impl Rights {
    fn of(data: &fs::Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Rights(data.uid(), data.mode())
    }
}

/// Why a folder is not `user`'s alone, by what its name is (a link, or the folder itself), the
/// folder, and the one in which that name is: who can write there can exchange it, unless it is
/// sticky. Groups count for the folder itself alone: many a home is its user's own group's.
#[cfg(unix)]
fn why_shared(user: u32, name: Rights, folder: Rights, above: Rights) -> Option<&'static str> {
    const DIRECTORY: u32 = 0o040_000;
    const STICKY: u32 = 0o1000;
    if folder.1 & 0o170_000 != DIRECTORY {
        Some("is no folder")
    } else if name.0 != user || folder.0 != user {
        Some("belongs to another user, who could change what is run from there")
    } else if folder.1 & 0o022 != 0 {
        Some("can be written to by others, who could change what is run from there; chmod go-w it")
    } else if above.1 & STICKY != 0 {
        None
    } else if above.0 != user && above.0 != 0 {
        Some("lies in a folder of another user, who could exchange it")
    } else if above.1 & 0o002 != 0 {
        Some("lies in a folder that everybody can write to, who could exchange it")
    } else {
        None
    }
}

/// Whether `folder` itself is one of this user alone: nobody else can even look into it.
pub fn is_private(folder: &Path) -> bool {
    let Ok(data) = fs::symlink_metadata(folder) else {
        return false;
    };
    #[cfg(unix)]
    {
        let Rights(owner, mode) = Rights::of(&data);
        data.is_dir() && owner == rustix::process::geteuid().as_raw() && mode & 0o777 == 0o700
    }
    #[cfg(not(unix))]
    data.is_dir()
}

/// A folder for what is extracted: the user's own, or without a home one for this run alone, which
/// is gone when this is dropped, and after a signal.
#[derive(Debug)]
pub struct Place {
    folder: PathBuf,
    lasts: bool,
}

impl Place {
    /// Finds it, or makes it.
    ///
    /// # Errors
    /// Neither is possible: why, and what to do.
    pub fn find() -> Result<Self> {
        if let Some(folder) = usable()? {
            let lasts = true;
            return Ok(Place { folder, lasts });
        }
        let temporary = std::env::temp_dir();
        let mut builder = tempfile::Builder::new();
        builder.prefix("gobag-");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        let made = cleanup::made(|| builder.tempdir_in(&temporary), TempDir::path);
        let folder = made.map(TempDir::keep).map_err(|e| {
            let told = temporary.display();
            Error::new(format!(
                "there is no home, and {told} cannot be written to: {}; {TEMPORARY}",
                e.kind()
            ))
        })?;
        let lasts = false;
        Ok(Place { folder, lasts })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// How another one is named.
    pub fn remedy(&self) -> &'static str {
        if self.lasts { REMEDY } else { TEMPORARY }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !self.lasts {
            // Nobody is left to hear of an error.
            let _ = cleanup::remove(&self.folder);
            cleanup::keep(&self.folder);
        }
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_not_the_users_alone_is_told() {
        const DIR: u32 = 0o040_000;
        for (name, folder, above, why) in [
            ((7, 0o700), (7, 0o700), (7, 0o755), ""),
            ((7, 0o755), (7, 0o755), (0, 0o755), ""),
            ((7, 0o700), (7, 0o700), (7, 0o775), ""),
            ((7, 0o700), (7, 0o700), (0, 0o1777), ""),
            // In a user namespace nobody is root.
            ((7, 0o700), (7, 0o700), (65534, 0o1777), ""),
            ((8, 0o700), (8, 0o700), (7, 0o755), "belongs to another"),
            ((0, 0o700), (0, 0o700), (7, 0o755), "belongs to another"),
            ((8, 0o777), (7, 0o700), (0, 0o1777), "belongs to another"),
            ((7, 0o775), (7, 0o775), (7, 0o755), "can be written to by"),
            ((7, 0o702), (7, 0o702), (7, 0o755), "can be written to by"),
            ((7, 0o700), (7, 0o700), (8, 0o755), "a folder of another"),
            ((7, 0o700), (7, 0o700), (0, 0o777), "everybody can write"),
        ] {
            let rights = |(owner, mode): (u32, u32)| Rights(owner, mode | DIR);
            let found = why_shared(7, rights(name), rights(folder), rights(above));
            let case = format!("{name:?} {folder:?} {above:?}: {found:?}");
            assert_eq!(found.is_none(), why.is_empty(), "{case}");
            assert!(found.unwrap_or("").contains(why), "{case}");
        }
        let file = Rights(7, 0o100_700);
        let above = Rights(7, DIR | 0o755);
        assert_eq!(why_shared(7, file, file, above), Some("is no folder"));
    }

    #[test]
    fn what_is_made_is_private() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("a/gobag");
        assert!(!is_private(&folder));
        make(&folder).unwrap();
        assert!(is_private(&folder));
        refuse_shared(&folder).unwrap();
        for mode in [0o755, 0o500, 0o770] {
            let mode: fs::Permissions = std::os::unix::fs::PermissionsExt::from_mode(mode);
            fs::set_permissions(&folder, mode).unwrap();
            assert!(!is_private(&folder));
        }
    }
}
