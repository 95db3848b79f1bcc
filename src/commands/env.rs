//! `gobag env`.

use std::path::PathBuf;
use std::process::ExitCode;

use argh::{ArgsInfo, FromArgs};

use crate::carried::older;
use crate::client::goproxy::ProxyList;
use crate::client::settings;
use crate::client::shell::Syntax;
use crate::error::Result;
use crate::terminal::print::print;
use crate::terminal::progress::note;

/// Print the settings that a go command needs to use this file's modules from a server.
#[derive(Debug, FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    help_triggers("-h", "--help"),
    name = "env",
    example = "In a shell, with gobag serve running in another:\n  eval \"$({command_name})\"\n  go build ./...",
    example = "For fish, and a server on another host:\n  {command_name} --shell fish --url http://buildhost:8080 | source",
    note = "GONOSUMDB names those modules alone that have no record in the public checksum database, and is * for a bag without checksum data. With --own-log the bag's own log verifies everything, private modules included.",
    error_code(1, "this file is damaged, or has no log of its own"),
    error_code(2, "what was typed is wrong"),
    error_code(141, "whoever read the output went away")
)]
pub struct Env {
    /// whose syntax: sh, bash, zsh, ksh, dash, fish, powershell, pwsh or cmd (default sh)
    #[argh(option, default = "Syntax::Sh")]
    shell: Syntax,

    /// where the server is, with its scheme (default http://127.0.0.1:8080)
    #[argh(option, default = "ProxyList(\"http://127.0.0.1:8080\".to_string())")]
    url: ProxyList,

    /// an older bag that this one builds on, where the server has it too (repeatable; pack --since tells which)
    #[argh(option, arg_name = "bag")]
    with: Vec<PathBuf>,

    /// verify everything with the log that this bag's packer signed
    #[argh(switch)]
    own_log: bool,
}

/// Prints the settings.
pub fn run(arguments: &Env) -> Result<ExitCode> {
    let bag = older::with(&arguments.with)?;
    if let Some(text) = older::lacking(&bag.about().base) {
        note(&text);
    }
    let lines: String = settings::here(&bag, &arguments.url.0, arguments.own_log)?
        .iter()
        .map(|(name, value)| arguments.shell.line(name, value))
        .collect();
    print(&lines)
}
