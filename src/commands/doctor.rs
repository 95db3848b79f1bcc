//! `gobag doctor`.

use std::path::PathBuf;
use std::process::ExitCode;

use argh::FromArgs;

use crate::error::{Error, Result};

/// Say whether a project will build from this file on this host.
#[derive(Debug, FromArgs)]
#[argh(subcommand, name = "doctor")]
pub struct Doctor {
    /// the project
    #[argh(positional)]
    project: Option<PathBuf>,
}

/// Examines.
pub fn run(arguments: &Doctor) -> Result<ExitCode> {
    Err(Error::new(format!("{:?}", arguments.project)))
}
