//! What go finds in the bag's build cache: it is asked what it would compile, with that at hand, and
//! compiles nothing.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use bag::built::{BUILD, HeldCache, Target};
use bag::{Bag, TOOLCHAIN};
use gocache::file::{entry, entry_name, output_name};
use gocache::log::{self, Log};

use super::compiled::{self, Compiled, Known, Reason, Told};
use super::finding::Finding;
use super::graph::Graph;
use super::host::Host;
use super::project::ProjectFiles;
use super::questions::Questions;
use super::unfit::{misfit, unfit, unused};
use crate::carried::toolchains;
use crate::process::cleanup;

/// How much go reads of an output to know what it is called.
const HEAD: u64 = 32 << 10;

/// Holds what go would compile of `project` against the build cache of the bag; nothing where that has
/// none, or go does not say.
pub fn check(
    questions: &Questions<'_>,
    bag: &Bag<'_>,
    project: &ProjectFiles,
    graph: &Graph,
) -> Option<Told> {
    // What is damaged is told where it is read.
    let held = HeldCache::of(bag).ok().filter(|held| !held.is_empty())?;
    let host = questions.host;
    if let Some(unused) = unused(host) {
        return Some(unused.into());
    }
    let targets = || held.iter().flat_map(|held| &held.list.targets);
    let fits = |target: &Target| misfit(target, host).is_none();
    let trimpath = targets().any(|target| fits(target) && target.trimpath);
    let command = compiled::command(project, questions.dir(), host, trimpath);
    if !targets().any(fits) {
        let manifest = bag.manifest().ok()?;
        let brought = toolchains::held(manifest.module(TOOLCHAIN), &host.platform);
        let brought: Vec<&str> = brought.iter().map(|(name, _)| *name).collect();
        return unfit(targets(), host, &brought, &command).map(Told::from);
    }
    for held in &held {
        make_ready(held, questions, fits).ok()?;
    }
    let modules = compiled::modules(project, graph);
    let known = Known::of(held.iter().flat_map(|held| held.list.actions_for(fits)));
    let asked = |vars: &[(&str, &str)]| {
        let log = log(questions, project, trimpath, vars)?;
        Some(compiled::weigh(&log, &known, &modules))
    };
    let found = asked(&[])?;
    // What a C compiler has to do with may be there without one.
    let without = found.rest.contains_key(&Reason::Cgo)
        && targets().any(|target| fits(target) && !target.cgo);
    let without: Option<Compiled> = without.then(|| asked(&[("CGO_ENABLED", "0")])).flatten();
    let has_cgo = targets().any(|target| fits(target) && target.cgo);
    let told = compiled::told(&found, without.as_ref(), has_cgo, host, &command);
    Some(told)
}

/// What to say of the build cache of the bag where no go can be asked how much of `project`, looked at in
/// `dir`, it finds there; nothing where none of it fits.
pub fn proposed(bag: &Bag<'_>, dir: &Path, project: &ProjectFiles, host: &Host) -> Option<Told> {
    let held = HeldCache::of(bag).ok().filter(|_| unused(host).is_none())?;
    let manifest = bag.manifest().ok()?;
    // exec takes the newest where there is none.
    let brought = toolchains::held(manifest.module(TOOLCHAIN), &host.platform);
    let brought = brought.first().map(|(name, _)| *name);
    let is_here = |go: &str| !host.get("GOVERSION").is_empty() || brought == Some(go);
    let targets = held.iter().flat_map(|held| &held.list.targets);
    let fits = targets.filter(|target| misfit(target, host).is_none() && is_here(&target.go));
    let fits: Vec<&Target> = fits.collect();
    let first = fits.first()?;
    let trimpath = fits.iter().any(|target| target.trimpath);
    let command = compiled::command(project, dir, host, trimpath);
    let command = format!("gobag exec --cached -- {command}");
    let what = format!(
        "the bag has a build cache of {} for {}, and go was not asked how much of it fits",
        first.go, first.platform
    );
    Some(Told {
        finding: Finding::note(what, command.as_str()),
        command: Some(command),
    })
}

/// Has go find what `held` has for targets that fit. Go reads what an output is called and how long it is
/// (`cmd/internal/buildid`), and nothing of it is used: so each file is no more than its head, and a hole.
fn make_ready(
    held: &HeldCache<'_>,
    questions: &Questions<'_>,
    fits: impl Fn(&Target) -> bool,
) -> io::Result<()> {
    let (list, cache) = (&held.list, questions.cache());
    for number in 0..=u8::MAX {
        fs::create_dir_all(cache.join(format!("{number:02x}")))?;
    }
    let built = list.actions_for(fits).filter(|action| action.what == BUILD);
    let mut made = BTreeSet::new();
    for action in built {
        let _gate = cleanup::gate();
        let output = &list.outputs[action.output];
        if made.insert(action.output) {
            let mut file = File::create(cache.join(output_name(&output.id)))?;
            let head = held.head(output, HEAD).unwrap_or_default();
            file.write_all(&head)?;
            file.set_len(output.len)?;
        }
        let text = entry(&action.id, &output.id, output.len);
        fs::write(cache.join(entry_name(&action.id)), text)?;
    }
    Ok(())
}

/// What go tells of the hashes of all that it would compile.
fn log(
    questions: &Questions<'_>,
    project: &ProjectFiles,
    trimpath: bool,
    vars: &[(&str, &str)],
) -> Option<Log> {
    let patterns = project.patterns(questions.dir());
    let flags = ["build", "-n"].into_iter();
    let flags = flags.chain(trimpath.then_some("-trimpath"));
    let words: Vec<&str> = flags.chain(patterns.iter().map(String::as_str)).collect();
    let debug = std::env::var("GODEBUG").unwrap_or_default();
    let debug = log::with_setting(&debug);
    let vars = vars.iter().copied().chain([("GODEBUG", debug.as_str())]);
    let output = questions.run(&words, &vars.collect::<Vec<_>>()).ok()??;
    let said = String::from_utf8_lossy(&output.stderr);
    output.status.success().then(|| Log::parse(&said))
}
