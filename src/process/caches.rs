//! Where this user's programs keep what can be had again.

use std::fs;
use std::path::{Path, PathBuf};

/// This program's own folder there, which is made: none without a home, and none where others may
/// write to it.
pub fn own() -> Option<PathBuf> {
    let folder = all()?.join("gobag");
    make(&folder).ok()?;
    is_private(&folder).then_some(folder)
}

/// The folder of all programs; none without a home.
fn all() -> Option<PathBuf> {
    let folder = |name| {
        let folder = std::env::var_os(name).map(PathBuf::from);
        folder.filter(|folder| folder.is_absolute())
    };
    if cfg!(windows) {
        return folder("LOCALAPPDATA");
    }
    if cfg!(target_os = "macos") {
        return Some(folder("HOME")?.join("Library/Caches"));
    }
    folder("XDG_CACHE_HOME").or_else(|| Some(folder("HOME")?.join(".cache")))
}

/// True for a folder of this user that nobody else may write to.
fn is_private(folder: &Path) -> bool {
    let Ok(data) = fs::metadata(folder) else {
        return false;
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let ours = data.uid() == rustix::process::geteuid().as_raw();
        data.is_dir() && ours && data.mode() & 0o022 == 0
    }
    #[cfg(not(unix))]
    data.is_dir()
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

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn does_without_a_folder_that_others_write_to() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("gobag");
        assert!(!is_private(&folder));
        make(&folder).unwrap();
        assert!(is_private(&folder));
        for (mode, private) in [(0o755, true), (0o775, false), (0o777, false)] {
            fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(is_private(&folder), private, "{mode:o}");
        }
        fs::write(dir.path().join("file"), "").unwrap();
        assert!(!is_private(&dir.path().join("file")));
    }
}
