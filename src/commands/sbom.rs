//! `gobag sbom`.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use argh::{ArgsInfo, FromArgs};

use crate::carried::older;
use crate::error::{Context, Error, Result};
use crate::papers::{Format, sbom};
use crate::terminal::print::print;
use crate::terminal::progress::note;

/// Write the bill of materials of this file: its modules with hashes, licences and what they require.
#[derive(Debug, FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    help_triggers("-h", "--help"),
    name = "sbom",
    example = "CycloneDX 1.6:\n  {command_name} -o bag.cdx.json",
    example = "SPDX 2.3:\n  {command_name} --format spdx -o bag.spdx.json",
    note = "The same bag gives the same bytes: the time in it is that of the newest module, and the serial number is made of the bag's sums. A module requires what its go.mod names, in the version that the bag has.",
    error_code(1, "a bag is damaged, or the file cannot be written"),
    error_code(2, "what was typed is wrong"),
    error_code(141, "whoever read the output went away")
)]
pub struct Sbom {
    /// cyclonedx, which is the default, or spdx; JSON both
    #[argh(option, arg_name = "name", default = "\"cyclonedx\".to_string()")]
    format: String,

    /// the file to write; stdout without it
    #[argh(option, short = 'o', arg_name = "file")]
    output: Option<PathBuf>,

    /// an older bag that this one builds on, to be told of with it (repeatable; pack --since tells which)
    #[argh(option, arg_name = "bag")]
    with: Vec<PathBuf>,
}

/// Writes it.
pub fn run(arguments: &Sbom) -> Result<ExitCode> {
    let format = match arguments.format.as_str() {
        "cyclonedx" => Format::CycloneDx,
        "spdx" => Format::Spdx,
        other => {
            let text = format!("--format {other:?} is not known; name cyclonedx or spdx");
            return Err(Error::usage(text));
        }
    };
    let bag = older::with(&arguments.with)?;
    if let Some(text) = older::lacking(&bag.about().base) {
        note(&text);
    }
    let text = sbom(&bag, format)?;
    match &arguments.output {
        None => print(&text),
        Some(file) => {
            fs::write(file, text).context(file.display())?;
            Ok(ExitCode::SUCCESS)
        }
    }
}
