//! `gobag doctor`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use argh::FromArgs;
use serde_json::{Value, json};

use crate::carried::bundle;
use crate::carried::toolchains;
use crate::doctor::finding::{Finding, Level};
use crate::doctor::host::Host;
use crate::doctor::project::ProjectFiles;
use crate::doctor::{self};
use crate::error::{Error, Result};
use crate::terminal::print::print;

/// Say whether a project will build from this file on this host, and what is in the way.
#[derive(Debug, FromArgs)]
#[argh(
    subcommand,
    name = "doctor",
    example = "The project in this folder:\n  {command_name}",
    example = "Another one, for a script:\n  {command_name} ./app --json",
    note = "A line for each finding, with its remedy: errors keep the project from being built, even with gobag exec; warnings keep some go command from working or from using this file; notes are good to know. Exits with 1 if there is an error. Nothing on the host is changed; the first server of GOPROXY is asked for one file if it is a plain one."
)]
pub struct Doctor {
    /// the folder of a module or workspace (default this one)
    #[argh(positional)]
    project: Option<PathBuf>,

    /// print a JSON array of objects with level (error, warning, note), what and remedy
    #[argh(switch)]
    json: bool,
}

/// Examines the project and the host.
pub fn run(arguments: &Doctor) -> Result<ExitCode> {
    let bag = bundle::bag()?;
    let dir = arguments.project.as_deref().unwrap_or(Path::new("."));
    if !dir.is_dir() {
        return Err(Error::new(format!("{} is no folder", dir.display())));
    }
    let host = Host::ask(dir, toolchains::platform())?;
    let go_work = match host.is_set("GOWORK") {
        true => host.get("GOWORK"),
        false => "",
    };
    let project = ProjectFiles::read(dir, go_work)?;
    if project.is_none() && arguments.project.is_some() {
        let text = "is in no Go module; name a folder with a go.mod or a go.work";
        return Err(Error::new(format!("{} {text}", dir.display())));
    }
    let found = doctor::examine(&bag, project.as_ref(), &host);
    let text = match arguments.json {
        true => format!("{:#}\n", Value::Array(found.iter().map(row).collect())),
        false => told(&found, project.is_some()),
    };
    print(&text)?;
    let broken = found.iter().any(|f| f.level == Level::Error);
    Ok(ExitCode::from(u8::from(broken)))
}

fn row(finding: &Finding) -> Value {
    json!({"level": finding.level.name(), "what": finding.what, "remedy": finding.remedy})
}

/// A line for each finding, and one that tells what follows where that is good.
fn told(found: &[Finding], project: bool) -> String {
    let mut text: String = found.iter().map(|f| format!("{f}\n")).collect();
    let broken = found.iter().any(|f| f.level == Level::Error);
    match (broken, project) {
        (true, _) => {}
        (false, true) => text += "ok: gobag exec -- go build ./... will find all it needs\n",
        (false, false) => text += "ok: there is no project here; the host can use this bag\n",
    }
    text
}
