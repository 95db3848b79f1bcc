//! `gobag exec`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus};

use argh::FromArgs;

use super::env;
use crate::bundle;
use crate::error::{Context, Error, Result};
use crate::listen::{BasePath, Listen};
use crate::log::Log;
use crate::serve::Proxy;
use crate::stop::Stop;
use crate::toolchain;

/// Run a command with this file's modules at hand, and its Go toolchain where the host has none.
#[derive(Debug, FromArgs)]
#[argh(
    subcommand,
    name = "exec",
    example = "Build a project on a host without a network:\n  {command_name} -- go build ./...",
    example = "Install a tool that is in the bag:\n  {command_name} -- go install golang.org/x/tools/cmd/stringer@v0.30.0",
    note = "Serves on a free loopback port, sets GOPROXY and what else is needed (see gobag env), runs the command and ends with its exit code."
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
    let bag = bundle::bag()?;
    let mut path = None;
    if arguments.go.is_some() || find("go").is_none() {
        let go_root =
            toolchain::extract(&bag, arguments.go.as_deref(), &toolchain::cache_folder())?;
        path = Some(in_front(&go_root.join("bin"))?);
    }
    let loopback = Listen(([127, 0, 0, 1], 0).into());
    let proxy = Proxy::bind(bag, loopback, &BasePath::default())?;
    let settings = env::client(proxy.record(), &proxy.url(), arguments.own_log)?;
    let stop = Stop::default();
    let (stopper, log) = (stop.clone(), arguments.log);
    let server = std::thread::spawn(move || proxy.run(log, &stopper, |_| ()));

    let mut command = Command::new(program);
    command.args(words).envs(settings);
    if let Some(path) = &path {
        // The program is looked up in the PATH that it gets.
        command.env("PATH", path).env_remove("GOROOT");
        if let Some(found) = find_in(path, program) {
            command = with_program(command, &found);
        }
    }
    let status = run_to_end(&mut command).context(format!("cannot run {program:?}"))?;
    stop.stop();
    server
        .join()
        .map_err(|_| Error::new("the server failed"))??;
    Ok(exit_code(status))
}

/// The same command with another program file.
fn with_program(command: Command, program: &Path) -> Command {
    let mut other = Command::new(program);
    other.args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => other.env(name, value),
            None => other.env_remove(name),
        };
    }
    other
}

fn in_front(dir: &Path) -> Result<OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let dirs = std::iter::once(dir.to_path_buf()).chain(std::env::split_paths(&path));
    std::env::join_paths(dirs).context(dir.display())
}

fn find(program: &str) -> Option<PathBuf> {
    find_in(&std::env::var_os("PATH")?, program)
}

fn find_in(path: &OsString, program: &str) -> Option<PathBuf> {
    let name = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(path)
        .map(|dir| dir.join(&name))
        .find(|file| file.is_file())
}

/// Runs the command. From before it starts SIGTERM, SIGHUP and SIGINT are passed on to it; at a
/// terminal it gets the last from there already.
#[cfg(unix)]
fn run_to_end(command: &mut Command) -> std::io::Result<ExitStatus> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use std::io::IsTerminal;

    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    let handle = signals.handle();
    let mut child = command.spawn()?;
    let id = child.id();
    let passer = std::thread::spawn(move || {
        for signal in signals.forever() {
            if signal != SIGINT || !std::io::stdin().is_terminal() {
                crate::process::send_signal(id, signal);
            }
        }
    });
    let status = child.wait();
    handle.close();
    let _ = passer.join();
    status
}

#[cfg(not(unix))]
fn run_to_end(command: &mut Command) -> std::io::Result<ExitStatus> {
    command.spawn()?.wait()
}

/// The child's exit code, or 128 and the number of the signal that ended it, as shells have it.
fn exit_code(status: ExitStatus) -> ExitCode {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return ExitCode::from(u8::try_from(128 + signal).unwrap_or(u8::MAX));
    }
    status
        .code()
        .and_then(|c| u8::try_from(c).ok())
        .map_or(ExitCode::FAILURE, ExitCode::from)
}
