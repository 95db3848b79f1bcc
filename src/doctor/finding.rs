//! A finding: what stands in the way, and what to do about it.

use std::fmt;

use serde::Serialize;

use crate::client::place::redacted;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The project does not build, not even with `gobag exec`.
    Error,
    /// Some go command fails, or go does not use this bag unless it is told to.
    Warning,
    /// Good to know.
    Note,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How much it matters.
    pub level: Level,
    /// What was found.
    pub what: String,
    /// What to do; empty where there is nothing to be done.
    pub remedy: String,
}

impl Finding {
    /// What keeps the project from being built.
    pub fn error(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(Level::Error, what, remedy)
    }

    /// What keeps a go command from working, or from using the bag.
    pub fn warning(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(Level::Warning, what, remedy)
    }

    /// What is good to know.
    pub fn note(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(Level::Note, what, remedy)
    }

    /// A finding of this level.
    pub fn new(level: Level, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Finding {
            level,
            what: redacted(&what.into()),
            remedy: redacted(&remedy.into()),
        }
    }
}

/// The word that reports use.
impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.level, self.what)?;
        match self.remedy.as_str() {
            "" => Ok(()),
            remedy => write!(f, "; {remedy}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_not_shown() {
        let finding = Finding::note("https://u:p@h", "set GOPROXY=https://u:p@h");
        assert_eq!(
            finding.to_string(),
            "note: https://xxxxx@h; set GOPROXY=https://xxxxx@h"
        );
    }
}
