//! Rules for packages: do go.mod and go.sum name all that go needs to build them? Unless it is
//! told otherwise, go adds nothing to either by itself.

use std::collections::BTreeMap;

use bag::manifest::Manifest;
use gomod::modfile::ModFile;
use gomod::semver;

use super::finding::{Finding, Level};
use super::graph::Graph;
use super::imports::{Imports, Missing, Need, prefixes};
use super::modules::some;
use super::project::ProjectFiles;
use crate::carried::older;
use crate::terminal::size::count;

const TIDY: &str = "gobag exec -- go mod tidy";
const TIDY_AND_PACK: &str = "go mod tidy # where there is a network, and pack the project again";

/// Holds what the project's `imports` come to against its go.mod and go.sum. `go_mod` has the
/// `.mod` of a path and version; `may_change` means that go is told to write what is missing.
pub fn check(
    project: &ProjectFiles,
    graph: &Graph,
    manifest: &Manifest,
    imports: &Imports,
    go_mod: impl Fn(&str, &str) -> Option<ModFile>,
    may_change: bool,
) -> Vec<Finding> {
    let mut found = missing(manifest, &imports.missing);
    if project.work.is_none() {
        // In a workspace go sums up by itself, and takes the higher of two versions.
        found.extend(too_low(project, graph, imports, go_mod));
        found.extend(unsummed(project, graph, imports));
    }
    if may_change {
        let is_there = |m: &Missing| !m.own;
        let all = imports.missing.iter().all(is_there);
        for finding in found.iter_mut().filter(|_| all) {
            finding.level = finding.level.max(Level::Warning);
        }
    }
    found
}

fn missing(manifest: &Manifest, missing: &[Missing]) -> Vec<Finding> {
    // Those with one level and one remedy share a finding.
    let mut groups: BTreeMap<(Need, bool, bool), Vec<String>> = BTreeMap::new();
    for package in missing {
        let has = |path: &str| {
            let module = manifest.module(path);
            module.is_some_and(|m| m.complete().next().is_some())
        };
        let held = prefixes(&package.path).any(has);
        let group = groups.entry((package.need, package.own, held)).or_default();
        group.push(format!("{} ({})", package.path, package.by));
    }
    let tidy_and_pack = older::remedy(&manifest.base).unwrap_or_else(|| TIDY_AND_PACK.to_string());
    let found = groups.into_iter().filter_map(|((need, own, held), names)| {
        let (_, named) = some("package", &names)?;
        let (word, are) = match names.len() {
            1 => ("package", "is"),
            _ => ("packages", "are"),
        };
        let what = match own {
            true => format!("the {word} {named} {are} not there"),
            false => format!("go.mod requires no module that has the {word} {named}"),
        };
        let what = match need {
            Need::Build => what,
            Need::Maybe => format!("{what}, which go build needs where a build constraint holds"),
            Need::Test => format!("{what}, which go vet and go test need"),
        };
        let remedy = match (own, held) {
            (true, _) => "generate it, or carry it along with the project",
            (_, true) => TIDY,
            (_, false) => &tidy_and_pack,
        };
        Some(Finding::new(level(need), what, remedy))
    });
    found.collect()
}

fn level(need: Need) -> Level {
    match need {
        Need::Build => Level::Error,
        Need::Maybe | Need::Test => Level::Warning,
    }
}

/// "updates to go.mod needed", go says where a module that it reads requires more than go.mod
/// does: of a pruned graph those that packages come from, of an older one all.
fn too_low(
    project: &ProjectFiles,
    graph: &Graph,
    imports: &Imports,
    go_mod: impl Fn(&str, &str) -> Option<ModFile>,
) -> Vec<Finding> {
    let required = || project.mains.iter().flat_map(|m| &m.file.require);
    let mut found = Vec::new();
    let mut tell = |path: &str, low: &str, high: &str, by: &str, need: Need| {
        let what = format!("go.mod requires {path} {low}, and {by} needs {high}");
        let subject = format!("{path} {low}, where {by} needs {high}");
        let all = "requirements of go.mod are too low";
        let finding = Finding::new(level(need), what, TIDY).of_kind(&subject, all, TIDY);
        if !found.contains(&finding) {
            found.push(finding);
        }
    };
    let lower = |path: &str, version: &str| {
        let mut all = required().filter(|r| r.path == path);
        let low = all.find(|r| semver::compare(&r.version, version).is_lt());
        low.filter(|_| !project.excludes(path, version))
    };
    if !graph.pruned {
        for (path, version) in &graph.selected {
            if let Some(low) = lower(path, version) {
                tell(path, &low.version, version, "the module graph", Need::Build);
            }
        }
        return found;
    }
    for ((provider, at), need) in &imports.providers {
        let file = go_mod(provider, at).unwrap_or_default();
        for high in &file.require {
            if let Some(low) = lower(&high.path, &high.version) {
                let by = format!("{provider}@{at}");
                tell(&high.path, &low.version, &high.version, &by, *need);
            }
        }
    }
    found
}

/// "missing go.sum entry", go says.
fn unsummed(project: &ProjectFiles, graph: &Graph, imports: &Imports) -> Vec<Finding> {
    /// Who needs a line, by how much that matters.
    const COMMANDS: [(&str, Level); 4] = [
        ("go build", Level::Error),
        ("go build with other constraints", Level::Warning),
        ("go vet", Level::Warning),
        ("go list -m all", Level::Warning),
    ];
    let mut lines: BTreeMap<String, usize> = BTreeMap::new();
    let mut need = |path: &str, version: &str, go_mod: bool, command: usize| {
        if project.sum(path, version, go_mod).is_none() {
            let end = if go_mod { "/go.mod" } else { "" };
            let line = lines.entry(format!("{path} {version}{end}"));
            let known = line.or_insert(command);
            *known = command.min(*known);
        }
    };
    for ((path, version), needed) in &imports.providers {
        need(path, version, false, *needed as usize);
        need(path, version, true, *needed as usize);
    }
    for ((path, version), needed) in &imports.looked_into {
        need(path, version, false, *needed as usize);
    }
    for (path, version) in &graph.read {
        need(path, version, true, if graph.pruned { 3 } else { 0 });
    }
    let found = COMMANDS
        .iter()
        .enumerate()
        .filter_map(|(at, (command, level))| {
            let names = lines.iter().filter(|(_, command)| **command == at);
            let names: Vec<String> = names.map(|(line, _)| line.clone()).collect();
            let (_, named) = some("line", &names)?;
            let lacking = count(names.len(), "line");
            let what = format!("go.sum lacks {lacking} that {command} needs: {named}");
            Some(Finding::new(*level, what, TIDY))
        });
    found.collect()
}

#[cfg(test)]
#[path = "packages_tests.rs"]
mod tests;
