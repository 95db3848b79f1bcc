//! Commands that gobag gives itself alone: what has to be a process of its own.

#![cfg_attr(
    not(target_os = "linux"),
    allow(dead_code, reason = "not all are for all systems")
)]

use std::ffi::OsString;
use std::process::ExitCode;

/// The words that they begin with.
pub const KEEP: &str = "__keep";
/// Runs a program in the namespaces of a keeper.
pub const ENTER: &str = "__enter";
/// Removes what a signal left.
pub const REMOVE: &str = "__remove";
/// Tries what a server's box keeps away.
#[cfg(all(target_os = "linux", debug_assertions))]
const PROBE: &str = "__probe";

/// Runs the hidden command that the arguments of this process name, before anything else looks at
/// them; none if it is a command for people. Some run programs whose arguments are not UTF-8.
pub fn run() -> Option<ExitCode> {
    let mut words = std::env::args_os().skip(1);
    let first = words.next()?;
    let words: Vec<OsString> = words.collect();
    match first.to_str()? {
        #[cfg(target_os = "linux")]
        KEEP => Some(super::namespace::keep()),
        #[cfg(target_os = "linux")]
        ENTER => Some(super::namespace::enter(&words)),
        #[cfg(unix)]
        REMOVE => Some(super::cleanup::remove_after_exec(&words)),
        #[cfg(all(target_os = "linux", debug_assertions))]
        PROBE => Some(super::probe::run(&words)),
        _ => {
            let _ = words;
            None
        }
    }
}

/// The running program, also when its file was replaced or deleted meanwhile: a child that was
/// forked from it finds its own executable under this name before it executes another.
#[cfg(target_os = "linux")]
pub fn own_program() -> std::io::Result<std::path::PathBuf> {
    Ok("/proc/self/exe".into())
}

/// The file of the running program.
#[cfg(not(target_os = "linux"))]
#[cfg_attr(
    not(unix),
    allow(dead_code, reason = "signals are the platform's there")
)]
pub fn own_program() -> std::io::Result<std::path::PathBuf> {
    std::env::current_exe()
}
