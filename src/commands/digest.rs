//! `gobag digest`.

use std::path::PathBuf;
use std::process::ExitCode;

use argh::{ArgsInfo, FromArgs};
use serde_json::json;

use crate::carried::bundle;
use crate::carried::carrier::Carrier;
use crate::error::{Error, Result};
use crate::terminal::called;
use crate::terminal::print::print;

/// Print the SHA-256 of a bag's archive, and of the whole file.
#[derive(Debug, FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    help_triggers("-h", "--help"),
    name = "digest",
    example = "Of this file:\n  {command_name}",
    example = "Of another, for a script:\n  {command_name} bag-june --json",
    note = "That of the file is what sha256sum prints. That of the archive is the same whatever program carries it: of two bags that were packed alike by other gobags, or for other platforms, only the file differs. Compare them with what whoever packed the bag tells you by another way: that finds tampering too.",
    error_code(1, "the file cannot be read, or carries no bag"),
    error_code(2, "what was typed is wrong"),
    error_code(141, "whoever read the output went away")
)]
pub struct Digest {
    /// another bag, which is not run; this file without it
    #[argh(positional)]
    file: Option<PathBuf>,

    /// print a JSON object with archive_sha256, archive_bytes, file, file_sha256 and file_bytes
    #[argh(switch)]
    json: bool,
}

/// Prints a line each.
pub fn run(arguments: &Digest) -> Result<ExitCode> {
    // Of what is no bag, or half of one, a digest is of no use.
    let (bag, carrier) = match &arguments.file {
        Some(file) => {
            let carrier = Carrier::open(file)?;
            (carrier.bag()?, carrier)
        }
        None => {
            let (bag, own) = bundle::bag_and_file()?;
            let program = called::program();
            let text =
                format!("cannot find this program's own file; name it: {program} digest FILE");
            (bag, own.ok_or_else(|| Error::new(text))?)
        }
    };
    let (archive_sha256, file_sha256) = rayon::join(|| bag.archive_sha256(), || carrier.sha256());
    let file_sha256 = file_sha256?;
    if arguments.json {
        let told = json!({
            "archive_sha256": archive_sha256,
            "archive_bytes": bag.archives().next().map_or(0, <[u8]>::len),
            "file": carrier.name().display().to_string(),
            "file_sha256": file_sha256,
            "file_bytes": carrier.bytes()?,
        });
        return print(&format!("{told:#}\n"));
    }
    print(&format!(
        "archive  {archive_sha256}\nfile     {file_sha256}\n"
    ))
}
