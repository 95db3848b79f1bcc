//! A job: an order with its projects read and its commands known.

use std::fs::File;
use std::io::{BufWriter, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use bag::Options;
use bag::checked::Checked;
use bag::manifest::Proof;
use bag::packing::{self, Plan};
use graft::Engine;
use tempfile::{NamedTempFile, TempPath};

use super::order::Order;
use super::project::Project;
use super::prove::{self, Proved};
use super::step::{self, Platform, Step, Workdir};
use super::work::Work;
use super::{folders, own, partial, sums};
use crate::carried::packed;
use crate::client::goenv::GoEnv;
use crate::error::{Context, Error, Result};
use crate::process::cleanup;
use crate::terminal::progress::say;

/// Everything that an order stands for, once its projects are read.
pub struct Job<'a> {
    pub order: &'a Order,
    pub go: PathBuf,
    pub env: GoEnv,
    pub projects: Vec<Project>,
    pub steps: Vec<Step>,
    pub work: Work,
}

impl<'a> Job<'a> {
    pub fn new(order: &'a Order) -> Result<Self> {
        // First of all, since go keeps temporary files whatever it is asked.
        let work = Work::new(order.work.as_deref())?;
        let go = PathBuf::from("go");
        let mut projects = Vec::new();
        for dir in &order.projects {
            projects.push(Project::find(&go, dir, projects.len())?);
        }
        let dir = order
            .projects
            .first()
            .map_or(Path::new("."), PathBuf::as_path);
        let needs_go = !(projects.is_empty()
            && order.lines.is_empty()
            && order.modules.is_empty()
            && order.tools.is_empty()
            && order.toolchains.is_empty()
            && order.misses.is_empty());
        let env = match GoEnv::ask(&go, dir) {
            Err(e) if needs_go => return Err(e),
            Err(_) => GoEnv::without_go(),
            Ok(env) => env,
        };
        let steps = all_steps(order, &env, &projects)?;
        Ok(Job {
            order,
            go,
            env,
            projects,
            steps,
            work,
        })
    }

    /// Writes the bag under a temporary name.
    pub fn write(&self, recorded: &[PathBuf]) -> Result<(Plan, TempPath)> {
        let order = self.order;
        let folders = folders::all(order, recorded, &self.work)?;
        let checked = Checked::load(&self.work.path("checked.json"));
        let scratch = self.work.folder("zips")?;
        let options = Options {
            scratch: &scratch,
            checked: &checked,
            invalid: order.invalid,
        };
        say("checking every module");
        let mut plan = packing::plan(&folders, options).map_err(faults)?;
        checked.save().context("cannot note what was checked")?;
        if let Some(wanted) = &order.sums {
            sums::add(&mut plan, wanted, &self.env, &self.work)?;
        }
        plan.prove_sums().map_err(faults)?;
        if let Some(wanted) = &order.own_log {
            own::add(&mut plan, wanted)?;
        }
        if let Some(old) = &order.since {
            plan.leave_out(packed::open(old)?.manifest())
                .map_err(faults)?;
        }
        for note in plan.notes() {
            say(&format!("note: {note}"));
        }
        if order.prove && !self.steps.is_empty() {
            plan.set_proof(self.proof()?);
        }
        say("writing");
        let partial = partial::create(&order.output).context(order.output.display())?;
        cleanup::remove_at_signal(partial.path());
        let partial = self.graft(partial, &plan)?;
        Ok((plan, partial))
    }

    /// Writes the program with the archive, and closes the file: Linux starts no program that is
    /// open for writing.
    fn graft(&self, mut partial: NamedTempFile, plan: &Plan) -> Result<TempPath> {
        let written = graft::graft(&self.order.engine, partial.as_file_mut(), |archive| {
            plan.write(BufWriter::with_capacity(1 << 20, archive))
        });
        written.context(self.order.output.display())?;
        Ok(partial.into_temp_path())
    }

