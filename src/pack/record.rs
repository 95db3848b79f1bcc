//! Recording: go commands run with an empty module cache, and what they download is what the
//! bag must hold. Nothing is compiled, and a command that fails is remembered.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use bag::plain::{self, MAX_SUM_BYTES};
use gomod::modfile::ModFile;

use super::named;
use super::online::Online;
use super::project::Project;
use super::said::{Refused, out_of_order, refused, unreached};
use super::step::{Files, Step};
use super::steps::Recorded;
use crate::error::{Error, Result};
use crate::terminal::progress::Stage;

/// What recording found out beside the modules.
#[derive(Debug, Default)]
pub struct Recording {
    /// What a person should know of it, in a line each.
    pub notes: Vec<String>,
    /// The modules that `go build ./...` needs, `path@version`.
    pub build: BTreeSet<String>,
    /// What else failed: the command, and why, in go's words.
    pub failures: Vec<(Step, String)>,
    /// What failed of what clients missed, likewise: much of that is the beginning of a package
    /// path, and no module.
    pub missed: Vec<(Step, String)>,
    /// Why each typed line failed, in their order; none where it did not.
    pub lines: Vec<Option<String>>,
    /// True where go.mod or go.sum is not what go makes of it.
    pub untidy: bool,
}

/// Runs `steps` on the connected side.
///
/// # Errors
/// A command cannot be started, or nothing at all could be reached.
pub fn record(online: &Online<'_>, projects: &[Project], steps: &[Recorded]) -> Result<Recording> {
    let mut recording = Recording::default();
    let mut refusals: BTreeSet<Refused> = BTreeSet::new();
    let downloads = online.downloads();
    let mut stage = Stage::new("recording:", steps.len(), Some(&downloads));
    for Recorded { step, lists_build } in steps {
        let running = stage.begin(&step.to_string());
        let ran = online.run(step)?;
        running.end(if ran.ok { "" } else { "failed" });
        if !named::is_missed(step) {
            refusals.extend(refused(&ran.said()));
        }
        if *lists_build {
            let modules = ran.stdout.lines();
            let modules = modules.filter(|line| line.contains('@') && !line.contains(' '));
            recording.build.extend(modules.map(str::to_string));
        }
        // With -e what fails to load is told and no failure.
        let all = ran.said();
        let why = unreached(&all).filter(|_| !online.reached());
        if let Some(why) = why.filter(|_| !ran.ok || online.is_empty()) {
            let text = format!("nothing could be fetched: {why} ({step} failed)");
            return Err(Error::new(text));
        }
        if let Some(why) = out_of_order(&all) {
            return Err(Error::new(format!(
                "upstream is out of order: {why} ({step}); run it again"
            )));
        }
        let reason = (!ran.ok).then(|| ran.reason(online.runner()));
        if step.files == Files::Shared {
            recording.lines.push(reason.clone());
        }
        let failure = reason.map(|reason| (step.clone(), reason));
        match named::is_missed(step) {
            true => recording.missed.extend(failure),
            false => recording.failures.extend(failure),
        }
    }
    online.answer_proxied()?;
    for Recorded { step, .. } in steps {
        online.answer_words(step)?;
    }
    let known = [online.runner().root.join("copies"), downloads];
    recording
        .notes
        .extend(refusals.iter().map(|r| note(r, &known)));
    let untidy = projects.iter().flat_map(|project| untidy(online, project));
    let untidy: Vec<String> = untidy.collect();
    recording.untidy = !untidy.is_empty();
    recording.notes.extend(untidy);
    Ok(recording)
}

fn note(refused: &Refused, folders: &[PathBuf]) -> String {
    let Refused { module, status } = refused;
    let by = requirers(folders, module);
    let by = match by.is_empty() {
        true => String::new(),
        false => format!(", required by {}", by.join(", ")),
    };
    format!("{module} is refused upstream ({status}){by}")
}

/// Whether go had to change a project's go.mod, or to add to its go.sum: then what is typed in
/// the project itself may fail.
fn untidy(online: &Online<'_>, project: &Project) -> Vec<String> {
    let shape = &project.shape;
    let copies = online.runner().copies(shape.number, Files::Updated);
    let mut notes = Vec::new();
    for module in &shape.modules {
        let Some(copy) = super::copies::made(module, &copies) else {
            continue;
        };
        let read = |file: &Path| {
            let text = plain::read(file, MAX_SUM_BYTES).unwrap_or_default();
            String::from_utf8(text).unwrap_or_default()
        };
        let names = ["go.mod", "go.sum"];
        let (own, new) = (
            names.map(|n| read(&module.join(n))),
            names.map(|n| read(&copy.with_file_name(n))),
        );
        let lines: BTreeSet<&str> = own[1].lines().map(str::trim).collect();
        let lacks = new[1].lines().any(|line| !lines.contains(line.trim()));
        let changed: Vec<&str> = [own[0] != new[0], lacks]
            .into_iter()
            .zip(names)
            .filter_map(|(changed, name)| changed.then_some(name))
            .collect();
        if !changed.is_empty() {
            let at = match shape.folder(module).as_str() {
                "" => String::new(),
                folder => format!(" of {folder}"),
            };
            notes.push(format!(
                "{}{at}: not tidy, go mod tidy changes it; run that first, here or on the sealed host",
                changed.join(" and ")
            ));
        }
    }
    notes
}

/// The modules whose go.mod, of the projects and as far as downloaded, requires `wanted`; at
/// most three.
fn requirers(folders: &[PathBuf], wanted: &str) -> Vec<String> {
    let Some((path, version)) = wanted.split_once('@') else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let entries = folders
        .iter()
        .flat_map(|f| walkdir::WalkDir::new(f).sort_by_file_name())
        .flatten();
    for entry in entries.filter(|e| e.path().extension().is_some_and(|end| end == "mod")) {
        let Ok(text) = plain::read_text(entry.path()) else {
            continue;
        };
        let Ok(file) = ModFile::parse(&text) else {
            continue;
        };
        if file
            .require
            .iter()
            .any(|r| r.path == path && r.version == version)
        {
            let stem = entry
                .path()
                .file_stem()
                .map(|v| v.to_string_lossy().into_owned());
            // A project's own file is called go.mod and has no version.
            let at = stem
                .filter(|v| v != "go")
                .map_or(String::new(), |v| format!("@{v}"));
            let named = file.module.map(|m| format!("{m}{at}"));
            found.extend(named.filter(|n| !found.contains(n)));
        }
        if found.len() == 3 {
            break;
        }
    }
    found
}
