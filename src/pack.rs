//! Packing: from projects, names and folders to an executable that carries a proven bag.
//!
//! Four stages, with plain data between them: what go commands download is recorded, checked and
//! completed, written as a copy of this program, and proved by what people type. What fails there
//! is tried on the connected side: what succeeds there is missing, is added, and proved again.

pub mod platform;
pub mod step;
pub mod order;
pub mod work;
pub mod sums;
pub mod own;
mod steps;
mod survey;
mod copies;
mod project;
mod said;
mod go;
mod front;
mod online;
mod record;
mod folders;
mod contents;
mod partial;
mod preflight;
mod write;
mod prove;
mod compare;
mod report;
mod remembered;

use bag::TOOLCHAIN;
use std::path::{Path, PathBuf};

use bag::manifest::{Manifest, Proof, ProofRow};
use bag::packing::Plan;
use tempfile::TempPath;

use self::compare::Tried;
use self::online::Online;
use self::order::{Order, Source};
use self::preflight::Preflight;
use self::prove::{Outcome, Proving};
use self::record::Recording;
use self::remembered::{Place, Remembered};
use self::report::{Phases, Report};
use self::step::Step;
use self::survey::Survey;
use self::work::Work;
use crate::carried::verdict;
use crate::error::{Context, Error, Result};
use crate::process::caches;
use crate::process::cleanup;
use crate::process::sandbox::Sandbox;
use crate::terminal::progress::{note, say, warn};
use crate::terminal::size::count;

/// How often a bag is completed and proved once more.
const ROUNDS: usize = 3;

/// The commands that an order runs: those that record it, and those that prove it.
///
/// # Errors
/// A project cannot be read, or a line is no go command.
pub fn steps(source: &Source) -> Result<(Vec<Step>, Vec<Step>)> {
    let survey = Survey::of(source)?;
    let recording = survey.recording.into_iter().map(|r| r.step).collect();
    Ok((recording, survey.proving))
}

/// Makes a bag as `order` says and gives it its name.
///
/// # Errors
/// Nothing could be fetched, a module or a proof of the database breaks a rule, or a command that
/// succeeds on the connected side fails with the bag alone; nothing is written then.
pub fn pack(order: &Order) -> Result<Report> {
    cleanup::handle_signals()?;
    let preflight = Preflight {
        output: &order.output.file,
        force: order.output.force,
        engine: &order.output.engine,
        work: order.work.as_deref(),
    };
    preflight.check()?;
    let work = Work::new(order.work.as_deref())?;
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
    };
    let mut tried = Tried::new();
    for round in 1.. {
        let mut folders = further.folders.clone();
        folders.extend(online.iter().flat_map(Online::folders));
        let mut plan = contents::contents(&folders, &order.rules, &survey.env, &work)?;
        phases.end("checking");
        say("writing");
        let partial = write::write(&plan, &order.output)?;
        phases.end("writing");
        let Some(online) = online
            .as_mut()
            .filter(|_| order.prove && !survey.proving.is_empty())
        else {
            return done.finish(&plan, partial, phases, None);
        };
        let place = done.place(&partial)?;
        let (verdict, remembered) = match place.as_ref().and_then(Place::load) {
            Some(verdict) => (verdict, true),
            None => {
                let judged = done.judge(&partial, &plan, &work, online, &mut tried)?;
                phases.end("proving");
                let verdict = match judged {
                    Judged::Verdict(verdict) => verdict,
                    Judged::Missing(missing, grown) if round == ROUNDS || !grown => {
                        return Err(missing);
                    }
                    Judged::Missing(..) => {
                        say("adding what was missed");
                        continue;
                    }
                };
                if let Some(place) = place {
                    place.save(&verdict);
                }
                (verdict, false)
            }
        };
        plan.set_proof(verdict.proof);
        // The same once more, with the verdict in it.
        drop(partial);
        let partial = write::write(&plan, &order.output)?;
        phases.end("writing");
        let at = remembered.then_some(verdict.at);
        return done.finish(&plan, partial, phases, at);
    }
    Err(Error::new("not proven"))
}

