//! How this program was called, so that a remedy can be pasted where the doctor was asked.

use std::path::{Path, absolute};

use super::finding::Finding;
use crate::client::shell::quoted;

/// What a person types to call this program, and to be where the project is.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Called {
    /// The program: `./app-bag`.
    program: String,
    /// The folder to go to first, where the project lies in another one.
    folder: Option<String>,
}

impl Called {
    /// As this process was, with a project in the folder `project` unless it is in this one.
    pub fn here(project: Option<&Path>) -> Self {
        let typed = std::env::args_os().next().filter(|typed| !typed.is_empty());
        let typed = typed.map_or("gobag".to_string(), |typed| typed.display().to_string());
        let project = project.filter(|folder| absolute(folder).ok() != absolute(".").ok());
        Self::of(&typed, project)
    }

    fn of(typed: &str, project: Option<&Path>) -> Self {
        // In another folder it is found by its whole name, and one on PATH anywhere.
        let whole = project.filter(|_| typed.contains('/'));
        let whole = whole.and_then(|_| absolute(typed).ok());
        let program = whole.map_or(typed.to_string(), |whole| whole.display().to_string());
        Called {
            program: quoted(&program),
            folder: project.map(|folder| quoted(&folder.display().to_string())),
        }
    }

    /// The text with this program's name, where it says `gobag` and a command.
    pub fn told(&self, text: &str) -> String {
        let there = match &self.folder {
            Some(folder) => format!("cd {folder} && "),
            None => String::new(),
        };
        let program = &self.program;
        let mut text = text.replace("gobag exec -", &format!("{there}{program} exec -"));
        for command in ["exec", "env", "serve", "version"] {
            // At the begin of a word: this program's own name may end so as well.
            for before in ["", " ", "("] {
                let (from, to) = (
                    format!("{before}gobag {command}"),
                    format!("{before}{program} {command}"),
                );
                text = match before {
                    "" => text
                        .strip_prefix(&from)
                        .map_or(text.clone(), |rest| to + rest),
                    _ => text.replace(&from, &to),
                };
            }
        }
        // What go alone does to the project.
        match text.starts_with("go mod ") || text.starts_with("go work ") {
            true => there + &text,
            false => text,
        }
    }

    /// The finding in these words.
    pub fn finding(&self, finding: Finding) -> Finding {
        finding.map(|text| self.told(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_those_that_were_typed() {
        let here = Called::of("./app-bag", None);
        for (text, want) in [
            ("gobag exec -- go mod tidy", "./app-bag exec -- go mod tidy"),
            ("eval \"$(gobag env)\"", "eval \"$(./app-bag env)\""),
            ("or gobag exec", "or ./app-bag exec"),
            ("go mod tidy", "go mod tidy"),
            ("a gobag is packed", "a gobag is packed"),
        ] {
            assert_eq!(here.told(text), want);
        }
        let there = Called::of("/b/my gobag", Some(Path::new("an app")));
        for (text, want) in [
            (
                "take x: gobag exec -- go get x",
                "take x: cd 'an app' && '/b/my gobag' exec -- go get x",
            ),
            ("gobag serve", "'/b/my gobag' serve"),
            ("go mod tidy", "cd 'an app' && go mod tidy"),
        ] {
            assert_eq!(there.told(text), want);
        }
        assert_eq!(Called::of("gobag", Some(Path::new("a"))).program, "gobag");
    }
}
