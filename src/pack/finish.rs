//! The end: the bag gets its name, and everything is told.

use bag::TOOLCHAIN;
use bag::manifest::{Manifest, ProofRow};
use bag::packing::Plan;
use tempfile::TempPath;

use super::built::Built;
use super::compare;
use super::older::Older;
use super::order::Order;
use super::partial;
use super::platform::{Platform, Profile};
use super::project::Project;
use super::record::Recording;
use super::report::{self, Report};
use super::step::{Step, line_of};
use super::survey::Survey;
use crate::carried::summary::Cached;
use crate::error::{Context, Error, Result};
use crate::terminal::progress::note;
use crate::terminal::quoted::quoted;

/// What is known when a bag is written.
pub struct Done<'a> {
    /// What was ordered.
    pub order: &'a Order,
    /// What was found at the beginning.
    pub survey: &'a Survey,
    /// What recording found out.
    pub recording: &'a Recording,
    /// The bags that it builds on.
    pub older: &'a Older,
}

impl Done<'_> {
    /// Gives the written bag its name. `proved_at` is when an earlier run reached its verdict, and
    /// `built` what it carries of a build cache.
    ///
    /// # Errors
    /// It holds nothing of what was asked for, or with `--strict` not everything succeeded; the
    /// file cannot be written.
    pub fn finish(
        &self,
        plan: &Plan,
        partial: TempPath,
        proved_at: Option<String>,
        built: Option<&Built>,
    ) -> Result<Report> {
        let Done {
            order,
            survey,
            recording,
            older,
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
        let mut notes = failures.clone();
        notes.extend(survey.notes.iter().cloned());
        let toolchains = other_toolchains(survey, manifest);
        let missed: Vec<String> = recording.missed.iter().map(failed).collect();
        for text in missed.iter().chain(plan.notes()).chain(&toolchains) {
            note(text);
            notes.push(text.clone());
        }
        let output = &order.output.file;
        partial::put(partial, output).context(output.display())?;
        let mut report = Report::of(output, manifest)?;
        let build = manifest.complete();
        let build =
            build.filter(|(path, v)| recording.build.contains(&format!("{path}@{}", v.version)));
        // Of what is named beside projects a build needs all.
        let source = &order.source;
        let alone = source.tools.is_empty() && source.modules.is_empty() && source.lines.is_empty();
        let more = alone && source.profile != Profile::Build && !recording.build.is_empty();
        report.build_bytes = more.then(|| build.map(|(_, v)| v.bytes()).sum());
        report.proof = manifest.proof.clone();
        report.proved_at = proved_at;
        for project in &survey.projects {
            report.carry.push(project.shape.dir.clone());
            report.carry.extend(project.outside());
        }
        report.carry.extend(older.files.iter().cloned());
        let builds = !survey.projects.is_empty() && older.files.is_empty();
        let lacks_go = builds && report.toolchain_bytes == 0;
        report.needs_go = lacks_go.then(|| survey.setting.go.clone());
        report.build_cache = built.map(|built| Cached::of(&built.list));
        report.next = self.next(manifest, built.is_some());
        report.failures = failures;
        report.notes = notes;
        Ok(report)
    }
}