/// What came of a proof.
enum Judged {
    /// Nothing is missing.
    Verdict(Remembered),
    /// What succeeds online and not sealed, as an error; true where more was fetched for it.
    Missing(Error, bool),
}

/// What is known when a bag is written.
struct Done<'a> {
    order: &'a Order,
    survey: &'a Survey,
    recording: &'a Recording,
}

/// A network of its own for the proof, or a word of why there is none.
fn sandbox() -> Option<Sandbox> {
    match Sandbox::new() {
        Ok(sandbox) => Some(sandbox),
        Err(why) => {
            note(&format!("the proof has no network of its own: {why}"));
            None
        }
    }
}

fn unproven(missing: &[(&Step, &Outcome)]) -> Error {
    let mut text = "not proven".to_string();
    for (step, outcome) in missing {
        text += &format!(
            ": {step} succeeds online, and fails with the bag alone: {}",
            outcome.reason
        );
        if !outcome.missed.is_empty() {
            let missed = outcome.missed.join(", ");
            text += &format!("; asked for and not in the bag: {missed}");
        }
    }
    Error::new(text + "; nothing was written (--no-prove writes it all the same)")
}

impl Done<'_> {
    /// Where a verdict on the bag `partial` is kept, where this user has such a place.
    fn place(&self, partial: &Path) -> Result<Option<Place>> {
        let Some(cache) = caches::own() else {
            return Ok(None);
        };
        let output = &self.order.output.file;
        let besides: Vec<PathBuf> = [Some(output), self.order.work.as_ref()]
            .into_iter()
            .flatten()
            .cloned()
            .chain([partial.to_path_buf(), report::checksum_file(output)])
            .collect();
        let old = self.order.rules.since.as_deref();
        Place::of(&cache, partial, old, self.survey, &besides)
    }

    /// Proves the bag `partial`, and tries on the connected side what fails.
    fn judge(
        &self,
        partial: &Path,
        plan: &Plan,
        work: &Work,
        online: &mut Online<'_>,
        tried: &mut Tried,
    ) -> Result<Judged> {
        let (survey, sandbox) = (self.survey, sandbox());
        let proving = Proving {
            bag: &write::runnable(partial, &self.order.output, work)?,
            old: self.order.rules.since.as_deref(),
            manifest: plan.manifest(),
            go: &survey.go,
            projects: &survey.projects,
            sandbox: sandbox.as_ref(),
        };
        let outcomes = prove::prove(&proving, &survey.proving, work)?;
        let before = online.fetched();
        // Only the standard library is there in common; its sources are the same.
        online.use_build_cache(&prove::build_cache(work)?);
        compare::try_online(online, &survey.proving, &outcomes, tried)?;
        let missing = compare::missing(&survey.proving, &outcomes, tried);
        if !missing.is_empty() {
            return Ok(Judged::Missing(
                unproven(&missing),
                online.fetched() != before,
            ));
        }
        let rows = compare::verdict(&survey.proving, &outcomes, tried);
        let proof = compare::proof(rows, survey.env.get("GOVERSION"), sandbox.is_some());
        let at = remembered::now();
        Ok(Judged::Verdict(Remembered { at, proof }))
    }

    fn finish(
        &self,
        plan: &Plan,
        partial: TempPath,
        phases: Phases,
        proved_at: Option<String>,
    ) -> Result<Report> {
        let Done {
            order,
            survey,
            recording,
        } = self;
        let manifest = plan.manifest();
        let failures = failures(order, survey, recording, manifest)?;
        for text in &failures {
            note(text);
        }
        if order.strict && !failures.is_empty() {
            let first = &failures[0];
            let text =
                format!("--strict, and not everything succeeded: {first}; nothing was written");
            return Err(Error::new(text));
        }
        let mut notes = survey.notes.clone();
        let toolchains = other_toolchains(survey, manifest);
        for text in plan.notes().iter().chain(&toolchains) {
            note(text);
            notes.push(text.clone());
        }
        let output = &order.output.file;
        cleanup::commit();
        let path = partial.to_path_buf();
        let persisted = partial.persist(output);
        persisted.map_err(|e| e.error).context(output.display())?;
        cleanup::keep(&path);
        let mut report = Report::of(output, manifest, &phases)?;
        let build = manifest.complete();
        let build =
            build.filter(|(path, v)| recording.build.contains(&format!("{path}@{}", v.version)));
        report.build_bytes =
            (!recording.build.is_empty()).then(|| build.map(|(_, v)| v.zip_bytes).sum());
        report.proof = manifest.proof.clone();
        report.proved_at = proved_at;
        for project in &survey.projects {
            report.carry.push(project.shape.dir.clone());
            report.carry.extend(project.outside());
        }
        report.next = report::next(output, &next_command(&order.source, recording, manifest));
        report.failures = failures;
        report.notes = notes;
        if let Some(at) = &report.proved_at {
            say(&format!(
                "proved at {at}, by an earlier run: archive, projects, go and commands are the same"
            ));
        }
        if let Some(proof) = &report.proof {
            say(verdict::table(proof).trim_end());
        }
        for line in report.lines(manifest) {
            say(&line);
        }
        report.warning().into_iter().for_each(warn);
        if order.output.checksum {
            say(&format!("wrote {}", report.write_checksum()?.display()));
        }
        Ok(report)
    }
}

