//! `gobag list`.

use std::process::ExitCode;

use argh::FromArgs;
use serde_json::json;

use crate::carried::bundle;
use crate::carried::pattern::fits;
use crate::error::Result;
use crate::terminal::print::print;

/// List the module versions that can be downloaded from this file, path@version a line.
#[derive(Debug, FromArgs)]
#[argh(
    subcommand,
    name = "list",
    example = "Everything:\n  {command_name}",
    example = "What is below a path, for a script:\n  {command_name} 'golang.org/x/*' --json",
    note = "A pattern without * is found anywhere in path@version; with *, which stands for any text, it must fit the whole path or the whole path@version."
)]
pub struct List {
    /// what to list; everything without it
    #[argh(positional)]
    pattern: Option<String>,

    /// print a JSON array of objects with path, version, zip and go_mod hashes, zip_bytes
    #[argh(switch)]
    json: bool,
}

/// Lists the bag.
pub fn run(arguments: &List) -> Result<ExitCode> {
    let bag = bundle::bag()?;
    let pattern = arguments.pattern.as_deref();
    let mut rows = Vec::new();
    let mut lines = String::new();
    for (path, version) in bag.manifest().complete() {
        let line = format!("{path}@{}", version.version);
        if !pattern.is_none_or(|p| fits(p, path, &line)) {
            continue;
        }
        if arguments.json {
            rows.push(
                json!({"path": path, "version": version.version, "zip": version.zip,
                             "go_mod": version.go_mod, "zip_bytes": version.zip_bytes}),
            );
        }
        lines += &line;
        lines.push('\n');
    }
    if arguments.json {
        lines = format!("{:#}\n", serde_json::Value::Array(rows));
    }
    print(&lines)
}
