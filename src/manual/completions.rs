//! What shells read to complete what is typed: commands, options, values that are a few words,
//! files and folders. All of it is made of what `--help` tells.
//!
//! The crate argh_complete was tried: it completes no value, takes a word such as `list` for the
//! command wherever it stands, and in bash completes no file behind an option.

mod bash;
mod fish;
#[cfg(test)]
mod tests;
mod zsh;

use std::str::FromStr;

use argh::{CommandInfoWithArgs, FlagInfo, FlagInfoKind, Optionality, PositionalInfo};

use crate::terminal::choice::choose;

/// A shell that can be told what to complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shell {
    /// GNU bash, 4 or newer.
    Bash,
    /// zsh.
    Zsh,
    /// fish, 3 or newer.
    Fish,
}

impl FromStr for Shell {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let words = [
            ("bash", Shell::Bash),
            ("zsh", Shell::Zsh),
            ("fish", Shell::Fish),
        ];
        choose(text, &words)
    }
}

/// What `shell` reads to complete `all` commands.
pub fn script(shell: Shell, all: &CommandInfoWithArgs) -> String {
    match shell {
        Shell::Bash => bash::script(all),
        Shell::Zsh => zsh::script(all),
        Shell::Fish => fish::script(all),
    }
}

/// What may stand where a value does.
#[derive(Debug, PartialEq, Eq)]
enum Value<'a> {
    /// Nothing that a shell could know.
    Any,
    /// A file.
    File,
    /// A folder.
    Folder,
    /// One of these.
    Word(Vec<&'a str>),
    /// A command with its own arguments.
    Command,
}

/// What may follow an option; none where it takes no value.
fn value_of<'a>(flag: &FlagInfo<'a>) -> Option<Value<'a>> {
    match flag.kind {
        FlagInfoKind::Switch => None,
        FlagInfoKind::Option { arg_name } => Some(value(arg_name, flag.description)),
    }
}

/// What stands where no option does. All words of a command are of one kind.
fn word_of(info: &CommandInfoWithArgs) -> Value<'_> {
    let of = |word: &PositionalInfo<'static>| match word.optionality {
        Optionality::Greedy => Value::Command,
        _ => value(word.name, word.description),
    };
    info.positionals.first().map_or(Value::Any, of)
}

/// A value by the name that help gives it, or by the words that it tells of.
fn value<'a>(name: &str, description: &'a str) -> Value<'a> {
    let words = words(description);
    match name {
        _ if !words.is_empty() => Value::Word(words),
        "file" | "bag" | "older" | "newer" => Value::File,
        "dir" | "dir=module" | "project" => Value::Folder,
        _ => Value::Any,
    }
}

/// The words of `…: this, that or another (…)`.
fn words(description: &str) -> Vec<&str> {
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let is_word = |word: &&str| !word.is_empty() && word.chars().all(is_part);
    for rest in description.split(": ").skip(1) {
        let list = rest.split(['(', ';', '.']).next().unwrap_or_default();
        let parts = list.trim().split(", ").flat_map(|part| part.split(" or "));
        let words: Vec<&str> = parts.collect();
        if words.len() > 1 && words.iter().all(is_word) {
            return words;
        }
    }
    Vec::new()
}

/// A description as far as its first thought goes.
fn brief(description: &str) -> &str {
    let ends = ["; ", ": ", " (", ". ", ", "];
    let end = ends.iter().filter_map(|end| description.find(end)).min();
    let text = &description[..end.unwrap_or(description.len())];
    text.strip_suffix('.').unwrap_or(text)
}

/// The long name of an option without its dashes, and its letter.
fn names<'a>(flag: &FlagInfo<'a>) -> (&'a str, Option<char>) {
    let long = flag.long.strip_prefix("--").unwrap_or(flag.long);
    let help = (long == "help").then_some('h');
    (long, flag.short.or(help))
}

/// True where an option may be given again.
fn repeats(flag: &FlagInfo) -> bool {
    matches!(flag.optionality, Optionality::Repeating)
}