fn failed((step, why): &(Step, String)) -> String {
    format!("{step}: failed: {why}")
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
    // What has a row was tried once more, and is told by that.
    let told = |step: &Step| {
        rows.iter()
            .any(|row| row.command == step.command().replace(" -e", ""))
    };
    let untold = recording.failures.iter().filter(|(step, _)| !told(step));
    found.extend(untold.map(failed));
    let (source, required) = (&order.source, survey.requires());
    let named = [&source.modules, &source.tools, &source.toolchains].map(Vec::len);
    let named = named.iter().sum::<usize>() + source.misses.len();
    let empty = manifest.complete().next().is_none() && order.rules.since.is_none();
    if !empty || required + named == 0 {
        return Ok(found);
    }
    let first = match rows.first() {
        Some(row) => compare::note(row),
        None => {
            let mut failures = recording.failures.iter().chain(&recording.missed);
            failures.next().map(|(step, why)| format!("{step}: {why}"))
        }
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
    let ends = |p: &Platform| format!(".{}-{}", p.os, p.arch);
    let has = |p: &Platform| held.versions.iter().any(|v| v.version.ends_with(&ends(p)));
    let lacking = survey.setting.platforms.iter().filter(|p| !has(p));
    let lacking: Vec<String> = lacking.map(ToString::to_string).collect();
    (!lacking.is_empty() && has(&survey.setting.host)).then(|| {
        let (go, host) = (&survey.setting.go, &survey.setting.host);
        let lacking = lacking.join(", ");
        format!("{go} is packed for {host}; to build on {lacking}, add --toolchain auto")
    })
}

impl Done<'_> {
    /// True for a module or a program, as it was ordered, of which nothing failed and something is
    /// in the bag, or in an older one.
    fn works(&self, name: &str, rows: &[&ProofRow], manifest: &Manifest) -> bool {
        let names = |command: &str| command.split(' ').any(|word| word == name);
        let failed = rows.iter().any(|row| !row.sealed && names(&row.command));
        let failures = &self.recording.failures;
        let untold = failures.iter().any(|(step, _)| names(&step.command()));
        let path = name.split('@').next().unwrap_or(name);
        let of = |module: &str| {
            let below = path.strip_prefix(module);
            below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let bags = self.older.bags();
        let bags = bags.iter().map(|(_, bag)| *bag);
        let mut held = bags.chain([manifest]).flat_map(Manifest::complete);
        !failed && !untold && held.any(|(module, _)| of(module))
    }

    /// What is typed first on the sealed host. `cached` tells whether the bag has what it compiles.
    fn next(&self, manifest: &Manifest, cached: bool) -> String {
        let (source, file) = (&self.order.source, &self.order.output.file);
        let (mut with, trim) = match cached {
            true => (" --cached".to_string(), " -trimpath"),
            false => (String::new(), ""),
        };
        with += &self.older.words();
        let rows: Vec<&ProofRow> = manifest
            .proof
            .iter()
            .flat_map(|proof| &proof.rows)
            .collect();
        // What is built for the build cache alone tells nothing of what people type, if it is another line.
        let builds = source.builds.iter().map(|words| line_of(words));
        let builds: Vec<String> = builds.filter(|line| line != "go build ./...").collect();
        let failed = |start: &str| {
            let mut rows = rows.iter().filter(|r| !builds.contains(&r.command));
            rows.any(|r| !r.sealed && r.command.starts_with(start))
        };
        let tidy = self.recording.untidy && failed("go build") && !failed("go mod tidy");
        let nothing = !tidy && rows.iter().all(|row| !row.sealed);
        if let Some(first) = rows.first().filter(|_| nothing) {
            let why = &first.reason;
            return format!(
                "nothing works from this bag yet; mend this first, and pack again: {why}"
            );
        }
        let older = self.older.words();
        let Some(project) = self.survey.projects.first() else {
            let works = |name: &&String| self.works(name, &rows, manifest);
            let tool = source.tools.iter().find(works);
            let command = match (tool, source.modules.iter().find(works)) {
                (Some(tool), _) => format!("exec{with} -- go install{trim} {tool}"),
                (None, Some(module)) => format!("exec{older} -- go get {module}"),
                (None, None) => format!("serve{older}"),
            };
            return format!("then: {}", report::next(file, &command));
        };
        let command = match tidy {
            true => format!("exec{older} -- go mod tidy"),
            false if failed("go build") => match rows.iter().find(|row| is_typed_here(row)) {
                Some(row) => format!("exec{older} -- {}", row.command),
                None => format!("serve{older}"),
            },
            false => format!("exec{with} -- go build{trim} {}", packages(project)),
        };
        format!("then, in the project: {}", report::next(file, &command))
    }
}

/// True for a command that succeeded as it would be typed in the project's own folder.
fn is_typed_here(row: &ProofRow) -> bool {
    row.sealed && row.folder.is_empty() && row.platform.is_empty()
}

/// All packages of a project, as go takes them in its own folder.
fn packages(project: &Project) -> String {
    let shape = &project.shape;
    if shape.modules.contains(&shape.dir) || !shape.workspace {
        return "./...".to_string();
    }
    let below = shape
        .modules
        .iter()
        .filter_map(|m| m.strip_prefix(&shape.dir).ok());
    let below: Vec<String> = below
        .map(|folder| quoted(&format!("./{}/...", folder.display())))
        .collect();
    match below.is_empty() {
        true => "./...".to_string(),
        false => below.join(" "),
    }
}
