//! The go commands for what is named without a project: modules, programs, toolchains, and what
//! clients missed. Each runs in an empty module of its own.

use std::path::Path;

use bag::plain;
use gomod::module;

use super::order::Source;
use super::platform::Platform;
use super::setting::Setting;
use super::step::{Files, Step, Workdir};
use crate::error::{Error, Result};
use crate::terminal::printable::printable;

/// What records them.
///
/// # Errors
/// A journal cannot be read.
pub fn recording(source: &Source, setting: &Setting) -> Result<Vec<Step>> {
    let mut steps = Vec::new();
    for (number, module) in numbered(&source.modules, MODULE) {
        steps.extend(module_steps(module, number, &["list", "-e", "-deps"]));
    }
    for (number, tool) in numbered(&source.tools, TOOL) {
        let package = tool.split('@').next().unwrap_or(tool);
        steps.push(scratch(&["get", tool], number, None));
        let list = |p| scratch(&["list", "-e", "-deps", package], number, Some(p));
        steps.extend(setting.platforms.iter().map(list));
    }
    steps.extend(toolchains(source, setting));
    for (number, file) in source.misses.iter().enumerate() {
        let missed = missed(file)?.into_iter();
        steps.extend(missed.filter_map(|line| Some(download(&line.ok()?, MISS + number))));
    }
    Ok(steps)
}

/// The lines of journals that name no module: one that was torn, or another file.
///
/// # Errors
/// A journal cannot be read, or none of its lines names a module.
pub fn misread(source: &Source) -> Result<Vec<String>> {
    let mut notes = Vec::new();
    for file in &source.misses {
        let lines = missed(file)?;
        if !lines.iter().any(|line| line.is_ok()) {
            let text =
                "names no module; a journal has lines path@version, as serve --misses writes them";
            return Err(Error::new(format!("{} {text}", file.display())));
        }
        let wrong = lines.into_iter().filter_map(|line| line.err());
        let file = file.display();
        let told = |line: String| format!("{file}: \"{}\" is no path@version", printable(&line));
        notes.extend(wrong.map(told));
    }
    Ok(notes)
}

/// The longest journal that is read, in bytes: eight times as much as a server writes to one.
const MAX_JOURNAL_BYTES: u64 = 64 << 20;

/// The lines of a journal that are not empty, as errors where they are no `path@version`.
fn missed(file: &Path) -> Result<Vec<std::result::Result<String, String>>> {
    let bytes = plain::read(file, MAX_JOURNAL_BYTES).map_err(|e| {
        let text = "name a journal that serve --misses wrote";
        Error::new(format!("{}: {e}; {text}", file.display()))
    })?;
    let text = String::from_utf8_lossy(&bytes);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let read = |line: &str| match line.split_once('@') {
        Some((path, query)) if is_missed_module(path, query) => Ok(line.to_string()),
        _ => Err(line.to_string()),
    };
    Ok(lines.map(read).collect())
}

fn is_missed_module(path: &str, query: &str) -> bool {
    let plain = !query.is_empty() && !query.contains(char::is_whitespace);
    plain && module::check_path(path).is_ok()
}

/// What proves them; nothing is proved of what clients missed.
pub fn proving(source: &Source, setting: &Setting) -> Vec<Step> {
    let mut steps = Vec::new();
    for (number, module) in numbered(&source.modules, MODULE) {
        steps.extend(module_steps(module, number, &["list", "-deps"]));
    }
    for (number, tool) in numbered(&source.tools, TOOL) {
        let install = |p| scratch(&["install", tool], number, Some(p));
        steps.extend(setting.platforms.iter().map(install));
    }
    steps.extend(toolchains(source, setting));
    steps
}

/// True for the download of what a client missed: most of that are prefixes of package paths,
/// which are no modules.
pub fn is_missed(step: &Step) -> bool {
    matches!(step.workdir, Workdir::Scratch(number) if number >= MISS)
}

/// The step that downloads a version, `path@version`.
pub fn download(module: &str, number: usize) -> Step {
    scratch(&["mod", "download", module], number, None)
}

/// The step that asks what `path@query` stands for.
pub fn query(question: &str) -> Step {
    scratch(&["list", "-m", "-json", question], QUERY, None)
}

/// Scratch modules of one kind are numbered from here on.
const MODULE: usize = 0;
const TOOL: usize = 1_000_000;
const TOOLCHAIN: usize = 2_000_000;
const MISS: usize = 3_000_000;
const QUERY: usize = 4_000_000;

fn numbered(words: &[String], from: usize) -> impl Iterator<Item = (usize, &str)> {
    let words = words.iter().enumerate();
    words.map(move |(i, word)| (from + i, word.as_str()))
}

fn module_steps(module: &str, number: usize, list: &[&str]) -> [Step; 3] {
    let path = module.split('@').next().unwrap_or(module);
    let packages = format!("{path}/...");
    [
        scratch(&["get", module], number, None),
        scratch(&["mod", "download", "all"], number, None),
        scratch(&[list, &[packages.as_str()]].concat(), number, None),
    ]
}

fn toolchains(source: &Source, setting: &Setting) -> Vec<Step> {
    let mut steps = Vec::new();
    for (number, toolchain) in numbered(&source.toolchains, TOOLCHAIN) {
        let name = match toolchain {
            "auto" => setting.go.as_str(),
            name => name,
        };
        for p in &setting.platforms {
            let module = format!("golang.org/toolchain@v0.0.1-{name}.{}-{}", p.os, p.arch);
            steps.push(download(&module, number));
        }
    }
    steps
}

fn scratch(words: &[&str], number: usize, platform: Option<&Platform>) -> Step {
    Step {
        words: words.iter().map(|w| w.to_string()).collect(),
        flags: Vec::new(),
        workdir: Workdir::Scratch(number),
        folder: String::new(),
        platform: platform.cloned(),
        files: Files::Updated,
        without_cgo: false,
    }
}
