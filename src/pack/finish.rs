//! The end: the bag gets its name, and everything is told.

use bag::TOOLCHAIN;
use bag::manifest::{Manifest, Proof, ProofRow};
use bag::packing::Plan;
use tempfile::TempPath;

use super::compare;
use super::order::{Order, Source};
use super::platform::Platform;
use super::record::Recording;
use super::report::{self, Phases, Report};
use super::step::Step;
use super::survey::Survey;
use crate::carried::verdict;
use crate::error::{Context, Error, Result};
use crate::process::cleanup;
use crate::terminal::progress::{note, say, warn};

/// What is known when a bag is written.
pub struct Done<'a> {
    /// What was ordered.
    pub order: &'a Order,
    /// What was found at the beginning.
    pub survey: &'a Survey,
    /// What recording found out.
    pub recording: &'a Recording,
}

impl Done<'_> {
    /// Gives the written bag its name. `proved_at` is when an earlier run reached its verdict.
    ///
    /// # Errors
    /// It holds nothing of what was asked for, or with `--strict` not everything succeeded; the
    /// file cannot be written.
    pub fn finish(
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
    // What has a row was tried once more, and is told by that.
    let told = |step: &Step| {
        rows.iter()
            .any(|row| row.command == step.command().replace(" -e", ""))
    };
    let untold = recording.failures.iter().filter(|(step, _)| !told(step));
    found.extend(untold.map(|(step, why)| format!("{step}: failed: {why}")));
    let (source, required) = (&order.source, survey.requires());
    let named = source.modules.len() + source.tools.len() + source.toolchains.len();
    let empty = manifest.complete().next().is_none() && order.rules.since.is_none();
    if !empty || required + named == 0 {
        return Ok(found);
    }
    let first = match rows.first() {
        Some(row) => compare::note(row),
        None => {
            let mut failures = recording.failures.iter();
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

/// What is typed first on the sealed host.
fn next_command(source: &Source, recording: &Recording, manifest: &Manifest) -> String {
    let rows = manifest.proof.iter().flat_map(|proof: &Proof| &proof.rows);
    let unbuilt = rows
        .filter(|row| row.command.starts_with("go build"))
        .any(|row| !row.sealed);
    let untidy = unbuilt && recording.untidy;
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
