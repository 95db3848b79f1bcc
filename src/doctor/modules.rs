//! Rules for modules: is what the project needs in the bag, and is it what go.sum expects?

use bag::manifest::{HeldVersion, Manifest};
use gomod::semver;

use super::finding::{Finding, Level, named};
use super::graph::Graph;
use super::imports::{Imports, Need};
use super::project::{ProjectFiles, Used};
use crate::carried::older;
use crate::terminal::size::count;

const REPACK: &str = "pack the project again where there is a network";

/// Holds the selected versions and the go.sum lines against the bag.
///
/// - A zip is needed for a version that is selected and that a main module requires directly,
///   or whose zip go.sum lists: by `go build` where `imports` lead there or cannot tell, else by
///   other commands. Zips of other versions in go.sum were needed once, or by other versions of
///   go: a note.
/// - A `.mod` is needed for what a main module requires and, below `go 1.17`, for all of the
///   graph; else a build does without, and `go mod tidy` and `go list -m all` fail: a warning.
/// - Hashes must be equal wherever both have one.
///
/// `vendored` means that go takes packages from a vendor folder: then nothing here is an error.
pub fn check(
    project: &ProjectFiles,
    graph: &Graph,
    manifest: &Manifest,
    vendored: bool,
    imports: Option<&Imports>,
) -> Vec<Finding> {
    let mut found = needed(project, graph, manifest, imports);
    found.extend(only_in_graph(project, graph, manifest, imports));
    found.extend(wrong_hashes(project, manifest));
    found.extend(stale(project, graph, manifest));
    if vendored {
        for finding in &mut found {
            finding.level = finding.level.max(Level::Warning);
        }
    }
    found
}

fn needed(
    project: &ProjectFiles,
    graph: &Graph,
    manifest: &Manifest,
    imports: Option<&Imports>,
) -> Vec<Finding> {
    let mut found = Vec::new();
    let all = |lacking: &str, (_, why): (Level, &str)| format!("module versions {lacking}{why}");
    for (path, version) in &graph.selected {
        let Used::Version(used, at) = project.used(path, version) else {
            continue;
        };
        let by = required_by(project, path, version);
        let summed = project.sum(used, at, false).is_some();
        let held = manifest.version(used, at);
        let mut name = format!("{used}@{at}");
        if used != path {
            name += &format!(" (for {path})");
        }
        let why = match (by, summed) {
            (Some((by, _)), _) => format!("{by} requires it"),
            (None, true) => "go.sum lists its zip".to_string(),
            (None, false) => continue,
        };
        let direct = by.is_some_and(|(_, indirect)| !indirect);
        let need = imports.map_or(Some(Need::Build), |i| i.need(used, at));
        // go reads all of an old graph.
        let whole = held.is_none() && !graph.pruned;
        let need = need.filter(|_| !whole).or(whole.then_some(Need::Build));
        let is_open = need != Some(Need::Build) && imports.is_some_and(|i| i.is_open);
        let (level, end) = match is_open {
            true => (Level::Warning, ", which go build may need"),
            false => weight(need, manifest),
        };
        let (what, lacking) = match held {
            None => (
                format!("{name} is not in this bag, and {why}{end}"),
                "are needed and not in this bag",
            ),
            Some(v) if v.is_complete() => continue,
            Some(_) if summed || direct => (
                format!("of {name} this bag has only the go.mod, and {why}{end}"),
                "are needed of which this bag has only the go.mod",
            ),
            Some(_) => continue,
        };
        let finding = Finding::new(level, what, alternative(manifest, used, at));
        found.push(finding.of_kind(&name, all(lacking, (level, end)), &repack(manifest)));
    }
    let lost = project.folders.iter().filter(|(_, file)| file.is_none());
    found.extend(lost.map(|(folder, _)| {
        let what = format!("{folder}, which replaces a module, is no folder with a go.mod");
        let remedy = "carry it along with the project";
        let all = "replacements of modules are no folders with a go.mod";
        Finding::error(what, remedy).of_kind(folder, all, remedy)
    }));
    found
}

/// How much it matters that a module is not there which is needed for this, and the words for it.
/// What only tests need is no more than good to know of a bag that was packed for builds.
fn weight(need: Option<Need>, manifest: &Manifest) -> (Level, &'static str) {
    match need {
        Some(Need::Build) => (Level::Error, ""),
        Some(Need::Maybe) => (
            Level::Warning,
            ", which go build needs where a build constraint holds",
        ),
        Some(Need::Test) if is_for_builds(manifest) => (
            Level::Note,
            ", which go vet and go test need; this bag was packed for builds",
        ),
        Some(Need::Test) => (Level::Warning, ", which go vet and go test need"),
        None => (Level::Warning, ", which go build does without"),
    }
}

/// True for a bag that says that it was packed with `--profile build`: its proof has no test.
fn is_for_builds(manifest: &Manifest) -> bool {
    let rows = || manifest.proof.iter().flat_map(|proof| &proof.rows);
    let is = |command: &str, word: &str| {
        let rest = command
            .strip_prefix("go ")
            .and_then(|rest| rest.strip_prefix(word));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    };
    rows().any(|row| is(&row.command, "build"))
        && !rows().any(|row| is(&row.command, "vet") || is(&row.command, "test"))
}

