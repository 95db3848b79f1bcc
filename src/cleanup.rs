//! What must not be left behind when a signal ends a long command.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::error::Result;

static PATHS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Removes `path`, a file or a folder with all that it holds, if a signal ends the process.
pub fn remove_at_signal(path: &Path) {
    paths().push(path.to_path_buf());
}

/// Leaves `path` alone again.
pub fn keep(path: &Path) {
    paths().retain(|p| p != path);
}

/// At SIGINT, SIGTERM and SIGHUP: removes what is to be removed, and ends the process with 1.
///
/// # Errors
/// The handlers cannot be set.
#[cfg(unix)]
pub fn handle_signals() -> Result<()> {
    use crate::error::Context;
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP])
        .context("cannot handle signals")?;
    std::thread::spawn(move || {
        if signals.forever().next().is_some() {
            for path in paths().iter() {
                let removed = if path.is_dir() {
                    std::fs::remove_dir_all(path)
                } else {
                    std::fs::remove_file(path)
                };
                // It may be gone already; there is nobody left to tell.
                let _ = removed;
            }
            eprintln!("gobag: interrupted; nothing was written");
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

fn paths() -> std::sync::MutexGuard<'static, Vec<PathBuf>> {
    PATHS
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}
