//! What must not be left behind when a signal ends a long command.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, RwLock, RwLockReadGuard};

pub use super::removal::remove;
use crate::error::Result;

static CHILDREN: Mutex<Vec<u32>> = Mutex::new(Vec::new());

static PATHS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// What the last line says once a signal has ended the work.
static LAST_WORDS: Mutex<&str> = Mutex::new("");

/// Where children put temporary files.
static TEMPORARY: Mutex<Vec<(&str, PathBuf)>> = Mutex::new(Vec::new());

/// Shut for ever once a signal came, so that nothing is written to what is being removed.
static GATE: RwLock<()> = RwLock::new(());

/// True once a signal came.
static STOPPING: AtomicBool = AtomicBool::new(false);

/// True once it would come too late.
static LATE: AtomicBool = AtomicBool::new(false);

/// Held by one of several writers for as long as it writes below a path that is to be removed;
/// after a signal it is not given out any more. Not to be asked for twice by one thread, nor
/// while it waits for a child.
pub fn gate() -> RwLockReadGuard<'static, ()> {
    GATE.read().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// From here on a signal comes too late: what is to stay gets its name next, and the process ends
/// by itself soon. To be called without the gate.
pub fn commit() {
    std::mem::forget(gate());
    LATE.store(true, Ordering::Release);
}

/// Waits for the end of the process if a signal is about to end it: what fails meanwhile fails
/// for that reason alone, and nobody is to hear of it.
pub fn wait_if_stopping() {
    while STOPPING.load(Ordering::Acquire) && !LATE.load(Ordering::Acquire) {
        std::thread::park();
    }
}

/// What `make` makes, a file or folder at `path`, which is removed if a signal ends the process:
/// no moment lies between the two.
///
/// # Errors
/// It cannot be made.
pub fn made<T>(
    make: impl FnOnce() -> io::Result<T>,
    path: impl FnOnce(&T) -> &Path,
) -> io::Result<T> {
    let _gate = gate();
    let made = make()?;
    remove_at_signal(path(&made));
    Ok(made)
}

/// Removes `path`, a file or a folder with all that it holds, if a signal ends the process. What
/// is yet to be made belongs to [`made`].
pub fn remove_at_signal(path: &Path) {
    // The process may be elsewhere when it is removed.
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let mut paths = paths();
    if !paths.contains(&path) {
        paths.push(path);
    }
}

/// Leaves `path` alone again.
pub fn keep(path: &Path) {
    let absolute = std::path::absolute(path);
    paths().retain(|p| p != path && !absolute.as_ref().is_ok_and(|path| p == path));
}

/// Children that [`spawn`] starts find `folder` under the environment variable `name` (TMPDIR,
/// GOTMPDIR), unless their command says otherwise: one that is killed cannot remove what it keeps
/// there. Without a folder they have what this process has.
pub fn temporary_of_children(name: &'static str, folder: Option<&Path>) {
    let mut temporary = locked(&TEMPORARY);
    temporary.retain(|(other, _)| *other != name);
    temporary.extend(folder.map(|folder| (name, folder.to_path_buf())));
}

/// Starts `command` in a process group of its own, which a signal that ends this process ends
/// first. [`forget`] it once it was waited for.
///
/// # Errors
/// It cannot be started.
pub fn spawn(command: &mut Command) -> io::Result<Child> {
    for (name, folder) in locked(&TEMPORARY).iter() {
        if !command.get_envs().any(|(set, _)| set == *name) {
            command.env(name, folder);
        }
    }
    let mut children = locked(&CHILDREN);
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    let child = command.spawn()?;
    children.push(child.id());
    Ok(child)
}

