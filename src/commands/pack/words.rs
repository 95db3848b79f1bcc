//! Arguments of `gobag pack` that are read as something else than text.

use std::path::PathBuf;
use std::str::FromStr;

use bag::Invalid;
use gomod::module::ModuleVersion;

use crate::terminal::choice::choose;

/// `dir=path@version`.
#[derive(Debug, Clone)]
pub struct Local(pub ModuleVersion, pub PathBuf);

impl FromStr for Local {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let (dir, module) = text
            .rsplit_once('=')
            .ok_or_else(|| format!("{text:?} is not dir=path@version"))?;
        Ok(Local(
            module.parse().map_err(|e| format!("{e}"))?,
            dir.into(),
        ))
    }
}

/// What becomes of zips that Go refuses, as a word.
#[derive(Debug, Clone, Copy)]
pub struct InvalidArgument(pub Invalid);

impl FromStr for InvalidArgument {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let words = [
            ("refuse", Invalid::Refuse),
            ("skip", Invalid::Skip),
            ("keep", Invalid::Keep),
        ];
        choose(text, &words).map(InvalidArgument)
    }
}
