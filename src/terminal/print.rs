//! Standard output and standard error: nothing else writes to them, and nothing here panics.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;

use crate::error::{Context, Error, Result};

/// The exit code where whoever read stdout went away (`gobag list | head -1`): what a shell makes
/// of SIGPIPE, 128 and its number.
pub const BROKEN_PIPE: u8 = 128 + 13;

/// True where this process was started without a stdout.
static IS_CLOSED: AtomicBool = AtomicBool::new(false);

/// From now on nothing can be printed: this process was started without a stdout.
pub fn close() {
    IS_CLOSED.store(true, Ordering::Relaxed);
}

/// Writes `text` to stdout. Of a reader that went away nobody is told: the exit code is
/// [`BROKEN_PIPE`].
///
/// # Errors
/// It cannot be written, as on a full disk.
#[allow(clippy::disallowed_methods, reason = "it is the one place")]
pub fn print(text: &str) -> Result<ExitCode> {
    if IS_CLOSED.load(Ordering::Relaxed) && !text.is_empty() {
        return Err(Error::new("cannot write to stdout: it is closed"));
    }
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::from(BROKEN_PIPE)),
        Err(e) => Err(Error::new(format!("cannot write to stdout: {e}"))),
    }
}

/// Writes `rows` to stdout as a JSON array, as [`print()`] writes text.
pub fn print_json(rows: &[impl Serialize]) -> Result<ExitCode> {
    let rows = serde_json::to_value(rows).context("cannot write JSON")?;
    print(&format!("{rows:#}\n"))
}

/// Writes `text` to stderr as it is, in one piece.
///
/// # Errors
/// It cannot be written. Who says something to a person goes on all the same.
#[allow(clippy::disallowed_methods, reason = "it is the one place")]
pub fn print_error(text: &str) -> io::Result<()> {
    io::stderr().lock().write_all(text.as_bytes())
}

/// True where stderr is a terminal.
#[allow(clippy::disallowed_methods, reason = "it is the one place")]
pub fn error_is_terminal() -> bool {
    io::stderr().is_terminal()
}
