//! `gobag list`.

use std::path::PathBuf;
use std::process::ExitCode;

use argh::{ArgsInfo, FromArgs};
use bag::manifest::HeldVersion;
use serde_json::json;

use crate::carried::older;
use crate::carried::pattern::fits;
use crate::error::Result;
use crate::terminal::print::{print, print_json};
use crate::terminal::progress::{complain, note};

/// List the module versions that can be downloaded from this file, path@version a line.
#[derive(Debug, FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    help_triggers("-h", "--help"),
    name = "list",
    example = "Everything:\n  {command_name}",
    example = "What is below a path, for a script:\n  {command_name} 'golang.org/x/*' --json",
    note = "A pattern without * is found anywhere in path@version; with *, which stands for any text, it must fit the whole path or the whole path@version. Where nothing does, that is said on stderr, and the exit code is 0 all the same.",
    error_code(1, "a bag is damaged, or another than this one builds on"),
    error_code(2, "what was typed is wrong"),
    error_code(141, "whoever read the output went away")
)]
pub struct List {
    /// what to list; everything without it
    #[argh(positional)]
    pattern: Option<String>,

    /// an older bag that this one builds on, to be listed with it (repeatable; pack --since tells which)
    #[argh(option, arg_name = "bag")]
    with: Vec<PathBuf>,

    /// print a JSON array of objects with path, version, zip and go_mod hashes, zip_bytes (as they are sent), held_bytes (in this file)
    #[argh(switch)]
    json: bool,
}

/// Lists the bag.
pub fn run(arguments: &List) -> Result<ExitCode> {
    let bag = older::with(&arguments.with)?;
    if let Some(text) = older::lacking(&bag.about().base) {
        note(&text);
    }
    let pattern = arguments.pattern.as_deref();
    let manifest = bag.manifest()?;
    let named = manifest.complete();
    let named = named.map(|(path, v)| (path, v, format!("{path}@{}", v.version)));
    let found = named.filter(|(path, _, line)| pattern.is_none_or(|p| fits(p, path, line)));
    let found: Vec<_> = found.collect();
    if found.is_empty() {
        complain(&match pattern {
            None => "gobag: this bag holds no module".to_string(),
            Some(pattern) => format!("gobag: nothing in this bag matches {pattern:?}"),
        });
    }
    if arguments.json {
        let row = |(path, v, _): (&str, &HeldVersion, String)| {
            json!({"path": path, "version": v.version, "zip": v.zip,
                   "go_mod": v.go_mod, "zip_bytes": v.zip_bytes, "held_bytes": v.bytes()})
        };
        return print_json(&found.into_iter().map(row).collect::<Vec<_>>());
    }
    let lines: String = found.into_iter().map(|(_, _, line)| line + "\n").collect();
    print(&lines)
}
