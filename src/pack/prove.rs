//! Proving: the new bag is served where nothing else can be reached, with the older ones that it
//! builds on, and what people type runs against it from empty caches.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use bag::manifest::Manifest;

use super::built::Compiled;
use super::go::{Ran, Runner};
use super::project::Vars;
use super::survey::Survey;
use super::work::Work;
use crate::client::settings;
use crate::error::{Context, Error, Result};
use crate::process::cleanup;
#[cfg(target_os = "linux")]
use crate::process::kernel;
use crate::process::sandbox::Sandbox;
use crate::terminal::progress::Stage;

/// What is proved, and against what.
#[derive(Debug)]
pub struct Proving<'a> {
    /// An executable that carries the bag.
    pub bag: &'a Path,
    /// The files of the older bags that it builds on.
    pub older: &'a [PathBuf],
    /// What they say of themselves as one.
    pub manifest: &'a Manifest,
    /// What was found at the beginning.
    pub survey: &'a Survey,
    /// True where go is to tell its hashes, by which what it compiled can be kept.
    pub tells_hashes: bool,
    /// The network to run in.
    pub sandbox: Option<&'a Sandbox>,
}

/// How a command ended with the bag alone.
#[derive(Debug)]
pub struct Outcome {
    /// How it ended.
    pub ran: Ran,
    /// Why it failed, in one line.
    pub reason: String,
    /// What was asked for meanwhile and is not in the bag, as `path@version`.
    pub missed: Vec<String>,
}

/// What came of a proof.
#[derive(Debug)]
pub struct Proved {
    /// How each command ended.
    pub outcomes: Vec<Outcome>,
    /// What they compiled, and what was compiled beside them, where go was to tell.
    pub compiled: Vec<Compiled>,
}

/// Runs every command of the survey, from empty caches; those that fail too. A test that fails without
/// the folders of this host in it may look for them: it runs once more, with them. Where nothing is
/// missing, what is for the build cache alone is compiled as well.
///
/// # Errors
/// The bag cannot be served, or the go command not started.
pub fn prove(proving: &Proving<'_>, work: &Work) -> Result<Proved> {
    let misses = work.path("misses");
    std::fs::write(&misses, "").context(misses.display())?;
    let sandbox = proving.sandbox;
    let served = BagServer::start(proving, &misses)?;
    let build_cache = work.fresh_folder(BUILD_CACHE)?;
    let survey = proving.survey;
    let runner = Runner {
        go: &survey.go,
        env: &survey.env,
        projects: &survey.projects,
        root: work.stage()?,
        vars: vars(proving.manifest, &served.url, &build_cache),
        // It has the bag's address alone.
        secrets: Vec::new(),
        sandbox,
        tells_hashes: proving.tells_hashes,
    };
    let quiet = Runner {
        tells_hashes: false,
        ..runner.clone()
    };
    let title = match sandbox {
        Some(_) => "proving the bag offline, in a network of its own:",
        None => "proving the bag offline, by its environment alone:",
    };
    let mut stage = Stage::new(title, survey.proving.len() + survey.compiling.len(), None);
    let (mut outcomes, mut compiled) = (Vec::new(), Vec::new());
    let mut told = 0;
    for step in &survey.proving {
        let running = stage.begin(&step.to_string());
        let mut ran = runner.run(step)?;
        compiled.push(Compiled::by(step, &std::mem::take(&mut ran.hashes), survey));
        // Tests may look for their folder, or hear what go commands say that they start.
        if !ran.ok && step.runs_tests() && runner.tells_hashes {
            let plain = step.untrimmed();
            ran = quiet.run(plain.as_ref().unwrap_or(step))?;
        }
        running.end(if ran.ok { "" } else { "failed" });
        let text = std::fs::read_to_string(&misses).context(misses.display())?;
        let missed = text.lines().skip(told).map(str::to_string).collect();
        told = text.lines().count();
        outcomes.push(Outcome {
            reason: ran.reason(&runner),
            ran,
            missed,
        });
    }
    // Else all of it is done once more, with what is added.
    let again = outcomes.iter().any(|o| !o.ran.ok && !o.missed.is_empty());
    for step in survey.compiling.iter().filter(|_| !again) {
        let running = stage.begin(&step.to_string());
        let ran = runner.run(step)?;
        // What needs a C compiler is not compiled without.
        running.end(if ran.ok { "" } else { "failed" });
        compiled.push(Compiled::by(step, &ran.hashes, survey));
    }
    Ok(Proved { outcomes, compiled })
}

const BUILD_CACHE: &str = "prove-build";

/// Where everything is kept that is compiled from the first command of a proof on.
///
/// # Errors
/// It cannot be made.
pub fn build_cache(work: &Work) -> Result<PathBuf> {
    work.folder(BUILD_CACHE)
}

/// The environment of a client that has nothing but the bag.
fn vars(manifest: &Manifest, url: &str, build_cache: &Path) -> Vars {
    let mut vars: Vars = vec![
        ("GOPROXY".into(), url.into()),
        ("GONOPROXY".into(), "none".into()),
        ("GOCACHE".into(), build_cache.display().to_string()),
        // A program of the user's own may know what was compiled elsewhere.
        ("GOCACHEPROG".into(), String::new()),
        (
            "GONOSUMDB".into(),
            settings::no_sum_db(&manifest.about()).unwrap_or_else(|| "none".into()),
        ),
    ];
    if let Some(database) = settings::public_database(&manifest.databases) {
        let name = if database.name == "sum.golang.org" {
            &database.name
        } else {
            &database.key
        };
        vars.push(("GOSUMDB".into(), name.clone()));
    }
    vars
}

/// A bag that is being served; it stops when dropped.
#[derive(Debug)]
struct BagServer {
    child: Child,
    url: String,
}

impl BagServer {
    fn start(proving: &Proving<'_>, misses: &Path) -> Result<Self> {
        let mut command = match proving.sandbox {
            Some(sandbox) => sandbox.command(proving.bag.as_os_str()),
            None => Command::new(proving.bag),
        };
        let older = proving.older.iter();
        command
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--log",
                "off",
                "--misses",
            ])
            .arg(misses)
            .args(older.flat_map(|file| [OsStr::new("--with"), file.as_os_str()]))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        #[cfg(target_os = "linux")]
        kernel::end_with_us(&mut command);
        let mut child = cleanup::spawn(&mut command).context("cannot start the new bag")?;
        let mut said = String::new();
        if let Some(stderr) = child.stderr.take() {
            for line in BufReader::new(stderr).lines() {
                let line = line.context("cannot hear the new bag")?;
                if let Some(url) = line.strip_prefix("listening on ") {
                    let url = url.split(' ').next().unwrap_or(url).to_string();
                    return Ok(BagServer { child, url });
                }
                said = line;
            }
        }
        let _ = child.wait();
        cleanup::forget(child.id());
        Err(Error::new(format!("the new bag does not serve: {said}")))
    }
}

impl Drop for BagServer {
    fn drop(&mut self) {
        // It holds nothing that a kill could harm.
        let _ = self.child.kill();
        let _ = self.child.wait();
        cleanup::forget(self.child.id());
    }
}
