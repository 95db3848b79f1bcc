//! Proving: the new bag is served, and the recorded commands run again from empty caches.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use bag::manifest::Manifest;

use super::go::{Failure, Runner};
use super::project::{Project, Vars};
use super::step::Step;
use super::work::Work;
use crate::client::settings;
use crate::error::{Context, Error, Result};
use crate::process::cleanup;
use crate::terminal::progress::say;

/// What came of a proof.
#[derive(Debug)]
pub enum Proved {
    /// Every command succeeded.
    Yes,
    /// A command failed; what was asked for and is not in the bag, as `path@version`.
    No(Failure, Vec<String>),
}

/// Serves `bag`, an executable that carries a bag, and runs `steps` against it alone, or against
/// it and `old`, the bag that it is to be used with.
///
/// # Errors
/// The bag cannot be served, or the go command not started.
pub fn prove(
    bag: &Path,
    old: Option<&Path>,
    manifest: &Manifest,
    go: &Path,
    projects: &[Project],
    steps: &[Step],
    work: &Work,
) -> Result<Proved> {
    let misses = work.path("misses");
    std::fs::write(&misses, "").context(misses.display())?;
    let served = BagServer::start(bag, &misses)?;
    let old = old
        .map(|old| BagServer::start(old, &work.path("old-misses")))
        .transpose()?;
    let urls = old.iter().fold(served.url.clone(), |urls, old| {
        format!("{urls},{}", old.url)
    });
    let root = work.fresh_folder("prove")?;
    let runner = Runner {
        go,
        projects,
        root,
        vars: vars(manifest, &urls),
    };
    for step in steps {
        say(&format!("  {step}"));
        if let Err(failure) = runner.run(step)? {
            drop(served);
            let text = std::fs::read_to_string(&misses).context(misses.display())?;
            return Ok(Proved::No(
                failure,
                text.lines().map(str::to_string).collect(),
            ));
        }
    }
    drop(served);
    work.fresh_folder("prove")?;
    Ok(Proved::Yes)
}

/// The environment of a client that has nothing but the bag.
fn vars(manifest: &Manifest, url: &str) -> Vars {
    let mut vars: Vars = vec![
        ("GOPROXY".into(), url.into()),
        ("GONOPROXY".into(), "none".into()),
        (
            "GONOSUMDB".into(),
            settings::no_sum_db(manifest).unwrap_or_else(|| "none".into()),
        ),
    ];
    if let Some(database) = settings::public_database(manifest) {
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
    fn start(bag: &Path, misses: &Path) -> Result<Self> {
        let mut command = Command::new(bag);
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
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
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
