//! `gobag verify`.

use std::path::PathBuf;
use std::process::ExitCode;

use argh::{ArgsInfo, FromArgs};
use graft::Seal;

use crate::carried::carrier::Carrier;
use crate::carried::{bundle, verify};
use crate::error::Result;
use crate::terminal::print::print;
use crate::terminal::progress::complain;
use crate::terminal::size::count;

/// Recompute every hash of a bag from its bytes, and the digest of the whole file.
#[derive(Debug, FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    help_triggers("-h", "--help"),
    name = "verify",
    example = "This file:\n  {command_name}",
    example = "Another bag, by this gobag, without running it:\n  {command_name} /media/stick/app-bag",
    note = "Exits with 1 and names every fault when anything is not as it was packed. This finds accidents: who changes a file on purpose can write hashes that fit, and a program that was changed can say anything of itself. Against that, compare what gobag digest prints with what whoever packed the bag tells you, and verify it with a gobag that you trust already.",
    error_code(1, "something is not as it was packed"),
    error_code(2, "what was typed is wrong"),
    error_code(141, "whoever read the output went away")
)]
pub struct Verify {
    /// another bag, which is not run; this file without it
    #[argh(positional)]
    file: Option<PathBuf>,
}

/// Checks the whole bag.
pub fn run(arguments: &Verify) -> Result<ExitCode> {
    let (bag, carrier) = match &arguments.file {
        None => bundle::bag_and_file()?,
        Some(file) => {
            let carrier = Carrier::open_or(file, "one that cargo built verifies itself: run it")?;
            (carrier.bag()?, Some(carrier))
        }
    };
    let (versions, mut faults) = verify::faults(&bag);
    let whole = match carrier.as_ref().map(Carrier::seal).transpose()? {
        Some(Seal::Intact) => "the file is as it was written, by the digest at its end",
        Some(Seal::None) => {
            "the program itself was not checked: the file has no digest at its end, as cargo or an older gobag made it"
        }
        None => "the program itself was not checked: its file cannot be found here",
        Some(Seal::Broken) => {
            let text = "the file is not as it was written, by the digest at its end; copy it again";
            faults.push(text.to_string());
            ""
        }
    };
    for fault in &faults {
        complain(&format!("gobag: {fault}"));
    }
    if !faults.is_empty() {
        return Ok(ExitCode::FAILURE);
    }
    let all = if versions > 1 { "all " } else { "" };
    let versions = count(versions, "module version");
    print(&format!("{all}{versions} verified\n{whole}\n"))
}
