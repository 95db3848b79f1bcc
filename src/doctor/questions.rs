//! Questions to a go command that change nothing on the host: what go writes lies in a folder for that
//! alone.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use bag::Bag;

use super::host::Host;
use crate::client::settings;
use crate::error::{Context, Result};
use crate::process::caches::Place;
use crate::process::cleanup;
use crate::process::jail::Mode;
#[cfg(unix)]
use crate::process::signals;
use crate::server::beside::Beside;
use crate::server::log::Log;
use crate::server::service::Proxy;

/// How long go may take: it downloads and extracts what it looks into.
const PATIENCE: Duration = Duration::from_secs(60);

/// How the folder begins that go writes to.
pub const SCRATCH: &str = "gobag-doctor-";

/// Questions to a go command about a project, with the bag as its only proxy. What go writes lies in a
/// folder for that alone, for as long as this is there.
#[derive(Debug)]
pub struct Questions<'a> {
    bag: &'a Bag<'static>,
    dir: &'a Path,
    /// The host that go is asked on.
    pub host: &'a Host,
    go: PathBuf,
    scratch: Place,
}

impl<'a> Questions<'a> {
    /// Those to `go` about the project in `dir`.
    ///
    /// # Errors
    /// There is no place for what go writes.
    pub fn about(
        bag: &'a Bag<'static>,
        dir: &'a Path,
        host: &'a Host,
        go: PathBuf,
    ) -> Result<Self> {
        let scratch = Place::passing(SCRATCH)?;
        Ok(Questions {
            bag,
            dir,
            host,
            go,
            scratch,
        })
    }

    /// The folder of the project.
    pub fn dir(&self) -> &Path {
        self.dir
    }

    /// The folder for what is written.
    pub fn folder(&self) -> &Path {
        self.scratch.path()
    }

    /// The GOCACHE in it.
    pub fn cache(&self) -> PathBuf {
        self.folder().join("cache")
    }

    /// Runs go with the arguments `words` and these settings; nothing where it takes too long.
    ///
    /// # Errors
    /// It cannot be run.
    pub fn run(&self, words: &[&str], vars: &[(&str, &str)]) -> Result<Option<Output>> {
        let proxy = Proxy::on_loopback(self.bag.clone())?;
        let url = proxy.url();
        let mut go = Command::new(&self.go);
        if self.go.is_absolute() {
            go.env_remove("GOROOT");
        }
        go.args(words)
            .current_dir(self.dir)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .envs(settings::client(self.bag, &url, &self.host.env, None))
            .env("GOTOOLCHAIN", "local")
            .env("GOPATH", self.folder())
            .env("GOMODCACHE", self.folder().join("mod"))
            .env("GOCACHE", self.cache())
            .envs(vars.iter().copied());
        let server = Beside::start(proxy, Mode::Try, Log::Off)?;
        let output = in_time(&mut go);
        // What go says counts, however that ended.
        let _ = server.end();
        output
    }
}

fn in_time(command: &mut Command) -> Result<Option<Output>> {
    let child = cleanup::spawn(command).context("cannot run go")?;
    let id = child.id();
    let (tell, hear) = mpsc::channel();
    let waiting = std::thread::spawn(move || {
        // Who waits may have given up.
        let _ = tell.send(child.wait_with_output());
    });
    let output = hear.recv_timeout(PATIENCE);
    if output.is_err() {
        #[cfg(unix)]
        signals::kill_group(id);
    }
    let _ = waiting.join();
    cleanup::forget(id);
    output.ok().transpose().context("cannot run go")
}
