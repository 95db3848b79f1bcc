//! `gobag verify`.

use std::process::ExitCode;

use argh::{ArgsInfo, FromArgs};

use crate::carried::{bundle, verify};
use crate::error::Result;
use crate::terminal::print::print;
use crate::terminal::progress::complain;

/// Recompute every hash of this file's modules from their bytes.
#[derive(Debug, FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    help_triggers("-h", "--help"),
    name = "verify",
    note = "Exits with 1 and names every fault when anything is not as it was packed.",
    error_code(1, "something is not as it was packed"),
    error_code(2, "what was typed is wrong")
)]
pub struct Verify {}

/// Checks the whole bag.
pub fn run(_arguments: &Verify) -> Result<ExitCode> {
    let bag = bundle::bag()?;
    let (count, faults) = verify::faults(&bag);
    for fault in &faults {
        complain(&format!("gobag: {fault}"));
    }
    if !faults.is_empty() {
        return Ok(ExitCode::FAILURE);
    }
    print(&format!("all {count} module versions verified\n"))
}
