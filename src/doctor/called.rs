//! How this program was called, so that a remedy can be pasted where the doctor was asked.

use std::ffi::OsStr;
use std::path::{Path, PathBuf, absolute};

use super::finding::Finding;
use crate::terminal::called::argument;
use crate::terminal::quoted::quoted_os;

/// What a person types to call this program, and to be where the project is.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Called {
    /// The program: `./app-bag`.
    program: String,
    /// The folder to go to first, where the project lies in another one.
    folder: Option<String>,
    /// `--with FILE ` for each older bag.
    with: String,
}

impl Called {
    /// As this process was, with a project in the folder `project` unless it is in this one, and
    /// the older bags `with`.
    pub fn here(project: Option<&Path>, with: &[PathBuf]) -> Self {
        let typed = std::env::args_os().next().filter(|typed| !typed.is_empty());
        let typed = typed.unwrap_or_else(|| "gobag".into());
        let project = project.filter(|folder| absolute(folder).ok() != absolute(".").ok());
        Self::of(&typed, project, with)
    }

    fn of(typed: &OsStr, project: Option<&Path>, with: &[PathBuf]) -> Self {
        // In another folder a file is found by its whole name, and a program on PATH anywhere.
        let there = |file: &Path| {
            let whole = project.and_then(|_| absolute(file).ok());
            argument(whole.as_deref().unwrap_or(file))
        };
        let typed = Path::new(typed);
        let with = with.iter().map(|file| format!("--with {} ", there(file)));
        Called {
            program: match typed.components().count() {
                1 => quoted_os(typed.as_os_str()),
                _ => there(typed),
            },
            folder: project.map(argument),
            with: with.collect(),
        }
    }

    /// The text with this program's name, where it says `gobag` and a command.
    pub fn told(&self, text: &str) -> String {
        let there = match &self.folder {
            Some(folder) => format!("cd {folder} && "),
            None => String::new(),
        };
        let program = &self.program;
        let exec = format!("{there}{program} exec {}-", self.with);
        let mut text = text.replace("gobag exec -", &exec);
        let folder = self.folder.as_deref().unwrap_or("");
        let build = format!("{program} doctor {}--build {folder}", self.with);
        text = text.replace("gobag doctor --build", build.trim_end());
        // The ones that are typed: where a text goes on, it tells of the command.
        for command in ["env", "serve"] {
            for end in [")", ","] {
                let (from, with) = (format!("gobag {command}{end}"), self.with.trim_end());
                let to = format!("{program} {command} {with}");
                text = text.replace(&from, &(to.trim_end().to_string() + end));
            }
        }
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
        let here = Called::of("./app-bag".as_ref(), None, &[]);
        for (text, want) in [
            ("gobag exec -- go mod tidy", "./app-bag exec -- go mod tidy"),
            ("eval \"$(gobag env)\"", "eval \"$(./app-bag env)\""),
            ("or gobag exec", "or ./app-bag exec"),
            ("gobag doctor --build", "./app-bag doctor --build"),
            ("go mod tidy", "go mod tidy"),
            ("a gobag is packed", "a gobag is packed"),
        ] {
            assert_eq!(here.told(text), want);
        }
        let app = Some(Path::new("an app"));
        let there = Called::of("/b/my gobag".as_ref(), app, &["/b/old".into()]);
        for (text, want) in [
            (
                "take x: gobag exec -- go get x",
                "take x: cd 'an app' && '/b/my gobag' exec --with /b/old -- go get x",
            ),
            ("gobag serve does not", "'/b/my gobag' serve does not"),
            (
                "# or gobag serve, and eval \"$(gobag env)\"",
                "# or '/b/my gobag' serve --with /b/old, and eval \"$('/b/my gobag' env --with /b/old)\"",
            ),
            (
                "# as gobag exec and gobag env do",
                "# as '/b/my gobag' exec and '/b/my gobag' env do",
            ),
            (
                "gobag doctor --build compiles",
                "'/b/my gobag' doctor --with /b/old --build 'an app' compiles",
            ),
            ("go mod tidy", "cd 'an app' && go mod tidy"),
        ] {
            assert_eq!(there.told(text), want);
        }
        assert_eq!(Called::of("gobag".as_ref(), app, &[]).program, "gobag");
        // What begins as an option does is no option.
        let with = ["-old".into(), "./-older".into()];
        let dashed = Called::of("-x/bag".as_ref(), None, &with);
        assert_eq!(
            dashed.told("gobag exec -- go list"),
            "./-x/bag exec --with ./-old --with ./-older -- go list"
        );
        let dashed = Called::of("gobag".as_ref(), Some(Path::new("-app")), &[]);
        assert_eq!(dashed.told("go mod tidy"), "cd ./-app && go mod tidy");
        let built = "gobag doctor --build ./-app";
        assert_eq!(dashed.told("gobag doctor --build"), built);
    }
}
