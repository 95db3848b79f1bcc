//! `gobag diff`.

use std::path::PathBuf;
use std::process::ExitCode;

use argh::{ArgsInfo, FromArgs};

use crate::carried::bundle;
use crate::carried::difference::{self, Change, Difference};
use crate::carried::packed;
use crate::error::Result;
use crate::terminal::print::{print, print_json};

/// Say what a bag has over another one.
#[derive(Debug, FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    help_triggers("-h", "--help"),
    name = "diff",
    example = "What this file has over the one of last month:\n  {command_name} bag-may",
    example = "Two other files, for a script:\n  {command_name} bag-may bag-june --json",
    note = "+ is only in the newer bag, - only in the older, ~ in both and not the same. path@version/go.mod is a version of the module graph alone, without its zip. Nothing is printed for bags that have the same; the exit code is 0 either way."
)]
pub struct Diff {
    /// the older bag
    #[argh(positional)]
    a: PathBuf,

    /// the newer bag; this file without it
    #[argh(positional)]
    b: Option<PathBuf>,

    /// print a JSON array of objects with change (added, removed, changed), kind (module,
    /// go.mod, toolchain, record, database), name and detail
    #[argh(switch)]
    json: bool,
}

/// Prints what differs, a line or an object each.
pub fn run(arguments: &Diff) -> Result<ExitCode> {
    let older = packed::open(&arguments.a)?;
    let differences = match &arguments.b {
        Some(newer) => difference::between(older.manifest(), packed::open(newer)?.manifest()),
        None => difference::between(older.manifest(), bundle::bag()?.manifest()),
    };
    if arguments.json {
        return print_json(&differences);
    }
    let lines: String = differences.iter().map(line).collect();
    print(&lines)
}

fn line(difference: &Difference) -> String {
    let sign = match difference.change {
        Change::Added => '+',
        Change::Removed => '-',
        Change::Changed => '~',
    };
    let detail = match difference.detail.as_str() {
        "" => String::new(),
        detail => format!(" ({detail})"),
    };
    format!("{sign} {}{detail}\n", difference.name)
}