    /// Runs the commands of the order against the new bag.
    pub fn prove(&self, partial: &Path, plan: &Plan) -> Result<Proved> {
        let own = std::env::current_exe().context("cannot find this program's own file")?;
        let mut bag = partial.to_path_buf();
        if own != self.order.engine {
            // Another engine may be for another processor: this one serves the archive.
            bag = self.work.folder("prover")?.join("bag");
            graft_archive(&own, partial, &bag).context("cannot prove the bag")?;
        }
        let old = self.order.since.as_deref();
        prove::prove(
            &bag,
            old,
            plan.manifest(),
            &self.go,
            &self.projects,
            &self.steps,
            &self.work,
        )
    }

    /// What a bag that gets its name was proved to do.
    fn proof(&self) -> Result<Proof> {
        let mut platforms: Vec<String> = self
            .steps
            .iter()
            .filter_map(|s| s.platform.as_ref())
            .map(ToString::to_string)
            .collect();
        platforms.sort();
        platforms.dedup();
        Ok(Proof {
            go: self.env.get("GOVERSION").to_string(),
            commands: self.steps.iter().map(ToString::to_string).collect(),
            platforms,
            ..Proof::default()
        })
    }
}

/// Writes a copy of `engine` with the archive that `bag` carries.
fn graft_archive(engine: &Path, bag: &Path, out: &Path) -> Result<()> {
    let mut from = File::open(bag).context(bag.display())?;
    let inspected = Engine::inspect(&from).context(bag.display())?;
    let span = inspected
        .archive()
        .ok_or_else(|| Error::new("it carries no archive"))?;
    from.seek(SeekFrom::Start(span.offset))
        .context(bag.display())?;
    let mut partial = partial::create(out).context(out.display())?;
    graft::graft(engine, partial.as_file_mut(), |archive| {
        archive.copy_from(&from, span.len)
    })
    .context(out.display())?;
    partial.into_temp_path().persist(out).context(out.display())
}

fn faults(faults: Vec<bag::Fault>) -> Error {
    for fault in &faults {
        say(&format!("gobag: {fault}"));
    }
    Error::new(format!("{} faults, nothing was written", faults.len()))
}

/// Scratch modules of fetching what was missed begin here, apart from those of the order.
const MISSED: usize = 1_000_000;

fn missed(module: &str, number: usize) -> Step {
    Step {
        words: ["mod", "download", module].map(String::from).to_vec(),
        workdir: Workdir::Scratch(number),
        platform: None,
        // Most misses are path prefixes that were probed and are no modules.
        may_fail: true,
    }
}

/// The steps that fetch what clients missed, as `path@version`.
pub fn missed_steps(misses: &[String]) -> Vec<Step> {
    misses
        .iter()
        .enumerate()
        .map(|(i, miss)| missed(miss, MISSED + i))
        .collect()
}

fn all_steps(order: &Order, env: &GoEnv, projects: &[Project]) -> Result<Vec<Step>> {
    let host = || Platform {
        os: env.get("GOOS").to_string(),
        arch: env.get("GOARCH").to_string(),
    };
    let platforms = if order.platforms.is_empty() {
        vec![host()]
    } else {
        order.platforms.clone()
    };
    let mut steps = Vec::new();
    for project in projects {
        steps.extend(step::of_project(&project.shape, order.profile, &platforms));
    }
    let mut number = 0;
    let mut next = || {
        number += 1;
        number
    };
    for line in &order.lines {
        let workdir = match projects.first() {
            Some(project) => Workdir::Project(0, project.shape.dir.clone()),
            None => Workdir::Scratch(next()),
        };
        let step = step::of_line(line, workdir);
        steps.push(step.ok_or_else(|| Error::new(format!("--run {line:?} is no go command")))?);
    }
    for module in &order.modules {
        steps.extend(step::of_module(module, next()));
    }
    for tool in &order.tools {
        steps.extend(step::of_tool(tool, next(), &platforms));
    }
    for toolchain in &order.toolchains {
        let name = match toolchain.as_str() {
            "auto" => env.get("GOVERSION").split(' ').next().unwrap_or(""),
            name => name,
        };
        steps.extend(step::of_toolchain(name, next(), &platforms));
    }
    for file in &order.misses {
        let text = std::fs::read_to_string(file).context(file.display())?;
        steps.extend(
            text.lines()
                .filter(|l| l.contains('@'))
                .map(|l| missed(l, next())),
        );
    }
    Ok(steps)
}
