//! Rules for the bag's build cache: what go finds there of what it compiles of a project, and why it does
//! not find the rest.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use bag::built::{Action, BUILD};
use gocache::log::{Kind, Log};

use super::finding::{Finding, named};
use super::flags;
use super::graph::Graph;
use super::host::Host;
use super::imports::prefixes;
use super::project::{ProjectFiles, Used};
use crate::terminal::size::count;

/// Flags of GOFLAGS that leave what is compiled as it is.
const HARMLESS: [&str; 10] = [
    "buildvcs",
    "json",
    "ldflags",
    "mod",
    "modcacherw",
    "p",
    "trimpath",
    "v",
    "work",
    "x",
];

/// Why a package is not found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The standard library, which is the same, is not found: so flags or settings differ, for all.
    Flags,
    /// A C compiler has to do with it, or with what it imports.
    Cgo,
    /// It was compiled for the bag, and is another one here.
    Changed,
    /// It was not compiled for the bag.
    New,
    /// It is the project's own, of which nothing is carried.
    Own,
}

/// What go compiles.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Compiled {
    /// How many packages there are.
    pub all: usize,
    /// Those that are not found, and why.
    pub rest: BTreeMap<Reason, Vec<String>>,
}

impl Compiled {
    /// How many are found.
    fn found(&self) -> usize {
        self.all - self.rest.values().map(Vec::len).sum::<usize>()
    }

    /// What a cache has of them: `3 of the 5 packages`.
    fn share(&self) -> String {
        let all = count(self.all, "package");
        match self.found() {
            0 => format!("none of the {all}"),
            found if found == self.all => format!("all of the {all}"),
            found => format!("{found} of the {all}"),
        }
    }
}

/// What a bag has of packages that were compiled.
#[derive(Debug, Default)]
pub struct Known<'a> {
    ids: BTreeSet<&'a str>,
    packages: BTreeSet<&'a str>,
}

impl<'a> Known<'a> {
    /// What `actions` tell of.
    pub fn of(actions: impl Iterator<Item = &'a Action>) -> Self {
        let mut known = Known::default();
        for action in actions.filter(|action| action.what == BUILD) {
            known.ids.insert(&action.id);
            known.packages.insert(&action.package);
        }
        known
    }
}

/// The modules that packages may be of, and whether their code is the project's own.
pub fn modules(project: &ProjectFiles, graph: &Graph) -> BTreeMap<String, bool> {
    let selected = graph.selected.iter().map(|(path, version)| {
        let own = matches!(project.used(path, version), Used::Folder(_));
        (path.clone(), own)
    });
    let mains = project.mains.iter();
    let mains = mains.filter_map(|main| Some((main.file.module.clone()?, true)));
    selected.chain(mains).collect()
}

/// Holds what go told of what it compiles against what is `known`; `modules` tells whose it is.
pub fn weigh(log: &Log, known: &Known<'_>, modules: &BTreeMap<String, bool>) -> Compiled {
    let mut reasons: BTreeMap<&str, Reason> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    // What a package imports ends before it.
    for action in &log.actions {
        let package = action.package.as_str();
        if action.kind != Kind::Build || package.contains(' ') || !seen.insert(package) {
            continue;
        }
        if known.ids.contains(action.id.as_str()) {
            continue;
        }
        let told = log.packages.get(package);
        let standard = told.is_some_and(|told| told.standard);
        let imports = told.iter().flat_map(|told| &told.imports);
        let mut imported = imports.filter_map(|path| reasons.get(path.as_str()).copied());
        let imports_cgo = imported.any(|reason| reason == Reason::Cgo);
        let own = !standard && prefixes(package).find_map(|path| modules.get(path)) == Some(&true);
        let reason = if !known.packages.contains(package) && own {
            Reason::Own
        } else if told.is_some_and(|told| told.cgo) {
            Reason::Cgo
        } else if !known.packages.contains(package) {
            Reason::New
        } else if imports_cgo {
            Reason::Cgo
        } else if standard {
            Reason::Flags
        } else {
            Reason::Changed
        };
        reasons.insert(package, reason);
    }
    // What is otherwise for the standard library is otherwise for all.
    if reasons.values().any(|reason| *reason == Reason::Flags) {
        let known = |reason: &&mut Reason| **reason < Reason::New;
        let rest = reasons.values_mut().filter(known);
        rest.for_each(|reason| *reason = Reason::Flags);
    }
    let mut compiled = Compiled {
        all: seen.len(),
        rest: BTreeMap::new(),
    };
    for (package, reason) in reasons {
        let rest = compiled.rest.entry(reason).or_default();
        rest.push(package.to_string());
    }
    compiled
}

