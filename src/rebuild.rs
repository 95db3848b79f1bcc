//! Rebuilding: what a bag carries of a build cache is compiled once more, of the sources in the bag and
//! from empty caches, and the outputs are compared. Go makes the same output of the same inputs, and an
//! action's id is the hash of those: so another output is not what go makes.

mod plan;
mod again;
pub mod compared;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use bag::built::HeldCache;
use bag::{Bag, TOOLCHAIN};
use gocache::log;

use self::again::Again;
use self::compared::{Compared, Known, compare};
use crate::carried::summary::target as told;
use crate::carried::toolchains::{held, platform};
use crate::client::goenv::GoEnv;
use crate::error::{Context, Error, Result};
use crate::pack::built::made;
use crate::pack::go::Runner;
use crate::pack::project::{Project, Vars};
use crate::process::caches::Place;
use crate::process::cleanup;
use crate::process::jail::Mode;
use crate::server::beside::Beside;
use crate::server::log::Log;
use crate::server::service::Proxy;
use crate::terminal::printable::printable;
use crate::terminal::progress::{Stage, note};
use crate::unpack::goroot::{self, GoRoot};

/// Compiles what `bag` carries of a build cache once more: what the proof of the project in the folder
/// `project` compiles, if that is named, and then what is left. A toolchain of the bag is run where it
/// `may_run`. The process ends at a signal.
///
/// # Errors
/// The bag carries no build cache, there is no go command of a version that one is of, or the project is
/// none.
pub fn rebuild(bag: &Bag<'static>, may_run: bool, project: Option<&Path>) -> Result<Vec<Compared>> {
    let held = HeldCache::of(bag)?;
    if held.iter().all(|held| held.list.actions.is_empty()) {
        let text = "this bag carries no build cache, so there is nothing to compile again; pack makes one where it proves a bag";
        return Err(Error::new(text));
    }
    cleanup::handle_signals("nothing was compared")?;
    let targets: Vec<(&HeldCache<'_>, usize)> = held
        .iter()
        .flat_map(|held| (0..held.list.targets.len()).map(move |n| (held, n)))
        .collect();
    let wanted = targets.iter().map(|(held, n)| &held.list.targets[*n].go);
    let env = GoEnv::of_this_host(None);
    let gos = gos(bag, may_run, &wanted.collect(), &env)?;
    let place = Place::passing("gobag-")?;
    let folder = |name: &str| {
        let folder = place.path().join(name);
        fs::create_dir_all(&folder).context(folder.display())?;
        Ok(folder)
    };
    let (cache, temporary): (PathBuf, Result<PathBuf>) = (folder("build")?, folder("tmp"));
    let modules: BTreeSet<String> = bag
        .manifest()?
        .complete()
        .map(|(path, version)| format!("{path}@{}", version.version))
        .collect();
    let proxy = Proxy::on_loopback(bag.clone())?;
    let vars = vars(&proxy.url(), &cache, &temporary?);
    let server = Beside::start(proxy, Mode::default(), Log::Off)?;
    let title = "compiling again, of the sources in the bag alone:";
    let here = targets.iter();
    let here = here.filter(|(held, n)| gos.contains_key(&held.list.targets[*n].go));
    let mut stage = Stage::new(title, here.count(), None);
    let scratch = Cell::new(0);
    for (held, number) in &targets {
        let target = &held.list.targets[*number];
        let Some(go) = gos.get(&target.go) else {
            continue;
        };
        let running = stage.begin(&printable(&told(target)));
        let projects = project.map(|dir| Project::find(&go.program, dir, 0));
        let projects: Vec<Project> = projects.transpose()?.into_iter().collect();
        let of_target = held.list.actions.iter();
        let again = Again {
            runner: Runner {
                go: &go.program,
                env: &env,
                projects: &projects,
                root: folder("go")?,
                vars: [vars.clone(), go.vars(), plan::settings(target)].concat(),
                secrets: Vec::new(),
                sandbox: None,
                tells_hashes: false,
            },
            target,
            platform: target.platform.parse().map_err(Error::new)?,
            actions: of_target.filter(|a| a.targets.contains(number)).collect(),
            modules: &modules,
            cache: &cache,
            scratch: &scratch,
            programs: RefCell::default(),
        };
        again.projects()?;
        again.listed()?;
        running.end("");
    }
    server.end()?;
    let known = Known {
        project: project.is_some(),
        modules: &modules,
        gos: &gos.keys().map(String::as_str).collect(),
    };
    let compared = held
        .iter()
        .flat_map(|held| compare(&held.list, known, |action| made(&cache, action)));
    Ok(compared.collect())
}

/// A go command.
#[derive(Debug)]
struct Go {
    program: PathBuf,
    root: Option<GoRoot>,
}

impl Go {
    fn vars(&self) -> Vars {
        let root = self.root.iter();
        root.map(|root| ("GOROOT".into(), root.path().display().to_string()))
            .collect()
    }
}

/// The go commands of the versions `wanted`, as far as there are any: this host's where it is that, since it
/// did not come with the bag; else the bag's, where that `may_run`.
///
/// # Errors
/// There is none at all.
fn gos(
    bag: &Bag<'_>,
    may_run: bool,
    wanted: &BTreeSet<&String>,
    env: &GoEnv,
) -> Result<BTreeMap<String, Go>> {
    let here = log::release(env.get("GOVERSION"));
    let manifest = bag.manifest()?;
    let held = held(manifest.module(TOOLCHAIN), &platform());
    let mut lacking = None;
    let mut gos = BTreeMap::new();
    for name in wanted {
        // What go adds to it are settings of its own.
        let version = log::release(name);
        let is_held = held.iter().any(|(name, _)| *name == version);
        let told = printable(version);
        let go = if version == here {
            let (program, root) = ("go".into(), None);
            Go { program, root }
        } else if is_held && may_run {
            let text = "the bag's own compiles, which proves less";
            note(&format!("this host has no {told}: {text}"));
            let root = goroot::ready(bag, Some(version))?;
            let (program, root) = (root.path().join("bin/go"), Some(root));
            Go { program, root }
        } else {
            let nor = match is_held {
                true => "which this host does not have, and that of another bag is not run",
                false => "which neither this host has nor the bag",
            };
            lacking = Some(Error::new(format!(
                "the build cache is of {told}, {nor}; put the go command of {told} on PATH"
            )));
            continue;
        };
        gos.insert(name.to_string(), go);
    }
    match lacking.filter(|_| gos.is_empty()) {
        Some(lacking) => Err(lacking),
        None => Ok(gos),
    }
}

/// The environment of a go command that has nothing but the bag at `url`, and caches of its own.
fn vars(url: &str, cache: &Path, temporary: &Path) -> Vars {
    let temporary = temporary.display().to_string();
    let vars = [
        ("GOPROXY", url),
        ("GONOPROXY", "none"),
        // The sums of the bag were compared before.
        ("GOSUMDB", "off"),
        ("GOTOOLCHAIN", "local"),
        // A folder for programs may be named there.
        ("GOENV", "off"),
        ("GOCACHE", &cache.display().to_string()),
        ("GOCACHEPROG", ""),
        ("TMPDIR", &temporary),
        ("GOTMPDIR", &temporary),
    ];
    let vars = vars.map(|(name, value)| (name.to_string(), value.to_string()));
    vars.to_vec()
}
