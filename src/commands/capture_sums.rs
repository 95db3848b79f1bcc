//! `gobag capture-sums`.

use std::path::PathBuf;
use std::process::ExitCode;

use argh::{ArgsInfo, FromArgs};
use bag::checked::Checked;
use bag::{Invalid, Options, packing};
use sumdb::key::VerifierKey;

use crate::capture;
use crate::capture::upstream::{Upstream, keep_heads};
use crate::client::goenv::GoEnv;
use crate::error::{Context, Error, Result};
use crate::terminal::print::print;
use crate::terminal::progress::say;
use crate::terminal::size::count;

/// Fetch the checksum database's records and proofs for every module in a folder.
#[derive(Debug, FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    help_triggers("-h", "--help"),
    name = "capture-sums",
    example = "On the connected side, before cargo build --release:\n  cp -r \"$(go env GOMODCACHE)/cache/download\" modules/\n  {command_name} modules",
    note = "Needs a network; GOPROXY, GOSUMDB, GONOSUMDB and GOAUTH are those of `go env`. What is proved is kept in the user's cache folder and not fetched again.",
    error_code(1, "a module breaks a rule, or not all could be fetched and proved"),
    error_code(2, "what was typed is wrong"),
    error_code(141, "all is written, and whoever read the output went away")
)]
pub struct CaptureSums {
    /// the folder of modules; the data is written to its sumdb/ (default modules)
    #[argh(positional, default = "PathBuf::from(\"modules\")")]
    dir: PathBuf,

    /// the verifier key of another database, name+hash+key
    #[argh(option, arg_name = "key")]
    key: Option<VerifierKey>,

    /// a signed head that clients of the new bag may know, such as $GOPATH/pkg/sumdb/sum.golang.org/latest (repeatable)
    #[argh(option, arg_name = "file")]
    known_head: Vec<PathBuf>,
}

/// Captures, and says what there is no record of.
pub fn run(arguments: &CaptureSums) -> Result<ExitCode> {
    let Some(upstream) = Upstream::of(&GoEnv::of_this_host(None), arguments.key.as_ref())? else {
        return Err(Error::new(
            "GOSUMDB is off: there is no checksum database to ask; name one with --key",
        ));
    };
    keep_heads(&arguments.dir, upstream.key.name(), &arguments.known_head)?;
    let scratch = tempfile::tempdir().context("cannot make a scratch folder")?;
    let options = Options {
        scratch: scratch.path(),
        checked: &Checked::nothing(),
        invalid: Invalid::Refuse,
    };
    let plan = match packing::plan(std::slice::from_ref(&arguments.dir), options) {
        Ok(plan) => plan,
        Err(faults) => {
            for fault in &faults {
                say(&format!("gobag: {fault}"));
            }
            return Ok(ExitCode::FAILURE);
        }
    };
    let captured = capture::capture(&arguments.dir, &plan.expected(), &upstream)?;
    for module in &captured.unknown {
        say(&format!("  no public record: {module}"));
    }
    print(&format!(
        "{} of {} in {}/sumdb ({} without a record, {} private)\n",
        count(captured.found, "record"),
        upstream.key.name(),
        arguments.dir.display(),
        captured.unknown.len(),
        captured.private
    ))
}
