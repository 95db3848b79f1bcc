//! What was typed, arranged as the parser of arguments takes it: `--option=value` in two words,
//! `-h` and `-V` wherever options stand, and a mistyped word named with what was meant.

#[cfg(test)]
mod tests;

use std::ffi::{OsStr, OsString};

use argh::{CommandInfoWithArgs, FlagInfo, FlagInfoKind, Optionality};

use crate::error::{Error, Result};
use crate::terminal::called::program;
use crate::terminal::nearest::nearest;

const HELP: [&str; 2] = ["--help", "-h"];
const VERSION: [&str; 2] = ["--version", "-V"];

/// What was typed, in order.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// What the parser reads.
    pub known: Vec<String>,
    /// A command that is run as it is (`exec`), which need not be UTF-8.
    pub command: Vec<OsString>,
}

/// Arranges `typed`, the words after the name of this program, whose commands `all` tells.
///
/// # Errors
/// A command or an option that there is not, a value where there is none, or a word that is not
/// UTF-8.
pub fn arranged(typed: Vec<OsString>, all: &CommandInfoWithArgs) -> Result<Words> {
    let mut typed = typed.into_iter();
    let mut words = Words::default();
    let command = loop {
        let Some(word) = typed.next() else {
            return Ok(words);
        };
        match word.to_str() {
            Some("help") => words.known = vec![HELP[0].into()],
            Some(help) if HELP.contains(&help) => words.known = vec![HELP[0].into()],
            Some(version) if VERSION.contains(&version) => return Ok(version_of_this()),
            Some(option) if option.starts_with('-') => return Err(no_option(option, all, all)),
            name => {
                let known = all.commands.iter().find(|c| Some(c.name) == name);
                break known.ok_or_else(|| no_command(&word, all))?;
            }
        }
    };
    let info = &command.command;
    words.known.insert(0, command.name.into());
    if words.known.len() > 1 {
        return Ok(words);
    }
    let runs = |p: &argh::PositionalInfo| matches!(p.optionality, Optionality::Greedy);
    let runs = info.positionals.iter().any(runs);
    while let Some(word) = typed.next() {
        let is_option = word.len() > 1 && word.as_encoded_bytes().starts_with(b"-");
        if word == "--" || (runs && !is_option) {
            let first = (word != "--").then_some(word);
            let rest = first.into_iter().chain(typed);
            if runs {
                words.command = rest.collect();
            } else {
                words.known.push("--".into());
                for word in rest {
                    words.known.push(text(word, info)?);
                }
            }
            break;
        }
        if !is_option {
            words.known.push(text(word, info)?);
            continue;
        }
        let (name, value) = split(&word);
        let Some(name) = name.to_str() else {
            return Err(not_text(&word, info));
        };
        if HELP.contains(&name) {
            words.known = vec![command.name.into(), HELP[0].into()];
            return Ok(words);
        }
        if VERSION.contains(&name) {
            return Ok(version_of_this());
        }
        let flag = info.flags.iter().find(|flag| is_called(flag, name));
        let flag = flag.ok_or_else(|| no_option(name, info, all))?;
        let takes = matches!(flag.kind, FlagInfoKind::Option { .. });
        words.known.push(name.into());
        match (takes, value) {
            (false, None) => {}
            (false, Some(_)) => {
                let said = format!("{name} takes no value; leave out what follows it");
                return Err(usage(&said, info));
            }
            (true, Some(value)) => words.known.push(text(value.to_owned(), info)?),
            (true, None) => {
                let value = typed.next();
                let value = value.ok_or_else(|| usage(&format!("{name} lacks a value"), info))?;
                words.known.push(text(value, info)?);
            }
        }
    }
    Ok(words)
}

/// An error of usage, with where to read on.
pub fn usage(said: &str, info: &CommandInfoWithArgs) -> Error {
    let name = match info.commands.is_empty() {
        true => format!(" {}", info.name),
        false => String::new(),
    };
    Error::usage(format!("{said}; see {}{name} --help", program()))
}

fn version_of_this() -> Words {
    Words {
        known: vec!["version".into()],
        command: Vec::new(),
    }
}

/// `--name=value` in two.
fn split(word: &OsStr) -> (&OsStr, Option<&OsStr>) {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        let bytes = word.as_bytes();
        if let Some(at) = bytes.iter().position(|b| *b == b'=') {
            let part = OsStr::from_bytes;
            return (part(&bytes[..at]), Some(part(&bytes[at + 1..])));
        }
    }
    #[cfg(not(unix))]
    if let Some((name, value)) = word.to_str().and_then(|word| word.split_once('=')) {
        return (OsStr::new(name), Some(OsStr::new(value)));
    }
    (word, None)
}

fn is_called(flag: &FlagInfo, name: &str) -> bool {
    let mut letters = name.strip_prefix('-').unwrap_or("").chars();
    flag.long == name
        || (flag.short.is_some() && flag.short == letters.next() && letters.next().is_none())
}

fn text(word: OsString, info: &CommandInfoWithArgs) -> Result<String> {
    word.into_string().map_err(|word| not_text(&word, info))
}

fn not_text(word: &OsStr, info: &CommandInfoWithArgs) -> Error {
    let shown: String = word.as_encoded_bytes().escape_ascii().to_string();
    let said = format!("\"{shown}\" is not UTF-8; give a file another name, or name a link to it");
    usage(&said, info)
}

fn no_command(word: &OsStr, all: &CommandInfoWithArgs) -> Error {
    let word = word.to_string_lossy();
    let meant = nearest(&word, all.commands.iter().map(|command| command.name));
    let said = format!("there is no command {word:?}");
    usage(&with(said, meant), all)
}

/// `name` is no option of `info`, which is a command, or `all` of them.
fn no_option(name: &str, info: &CommandInfoWithArgs, all: &CommandInfoWithArgs) -> Error {
    let name = name.split('=').next().unwrap_or(name);
    let said = format!("there is no option {name:?}");
    let owner = all.commands.iter().find(|command| {
        let mut flags = command.command.flags.iter();
        flags.any(|flag| is_called(flag, name))
    });
    // Before a command it may be one of that, or of the one that needs no name.
    if let (Some(owner), false) = (owner, info.commands.is_empty()) {
        let said = format!(
            "{said} before a command; write {} {} {name}",
            program(),
            owner.name
        );
        return usage(&said, all);
    }
    let long = info.flags.iter().map(|flag| flag.long);
    let words = long.chain([HELP[0], VERSION[0]]);
    usage(&with(said, nearest(name, words)), info)
}

fn with(said: String, meant: Option<&str>) -> String {
    match meant {
        Some(meant) => format!("{said}; did you mean {meant}?"),
        None => said,
    }
}
