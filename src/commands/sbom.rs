//! `gobag sbom`.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use argh::{ArgsInfo, FromArgs};

use crate::carried::older;
use crate::error::{Context, Error, Result};
use crate::pack::partial;
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

    /// the file to write, in the place of an earlier bill; stdout without it
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
            write(file, &text)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// How many bytes of a file tell whether it is a bill of materials.
const BEGIN_BYTES: u64 = 64 << 20;

/// Writes `file` whole or not at all; only an earlier bill is replaced.
fn write(file: &Path, text: &str) -> Result<()> {
    let shown = file.display();
    partial::check(file, "bill of materials", "remove it", is_bill)?;
    let mut partial = partial::create(file, 0o644).context(&shown)?;
    partial.write_all(text.as_bytes()).context(&shown)?;
    partial::put(partial.into_temp_path(), file).context(&shown)
}

/// True for a text that has what every bill has.
fn is_bill(file: &File) -> io::Result<bool> {
    let mut text = String::new();
    match file.take(BEGIN_BYTES).read_to_string(&mut text) {
        Err(e) if e.kind() == ErrorKind::InvalidData => Ok(false),
        Err(e) => Err(e),
        Ok(_) => Ok(text.contains("\"bomFormat\": ") || text.contains("\"spdxVersion\": ")),
    }
}
