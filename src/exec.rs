//! A command run with the bag at hand: a server on loopback, the settings for it, and the bag's
//! toolchain where the host has none.

pub mod home;
mod fits;
pub mod cached;
pub mod clean;

use std::ffi::{OsStr, OsString};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use bag::manifest::Manifest;
use bag::{Bag, TOOLCHAIN, vulndb};
use gocache::log;

use self::cached::Cached;
use self::home::Home;
use crate::carried::toolchains::{self, held, platform};
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
use crate::terminal::print::error_is_terminal;
use crate::terminal::progress::{complain, note, warn};
use crate::unpack::goroot::{self, GoRoot};

/// What is asked of a run.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The toolchain of the bag to use instead of the host's.
    pub go: Option<&'a str>,
    /// True where the bag's own log verifies everything.
    pub own_log: bool,
    /// True where go is to find what was compiled before.
    pub cached: bool,
}

/// Runs `program` with the arguments `words` and `bag` at hand, as `wanted`, to its end and returns
/// its exit code. The server's threads are in a box; this one and the program are not, so
/// that it can be one that takes rights, such as sudo.
///
/// # Errors
/// There is no such toolchain or log, the box is required and refused, or the program cannot be
/// started, for which the exit code is that of shells.
pub fn exec(
    bag: Bag<'static>,
    program: &OsStr,
    words: &[OsString],
    wanted: Wanted<'_>,
    log: Log,
    sandbox: Mode,
) -> Result<ExitCode> {
    let Wanted {
        go,
        own_log,
        cached,
    } = wanted;
    let signals = Heard::new()?;
    // What is made ready for the command goes with a signal.
    let outcome = "the command was not run";
    let ready = cleanup::handling_signals(outcome, || {
        let mut ready = Ready::made(&bag, program, go, own_log)?;
        if cached {
            ready.use_build_cache(&bag, program);
        }
        Ok(ready)
    })?;
    let hint = ready.hint(program, words);
    hint.filter(|_| error_is_terminal())
        .iter()
        .for_each(|text| note(text));
    ready.env.no_modules().iter().for_each(|text| warn(text));
    let proxy = Proxy::on_loopback(bag)?;
    let mut command = ready.command(program, &proxy, own_log)?;
    command.args(words);
    let server = Beside::start(proxy, sandbox, log)?;
    if let Some(own_state) = &ready.own_state {
        complain(&format!("gobag: {}", own_state.told()));
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

/// True where `bag` has none for this host.
fn has_no_toolchain(bag: &Bag<'_>) -> bool {
    let none = |manifest: &Manifest| held(manifest.module(TOOLCHAIN), &platform()).is_empty();
    bag.manifest().is_ok_and(|manifest| none(&manifest))
}

/// What a command lacks here, for as long as it runs: a toolchain of the bag, a home, checksum
/// state of its own.
#[derive(Debug)]
pub struct Ready {
    go_root: Option<GoRoot>,
    home: Option<Home>,
    env: GoEnv,
    own_state: Option<OwnState>,
    cached: Option<Cached>,
}

impl Ready {
    /// Makes it for `program`. `go` names the toolchain to take instead of the host's. To be called
    /// where signals are handled.
    ///
    /// # Errors
    /// There is no such toolchain, or no folder for it. Where the bag has none at all, that is said to
    /// any program but go, which may know one of its own.
    pub fn made(bag: &Bag<'_>, program: &OsStr, go: Option<&str>, own_log: bool) -> Result<Self> {
        let wanted = go.is_some() || find("go").is_none();
        let go_root = match wanted.then(|| goroot::ready(bag, go)).transpose() {
            Err(e) if go.is_none() && program != "go" && has_no_toolchain(bag) => {
                warn(&e.to_string());
                None
            }
            made => made?,
        };
        let home = Home::needed(go_root.as_ref().map(GoRoot::place))?;
        let env = GoEnv::of_this_host(home.as_ref().map(Home::path));
        let own_state = OwnState::needed(bag, own_log, &env)?;
        Ok(Ready {
            go_root,
            home,
            env,
            own_state,
            cached: None,
        })
    }

    /// Has go find what `bag` carries of a build cache for `program`, as far as that is possible. To be called where
    /// signals are handled.
    pub fn use_build_cache(&mut self, bag: &Bag<'_>, program: &OsStr) {
        let version = match &self.go_root {
            Some(root) => root.name(),
            None => self.env.get("GOVERSION"),
        };
        // A shell may build for any platform; go builds for the one that is set.
        let set = |name: &str, host: &str| match self.env.get(name) {
            "" => host.to_string(),
            set => set.to_string(),
        };
        let host = toolchains::platform();
        let (os, arch) = host.split_once('-').unwrap_or_default();
        let target = format!("{}/{}", set("GOOS", os), set("GOARCH", arch));
        let wanted = fits::Wanted {
            go: log::release(version),
            platform: (program == "go").then_some(target.as_str()),
        };
        self.cached = Cached::ready(bag, &self.env, &wanted);
    }

    /// What to say of `program` with the arguments `words`, where go would find more if it was called
    /// otherwise.
    pub fn hint(&self, program: &OsStr, words: &[OsString]) -> Option<String> {
        self.cached.as_ref()?;
        fits::untrimmed(program, words, self.env.get("GOFLAGS"))
    }

    /// The command that runs `program` with all of it, and with `proxy` as the only one.
    ///
    /// # Errors
    /// The own log is wanted, and the bag has none; or a folder cannot be part of a list.
    pub fn command(&self, program: &OsStr, proxy: &Proxy, own_log: bool) -> Result<Command> {
        let (bag, url) = (proxy.bag(), proxy.url());
        let wanted = settings::wanted_log(&bag.about().databases, own_log)?;
        let path = self.go_root.as_ref();
        let path = path.map(|root| in_front(&root.path().join("bin")));
        let path = path.transpose()?;
        // The program is looked up in the PATH that it gets.
        let found = path.as_ref().and_then(|path| find_in(path, program));
        let mut command = Command::new(found.unwrap_or_else(|| program.into()));
        command.envs(settings::client(bag, &url, &self.env, wanted));
        let vulndb = format!("{}{}", vulndb::ROOT, vulndb::DB);
        if bag.entry(&vulndb).is_some() && std::env::var_os("GOVULNDB").is_none() {
            let root = vulndb::ROOT.trim_end_matches('/');
            command.env("GOVULNDB", format!("{url}/{root}"));
        }
        if let Some(home) = &self.home {
            command.env("HOME", home.path());
        }
        if let Some(cached) = &self.cached {
            command.env("GOCACHE", cached.path());
        }
        if let Some(own_state) = &self.own_state {
            command.envs(own_state.settings(&self.env, &url)?);
        }
        if let Some(path) = path {
            command.env("PATH", path).env_remove("GOROOT");
        }
        Ok(command)
    }
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
        .find(|file| is_program(file))
}

/// True for a file that may be run; a shell looks past any other.
fn is_program(file: &Path) -> bool {
    #[cfg(unix)]
    let runs = rustix::fs::access(file, rustix::fs::Access::EXEC_OK).is_ok();
    #[cfg(not(unix))]
    let runs = true;
    runs && file.is_file()
}
