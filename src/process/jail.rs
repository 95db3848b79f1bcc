//! A box for threads that answer strangers: the kernel lets them open no file, make no connection
//! and start no program, whatever they are talked into.
//!
//! Whoever enters never leaves, nor does a thread that is started inside. What is open already
//! stays open: the listener, its connections, the standard streams, the journal. Two parts of the
//! kernel shut it, and where one is missing the other holds: Landlock ([`files`]) and a filter of
//! system calls ([`calls`]).

use std::str::FromStr;

use crate::error::{Error, Result};
use crate::terminal::choice::choose;

#[cfg(target_os = "linux")]
#[cfg_attr(
    not(any(target_arch = "x86_64", target_arch = "aarch64")),
    path = "jail/no_calls.rs"
)]
mod calls;
#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
mod denied;
#[cfg(target_os = "linux")]
mod files;

/// How much the box is wanted.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// In full, or not at all.
    Require,
    /// As much of it as there is.
    #[default]
    Try,
    /// None of it.
    Off,
}

impl FromStr for Mode {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let words = [
            ("require", Mode::Require),
            ("try", Mode::Try),
            ("off", Mode::Off),
        ];
        choose(text, &words)
    }
}

/// Who is put into the box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// This thread, those that it starts, and all others of this process as far as the kernel
    /// can do that. Nobody but root may look into its memory any more.
    Process,
    /// This thread and those that it starts.
    Thread,
}

/// One way in which the kernel is asked to shut the box.
#[derive(Debug)]
struct Part {
    name: &'static str,
    /// What it keeps away, or why it was refused.
    shut: Result<Shut>,
}

/// What is kept away, and by what.
#[derive(Debug, Default)]
struct Shut {
    /// With its version, where that matters; nothing where it keeps nothing away by itself.
    by: String,
    files: bool,
    connections: bool,
    programs: bool,
}

/// Enters the box. The line says what is in force, for a person.
///
/// # Errors
/// Something of a required box is refused.
pub fn enter(mode: Mode, who: Who) -> Result<String> {
    if mode == Mode::Off {
        return Ok("in no box (--sandbox off)".into());
    }
    let parts = parts(who);
    let refused = |part: &Part| match &part.shut {
        Ok(_) => None,
        Err(why) => Some(format!("{} is refused: {why}", part.name)),
    };
    let refused: Vec<String> = parts.iter().filter_map(refused).collect();
    if mode == Mode::Require && !refused.is_empty() {
        return Err(not_as_required(&refused.join("; ")));
    }
    let shut: Vec<Shut> = parts
        .into_iter()
        .filter_map(|part| part.shut.ok())
        .collect();
    Ok(line(&shut, &refused))
}

fn not_as_required(why: &str) -> Error {
    Error::new(format!(
        "no box as --sandbox require wants it: {why}; --sandbox try goes on without"
    ))
}

fn line(shut: &[Shut], refused: &[String]) -> String {
    let kept_away = [
        ("no files", shut.iter().any(|s| s.files)),
        ("no new connections", shut.iter().any(|s| s.connections)),
        ("no programs", shut.iter().any(|s| s.programs)),
    ];
    let kept_away = kept_away
        .iter()
        .filter(|(_, is)| *is)
        .map(|(what, _)| *what);
    let kept_away: Vec<&str> = kept_away.collect();
    let by = shut
        .iter()
        .map(|s| s.by.as_str())
        .filter(|by| !by.is_empty());
    let by: Vec<&str> = by.collect();
    let refused = refused.join("; ");
    if kept_away.is_empty() {
        return format!("in no box: {refused}");
    }
    let but = if refused.is_empty() { "" } else { "; " };
    let (kept_away, by) = (kept_away.join(", "), by.join(", "));
    format!("in a box: {kept_away} ({by}{but}{refused})")
}

/// Asks for all parts. The filter comes last: it would let nobody ask for the others.
#[cfg(target_os = "linux")]
fn parts(who: Who) -> Vec<Part> {
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};

    let part = |name, shut| Part { name, shut };
    let nothing_alone = |done: rustix::io::Result<()>| {
        let shut = done.map(|()| Shut::default());
        shut.map_err(Error::new)
    };
    let no_new_privileges = nothing_alone(rustix::thread::set_no_new_privs(true));
    let mut parts = vec![
        part("no_new_privs", no_new_privileges),
        part("landlock", files::shut(who)),
    ];
    if who == Who::Process {
        let undumpable = set_dumpable_behavior(DumpableBehavior::NotDumpable);
        parts.push(part("the end of core dumps", nothing_alone(undumpable)));
    }
    parts.push(part("seccomp", calls::shut(who)));
    parts
}

/// Systems that have no box refuse all of it.
#[cfg(not(target_os = "linux"))]
fn parts(who: Who) -> Vec<Part> {
    let _ = who;
    vec![Part {
        name: "a box",
        shut: Err(Error::new("this system has none")),
    }]
}

/// Closes what whoever started this process left open in it, but for the standard streams. To be
/// called before this process opens anything itself.
///
/// # Errors
/// That is required, and refused.
pub fn close_inherited(mode: Mode) -> Result<()> {
    if mode == Mode::Off {
        return Ok(());
    }
    let closed = system_closes();
    match mode {
        Mode::Require => closed.map_err(|e| {
            not_as_required(&format!("the end of inherited descriptors is refused: {e}"))
        }),
        _ => Ok(()),
    }
}

#[cfg(target_os = "linux")]
fn system_closes() -> std::io::Result<()> {
    super::kernel::close_all_but_standard_streams()
}

/// Elsewhere nobody can tell what is open; a required box is refused there anyway.
#[cfg(not(target_os = "linux"))]
fn system_closes() -> std::io::Result<()> {
    Ok(())
}

/// Enters the part of Landlock alone, for a probe of it.
#[cfg(all(target_os = "linux", debug_assertions))]
pub(super) fn enter_landlock_alone() -> Result<String> {
    Ok(line(&[files::shut(Who::Thread)?], &[]))
}

#[cfg(test)]
mod tests {
    use super::{Shut, line};

    #[test]
    fn the_line_claims_no_more_than_there_is() {
        let landlock = || Shut {
            by: "landlock 3".into(),
            files: true,
            programs: true,
            connections: false,
        };
        let seccomp = || Shut {
            by: "seccomp".into(),
            files: true,
            programs: true,
            connections: true,
        };
        let no = |name: &str| vec![format!("{name} is refused: none here")];
        for (shut, refused, want) in [
            (
                vec![Shut::default(), landlock(), seccomp()],
                vec![],
                "in a box: no files, no new connections, no programs (landlock 3, seccomp)",
            ),
            (
                vec![landlock()],
                no("seccomp"),
                "in a box: no files, no programs (landlock 3; seccomp is refused: none here)",
            ),
            (
                vec![Shut::default()],
                no("seccomp"),
                "in no box: seccomp is refused: none here",
            ),
        ] {
            assert_eq!(line(&shut, &refused), want);
        }
    }
}
