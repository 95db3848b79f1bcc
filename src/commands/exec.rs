//! `gobag exec`.

use std::process::ExitCode;

use argh::FromArgs;

use crate::error::{Error, Result};
use crate::exec;
use crate::process::jail::Mode;
use crate::server::log::Log;

/// Run a command with this file's modules at hand, and its Go toolchain where the host has none.
#[derive(Debug, FromArgs)]
#[argh(
    subcommand,
    name = "exec",
    example = "Build a project on a host without a network:\n  {command_name} -- go build ./...",
    example = "Install a tool that is in the bag:\n  {command_name} -- go install golang.org/x/tools/cmd/stringer@v0.30.0",
    note = "Serves on a free loopback port, sets GOPROXY and what else is needed (see gobag env), runs the command and ends with its exit code. Where the user's go knows a head of the checksum database that leads nowhere from this file, go gets checksum state of its own, and a line on stderr says so."
)]
pub struct Exec {
    /// the toolchain to use, such as go1.27.3, instead of the host's go
    #[argh(option, arg_name = "name")]
    go: Option<String>,

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
    command: Vec<String>,
}

/// Runs the command; its exit code is ours.
pub fn run(arguments: &Exec) -> Result<ExitCode> {
    let words = match arguments.command.split_first() {
        Some((first, rest)) if first == "--" => rest,
        _ => &arguments.command,
    };
    let (program, words) = words
        .split_first()
        .ok_or_else(|| Error::new("no command; write gobag exec -- go build ./..."))?;
    exec::exec(
        program,
        words,
        arguments.go.as_deref(),
        arguments.own_log,
        arguments.log,
        arguments.sandbox,
    )
}
