//! An error of a command, one line for a person with the cause at its end, and exit codes.

use std::fmt;

use bag::ArchiveError;

/// The exit code of wrong usage.
pub const USAGE: u8 = 2;

/// The exit code where a program to run is not there, as shells have it.
pub const MISSING: u8 = 127;

/// The exit code where a program cannot be run.
pub const NOT_EXECUTABLE: u8 = 126;

/// What went wrong, as a single line, and the exit code that tells it to scripts.
#[derive(Debug)]
pub struct Error {
    text: String,
    code: u8,
}

/// What a command returns.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error that says `message`; what would move a cursor or colour a terminal is a blank.
    pub fn new(message: impl fmt::Display) -> Self {
        Error {
            text: message.to_string().replace(char::is_control, " "),
            code: 1,
        }
    }

    /// The same where what was typed is wrong, whatever lies on this host.
    pub fn usage(message: impl fmt::Display) -> Self {
        Error {
            code: USAGE,
            ..Error::new(message)
        }
    }

    /// The exit code.
    pub fn code(&self) -> u8 {
        self.code
    }

    /// The same with another exit code.
    pub fn with_code(self, code: u8) -> Self {
        Error { code, ..self }
    }
}

impl From<ArchiveError> for Error {
    fn from(error: ArchiveError) -> Self {
        let remedy = match error {
            ArchiveError::Damaged(_) => "; copy it again",
            ArchiveError::Newer(..) => "",
        };
        Error::new(format!("{error}{remedy}"))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
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
