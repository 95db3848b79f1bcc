//! Where this user's programs keep what can be had again, and what stands in for it without a home.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{cleanup, room};
use crate::error::{Context, Error, Result};

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
        // Else a folder of ours would be left in somebody else's, and in his way.
        fitting(folder)?;
        let made = make(folder);
        made.map_err(|e| Error::new(format!("cannot make {}: {e}; {REMEDY}", folder.display())))?;
        unshared(folder, true, REMEDY)
    })
}

/// The folder that [`Place::find`] would find, or in which it would make one for a run alone; how
/// another is named; and whether it is the first, so that what lies there counts. Nothing is changed.
///
/// # Errors
/// As there, as far as can be told.
pub fn look() -> Result<(PathBuf, &'static str, bool)> {
    match found(fitting)? {
        Some(folder) => Ok((folder, REMEDY, true)),
        None => {
            let shared = unshared(&std::env::temp_dir(), false, TEMPORARY)?;
            Ok((shared, TEMPORARY, false))
        }
    }
}

/// `folder`, which is this user's alone, or can be made so; without links where it is there.
///
/// # Errors
/// It is not, or cannot.
fn fitting(folder: &Path) -> Result<PathBuf> {
    if folder.exists() {
        return unshared(folder, true, REMEDY);
    }
    room::may_write(folder, REMEDY)?;
    let there = room::nearest(folder);
    unshared(there.as_deref().unwrap_or(folder), false, REMEDY)?;
    Ok(folder.to_path_buf())
}

fn found(check: impl Fn(&Path) -> Result<PathBuf>) -> Result<Option<PathBuf>> {
    let Some((all, named)) = all() else {
        return Ok(None);
    };
    match check(&all.join("gobag")) {
        Ok(folder) => Ok(Some(folder)),
        Err(_) if !named => Ok(None),
        Err(e) => Err(e),
    }
}

/// The folder of all programs, and whether the environment names it: the home may be one that only
/// the system knows. None without a home.
fn all() -> Option<(PathBuf, bool)> {
    let home = || std::env::home_dir().filter(|home| home.is_absolute());
    let (folder, named) = of_programs(Path::is_absolute, home)?;
    Some((folder, named || var("HOME", Path::is_absolute).is_some()))
}

/// Where the programs of a user keep such things, go among them (os.UserCacheDir): the folder that
/// the environment names, where that `counts`, or else one in the home; and whether it was named.
pub fn of_programs(
    counts: impl Fn(&Path) -> bool,
    home: impl FnOnce() -> Option<PathBuf>,
) -> Option<(PathBuf, bool)> {
    if cfg!(windows) {
        return Some((var("LOCALAPPDATA", counts)?, true));
    }
    if let Some(folder) = var("XDG_CACHE_HOME", counts) {
        return Some((folder, true));
    }
    let caches = if cfg!(target_os = "macos") {
        "Library/Caches"
    } else {
        ".cache"
    };
    Some((home()?.join(caches), false))
}

fn var(name: &str, counts: impl Fn(&Path) -> bool) -> Option<PathBuf> {
    let folder = std::env::var_os(name).map(PathBuf::from);
    folder.filter(|folder| counts(folder))
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

/// `folder` by a path without links, where nobody else can put or exchange what this user would run
/// or believe: neither in it, if it is to be this user's `own`, nor in those above.
///
/// # Errors
/// Somebody else could, or it is not there.
#[cfg(unix)]
fn unshared(folder: &Path, own: bool, remedy: &str) -> Result<PathBuf> {
    let us = Us::now();
    let folder = fs::canonicalize(folder)
        .map_err(|e| Error::new(format!("{}: {e}; {remedy}", folder.display())))?;
    for place in folder.ancestors() {
        let told = place.display();
        let data = fs::symlink_metadata(place).context(&told)?;
        if let Some(why) = us.fears(Rights::of(&data), own && place == folder) {
            return Err(Error::new(format!("{told} {why}; {remedy}")));
        }
    }
    Ok(folder)
}

#[cfg(not(unix))]
fn unshared(folder: &Path, _own: bool, _remedy: &str) -> Result<PathBuf> {
    Ok(folder.to_path_buf())
}

/// Whose a file is, its group, and its mode.
#[cfg(unix)]
#[derive(Debug, Clone, Copy)]
struct Rights(u32, u32, u32);

#[cfg(unix)]
impl Rights {
    fn of(data: &fs::Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Rights(data.uid(), data.gid(), data.mode())
    }
}

/// Who runs this.
#[cfg(unix)]
#[derive(Debug, Clone, Copy)]
struct Us {
    user: u32,
    group: u32,
    /// True in a user namespace that does not have root: its files seem to be [`NOBODY`]'s there.
    apart: bool,
}

/// Whose what belongs to nobody in a user namespace seems to be.
#[cfg(unix)]
const NOBODY: u32 = 65534;

#[cfg(unix)]
impl Us {
    fn now() -> Self {
        let known = fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
        let whole = known.split_whitespace().eq(["0", "0", "4294967295"]);
        Us {
            user: rustix::process::geteuid().as_raw(),
            group: rustix::process::getegid().as_raw(),
            apart: !known.is_empty() && !whole,
        }
    }

    /// Why what lies in a folder may be somebody else's doing. The `own` one must be ours, and
    /// nobody else's to write to; the others may be root's, and writable where they are sticky, so
    /// that only its owner can exchange what lies there, or by our own group.
    fn fears(self, Rights(owner, group, mode): Rights, own: bool) -> Option<&'static str> {
        const DIRECTORY: u32 = 0o040_000;
        let ours = owner == self.user;
        let roots = owner == 0 || self.apart && owner == NOBODY;
        let sticky = mode & 0o1000 != 0;
        let by_group = mode & 0o020 != 0 && (own || group != self.group);
        if mode & 0o170_000 != DIRECTORY {
            Some("is no folder")
        } else if !(ours || roots && !own) {
            Some("belongs to another user, who could change what is run from there")
        } else if (mode & 0o002 != 0 || by_group) && (own || !sticky) {
            Some("can be written to by others, who could change what is run from there")
        } else {
            None
        }
    }
}

