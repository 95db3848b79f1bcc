//! `gobag man`.

use std::process::ExitCode;

use argh::{ArgsInfo, CommandInfoWithArgs, FromArgs};

use crate::error::Result;
use crate::manual::man;
use crate::terminal::print::print;

/// Print the man page of this program, with all of its commands.
#[derive(Debug, FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    help_triggers("-h", "--help"),
    name = "man",
    example = "Read it:\n  {command_name} > gobag.1\n  man ./gobag.1",
    example = "Where man finds it:\n  mkdir -p ~/.local/share/man/man1\n  {command_name} > ~/.local/share/man/man1/gobag.1",
    error_code(1, "it cannot be written"),
    error_code(2, "what was typed is wrong"),
    error_code(141, "whoever read the output went away")
)]
pub struct Man {}

/// Prints the page of `all` commands.
pub fn run(all: &CommandInfoWithArgs) -> Result<ExitCode> {
    print(&man::page(all))
}
