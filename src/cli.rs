//! The command line: what was typed, as plain structs, and which command it means.

mod words;

use std::process::ExitCode;

use argh::{ArgsInfo, FromArgs};

use self::words::{arranged, refused, usage};
use crate::commands::{
    capture_sums, completions, diff, digest, doctor, env, exec, image, inspect, licenses, list,
    man, pack, sbom, serve, unpack, verify, version,
};
use crate::error::Result;
use crate::terminal::called::program;
use crate::terminal::print::print;

/// A Go module proxy with the modules inside it, in one file. Without a command it serves.
#[derive(Debug, FromArgs, ArgsInfo)]
#[argh(
    help_triggers("-h", "--help"),
    example = "Serve the modules of this file, then use them from another shell:\n  {command_name}\n  export GOPROXY=http://127.0.0.1:8080\n  go build ./...",
    example = "See what is inside, and check every byte of it:\n  {command_name} list\n  {command_name} verify",
    note = "GOPROXY should name this proxy alone: a fall-back such as `,direct` only slows failures down on a host without a network. -V or --version is the command version.",
    error_code(1, "the work failed"),
    error_code(2, "what was typed is wrong"),
    error_code(141, "whoever read the output went away")
)]
struct Arguments {
    #[argh(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, FromArgs, ArgsInfo)]
#[argh(subcommand)]
#[allow(
    clippy::large_enum_variant,
    reason = "there is one, for the length of the program"
)]
enum Command {
    Serve(serve::Serve),
    List(list::List),
    Inspect(inspect::Inspect),
    Verify(verify::Verify),
    Unpack(unpack::Unpack),
    Diff(diff::Diff),
    Licenses(licenses::Licenses),
    Sbom(sbom::Sbom),
    Digest(digest::Digest),
    Doctor(doctor::Doctor),
    Env(env::Env),
    Exec(exec::Exec),
    Pack(pack::Pack),
    Image(image::Image),
    CaptureSums(capture_sums::CaptureSums),
    Version(version::Version),
    Man(man::Man),
    Completions(completions::Completions),
}

/// Reads the arguments of this process and runs the command that they mean.
pub fn run() -> Result<ExitCode> {
    if let Some(code) = crate::process::hidden::run() {
        return Ok(code);
    }
    let all = Arguments::get_args_info();
    let typed = std::env::args_os().skip(1).collect();
    let words = arranged(typed, &all)?;
    let known: Vec<&str> = words.known.iter().map(String::as_str).collect();
    match Arguments::from_args(&[program()], &known) {
        Ok(arguments) => match arguments.command {
            None => serve::run(&serve::Serve::default()),
            Some(Command::Serve(arguments)) => serve::run(&arguments),
            Some(Command::List(arguments)) => list::run(&arguments),
            Some(Command::Inspect(arguments)) => inspect::run(&arguments),
            Some(Command::Verify(arguments)) => verify::run(&arguments),
            Some(Command::Unpack(arguments)) => unpack::run(&arguments),
            Some(Command::Diff(arguments)) => diff::run(&arguments),
            Some(Command::Licenses(arguments)) => licenses::run(&arguments),
            Some(Command::Sbom(arguments)) => sbom::run(&arguments),
            Some(Command::Digest(arguments)) => digest::run(&arguments),
            Some(Command::Doctor(arguments)) => doctor::run(&arguments),
            Some(Command::Env(arguments)) => env::run(&arguments),
            Some(Command::Exec(mut arguments)) => {
                arguments.command = words.command;
                exec::run(&arguments)
            }
            Some(Command::Pack(arguments)) => pack::run(arguments),
            Some(Command::Image(arguments)) => image::run(arguments),
            Some(Command::CaptureSums(arguments)) => capture_sums::run(&arguments),
            Some(Command::Version(arguments)) => version::run(&arguments),
            Some(Command::Man(_)) => man::run(&all),
            Some(Command::Completions(arguments)) => completions::run(&arguments, &all),
        },
        Err(exit) if exit.status.is_ok() => print(&format!("{}\n", exit.output.trim_end())),
        Err(exit) => {
            let named = all.commands.iter().find(|c| Some(&c.name) == known.first());
            let said = refused(&exit.output, &known);
            Err(usage(&said, named.map_or(&all, |c| &c.command)))
        }
    }
}