/// What failed, or is missing, and is nothing that a bag could mend.
fn failures(
    order: &Order,
    survey: &Survey,
    recording: &Recording,
    manifest: &Manifest,
) -> Result<Vec<String>> {
    let rows: &[ProofRow] = manifest.proof.as_ref().map_or(&[], |proof| &proof.rows);
    let mut found: Vec<String> = rows.iter().filter_map(compare::note).collect();
    found.extend(recording.notes.iter().cloned());
    if rows.is_empty() {
        found.extend(recording.failure.iter().map(|f| format!("failed: {f}")));
    }
    let (source, required) = (&order.source, survey.requires());
    let named = source.modules.len() + source.tools.len() + source.toolchains.len();
    let empty = manifest.complete().next().is_none() && order.rules.since.is_none();
    if !empty || required + named == 0 {
        return Ok(found);
    }
    let first = match rows.first() {
        Some(row) => compare::note(row),
        None => recording.failure.clone(),
    };
    if let Some(first) = first {
        let text = format!("there is nothing to carry: {first}; nothing was written");
        return Err(Error::new(text));
    }
    found.push(format!(
        "the bag holds no module, and go.mod requires {required}"
    ));
    Ok(found)
}

/// Platforms whose clients need a toolchain that is packed for this host alone.
fn other_toolchains(survey: &Survey, manifest: &Manifest) -> Option<String> {
    let held = manifest.module(TOOLCHAIN)?;
    let ends = |p: &platform::Platform| format!(".{}-{}", p.os, p.arch);
    let has = |p: &platform::Platform| held.versions.iter().any(|v| v.version.ends_with(&ends(p)));
    let lacking = survey.setting.platforms.iter().filter(|p| !has(p));
    let lacking: Vec<String> = lacking.map(ToString::to_string).collect();
    (!lacking.is_empty() && has(&survey.setting.host)).then(|| {
        let (go, host) = (&survey.setting.go, &survey.setting.host);
        let lacking = lacking.join(", ");
        format!("{go} is packed for {host}; to build on {lacking}, add --toolchain auto")
    })
}

/// What is typed first on the sealed host.
fn next_command(source: &Source, recording: &Recording, manifest: &Manifest) -> String {
    let rows = manifest.proof.iter().flat_map(|proof: &Proof| &proof.rows);
    let unbuilt = rows
        .filter(|row| row.command.starts_with("go build"))
        .any(|row| !row.sealed);
    let untidy = unbuilt && recording.notes.iter().any(|note| note.contains("not tidy"));
    match (
        source.projects.is_empty(),
        source.tools.first(),
        source.modules.first(),
    ) {
        (false, ..) if untidy => "exec -- go mod tidy".to_string(),
        (false, ..) => "exec -- go build ./...".to_string(),
        (true, Some(tool), _) => format!("exec -- go install {tool}"),
        (true, None, Some(module)) => format!("exec -- go get {module}"),
        (true, None, None) => "serve".to_string(),
    }
}
