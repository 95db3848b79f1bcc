//! `gobag version`.

use std::process::ExitCode;

use argh::{ArgsInfo, FromArgs};
use bag::built::HeldCache;

use crate::carried::bundle;
use crate::carried::older;
use crate::carried::summary::{self, summary, targets};
use crate::carried::verdict;
use crate::error::Result;
use crate::terminal::print::print;

/// Print the version of this program, what it carries, and what was proved of that.
#[derive(Debug, FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    help_triggers("-h", "--help"),
    name = "version",
    example = "What this file is, for a script:\n  {command_name} --json",
    error_code(1, "this file is damaged"),
    error_code(2, "what was typed is wrong"),
    error_code(141, "whoever read the output went away")
)]
pub struct Version {
    /// print a JSON object with version, platform, modules, versions and bytes of the bag, base (the
    /// older bags that it builds on), proof (null where nothing was proved) and build_cache (what was
    /// compiled for; null where nothing of it is carried)
    #[argh(switch)]
    json: bool,
}

/// Prints one line, what a packed bag builds on, and its verdict.
pub fn run(arguments: &Version) -> Result<ExitCode> {
    let bag = bundle::bag()?;
    if arguments.json {
        return print(&format!("{:#}\n", summary::version(&bag)));
    }
    let about = bag.about();
    // What is wrong with it verify tells.
    let built = HeldCache::of(&bag).unwrap_or_default();
    let built = built.first().map(|held| &held.list);
    let version = env!("CARGO_PKG_VERSION");
    let platform = summary::platform();
    let mut text = format!("gobag {version} {platform}: {}\n", summary(about));
    text += &older::table(&about.base);
    if let Some(proof) = &about.proof {
        text += &verdict::table(proof);
    }
    if let Some(list) = built {
        text += &format!("compiled before: {}\n", targets(&list.targets));
    }
    print(&text)
}
