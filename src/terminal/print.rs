//! Standard output.

use std::io::{self, Write};
use std::process::ExitCode;

use serde::Serialize;

use crate::error::{Context, Error, Result};

/// Writes `text` to stdout. A reader that went away (`gobag list | head`) is no error.
pub fn print(text: &str) -> Result<ExitCode> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::new(format!("cannot write to stdout: {e}")))
        }
        _ => Ok(ExitCode::SUCCESS),
    }
}

/// Writes `rows` to stdout as a JSON array, as [`print()`] writes text.
pub fn print_json(rows: &[impl Serialize]) -> Result<ExitCode> {
    let rows = serde_json::to_value(rows).context("cannot write JSON")?;
    print(&format!("{rows:#}\n"))
}
