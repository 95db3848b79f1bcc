//! Steps: which go commands a profile runs.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use crate::terminal::choice::choose;

/// How much of a project a bag is to hold.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Profile {
    /// What `go build ./...` needs.
    Build,
    /// In addition, what `go vet ./...` and `go test ./...` need.
    Test,
    /// In addition, what tidy, vendor, list and download need, with all tools.
    #[default]
    Full,
}

impl FromStr for Profile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let words = [
            ("build", Profile::Build),
            ("test", Profile::Test),
            ("full", Profile::Full),
        ];
        choose(text, &words)
    }
}

/// What a program is built for: GOOS and GOARCH.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Platform {
    /// The operating system, as GOOS has it.
    pub os: String,
    /// The processor, as GOARCH has it.
    pub arch: String,
}

impl FromStr for Platform {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let word = |w: &str| {
            !w.is_empty()
                && w.bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        };
        match text.split_once('/') {
            Some((os, arch)) if word(os) && word(arch) => Ok(Platform {
                os: os.into(),
                arch: arch.into(),
            }),
            _ => Err(format!(
                "{text:?} is no platform; write os/arch, such as linux/amd64"
            )),
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.arch)
    }
}

/// Where a step runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Workdir {
    /// In a folder of the project with this number.
    Project(usize, PathBuf),
    /// In an empty module, which belongs to the step with this number alone.
    Scratch(usize),
}

/// One go command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The words after `go`.
    pub words: Vec<String>,
    /// Where it runs.
    pub workdir: Workdir,
    /// What it builds for, where that is said.
    pub platform: Option<Platform>,
    /// True for a command that may fail, since not every project allows it.
    pub may_fail: bool,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "go {}", self.words.join(" "))?;
        match &self.platform {
            Some(platform) => write!(f, " ({platform})"),
            None => Ok(()),
        }
    }
}

/// A project, as far as its steps depend on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// Which project of the order it is, from 0.
    pub number: usize,
    /// Where it was named.
    pub dir: PathBuf,
    /// The folders of its modules; several in a workspace.
    pub modules: Vec<PathBuf>,
    /// True for a workspace (go.work).
    pub workspace: bool,
    /// True when a module has `tool` lines.
    pub tools: bool,
}

/// Where go writes a program that is built for its dependencies alone.
const NOWHERE: &str = if cfg!(windows) { "NUL" } else { "/dev/null" };

/// The steps that record a project, or prove it.
pub fn of_project(shape: &Shape, profile: Profile, platforms: &[Platform]) -> Vec<Step> {
    let mut steps = Vec::new();
    for dir in &shape.modules {
        let mut add = |words: &[&str], platform: Option<&Platform>, may_fail| {
            steps.push(Step {
                words: words.iter().map(|w| w.to_string()).collect(),
                workdir: Workdir::Project(shape.number, dir.clone()),
                platform: platform.cloned(),
                may_fail,
            });
        };
        if profile == Profile::Full {
            add(&["mod", "download", "all"], None, false);
            // A module of a workspace may need its neighbours, which tidy does not see.
            add(&["mod", "tidy"], None, shape.workspace);
        }
        for platform in platforms {
            add(&["build", "-o", NOWHERE, "./..."], Some(platform), false);
            if profile >= Profile::Test {
                add(&["vet", "./..."], Some(platform), false);
            }
        }
        if profile == Profile::Full {
            let vendor = if shape.workspace { "work" } else { "mod" };
            add(&[vendor, "vendor", "-o", VENDOR], None, false);
            add(&["list", "-m", "all"], None, false);
            if shape.tools {
                add(&["build", "-o", NOWHERE, "tool"], None, false);
            }
        }
    }
    steps
}

/// Stands for a folder of the step's own, where `go mod vendor` writes.
pub const VENDOR: &str = "{vendor}";

/// The steps for a module that is to be at hand with all that it needs.
pub fn of_module(module: &str, number: usize) -> Vec<Step> {
    let path = module.split('@').next().unwrap_or(module);
    let packages = format!("{path}/...");
    [
        vec!["get", module],
        vec!["mod", "download", "all"],
        vec!["list", "-deps", &packages],
    ]
    .into_iter()
    .enumerate()
    .map(|(i, words)| scratch(&words, number, None, i == 2))
    .collect()
}

/// The steps for a program that `go install` is to build.
pub fn of_tool(package: &str, number: usize, platforms: &[Platform]) -> Vec<Step> {
    platforms
        .iter()
        .map(|p| scratch(&["install", package], number, Some(p), false))
        .collect()
}

/// The steps for a toolchain: `go1.27.3`.
pub fn of_toolchain(name: &str, number: usize, platforms: &[Platform]) -> Vec<Step> {
    let module = |p: &Platform| format!("golang.org/toolchain@v0.0.1-{name}.{}-{}", p.os, p.arch);
    platforms
        .iter()
        .map(|p| scratch(&["mod", "download", &module(p)], number, None, false))
        .collect()
}

/// The step for a command line that was typed; none if it is no go command. Words are split
/// at blanks; quotes hold words with blanks together, and nothing else has a meaning.
pub fn of_line(line: &str, workdir: Workdir) -> Option<Step> {
    let mut words = split(line)?;
    (words.len() > 1 && words[0] == "go").then(|| Step {
        words: words.split_off(1),
        workdir,
        platform: None,
        may_fail: false,
    })
}

fn scratch(words: &[&str], number: usize, platform: Option<&Platform>, may_fail: bool) -> Step {
    Step {
        words: words.iter().map(|w| w.to_string()).collect(),
        workdir: Workdir::Scratch(number),
        platform: platform.cloned(),
        may_fail,
    }
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

    fn lines(steps: &[Step]) -> Vec<String> {
        steps.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_profile_is_a_list_of_commands() {
        let shape = Shape {
            number: 0,
            dir: "app".into(),
            modules: vec!["app".into()],
            workspace: false,
            tools: true,
        };
        let linux: Platform = "linux/amd64".parse().unwrap();
        let arm: Platform = "darwin/arm64".parse().unwrap();
        let steps = |profile| lines(&of_project(&shape, profile, &[linux.clone(), arm.clone()]));
        assert_eq!(
            steps(Profile::Build),
            [
                format!("go build -o {NOWHERE} ./... (linux/amd64)"),
                format!("go build -o {NOWHERE} ./... (darwin/arm64)"),
            ]
        );
        assert_eq!(steps(Profile::Test).len(), 4);
        assert_eq!(
            steps(Profile::Full),
            [
                "go mod download all".to_string(),
                "go mod tidy".to_string(),
                format!("go build -o {NOWHERE} ./... (linux/amd64)"),
                "go vet ./... (linux/amd64)".to_string(),
                format!("go build -o {NOWHERE} ./... (darwin/arm64)"),
                "go vet ./... (darwin/arm64)".to_string(),
                "go mod vendor -o {vendor}".to_string(),
                "go list -m all".to_string(),
                format!("go build -o {NOWHERE} tool"),
            ]
        );
    }

    #[test]
    fn splits_a_typed_command() {
        let words = |line| of_line(line, Workdir::Scratch(0)).map(|s| s.words);
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

    #[test]
    fn refuses_words_that_are_no_platform() {
        for wrong in ["linux", "linux/", "/amd64", "Linux/amd64", "linux/amd64/v1"] {
            assert!(wrong.parse::<Platform>().is_err(), "{wrong}");
        }
    }
}
