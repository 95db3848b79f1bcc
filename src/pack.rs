//! Packing: from projects, names and folders to an executable that carries a proven bag.
//!
//! Four stages, with plain data between them: what go commands download is recorded, checked and
//! completed, written as a copy of this program, and proved by what people type. What fails there
//! is tried on the connected side: what succeeds there is missing, is added, and proved again.

pub mod platform;
pub mod step;
pub mod order;
mod scratch;
mod whole;
pub mod work;
pub mod sums;
pub mod own;
pub mod setting;
mod named;
pub mod steps;
mod survey;
mod copies;
pub mod project;
pub mod said;
pub mod go;
mod front;
mod online;
mod record;
pub mod built;
mod vulns;
mod folders;
mod older;
mod joined;
mod contents;
mod compact;
pub mod partial;
pub mod preflight;
mod write;
mod prove;
mod compare;
mod report;
mod remembered;
mod judge;
mod finish;

use bag::packing::Plan;

use self::built::Built;
use self::compact::Compacting;
use self::finish::Done;
use self::judge::{Judge, Judged};
use self::older::Older;
use self::online::Online;
use self::order::{Order, Prove, Source};
use self::preflight::{Preflight, refuse_odd_name};
use self::record::Recording;
use self::report::{Phases, Report};
use self::step::Step;
use self::survey::Survey;
use self::work::Work;
use crate::error::{Context, Result};
use crate::process::cleanup;
use crate::terminal::progress::{note, say};
use crate::terminal::size::count;

/// How often a bag is completed and proved once more.
const ROUNDS: usize = 3;

/// The commands that an order runs: those that record it, those that prove it, and those that compile
/// more for the build cache.
///
/// # Errors
/// A project cannot be read, or a line is no go command.
pub fn steps(source: &Source) -> Result<[Vec<Step>; 3]> {
    let survey = Survey::of(source)?;
    survey.notes.iter().for_each(|text| note(text));
    let recording = survey.recording.into_iter().map(|r| r.step).collect();
    Ok([recording, survey.proving, survey.compiling])
}

/// Makes a bag as `order` says and gives it its name.
///
/// # Errors
/// Nothing could be fetched, a module or a proof of the database breaks a rule, or a command that
/// succeeds on the connected side fails with the bag alone; nothing is written then.
pub fn pack(order: &Order) -> Result<Report> {
    cleanup::handle_signals("nothing was written")?;
    let checksum = report::checksum_file(&order.output.file);
    let preflight = Preflight {
        output: &order.output.file,
        force: order.output.force,
        engine: &order.output.engine,
        checksum: order.output.checksum.then_some(checksum.as_path()),
        work: order.work.as_deref(),
    };
    preflight.check()?;
    let older = Older::open(&order.rules, &order.output.file)?;
    let work = Work::new(order.work.as_deref())?;
    refuse_odd_name(&work.stage()?)?;
    let earlier = work.settle()?;
    if work.is_kept() {
        say(&format!(
            "{} of earlier runs are at hand",
            count(earlier, "module zip")
        ));
    }
    let survey = Survey::of(&order.source)?;
    survey.notes.iter().for_each(|text| note(text));
    let mut phases = Phases::begin();
    let downloads = work.mod_cache().join("cache/download");
    let seeded = (!survey.recording.is_empty()).then_some(downloads.as_path());
    let further = folders::all(&order.further, &work, seeded)?;
    let carried = joined::carried(order, &older)?;
    let mut packed = survey.packed();
    packed.extend(joined::projects(order)?);
    let (go, projects) = (survey.go.as_path(), survey.projects.as_slice());
    let mut online = match survey.recording.is_empty() {
        true => None,
        false => Some(Online::start(
            go,
            &survey.env,
            projects,
            &work,
            &further.seeds,
        )?),
    };
    let recording = match &online {
        Some(online) => record::record(online, projects, &survey.recording)?,
        None => Recording::default(),
    };
    phases.end("recording");

    let done = Done {
        order,
        survey: &survey,
        recording: &recording,
        older: &older,
    };
    let mut judge = Judge {
        order,
        survey: &survey,
        work: &work,
        older: &older,
        tried: compare::recorded(&survey.proving, &recording.lines),
    };
    let compacting = match compact::is_wanted(order)? {
        true => Some(Compacting::begin(&work)?),
        false => None,
    };
    let mut round = 0;
    let mut report = loop {
        round += 1;
        let mut folders = further.folders.clone();
        folders.extend(online.iter().flat_map(Online::folders));
        let mut plan = contents::contents(&folders, &order.rules, &older, &survey.env, &work)?;
        plan.set_projects(packed.clone());
        phases.end("checking");
        if let Some(compacting) = &compacting {
            compacting.compact(&mut plan)?;
            phases.end("compacting");
        }
        let proves = order.prove != Prove::Never && !survey.proving.is_empty();
        let proving = online.as_mut().filter(|_| proves);
        let unproved = match proving {
            None => joined::joined(None, &carried, work.path(JOINED))?,
            Some(_) => None,
        };
        set_build_cache(&mut plan, unproved.as_ref())?;
        say("writing");
        let partial = write::write(&plan, &order.output)?;
        phases.end("writing");
        let Some(online) = proving else {
            break done.finish(&plan, partial, None, unproved.as_ref())?;
        };
        let judged = judge.judge(&partial, &plan, online)?;
        phases.end("proving");
        let (verdict, at) = match judged {
            Judged::Verdict(verdict, _) => (verdict, None),
            Judged::Known(verdict) => (verdict.clone(), Some(verdict.at)),
            Judged::Missing(missing, grown) if round == ROUNDS || !grown => return Err(missing),
            Judged::Missing(..) => {
                say("adding what was missed");
                continue;
            }
        };
        plan.set_proof(verdict.proof);
        let built = joined::joined(verdict.built, &carried, work.path(JOINED))?;
        set_build_cache(&mut plan, built.as_ref())?;
        // The same once more, with the verdict in it.
        drop(partial);
        let partial = write::write(&plan, &order.output)?;
        phases.end("writing");
        break done.finish(&plan, partial, at, built.as_ref())?;
    };
    phases.end("writing");
    // What is said last is not followed by a silence.
    say("removing what was made on the way");
    drop((compacting, online, work));
    phases.end("removing");
    report.tell(&phases, order.output.checksum)?;
    Ok(report)
}

/// Where the outputs lie in the folder for work of what the proof compiled, and of what this executable
/// carries.
const JOINED: &str = "joined-build-cache.zst";

fn set_build_cache(plan: &mut Plan, built: Option<&Built>) -> Result<()> {
    let set = built.map(|built| plan.set_build_cache(&built.list, built.outputs.clone()));
    set.transpose().context("cannot write JSON").map(drop)
}
