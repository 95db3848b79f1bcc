//! What was typed, arranged as the parser of arguments takes it: `--option=value` in two words,
//! `-h` and `-V` wherever options stand, and a mistyped word named with what was meant.

#[cfg(test)]
mod tests;

use std::ffi::{OsStr, OsString};

use argh::{CommandInfoWithArgs, FlagInfo, FlagInfoKind, Optionality, SubCommandInfo};

use crate::error::{Error, Result};
use crate::terminal::called::program;
use crate::terminal::nearest::nearest;

const HELP: [&str; 2] = ["--help", "-h"];
const VERSION: [&str; 2] = ["--version", "-V"];

/// What stands before every path may be nothing.
const MAY_BE_EMPTY: [&str; 1] = ["--base-path"];

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
/// A command or an option that there is not, a value where there is none, or a word that is
/// empty or not UTF-8.
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
        match value {
            None if HELP.contains(&name) => {
                words.known = vec![command.name.into(), HELP[0].into()];
                return Ok(words);
            }
            None if VERSION.contains(&name) => return Ok(version_of_this()),
            Some(_) if is_bare(name) => return Err(no_value(name, info)),
            _ => {}
        }
        let flag = info.flags.iter().find(|flag| is_called(flag, name));
        let flag = flag.ok_or_else(|| no_option(name, info, all))?;
        let takes = matches!(flag.kind, FlagInfoKind::Option { .. });
        words.known.push(name.into());
        match (takes, value) {
            (false, None) => {}
            (false, Some(_)) => return Err(no_value(name, info)),
            (true, value) => {
                let value = value.map(OsStr::to_owned).or_else(|| typed.next());
                let value = value.ok_or_else(|| usage(&format!("{name} lacks a value"), info))?;
                if value.is_empty() && !MAY_BE_EMPTY.contains(&name) {
                    let said = format!("{name} has an empty value; name one, or leave it out");
                    return Err(usage(&said, info));
                }
                words.known.push(in_utf8(value, info)?);
            }
        }
    }
    Ok(words)
}

/// What the parser says of the words `known` that it refuses, in a line: which option it is, and what is wrong with
/// its value.
pub fn refused(said: &str, known: &[&str]) -> String {
    let of = |begin: &str| {
        let (name, rest) = said.strip_prefix(begin)?.split_once("' with value '")?;
        let after = |word: &&str| rest.strip_prefix(*word)?.strip_prefix("': ");
        // A value may hold what ends it; and may begin with another word.
        let why = known.iter().filter_map(after).min_by_key(|why| why.len())?;
        Some(match why.trim() {
            "duplicate values provided" => format!("{name} is named twice; leave one out"),
            why => format!("{name}: {why}"),
        })
    };
    let begins = [
        "Error parsing option '",
        "Error parsing positional argument '",
    ];
    let text = begins.into_iter().find_map(of);
    let text = text.unwrap_or_else(|| said.to_string());
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join(" ")
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

/// True for `--help`, `--version` and their letters.
fn is_bare(name: &str) -> bool {
    HELP.contains(&name) || VERSION.contains(&name)
}

fn no_value(name: &str, info: &CommandInfoWithArgs) -> Error {
    let said = format!("{name} takes no value; leave out what follows it");
    usage(&said, info)
}

fn text(word: OsString, info: &CommandInfoWithArgs) -> Result<String> {
    if word.is_empty() {
        return Err(usage("an empty word names nothing; leave it out", info));
    }
    in_utf8(word, info)
}

fn in_utf8(word: OsString, info: &CommandInfoWithArgs) -> Result<String> {
    word.into_string().map_err(|word| not_text(&word, info))
}

fn not_text(word: &OsStr, info: &CommandInfoWithArgs) -> Error {
    let shown: String = word.as_encoded_bytes().escape_ascii().to_string();
    let said = format!("\"{shown}\" is not UTF-8; give a file another name, or name a link to it");
    usage(&said, info)
}

fn no_command(word: &OsStr, all: &CommandInfoWithArgs) -> Error {
    let word = word.to_string_lossy();
    let names = all.commands.iter().map(|command| command.name);
    let meant = nearest(&word, names.chain(["help"]));
    let said = format!("there is no command {word:?}");
    usage(&with(said, meant), all)
}

/// `name` is no option of `info`, which is a command, or `all` of them.
fn no_option(name: &str, info: &CommandInfoWithArgs, all: &CommandInfoWithArgs) -> Error {
    let name = name.split('=').next().unwrap_or(name);
    if is_bare(name) {
        return no_value(name, info);
    }
    let said = format!("there is no option {name:?}");
    let long = info.flags.iter().map(|flag| flag.long);
    let words = long.chain([HELP[0], VERSION[0]]);
    if info.commands.is_empty() {
        return usage(&with(said, nearest(name, words)), info);
    }
    // Before a command it may be one of that, or of the one that needs no name.
    let owner_of = |name: &str| {
        let flags = |command: &&SubCommandInfo| {
            let mut flags = command.command.flags.iter();
            flags.any(|flag| is_called(flag, name))
        };
        all.commands.iter().find(flags)
    };
    let write = |option: &str, owner: &SubCommandInfo| {
        let program = program();
        format!(
            "{said} before a command; write {program} {} {option}",
            owner.name
        )
    };
    if let Some(owner) = owner_of(name) {
        return usage(&write(name, owner), all);
    }
    let names = all.commands.iter().map(|command| command.name);
    let commands: Vec<String> = names.map(|name| format!("--{name}")).collect();
    let flags = all.commands.iter().flat_map(|c| c.command.flags.iter());
    let flags = flags.map(|flag| flag.long);
    let mut words: Vec<&str> = words.collect();
    words.extend(commands.iter().map(String::as_str).chain(flags));
    let meant = nearest(name, words);
    let is_command = meant.is_some_and(|meant| commands.iter().any(|name| name == meant));
    match meant {
        Some(meant) if !is_bare(meant) && is_command => {
            usage(&with(said, meant.strip_prefix("--")), all)
        }
        Some(meant) => match owner_of(meant) {
            Some(owner) => usage(&write(meant, owner), all),
            None => usage(&with(said, Some(meant)), all),
        },
        None => usage(&said, all),
    }
}

fn with(said: String, meant: Option<&str>) -> String {
    match meant {
        Some(meant) => format!("{said}; did you mean {meant}?"),
        None => said,
    }
}
