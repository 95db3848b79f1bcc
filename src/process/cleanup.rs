//! What must not be left behind when a signal ends a long command.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Mutex, MutexGuard, RwLock, RwLockReadGuard};

use crate::error::Result;

static CHILDREN: Mutex<Vec<u32>> = Mutex::new(Vec::new());

static PATHS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Shut for ever once a signal came, so that nothing is written to what is being removed.
static GATE: RwLock<()> = RwLock::new(());

/// Held by one of several writers for as long as it writes below a path that is to be removed;
/// after a signal it is not given out any more. Not to be asked for twice by one thread.
pub fn gate() -> RwLockReadGuard<'static, ()> {
    GATE.read().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Removes `path`, a file or a folder with all that it holds, if a signal ends the process.
pub fn remove_at_signal(path: &Path) {
    paths().push(path.to_path_buf());
}

/// Leaves `path` alone again.
pub fn keep(path: &Path) {
    paths().retain(|p| p != path);
}

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
    make_writable(path);
    fs::remove_dir_all(path)
}

/// Gives the owner all rights to a folder and to those below; what cannot be changed stays.
pub fn make_writable(folder: &Path) {
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

/// Starts `command` in a process group of its own, which a signal that ends this process ends
/// first. [`forget`] it once it was waited for.
///
/// # Errors
/// It cannot be started.
pub fn spawn(command: &mut Command) -> io::Result<Child> {
    let mut children = children();
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    let child = command.spawn()?;
    children.push(child.id());
    Ok(child)
}

/// Forgets a child that has ended and was waited for.
pub fn forget(id: u32) {
    children().retain(|child| *child != id);
}

/// Runs `command` to its end as [`spawn`] starts it, and returns what it printed.
///
/// # Errors
/// It cannot be started or waited for.
pub fn output(command: &mut Command) -> io::Result<Output> {
    let child = spawn(command.stdout(Stdio::piped()).stderr(Stdio::piped()))?;
    let id = child.id();
    let output = child.wait_with_output();
    forget(id);
    output
}

fn children() -> MutexGuard<'static, Vec<u32>> {
    CHILDREN
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// At SIGINT, SIGTERM and SIGHUP: ends children, removes what is to be removed, and ends the
/// process with 1.
///
/// # Errors
/// The handlers cannot be set.
#[cfg(unix)]
pub fn handle_signals() -> Result<()> {
    use crate::error::Context;
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use std::io::Write;

    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP])
        .context("cannot handle signals")?;
    std::thread::spawn(move || {
        if signals.forever().next().is_some() {
            let _shut = GATE.write();
            // No new child starts while this is held; the old ones would go on writing.
            let children = children();
            for child in children.iter() {
                super::signals::kill_group(*child);
            }
            for path in paths().iter() {
                // It may be gone already; there is nobody left to tell.
                let _ = remove(path);
            }
            // Whoever listened may be gone as well.
            let _ = io::stderr()
                .lock()
                .write_all(b"gobag: interrupted; nothing was written\n");
            std::process::exit(1);
        }
    });
    Ok(())
}

/// Signals end the process as the platform does it.
#[cfg(not(unix))]
pub fn handle_signals() -> Result<()> {
    Ok(())
}

fn paths() -> MutexGuard<'static, Vec<PathBuf>> {
    PATHS
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}

#[cfg(all(test, unix))]
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
