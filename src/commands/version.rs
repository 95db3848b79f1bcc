//! `gobag version`.

use std::process::ExitCode;

use argh::FromArgs;

use crate::carried::bundle;
use crate::carried::summary::summary;
use crate::error::Result;
use crate::terminal::print::print;

/// Print the version of this program, what it carries, and what was proved of that.
#[derive(Debug, FromArgs)]
#[argh(subcommand, name = "version")]
pub struct Version {}

/// Prints one line, and the proof of a packed bag.
pub fn run(_arguments: &Version) -> Result<ExitCode> {
    let bag = bundle::bag()?;
    let mut text = format!(
        "gobag {} {}-{}: {}\n",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH,
        summary(bag.manifest())
    );
    if let Some(proof) = &bag.manifest().proof {
        text += &format!("proved offline with {}:\n", proof.go);
        let commands = proof.commands.iter();
        text.extend(commands.map(|command| format!("  {command}\n")));
    }
    print(&text)
}
