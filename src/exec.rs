//! A command run with the bag at hand: a server on loopback, the settings for it, and the bag's
//! toolchain where the host has none.

pub mod home;

use std::ffi::{OsStr, OsString};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use bag::Bag;

use self::home::Home;
use crate::client::apart::OwnState;
use crate::client::goenv::GoEnv;
use crate::client::settings;
use crate::error::{Context, Error, MISSING, NOT_EXECUTABLE, Result};
use crate::process::cleanup;
use crate::process::jail::Mode;
use crate::process::signals::{Heard, exit_code};
use crate::server::beside::Beside;
use crate::server::log::Log;
use crate::server::service::Proxy;
use crate::terminal::progress::{complain, warn};
use crate::unpack::goroot::{self, GoRoot};

/// Runs `program` with the arguments `words` and `bag` at hand to its end and returns its exit code.
/// `go` names the toolchain of the bag to use instead of the host's; with `own_log` the bag's own
/// log verifies everything. The server's threads are in a box; this one and the program are not, so
/// that it can be one that takes rights, such as sudo.
///
/// # Errors
/// There is no such toolchain or log, the box is required and refused, or the program cannot be
/// started, for which the exit code is that of shells.
pub fn exec(
    bag: Bag<'static>,
    program: &OsStr,
    words: &[OsString],
    go: Option<&str>,
    own_log: bool,
    log: Log,
    sandbox: Mode,
) -> Result<ExitCode> {
    let signals = Heard::new()?;
    let wanted = go.is_some() || find("go").is_none();
    // What is made ready for the command goes with a signal.
    let (go_root, home, env, own_state) = cleanup::handling_signals(|| {
        let go_root = wanted.then(|| goroot::ready(&bag, go)).transpose()?;
        let home = Home::needed(go_root.as_ref().map(GoRoot::place))?;
        let env = GoEnv::of_this_host(home.as_ref().map(Home::path));
        let own_state = OwnState::needed(&bag, own_log, &env)?;
        Ok((go_root, home, env, own_state))
    })?;
    env.no_modules().iter().for_each(|text| warn(text));
    let path = go_root
        .as_ref()
        .map(|root| in_front(&root.path().join("bin")));
    let path = path.transpose()?;
    let proxy = Proxy::on_loopback(bag)?;
    let (url, wanted) = (
        proxy.url(),
        settings::wanted_log(proxy.manifest(), own_log)?,
    );
    let settings = settings::client(proxy.manifest(), &url, &env, wanted);
    let server = Beside::start(proxy, sandbox, log)?;

    // The program is looked up in the PATH that it gets.
    let found = path.as_ref().and_then(|path| find_in(path, program));
    let mut command = Command::new(found.unwrap_or_else(|| program.into()));
    command.args(words).envs(settings);
    if let Some(home) = &home {
        command.env("HOME", home.path());
    }
    if let Some(own_state) = &own_state {
        complain(&format!("gobag: {}", own_state.told()));
        command.envs(own_state.settings(&env, &url)?);
    }
    if let Some(path) = path {
        command.env("PATH", path).env_remove("GOROOT");
    }
    let status = signals.run_to_end(&mut command).map_err(|e| {
        let code = match e.kind() {
            ErrorKind::NotFound => MISSING,
            _ => NOT_EXECUTABLE,
        };
        Error::new(format!("cannot run {program:?}: {e}")).with_code(code)
    })?;
    server.end()?;
    Ok(exit_code(status))
}

fn in_front(dir: &Path) -> Result<OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let dirs = std::iter::once(dir.to_path_buf()).chain(std::env::split_paths(&path));
    std::env::join_paths(dirs).context(dir.display())
}

fn find(program: &str) -> Option<PathBuf> {
    find_in(&std::env::var_os("PATH")?, program)
}

fn find_in(path: &OsString, program: impl AsRef<OsStr>) -> Option<PathBuf> {
    let mut name = program.as_ref().to_owned();
    name.push(std::env::consts::EXE_SUFFIX);
    std::env::split_paths(path)
        .map(|dir| dir.join(&name))
        .find(|file| file.is_file())
}
