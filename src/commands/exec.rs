//! `gobag exec`.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::ExitCode;

use argh::{ArgsInfo, FromArgs};

use super::refuse;
use crate::carried::older;
use crate::error::{Error, Result};
use crate::exec::clean::{self, Cleaned};
use crate::exec::{self, Wanted};
use crate::process::jail::Mode;
use crate::server::log::Log;
use crate::terminal::called;
use crate::terminal::print::print;
use crate::terminal::progress::note;
use crate::terminal::size::count;

/// Run a command with this file's modules at hand, and its Go toolchain where the host has none.
#[derive(Debug, FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    help_triggers("-h", "--help"),
    name = "exec",
    example = "Build a project on a host without a network:\n  {command_name} -- go build ./...",
    example = "The same, without compiling what was compiled when this file was packed:\n  {command_name} --cached -- go build -trimpath ./...",
    example = "With the older bag that this one builds on:\n  {command_name} --with ./old-bag -- go build ./...",
    example = "Install a tool that is in the bag:\n  {command_name} -- go install golang.org/x/tools/cmd/stringer@v0.30.0",
    note = "Serves on a free loopback port, sets GOPROXY and what else is needed (see gobag env), runs the command and ends with its exit code. Where the user's go knows a head of the checksum database that leads nowhere from this file, go gets checksum state of its own, and a line on stderr says so: the first folder of GOPATH is gopath-* in gobag's cache folder then, and the module cache and GOBIN are the user's; where a record in that module cache leads nowhere, it is a proxy behind this file instead. gobag doctor tells which heads they are. The bag's Go is extracted once, to gobag's cache folder, $XDG_CACHE_HOME/gobag or ~/.cache/gobag, which must be this user's alone; without a home, to a folder for temporary files that is removed at the end. On Linux the command is killed when gobag is, but for programs that take another user's rights, such as sudo.",
    error_code(
        1,
        "gobag failed, or was interrupted while it extracted Go; or the command exits with that"
    ),
    error_code(2, "what was typed is wrong; or the command exits with that"),
    error_code(126, "the command cannot be run"),
    error_code(127, "there is no such command"),
    error_code(
        129,
        "and more: the command was ended by the signal of that number less 128"
    )
)]
pub struct Exec {
    /// an older bag that this one builds on, to be used with it (repeatable; pack --since tells which)
    #[argh(option, arg_name = "bag")]
    with: Vec<PathBuf>,

    /// the toolchain to use, such as go1.27.3, instead of the host's go
    #[argh(option, arg_name = "name")]
    go: Option<String>,

    /// have go find what was compiled when this file was packed, with -trimpath as a rule, and compile no more than the rest; GOBAG_CACHED=1 asks for the same
    #[argh(switch)]
    cached: bool,

    /// remove what exec keeps in gobag's cache folder, toolchains and build caches, and run nothing
    #[argh(switch)]
    clean: bool,

    /// verify everything with the log that this bag's packer signed
    #[argh(switch)]
    own_log: bool,

    /// how to log requests on stderr: text, json or off (default off)
    #[argh(option, default = "Log::Off", arg_name = "format")]
    log: Log,

    /// whether the kernel shuts the server's threads in, and never the command: require, try or off (default try)
    #[argh(option, default = "Mode::default()", arg_name = "mode")]
    sandbox: Mode,

    /// the command and its arguments
    #[argh(positional, greedy)]
    pub command: Vec<OsString>,
}

/// Runs the command; its exit code is ours.
pub fn run(arguments: &Exec) -> Result<ExitCode> {
    if arguments.clean {
        let text = "--clean runs nothing; leave the command out";
        refuse(!arguments.command.is_empty(), text)?;
        let Cleaned { removed, used } = clean::clean()?;
        for name in used {
            note(&format!("{name} is in use by another gobag, and stays"));
        }
        let folders = count(removed.len(), "folder");
        let lines = removed.iter().map(|name| format!("\n  {name}"));
        return print(&format!("removed {folders}{}\n", lines.collect::<String>()));
    }
    let (program, words) = arguments.command.split_first().ok_or_else(|| {
        let program = called::program();
        Error::usage(format!(
            "no command; write {program} exec -- go build ./..."
        ))
    })?;
    let bag = older::with(&arguments.with)?;
    if let Some(text) = older::lacking(&bag.about().base) {
        note(&text);
    }
    exec::exec(
        bag,
        program,
        words,
        Wanted {
            go: arguments.go.as_deref(),
            own_log: arguments.own_log,
            cached: arguments.cached || cached_by_environment()?,
        },
        arguments.log,
        arguments.sandbox,
    )
}

/// True where the environment asks for what was compiled before.
///
/// # Errors
/// It says neither yes nor no.
fn cached_by_environment() -> Result<bool> {
    match std::env::var_os("GOBAG_CACHED")
        .as_deref()
        .and_then(OsStr::to_str)
    {
        None if std::env::var_os("GOBAG_CACHED").is_none() => Ok(false),
        Some("" | "0") => Ok(false),
        Some("1") => Ok(true),
        _ => Err(Error::usage(
            "GOBAG_CACHED is neither 0 nor 1; write GOBAG_CACHED=1, or unset it",
        )),
    }
}
