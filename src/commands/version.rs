//! `gobag version`.

use std::process::ExitCode;

use argh::FromArgs;

use super::print;
use crate::bundle;
use crate::error::Result;
use crate::serve::summary;

/// Print the version of this program and what it carries.
#[derive(Debug, FromArgs)]
#[argh(subcommand, name = "version")]
pub struct Version {}

/// Prints one line.
pub fn run(_arguments: &Version) -> Result<ExitCode> {
    let bag = bundle::bag()?;
    print(&format!(
        "gobag {} {}-{}: {}\n",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH,
        summary(bag.record())
    ))
}