/// The main module that requires exactly this version, and whether as `// indirect`.
fn required_by<'a>(
    project: &'a ProjectFiles,
    path: &str,
    version: &str,
) -> Option<(&'a str, bool)> {
    let mains = project.mains.iter();
    mains
        .flat_map(|m| m.file.require.iter().map(move |r| (m.name.as_str(), r)))
        .filter(|(_, r)| r.path == path && r.version == version)
        .map(|(name, r)| (name, r.indirect))
        .min_by_key(|(_, indirect)| *indirect)
}

fn only_in_graph(
    project: &ProjectFiles,
    graph: &Graph,
    manifest: &Manifest,
    imports: Option<&Imports>,
) -> Option<Finding> {
    let selected = |m: &&super::graph::Missing| {
        let same = |(path, version): (&String, &String)| {
            project.used(path, version) == Used::Version(&m.path, &m.version)
        };
        let needed = m.direct || project.sum(&m.path, &m.version, false).is_some();
        !(needed && graph.selected.iter().any(same))
    };
    let missing: Vec<String> = graph
        .missing
        .iter()
        .filter(selected)
        .map(|m| format!("{}@{} (of {})", m.path, m.version, m.by))
        .collect();
    let (needed, missing) = some("go.mod file", &missing)?;
    let what = format!("the module graph needs {needed} that this bag lacks: {missing}");
    let does = match imports.is_some_and(|i| i.is_open) {
        true => "may need them, as go mod tidy and go list -m all do",
        false => "does without, go mod tidy and go list -m all may not",
    };
    Some(if graph.pruned {
        Finding::warning(format!("{what}; go build {does}"), repack(manifest))
    } else {
        Finding::error(what, repack(manifest))
    })
}

/// What to do about what is not there: it is packed, or in an older bag that was not named.
pub(super) fn repack(manifest: &Manifest) -> String {
    older::remedy(&manifest.base).unwrap_or_else(|| REPACK.to_string())
}

fn wrong_hashes(project: &ProjectFiles, manifest: &Manifest) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    for (file, line) in &project.sums {
        let Some(held) = manifest.version(&line.path, &line.version) else {
            continue;
        };
        let (hash, end) = if line.go_mod {
            (&held.go_mod, "/go.mod")
        } else {
            (&held.zip, "")
        };
        let Some(hash) = hash.as_ref().filter(|hash| **hash != line.hash) else {
            continue;
        };
        let (name, says) = (format!("{}@{}{end}", line.path, line.version), &line.hash);
        let remedy = format!(
            "one of them is not what was published: if the one in {file} is wrong, remove the line, and then gobag exec -- go mod tidy"
        );
        let what = format!("{name}: {file} says {says}, this bag has {hash}");
        let all = format!("hashes of this bag are not those in {file}");
        let finding = Finding::error(what, &*remedy).of_kind(&name, all, &remedy);
        if says.starts_with("h1:") && !found.contains(&finding) {
            found.push(finding);
        }
    }
    found
}

fn stale(project: &ProjectFiles, graph: &Graph, manifest: &Manifest) -> Option<Finding> {
    let is_selected = |path: &str, version: &str| {
        let mut all = graph.selected.iter();
        all.any(|(p, v)| project.used(p, v) == Used::Version(path, version))
    };
    let mut names: Vec<String> = project
        .sums
        .iter()
        .map(|(_, line)| line)
        .filter(|l| !l.go_mod && !is_selected(&l.path, &l.version))
        .filter(|l| {
            let held = manifest.version(&l.path, &l.version);
            !held.is_some_and(HeldVersion::is_complete)
        })
        .map(|l| format!("{}@{}", l.path, l.version))
        .collect();
    names.sort();
    names.dedup();
    let (listed, names) = some("zip", &names)?;
    let what = format!("go.sum lists {listed} that neither the build nor this bag has: {names}");
    Some(Finding::note(what, ""))
}

/// What else can be done than to pack again: the nearest versions that the bag has.
fn alternative(manifest: &Manifest, path: &str, version: &str) -> String {
    let complete = || manifest.module(path).into_iter().flat_map(|m| m.complete());
    let below = complete().rfind(|v| semver::compare_total(&v.version, version).is_lt());
    let above = complete().find(|v| semver::compare_total(&v.version, version).is_gt());
    let nearest = below.into_iter().chain(above).map(|v| v.version.as_str());
    let nearest: Vec<&str> = nearest.collect();
    match nearest.as_slice() {
        _ if !manifest.base.is_empty() => repack(manifest),
        [] => REPACK.to_string(),
        [first, ..] => format!(
            "{REPACK}, or take what this bag has, {}: gobag exec -- go get {path}@{first}",
            nearest.join(" and ")
        ),
    }
}

/// How many of `what` there are, and the first few of them; nothing where there is none.
pub(super) fn some(what: &str, names: &[String]) -> Option<(String, String)> {
    (!names.is_empty()).then(|| (count(names.len(), what), named(names)))
}

#[cfg(test)]
#[path = "modules_tests.rs"]
mod tests;