/// What is told of a build cache.
#[derive(Debug)]
pub struct Told {
    /// What there is to say.
    pub finding: Finding,
    /// The command that finds something there; none where nothing does.
    pub command: Option<String>,
}

impl From<Finding> for Told {
    fn from(finding: Finding) -> Self {
        let command = None;
        Told { finding, command }
    }
}

/// The command that finds most in a cache of builds with `-trimpath`, or without.
pub fn command(project: &ProjectFiles, dir: &Path, host: &Host, trimpath: bool) -> String {
    let flag = match trimpath && !trims(host) {
        true => "-trimpath ",
        false => "",
    };
    format!("go build {flag}{}", project.packages(dir))
}

fn trims(host: &Host) -> bool {
    words(host).iter().any(|(name, _)| *name == "trimpath")
}

/// What to say of what go compiles by `command`, and of what it would compile `without` a C compiler;
/// `has_cgo` where the bag was packed with one.
pub fn told(
    found: &Compiled,
    without: Option<&Compiled>,
    has_cgo: bool,
    host: &Host,
    command: &str,
) -> Told {
    let mut what = format!("the bag's build cache has {} of {command}", found.share());
    if command.contains(" -trimpath ") && found.found() > 0 {
        what += " (without -trimpath fewer)";
    }
    let rest = found.rest.iter().map(|(reason, packages)| {
        let (count, named) = (packages.len(), named(packages));
        let why = why(*reason, has_cgo, host);
        format!("{count} {why} ({named})")
    });
    let rest: Vec<String> = rest.collect();
    if !rest.is_empty() {
        what += &format!("; compiled here: {}", rest.join(", "));
    }
    if let Some(without) = without.filter(|without| without.found() > 0) {
        what += &format!("; with CGO_ENABLED=0 it has {}", without.share());
    }
    let command = format!("gobag exec --cached -- {command}");
    let command = Some(command).filter(|_| found.found() > 0);
    let finding = Finding::note(what, command.as_deref().unwrap_or_default());
    Told { finding, command }
}

/// Why, behind the number of packages.
fn why(reason: Reason, has_cgo: bool, host: &Host) -> String {
    let packed = "when this file was packed";
    match reason {
        Reason::Flags => match other_flags(host) {
            Some(told) => format!("for other flags than {packed}: {told}"),
            None => format!("for other settings than {packed}, or by another go"),
        },
        Reason::Cgo if has_cgo => {
            format!("by cgo, with another C compiler or flags for it than {packed}")
        }
        Reason::Cgo => "by cgo, without which this file was packed".to_string(),
        Reason::Changed => format!("changed since, or of another version than {packed}"),
        Reason::New => format!("not compiled {packed}"),
        Reason::Own => "of the project's own".to_string(),
    }
}

/// What changes what is compiled: a flag in GOFLAGS, or GOEXPERIMENT.
fn other_flags(host: &Host) -> Option<String> {
    let words = words(host);
    let harmful = words.iter().any(|(name, _)| !HARMLESS.contains(name));
    let name = match harmful {
        true => "GOFLAGS",
        false => Some("GOEXPERIMENT").filter(|name| !host.get(name).is_empty())?,
    };
    Some(host.told(name))
}

/// The flags of GOFLAGS by their names, and their values.
fn words(host: &Host) -> Vec<(&str, Option<&str>)> {
    let words = flags::split(host.get("GOFLAGS")).unwrap_or_default();
    let words = words.into_iter().map(|word| {
        let flag = word.trim_start_matches('-');
        match flag.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (flag, None),
        }
    });
    words.filter(|(_, value)| *value != Some("false")).collect()
}

#[cfg(test)]
#[path = "compiled_tests.rs"]
mod tests;
