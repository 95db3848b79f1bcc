//! An error of a command, one line for a person with the cause at its end, and exit codes.

use std::fmt;

/// The exit code of wrong usage.
pub const USAGE: u8 = 2;

/// What went wrong, as a single line.
#[derive(Debug)]
pub struct Error(String);

/// What a command returns.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error that says `message`.
    pub fn new(message: impl fmt::Display) -> Self {
        Error(message.to_string().replace(['\n', '\r'], " "))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Adds what was being done to an error that does not say it.
pub trait Context<T> {
    /// `error` becomes `<what>: <error>`.
    fn context(self, what: impl fmt::Display) -> Result<T>;
}

impl<T, E: fmt::Display> Context<T> for std::result::Result<T, E> {
    fn context(self, what: impl fmt::Display) -> Result<T> {
        self.map_err(|e| Error::new(format!("{what}: {e}")))
    }
}