/// Whether `folder` itself is one of this user alone: nobody else can even look into it.
pub fn is_private(folder: &Path) -> bool {
    let Ok(data) = fs::symlink_metadata(folder) else {
        return false;
    };
    #[cfg(unix)]
    {
        let Rights(owner, _, mode) = Rights::of(&data);
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
        match usable()? {
            Some(folder) => Ok(Place::kept(folder)),
            None => Place::passing("gobag-").context("there is no home"),
        }
    }

    /// One that is there already, and stays.
    pub fn kept(folder: PathBuf) -> Self {
        let lasts = true;
        Place { folder, lasts }
    }

    /// Makes one for this run alone, whose name begins with `prefix`.
    ///
    /// # Errors
    /// It cannot be made, or others could exchange it.
    pub fn passing(prefix: &str) -> Result<Self> {
        let temporary = unshared(&std::env::temp_dir(), false, TEMPORARY)?;
        let mut builder = tempfile::Builder::new();
        builder.prefix(prefix);
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        let made = cleanup::made(|| builder.tempdir_in(&temporary), TempDir::path);
        let folder = made.map(TempDir::keep).map_err(|e| {
            let (told, kind) = (temporary.display(), e.kind());
            Error::new(format!("{told} cannot be written to: {kind}; {TEMPORARY}"))
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
        let (another, others) = ("belongs to another", "can be written to by");
        // Its owner, group and mode, and what is told where it is to be our own, and of one above.
        for (rights, own, above) in [
            (Rights(7, 9, 0o700), "", ""),
            (Rights(7, 9, 0o755), "", ""),
            (Rights(7, 9, 0o775), others, ""),
            (Rights(7, 5, 0o775), others, others),
            (Rights(7, 9, 0o702), others, others),
            (Rights(7, 5, 0o1777), others, ""),
            (Rights(0, 0, 0o755), another, ""),
            (Rights(0, 0, 0o1777), another, ""),
            (Rights(0, 0, 0o777), another, others),
            (Rights(0, 0, 0o775), another, others),
            (Rights(0, 9, 0o775), another, ""),
            (Rights(8, 9, 0o755), another, another),
            (Rights(8, 9, 0o1777), another, another),
            (Rights(NOBODY, NOBODY, 0o755), another, another),
        ] {
            let Rights(owner, group, mode) = rights;
            let rights = Rights(owner, group, mode | DIR);
            for (apart, is_own, why) in
                [(false, true, own), (false, false, above), (true, true, own)]
            {
                let us = Us {
                    user: 7,
                    group: 9,
                    apart,
                };
                let found = us.fears(rights, is_own);
                let case = format!("{us:?} {rights:?} {is_own}: {found:?}");
                assert_eq!(found.is_none(), why.is_empty(), "{case}");
                assert!(found.unwrap_or("").contains(why), "{case}");
            }
        }
        // In a user namespace nobody is root.
        let us = Us {
            user: 7,
            group: 9,
            apart: true,
        };
        for (mode, fine) in [
            (0o755, true),
            (0o1777, true),
            (0o777, false),
            (0o775, false),
        ] {
            let found = us.fears(Rights(NOBODY, NOBODY, mode | DIR), false);
            assert_eq!(found.is_none(), fine, "{mode:o}: {found:?}");
        }
        let file = Rights(7, 9, 0o100_700);
        assert_eq!(us.fears(file, true), Some("is no folder"));
    }

    #[test]
    fn what_is_made_is_private() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("a/gobag");
        assert!(!is_private(&folder));
        make(&folder).unwrap();
        assert!(is_private(&folder));
        let told = unshared(&folder, true, REMEDY).unwrap();
        assert_eq!(told, folder.canonicalize().unwrap());
        for mode in [0o755, 0o500, 0o770] {
            let mode: fs::Permissions = std::os::unix::fs::PermissionsExt::from_mode(mode);
            fs::set_permissions(&folder, mode).unwrap();
            assert!(!is_private(&folder));
        }
    }
}