/// Forgets a child that has ended and was waited for.
pub fn forget(id: u32) {
    locked(&CHILDREN).retain(|child| *child != id);
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

/// At SIGINT, SIGTERM and SIGHUP: says so at once, ends children and what comes of them, removes
/// what is to be removed, and ends the process with 1; `outcome` says what became of the work. To
/// be called before anything is made.
///
/// # Errors
/// The handlers cannot be set.
pub fn handle_signals(outcome: &'static str) -> Result<()> {
    *locked(&LAST_WORDS) = outcome;
    #[cfg(unix)]
    {
        let mut signals = signals()?;
        #[cfg(target_os = "linux")]
        super::descendants::adopt();
        std::thread::spawn(move || end_at(&mut signals));
    }
    Ok(())
}

/// The same while `work` is done. It does not return once a signal came.
///
/// # Errors
/// The handlers cannot be set, or those of `work`.
pub fn handling_signals<T>(outcome: &'static str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    *locked(&LAST_WORDS) = outcome;
    #[cfg(unix)]
    {
        let mut signals = signals()?;
        let handle = signals.handle();
        #[cfg(target_os = "linux")]
        super::descendants::spare_all();
        let ending = std::thread::spawn(move || end_at(&mut signals));
        let done = work();
        handle.close();
        let _ = ending.join();
        done
    }
    #[cfg(not(unix))]
    work()
}

#[cfg(unix)]
fn signals() -> Result<signal_hook::iterator::Signals> {
    use crate::error::Context;
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};

    // A file that may not grow any more is an error of writing it, as a full disk is.
    let told = std::sync::Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(SIGXFSZ, told).context("cannot handle signals")?;
    super::signals::heard(&[SIGINT, SIGTERM, SIGHUP])
}

#[cfg(unix)]
fn end_at(signals: &mut signal_hook::iterator::Signals) {
    for _ in signals.forever() {
        if LATE.load(Ordering::Acquire) {
            tell("gobag: all is written; removing what was temporary");
            continue;
        }
        stop();
    }
}

/// Ends children and this process.
#[cfg(unix)]
fn stop() -> ! {
    use super::hidden::{REMOVE, own_program};
    use std::os::unix::process::CommandExt;

    STOPPING.store(true, Ordering::Release);
    tell("gobag: stopping");
    let _shut = GATE.write();
    // No new child starts while this is held; the old ones would go on writing.
    let children = locked(&CHILDREN);
    for child in children.iter() {
        super::signals::kill_group(*child);
    }
    #[cfg(target_os = "linux")]
    super::descendants::kill_all();
    let (paths, outcome) = (locked(&PATHS), *locked(&LAST_WORDS));
    // Other threads write to what is removed, or end the process before it is: no thread but
    // this one outlives the exec. Another signal from now on must not end what removes.
    super::kernel::ignore_signals();
    if let Ok(program) = own_program() {
        let mut command = Command::new(program);
        command.arg(REMOVE).arg(std::process::id().to_string());
        command.arg(outcome);
        // What it returns is an error, and the rest is then done here as well as can be.
        let _ = command.args(paths.iter()).exec();
    }
    remove_and_exit(outcome, &paths)
}

/// The process after [`stop`]: its number, which nobody types by chance, what to say, and what to
/// remove.
#[cfg(unix)]
pub fn remove_after_exec(words: &[std::ffi::OsString]) -> std::process::ExitCode {
    match words {
        [id, outcome, paths @ ..] if *id == *std::process::id().to_string() => {
            let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
            remove_and_exit(&outcome.to_string_lossy(), &paths)
        }
        _ => std::process::ExitCode::from(crate::error::USAGE),
    }
}

#[cfg(unix)]
fn remove_and_exit(outcome: &str, paths: &[PathBuf]) -> ! {
    for path in paths {
        // What is there again, somebody else has made; what cannot be removed is all that is left.
        let mut tries = 0..super::removal::REMOVALS;
        while tries.next().is_some() && remove(path).is_ok() {}
    }
    tell(&format!("gobag: interrupted; {outcome}"));
    std::process::exit(1)
}

/// Writes a line to stderr below whatever is drawn there. Whoever listened may be gone, or not
/// read any more: that must not hold anything up.
#[cfg(unix)]
fn tell(line: &str) {
    let (told, heard) = std::sync::mpsc::channel();
    let line = line.to_string();
    std::thread::spawn(move || {
        crate::terminal::progress::last_word(&line);
        let _ = told.send(());
    });
    let _ = heard.recv_timeout(std::time::Duration::from_millis(300));
}

fn paths() -> MutexGuard<'static, Vec<PathBuf>> {
    locked(&PATHS)
}

fn locked<T>(mutex: &'static Mutex<T>) -> MutexGuard<'static, T> {
    mutex
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}
