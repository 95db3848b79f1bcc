//! Arguments of `gobag pack` that are read as something else than text, and what contradicts itself.

use std::path::PathBuf;
use std::str::FromStr;

use bag::Invalid;
use gomod::module::ModuleVersion;

use crate::pack::own::check_name;
use crate::pack::step::words_of_line;
use crate::terminal::choice::choose;

/// `dir=path@version`.
#[derive(Debug, Clone)]
pub struct Local(pub ModuleVersion, pub PathBuf);

impl FromStr for Local {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (dir, module) = text
            .rsplit_once('=')
            .ok_or_else(|| format!("{text:?} is not dir=path@version"))?;
        Ok(Local(
            module.parse().map_err(|e| format!("{e}"))?,
            dir.into(),
        ))
    }
}

/// A go command as it is typed: the words after `go`.
#[derive(Debug, Clone)]
pub struct GoLine(pub Vec<String>);

impl FromStr for GoLine {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let words = words_of_line(text);
        let error = || format!("{text:?} is no go command; write one such as 'go generate ./...'");
        words.map(GoLine).ok_or_else(error)
    }
}

/// The name of a bag's own log.
#[derive(Debug, Clone)]
pub struct LogName(pub String);

impl FromStr for LogName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        check_name(text).map(|()| LogName(text.to_string()))
    }
}

/// What becomes of zips that Go refuses, as a word.
#[derive(Debug, Clone, Copy)]
pub struct InvalidArgument(pub Invalid);

impl FromStr for InvalidArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let words = [
            ("refuse", Invalid::Refuse),
            ("skip", Invalid::Skip),
            ("keep", Invalid::Keep),
        ];
        choose(text, &words).map(InvalidArgument)
    }
}
