//! Packing: from projects, names and folders to an executable that carries a proven bag.
//!
//! Record what go commands download, check and complete it, fetch the proofs of the checksum
//! database, write a copy of this program with the archive inside, prove it by running the
//! same commands against it, and only then give it its name.

pub mod step;
pub mod work;
pub mod project;
pub mod go;
pub mod front;
pub mod record;
pub mod prove;
pub mod folders;
pub mod sums;
pub mod since;
pub mod own;

use std::io::BufWriter;
use std::path::{Path, PathBuf};

use bag::checked::Checked;
use bag::intake::{Invalid, Options};
use bag::packing::{self, Plan};
use bag::record::Proof;
use graft::{ClosedPartial, PartialFile};

use self::go::Failure;
use self::project::Project;
use self::prove::Proved;
use self::step::{Place, Platform, Profile, Step};
use self::work::Work;
use crate::cleanup;
use crate::error::{Context, Error, Result};
use crate::goenv::GoEnv;
use crate::progress::say;
use crate::serve::{size, summary};

/// What to pack and how.
#[derive(Debug)]
pub struct Order {
    /// The folders of projects.
    pub projects: Vec<PathBuf>,
    /// How much of them.
    pub profile: Profile,
    /// What builds are for; none means this host.
    pub platforms: Vec<Platform>,
    /// Further go commands, run in the first project.
    pub lines: Vec<String>,
    /// Modules to have at hand, `path@version`.
    pub modules: Vec<String>,
    /// Programs to install, `package@version`.
    pub tools: Vec<String>,
    /// Toolchains: `go1.27.3`, or `auto` for the one that the first project uses.
    pub toolchains: Vec<String>,
    /// Journals of what clients missed.
    pub misses: Vec<PathBuf>,
    /// Folders laid out like `modules/`.
    pub imports: Vec<PathBuf>,
    /// Folders that become modules: path, version and folder.
    pub locals: Vec<(gomod::module::ModuleVersion, PathBuf)>,
    /// What becomes of zips that Go refuses.
    pub invalid: Invalid,
    /// Keep what this executable carries.
    pub add: bool,
    /// Leave out what this bag has.
    pub since: Option<PathBuf>,
    /// How checksum data is fetched; none leaves it out.
    pub sums: Option<sums::Wanted>,
    /// The bag's own log.
    pub own_log: Option<own::Wanted>,
    /// Run the commands again against the new bag.
    pub prove: bool,
    /// The program to copy.
    pub engine: PathBuf,
    /// The folder to work in.
    pub work: Option<PathBuf>,
    /// The file to write.
    pub output: PathBuf,
}

/// Everything that an order stands for, once its projects are read.
struct Job<'a> {
    order: &'a Order,
    go: PathBuf,
    env: GoEnv,
    projects: Vec<Project>,
    steps: Vec<Step>,
    work: Work,
}

/// The commands that an order runs.
///
/// # Errors
/// A project cannot be read, or a line is no go command.
pub fn steps(order: &Order) -> Result<Vec<Step>> {
    Ok(Job::new(order)?.steps)
}

/// Packs.
///
/// # Errors
/// Anything on the way; nothing is written then.
pub fn pack(order: &Order) -> Result<()> {
    cleanup::handle_signals()?;
    let job = Job::new(order)?;
    let mut recorded = Vec::new();
    if !job.steps.is_empty() {
        say("recording:");
        recorded = record::record(&job.go, &job.env, &job.projects, &job.steps, &job.work)?;
    }
    let (mut plan, mut partial) = job.write(&recorded)?;
    if order.prove && !job.steps.is_empty() {
        say("proving the bag offline:");
        if let Proved::No(failure, misses) = job.prove(&partial, &plan)? {
            if misses.is_empty() {
                return Err(unproven(&failure, &misses));
            }
            say(&format!(
                "  {} failed; fetching what it missed",
                failure.step
            ));
            let more: Vec<Step> = misses
                .iter()
                .enumerate()
                .map(|(i, m)| missed(m, MISSED + i))
                .collect();
            recorded = record::record(&job.go, &job.env, &job.projects, &more, &job.work)?;
            drop(partial);
            (plan, partial) = job.write(&recorded)?;
            say("proving the bag once more:");
            if let Proved::No(failure, misses) = job.prove(&partial, &plan)? {
                return Err(unproven(&failure, &misses));
            }
        }
    }
    finish(order, &plan, partial)
}

/// Scratch modules of fetching what was missed begin here, apart from those of the order.
const MISSED: usize = 1_000_000;

fn missed(module: &str, number: usize) -> Step {
    Step {
        words: ["mod", "download", module].map(String::from).to_vec(),
        place: Place::Scratch(number),
        platform: None,
        // Most misses are path prefixes that were probed and are no modules.
        may_fail: true,
    }
}

fn unproven(failure: &Failure, misses: &[String]) -> Error {
    say(failure.stderr.trim_end());
    let mut text = format!("not proven: {} failed with the bag alone", failure.step);
    if !misses.is_empty() {
        text += &format!("; asked for and not in the bag: {}", misses.join(", "));
    }
    Error::new(text + "; nothing was written (--no-prove writes it all the same)")
}

fn finish(order: &Order, plan: &Plan, partial: ClosedPartial) -> Result<()> {
    let output = order.output.display();
    let bytes = std::fs::metadata(partial.path()).context(&output)?.len();
    cleanup::keep(partial.path());
    partial.commit().context(&output)?;
    say(&format!(
        "{output}: {}, {} in all",
        summary(&plan.record),
        size(bytes)
    ));
    if !graft::fits_fat32(bytes) {
        say(
            "warning: it does not fit a FAT32 file system (4 GiB a file); format the stick as exFAT",
        );
    }
    let run = std::path::absolute(&order.output).context(&output)?;
    say(&format!(
        "carry it, then: {} exec -- go build ./...",
        run.display()
    ));
    Ok(())
}

impl<'a> Job<'a> {
    fn new(order: &'a Order) -> Result<Self> {
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
        let work = Work::new(order.work.as_deref())?;
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
    fn write(&self, recorded: &[PathBuf]) -> Result<(Plan, ClosedPartial)> {
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
            since::leave_out(&mut plan, &crate::oldbag::open(old)?);
        }
        for note in &plan.notes {
            say(&format!("note: {note}"));
        }
        if order.prove && !self.steps.is_empty() {
            plan.record.proof = Some(self.proof()?);
        }
        say("writing");
        let partial = PartialFile::create(&order.output).context(order.output.display())?;
        cleanup::remove_at_signal(partial.path());
        let partial = self.graft(partial, &plan)?;
        Ok((plan, partial))
    }

    fn graft(&self, mut partial: PartialFile, plan: &Plan) -> Result<ClosedPartial> {
        let written = graft::graft(&self.order.engine, partial.file(), |archive| {
            plan.write(BufWriter::with_capacity(1 << 20, archive))
                .map(drop)
        });
        written.context(self.order.output.display())?;
        Ok(partial.close())
    }

    fn prove(&self, partial: &ClosedPartial, plan: &Plan) -> Result<Proved> {
        let old = self.order.since.as_deref();
        prove::prove(
            partial.path(),
            old,
            &plan.record,
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
        })
    }
}

fn faults(faults: Vec<bag::Fault>) -> Error {
    for fault in &faults {
        say(&format!("gobag: {fault}"));
    }
    Error::new(format!("{} faults, nothing was written", faults.len()))
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
        let place = match projects.first() {
            Some(project) => Place::Project(0, project.shape.dir.clone()),
            None => Place::Scratch(next()),
        };
        let step = step::of_line(line, place);
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
