//! `gobag doctor`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use argh::{ArgsInfo, FromArgs};

use crate::carried::older;
use crate::carried::toolchains;
use crate::doctor::called::Called;
use crate::doctor::finding::{self, Finding, Level};
use crate::doctor::host::Host;
use crate::doctor::project::{self, ProjectFiles};
use crate::doctor::{self, Examined, Seen};
use crate::error::{Error, Result};
use crate::process::cleanup;
use crate::terminal::print::{print, print_json};

/// Say whether a project will build from this file on this host, and what is in the way.
#[derive(Debug, FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    help_triggers("-h", "--help"),
    name = "doctor",
    example = "The project in this folder:\n  {command_name}",
    example = "The same, and build it:\n  {command_name} --build",
    example = "Another one, for a script:\n  {command_name} ./app --json",
    note = "A line for each finding, with its remedy: errors keep the project from being built, even with gobag exec; warnings keep some go command from working or from using this file; notes are good to know. Nothing of the project is changed, and nothing else but what any go command keeps for itself: a go command on PATH is asked to list the packages, in a folder of its own, and compiles none; where the file has a build cache it is asked once more, with go build -n, what it would compile; the first server of GOPROXY is asked for one file if it is a plain one. With --build go compiles, as gobag exec would have it: the caches of go are filled, Go is extracted where there is none, and what was built is thrown away.",
    error_code(1, "an error was found, or nothing could be looked at"),
    error_code(2, "what was typed is wrong"),
    error_code(141, "whoever read the output went away")
)]
pub struct Doctor {
    /// the folder of a module or workspace (default this one)
    #[argh(positional)]
    project: Option<PathBuf>,

    /// an older bag that this one builds on, to be used with it (repeatable; pack --since tells which)
    #[argh(option, arg_name = "bag")]
    with: Vec<PathBuf>,

    /// build the project as well, and throw away what was built
    #[argh(switch)]
    build: bool,

    /// print a JSON array of objects with level (error, warning, note), what and remedy
    #[argh(switch)]
    json: bool,
}

/// Examines the project and the host.
pub fn run(arguments: &Doctor) -> Result<ExitCode> {
    cleanup::handle_signals("whether the project builds is not known")?;
    let bag = older::with(&arguments.with)?;
    let dir = arguments.project.as_deref().unwrap_or(Path::new("."));
    if !dir.is_dir() {
        return Err(Error::new(format!("{} is no folder", dir.display())));
    }
    project::plain_files(dir)?;
    let host = Host::ask(dir, toolchains::platform())?;
    let go_work = Some("GOWORK").filter(|name| host.is_set(name));
    let project = ProjectFiles::read(dir, go_work.map_or("", |name| host.get(name)))?;
    if project.is_none() && (arguments.project.is_some() || arguments.build) {
        let text = "is in no Go module; name a folder with a go.mod or a go.work";
        return Err(Error::new(format!("{} {text}", dir.display())));
    }
    let called = Called::here(arguments.project.as_deref(), &arguments.with);
    let examined = doctor::examine(&bag, dir, project.as_ref(), &host, arguments.build)?;
    // What a signal ended says nothing.
    cleanup::wait_if_stopping();
    let Examined {
        mut found,
        seen,
        cached,
    } = examined;
    if let Some(text) = older::lacking(&bag.about().base) {
        // Where something is missing, that is why.
        let level = found.first().map_or(Level::Note, |worst| worst.level);
        found.insert(0, Finding::new(level, text, ""));
    }
    let broken = found.iter().any(|f| f.level == Level::Error);
    // It is built without what was compiled before.
    let cached = cached.filter(|_| seen != Seen::Built && !broken);
    let packages = project.as_ref().map(|project| project.packages(dir));
    let plain = format!("{BUILD}{}", packages.as_deref().unwrap_or(ALL));
    let command = cached.unwrap_or(plain);
    let found = found.into_iter().map(|finding| {
        let finding = finding.map(|text| text.replace(&format!("{BUILD}{ALL}"), &command));
        called.finding(finding)
    });
    let found: Vec<Finding> = found.collect();
    let printed = if arguments.json {
        print_json(&found)?
    } else {
        let lines = finding::lines(&found).into_iter();
        let mut text: String = lines.map(|line| line + "\n").collect();
        // A line that tells what follows where that is good.
        text += &match project {
            _ if broken => String::new(),
            Some(_) => told(seen).map_or(String::new(), |end| {
                called.told(&format!("ok: {command} {end}\n"))
            }),
            None => "ok: there is no project here; the host can use this bag\n".to_string(),
        };
        print(&text)?
    };
    Ok(if broken { ExitCode::FAILURE } else { printed })
}

/// What builds a project, before its packages, and all packages of a module.
const BUILD: &str = "gobag exec -- go build ";
const ALL: &str = "./...";

/// What a build does, by what was looked at; nothing where that leaves it open.
fn told(seen: Seen) -> Option<&'static str> {
    match seen {
        Seen::Part => None,
        Seen::Files => Some(
            "finds all it needs by its files; go listed no packages, and compiled nothing: gobag doctor --build has it do both",
        ),
        Seen::Asked => Some(
            "finds all it needs; not compiled, and the module cache of this user not read: gobag doctor --build does both",
        ),
        Seen::Built => Some("builds"),
    }
}
