//! `gobag completions`.

use std::process::ExitCode;

use argh::{ArgsInfo, CommandInfoWithArgs, FromArgs};

use crate::error::Result;
use crate::manual::completions::{Shell, script};
use crate::terminal::print::print;

/// Print what a shell reads to complete the commands, options and values of this program.
#[derive(Debug, FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    help_triggers("-h", "--help"),
    name = "completions",
    example = "For bash:\n  mkdir -p ~/.local/share/bash-completion/completions\n  {command_name} bash > ~/.local/share/bash-completion/completions/gobag",
    example = "For bash without the package bash-completion, at the end of ~/.bashrc:\n  source <({command_name} bash)",
    example = "For zsh, at the end of ~/.zshrc, behind compinit:\n  source <({command_name} zsh)",
    example = "For fish:\n  mkdir -p ~/.config/fish/completions\n  {command_name} fish > ~/.config/fish/completions/gobag.fish",
    note = "It is for what is called gobag. A bag with another name is completed likewise after a further line: `complete -F _gobag app-bag` in bash, `compdef app-bag=gobag` in zsh, `complete -c app-bag -w gobag` in fish.",
    error_code(1, "it cannot be written"),
    error_code(2, "what was typed is wrong"),
    error_code(141, "whoever read the output went away")
)]
pub struct Completions {
    /// whose: bash, zsh or fish
    #[argh(positional)]
    shell: Shell,
}

/// Prints the script for `all` commands.
pub fn run(arguments: &Completions, all: &CommandInfoWithArgs) -> Result<ExitCode> {
    print(&script(arguments.shell, all))
}
