//! Folders removed with all that they hold, whatever rights go left there.

use std::fs;
use std::io;
use std::path::Path;

/// Removes `path`, a file or a folder with all that it holds, folders without the right to write
/// among them: go leaves such in a module cache, with `-modcacherw` too where it switched to
/// another toolchain on the way.
///
/// # Errors
/// It is not there, or something in it belongs to another user.
pub fn remove(path: &Path) -> io::Result<()> {
    if !path.symlink_metadata()?.is_dir() {
        return fs::remove_file(path);
    }
    // Somebody may still write in it.
    for _ in 0..REMOVALS {
        make_writable(path);
        match fs::remove_dir_all(path) {
            Err(e) if e.kind() == io::ErrorKind::DirectoryNotEmpty => {}
            done => return done,
        }
    }
    fs::remove_dir_all(path)
}

/// How often what fills up again while it is removed is removed once more.
pub const REMOVALS: usize = 20;

/// Gives the owner all rights to a folder and to those below; what cannot be changed stays.
fn make_writable(folder: &Path) {
    #[cfg(unix)]
    for entry in walkdir::WalkDir::new(folder).into_iter().flatten() {
        use std::os::unix::fs::PermissionsExt;
        if let Ok(data) = entry.metadata()
            && data.is_dir()
            && data.permissions().mode() & 0o700 != 0o700
        {
            let mode = data.permissions().mode() | 0o700;
            let _ = fs::set_permissions(entry.path(), fs::Permissions::from_mode(mode));
        }
    }
    #[cfg(not(unix))]
    let _ = folder;
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn removes_folders_that_nobody_may_write_to() {
        let dir = tempfile::tempdir().unwrap();
        let top = dir.path().join("mod");
        fs::create_dir_all(top.join("a@v1.0.0/b")).unwrap();
        fs::write(top.join("a@v1.0.0/b/c.go"), "package b\n").unwrap();
        for folder in ["a@v1.0.0/b", "a@v1.0.0"] {
            let read_only = fs::Permissions::from_mode(0o555);
            fs::set_permissions(top.join(folder), read_only).unwrap();
        }
        remove(&top).unwrap();
        assert!(!top.exists());
        assert!(remove(&top).is_err());
    }
}
