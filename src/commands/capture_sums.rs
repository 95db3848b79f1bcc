//! `gobag capture-sums`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use argh::FromArgs;
use bag::checked::Checked;
use bag::intake::{Invalid, Options};
use bag::{layout, sums};
use sumdb::key::VerifierKey;

use super::print;
use crate::capture::{self, Settings};
use crate::error::{Context, Error, Result};
use crate::goenv::GoEnv;
use crate::progress::say;

/// Fetch the checksum database's records and proofs for every module in a folder.
#[derive(Debug, FromArgs)]
#[argh(
    subcommand,
    name = "capture-sums",
    example = "On the connected side, before cargo build --release:\n  cp -r \"$(go env GOMODCACHE)/cache/download\" modules/\n  {command_name} modules",
    note = "Needs a network; GOPROXY, GOSUMDB and GONOSUMDB are those of `go env`. A second run fetches only what is missing."
)]
pub struct CaptureSums {
    /// the folder of modules; the data is written to its sumdb/ (default modules)
    #[argh(positional, default = "PathBuf::from(\"modules\")")]
    dir: PathBuf,

    /// the verifier key of another database, name+hash+key
    #[argh(option, arg_name = "key")]
    key: Option<String>,

    /// a signed head that clients of the new bag may know, such as $GOPATH/pkg/sumdb/sum.golang.org/latest (repeatable)
    #[argh(option, arg_name = "file")]
    known_head: Vec<PathBuf>,
}

/// Captures, and says what there is no record of.
pub fn run(arguments: &CaptureSums) -> Result<ExitCode> {
    let env = GoEnv::ask(Path::new("go"), Path::new(".")).unwrap_or_else(|_| GoEnv::without_go());
    let settings = settings(&env, arguments.key.as_deref())?;
    let Some(settings) = settings else {
        return Err(Error::new(
            "GOSUMDB is off: there is no checksum database to ask; name one with --key",
        ));
    };
    keep_heads(&arguments.dir, settings.key.name(), &arguments.known_head)?;
    let scratch = tempfile::tempdir().context("cannot make a scratch folder")?;
    let options = Options {
        scratch: scratch.path(),
        checked: &Checked::nothing(),
        invalid: Invalid::Refuse,
    };
    let intake = bag::intake::read(std::slice::from_ref(&arguments.dir), options);
    if !intake.faults.is_empty() {
        for fault in &intake.faults {
            say(&format!("gobag: {fault}"));
        }
        return Ok(ExitCode::FAILURE);
    }
    let (_, record) = layout::layout(&intake.contents).context("modules")?;
    let captured = capture::capture(&arguments.dir, &sums::expected(&record), &settings)?;
    for module in &captured.unknown {
        say(&format!("  no public record: {module}"));
    }
    print(&format!(
        "{} records of {} in {}/sumdb ({} without a record, {} private)\n",
        captured.found,
        settings.key.name(),
        arguments.dir.display(),
        captured.unknown.len(),
        captured.private
    ))
}

/// The database that `go env` names, or the one that a key does.
pub fn settings(env: &GoEnv, key: Option<&str>) -> Result<Option<Settings>> {
    let Some(key) = key else {
        return env.checksum_settings();
    };
    let key: VerifierKey = key.parse().context(format!("--key {key:?}"))?;
    Ok(Some(Settings {
        key,
        proxies: crate::goproxy::parse(env.get("GOPROXY")),
        url: None,
        private: env.get("GONOSUMDB").to_string(),
    }))
}

/// Puts heads that clients may know beside the captured data.
pub fn keep_heads(dir: &Path, database: &str, heads: &[PathBuf]) -> Result<()> {
    let folder = dir.join("sumdb").join(database).join("heads");
    for file in heads {
        let note = std::fs::read(file).context(file.display())?;
        let name = bag::archive::hex(&bag::archive::sha256(&note)[..8]);
        std::fs::create_dir_all(&folder).context(folder.display())?;
        std::fs::write(folder.join(name), note).context(folder.display())?;
    }
    Ok(())
}
