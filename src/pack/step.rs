//! A step: one go command, where it runs and on which files.

use std::fmt;
use std::path::PathBuf;

use super::platform::Platform;

/// Where a step runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Workdir {
    /// In a folder of the project with this number.
    Project(usize, PathBuf),
    /// In an empty module, which belongs to the step with this number alone.
    Scratch(usize),
}

/// On which go.mod, go.sum and go.work a step runs; never on those of the project itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Files {
    /// On copies of its own: what a user would see who types the command in the project.
    Fresh,
    /// On copies that are brought up to date on the way (`-mod=mod`), as far as go allows that.
    Updated,
    /// On copies that all typed lines share, since one may need what another changed.
    Shared,
}

/// One go command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The words after `go`, as they would be typed.
    pub words: Vec<String>,
    /// Further flags, which concern only where things are written or what is printed.
    pub flags: Vec<String>,
    /// Where it runs.
    pub workdir: Workdir,
    /// That folder, as seen from the project's own; empty for that itself and for no project.
    pub folder: String,
    /// What it builds for, where that is said.
    pub platform: Option<Platform>,
    /// On which files.
    pub files: Files,
    /// True where it runs as on a host without a C compiler, whatever this one has.
    pub without_cgo: bool,
}

/// The flag that keeps the folders of this host out of what is compiled, so that it fits on others.
pub const TRIMPATH: &str = "-trimpath";

impl Step {
    /// The command as it would be typed, without its platform.
    pub fn command(&self) -> String {
        line_of(&self.words)
    }

    /// This step without [`TRIMPATH`] among its further flags; none where it is not there.
    pub fn untrimmed(&self) -> Option<Step> {
        let mut plain = self.clone();
        plain.flags.retain(|flag| flag != TRIMPATH);
        (plain != *self).then_some(plain)
    }

    /// True where go is to tell what it compiles: other commands start go commands of their own, and what
    /// another go.mod names may be anybody's.
    pub fn tells_hashes(&self) -> bool {
        let mut words = self.words.iter();
        self.compiles() && !words.any(|word| flag_name(word) == Some("modfile"))
    }

    /// True where it compiles packages.
    pub fn compiles(&self) -> bool {
        let first = self.words.first().map_or("", String::as_str);
        ["build", "install", "vet", "test"].contains(&first)
    }

    /// True where it runs what it compiles.
    pub fn runs_tests(&self) -> bool {
        is_test(&self.words)
    }

    /// All words after `go`, with the further flags behind those that name the command.
    pub fn all_words(&self) -> Vec<&str> {
        let named = match self.words.first().map(String::as_str) {
            Some("mod" | "work") => 2.min(self.words.len()),
            _ => 1.min(self.words.len()),
        };
        let (names, rest) = self.words.split_at(named);
        let all = names.iter().chain(&self.flags).chain(rest);
        all.map(String::as_str).collect()
    }
}

/// True for the `words` of a go command that runs what it compiles.
pub fn is_test(words: &[String]) -> bool {
    words.first().is_some_and(|word| word == "test")
}

/// The `words` of a go command as it would be typed.
pub fn line_of(words: &[String]) -> String {
    let words = words.iter().map(|word| {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"./@:=_-+^$,~%".contains(&b);
        if !word.is_empty() && word.bytes().all(plain) {
            word.clone()
        } else {
            format!("'{word}'")
        }
    });
    let words: Vec<String> = std::iter::once("go".to_string()).chain(words).collect();
    words.join(" ")
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let platform = self.platform.as_ref().map(ToString::to_string);
        let platform = platform.unwrap_or_default();
        if self.without_cgo {
            f.write_str("CGO_ENABLED=0 ")?;
        }
        f.write_str(&told(&self.command(), &self.folder, &platform))
    }
}

/// A command with where it runs and what for, each of which may be empty.
pub fn told(command: &str, folder: &str, platform: &str) -> String {
    let at = [folder, platform]
        .into_iter()
        .filter(|part| !part.is_empty());
    match at.collect::<Vec<_>>().as_slice() {
        [] => command.to_string(),
        at => format!("{command} ({})", at.join(", ")),
    }
}

/// The name of the flag that a word is, without its dashes and its value; none for another word.
pub fn flag_name(word: &str) -> Option<&str> {
    let flag = word.strip_prefix('-')?;
    flag.strip_prefix('-').unwrap_or(flag).split('=').next()
}

/// The words of a command line that was typed, without `go`; none if it is no go command. They
/// are split at blanks; quotes hold words with blanks together, and nothing else has a meaning.
pub fn words_of_line(line: &str) -> Option<Vec<String>> {
    let mut words = split(line)?;
    (words.len() > 1 && words[0] == "go").then(|| words.split_off(1))
}

fn split(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in line.chars() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, ' ' | '\t') => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_what_is_typed_and_runs_with_more() {
        let step = Step {
            words: ["mod", "vendor", "-e"].map(String::from).to_vec(),
            flags: ["-o", "/tmp/x"].map(String::from).to_vec(),
            workdir: Workdir::Scratch(0),
            folder: "tools".into(),
            platform: None,
            files: Files::Fresh,
            without_cgo: false,
        };
        assert_eq!(step.to_string(), "go mod vendor -e (tools)");
        assert_eq!(step.all_words(), ["mod", "vendor", "-o", "/tmp/x", "-e"]);
        let quoted = Step {
            words: ["test", "-run", "a b"].map(String::from).to_vec(),
            ..step
        };
        assert_eq!(quoted.command(), "go test -run 'a b'");
    }

    #[test]
    fn splits_a_typed_command() {
        let words = |line| words_of_line(line);
        assert_eq!(
            words("go test -run '^$ x' ./..."),
            Some(vec![
                "test".into(),
                "-run".into(),
                "^$ x".into(),
                "./...".into()
            ])
        );
        assert_eq!(
            words("go  list ''"),
            Some(vec!["list".into(), String::new()])
        );
        assert_eq!(
            words(r"go test -run Test\d+ .\x #y"),
            Some(
                ["test", "-run", r"Test\d+", r".\x", "#y"]
                    .map(String::from)
                    .to_vec()
            )
        );
        for wrong in ["", "go", "make x", "go list 'x"] {
            assert_eq!(words(wrong), None, "{wrong}");
        }
    }
}
