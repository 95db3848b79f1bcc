//! `gobag diff`.

use std::path::PathBuf;
use std::process::ExitCode;

use argh::{ArgsInfo, FromArgs};

use bag::Bag;
use bag::manifest::Manifest;

use crate::carried::bundle;
use crate::carried::difference::{self, Change, Difference};
use crate::carried::older;
use crate::error::{Context, Result};
use crate::terminal::print::{print, print_json};
use crate::terminal::progress::note;

/// Say what a bag has over another one.
#[derive(Debug, FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    help_triggers("-h", "--help"),
    name = "diff",
    example = "What this file has over the one of last month:\n  {command_name} bag-may",
    example = "The same where both build on a third one:\n  {command_name} bag-may --with bag-april",
    example = "Two other files, for a script:\n  {command_name} bag-may bag-june --json",
    note = "+ is only in the newer bag, - only in the older, ~ in both and not the same. path@version/go.mod is a version of the module graph alone, without its zip. A bag that builds on another one here (pack --since) is taken together with it. Nothing is printed for bags that have the same; the exit code is 0 either way.",
    error_code(1, "a file cannot be read, or carries no whole bag"),
    error_code(2, "what was typed is wrong"),
    error_code(141, "whoever read the output went away")
)]
pub struct Diff {
    /// the older bag
    #[argh(positional, arg_name = "older")]
    a: PathBuf,

    /// the newer bag; this file without it
    #[argh(positional, arg_name = "newer")]
    b: Option<PathBuf>,

    /// an older bag that one of them builds on, to be taken together with it (repeatable)
    #[argh(option, arg_name = "bag")]
    with: Vec<PathBuf>,

    /// print a JSON array of objects with change (added, removed, changed), kind (module,
    /// go.mod, toolchain, record, database), name and detail
    #[argh(switch)]
    json: bool,
}

/// Prints what differs, a line or an object each.
pub fn run(arguments: &Diff) -> Result<ExitCode> {
    let (older, newer) = (&arguments.a, &arguments.b);
    let newer_name = newer.as_ref().map(|file| file.display().to_string());
    let mut names = vec![
        older.display().to_string(),
        newer_name.unwrap_or_else(|| "this bag".to_string()),
    ];
    let mut bags = vec![
        older::open(older)?,
        newer.as_deref().map_or_else(bundle::bag, older::open)?,
    ];
    names.extend(arguments.with.iter().map(|file| file.display().to_string()));
    bags.extend(older::all(&arguments.with)?);
    let bags = bags.iter().zip(&names);
    let bags: Vec<Told> = bags
        .map(|(bag, name)| Told::of(bag).context(name))
        .collect::<Result<_>>()?;
    let (older, newer) = (
        whole(&bags[0], &names[0], &bags),
        whole(&bags[1], &names[1], &bags),
    );
    let differences = difference::between(&older, &newer);
    if arguments.json {
        return print_json(&differences);
    }
    let lines: String = differences.iter().map(line).collect();
    print(&lines)
}

/// What a bag says of itself, and what another one knows it by.
struct Told {
    manifest: Manifest,
    sums: String,
}

impl Told {
    fn of(bag: &Bag<'_>) -> Result<Self> {
        Ok(Told {
            manifest: bag.manifest()?.into_owned(),
            sums: bag.sums()?,
        })
    }
}

/// What `bag`, which is called `name`, has together with those of `bags` that it builds on.
fn whole(bag: &Told, name: &str, bags: &[Told]) -> Manifest {
    let (mut missing, mut found) = (Vec::new(), Vec::new());
    for base in &bag.manifest.base {
        match bags.iter().find(|bag| bag.sums == base.sums) {
            Some(bag) => found.push(&bag.manifest),
            None => missing.push(base.clone()),
        }
    }
    if let Some(text) = older::lacks(name, &missing) {
        note(&text);
    }
    bag.manifest.joined(&found)
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
