//! Running go commands: with caches of their own, on copies of a project's files.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use gocache::log;

use super::copies;
use super::platform::Platform;
use super::project::{Project, Vars};
use super::said::reason;
use super::step::{Files, Step, Workdir};
use super::steps::VENDOR;
use crate::client::goenv::GoEnv;
use crate::client::place::hidden;
use crate::error::{Context, Error, Result};
use crate::process::cleanup;
use crate::process::sandbox::{NOT_ENTERED, Sandbox};
use crate::terminal::printable::printable;
use crate::terminal::progress::{Verbosity, say, verbosity};

/// Runs steps with caches of its own.
#[derive(Debug, Clone)]
pub struct Runner<'a> {
    /// The go command.
    pub go: &'a Path,
    /// Its settings.
    pub env: &'a GoEnv,
    /// The projects, by number.
    pub projects: &'a [Project],
    /// The folder for GOPATH and everything that is copied or made.
    pub root: PathBuf,
    /// Where modules come from, and what else is set.
    pub vars: Vars,
    /// What is never shown: the logins of the user's settings.
    pub secrets: Vec<String>,
    /// The network that they run in, where it is not the host's.
    pub sandbox: Option<&'a Sandbox>,
    /// True where go is to tell its hashes as well.
    pub tells_hashes: bool,
}

/// How a step ended.
#[derive(Debug, Clone)]
pub struct Ran {
    /// True for an exit code of 0.
    pub ok: bool,
    /// What go printed.
    pub stdout: String,
    /// What go said.
    pub stderr: String,
    /// What it told of its hashes, where it was to do that.
    pub hashes: String,
}

impl Ran {
    /// All that it printed.
    pub fn said(&self) -> String {
        format!("{}\n{}", self.stderr, self.stdout)
    }

    /// Why it failed, in go's words, in one line; empty where it did not.
    pub fn reason(&self, runner: &Runner<'_>) -> String {
        if self.ok {
            return String::new();
        }
        // The folders of this run tell nobody anything, and are others in the next.
        let mut text = without_copies(&without_folder(&self.said(), &runner.root));
        for project in runner.projects {
            // Where it lies is this host's own.
            let dir = project.shape.dir.display();
            text = text
                .replace(&format!("{dir}/"), "")
                .replace(&dir.to_string(), ".");
        }
        reason(&text)
    }
}

/// Tells a copy by the name of the file that it is of: `go.mod`, not `copies/0-fresh/8fb8…/go.mod`.
fn without_copies(text: &str) -> String {
    let (mut left, mut rest) = (String::new(), text);
    while let Some(at) = rest.find("copies/") {
        let parts: Vec<&str> = rest[at..].splitn(4, '/').collect();
        let [copies, _, name, after] = parts[..] else {
            break;
        };
        let made = name.len() == 16 && name.bytes().all(|b| b.is_ascii_hexdigit());
        left += &rest[..at];
        if !made {
            left += copies;
            rest = &rest[at + copies.len()..];
            continue;
        }
        rest = after;
    }
    left + rest
}

/// Leaves out the folder, however go tells it: from the root, or as seen from a folder near it.
fn without_folder(text: &str, folder: &Path) -> String {
    let names: Vec<_> = folder.iter().rev().take(2).collect();
    let [last, parent] = names[..] else {
        return text.to_string();
    };
    let (rooted, mut left) = (format!("{}/", folder.display()), text.to_string());
    let tail = format!("{}/{}/", parent.display(), last.display());
    while let Some(at) = left.find(&tail) {
        let end = at + tail.len();
        let before = left[..end].strip_suffix(&rooted);
        // A folder from the root may have blanks in its name.
        let begin = match before.filter(|before| !before.ends_with('.')) {
            Some(before) => before.len(),
            None => left[..at]
                .rfind(|c: char| c.is_whitespace() || c == '"')
                .map_or(0, |blank| blank + 1),
        };
        left.replace_range(begin..end, "");
    }
    left
}

/// True where what is compiled for `platform`, or for what `env` says, is for the host of the go command.
fn is_for_host(platform: Option<&Platform>, env: &GoEnv) -> bool {
    let set = || (env.get("GOOS"), env.get("GOARCH"));
    let target = platform.map_or_else(set, |p| (&p.os, &p.arch));
    target == (env.get("GOHOSTOS"), env.get("GOHOSTARCH"))
}

impl Runner<'_> {
    /// Runs one step to its end.
    ///
    /// # Errors
    /// The command cannot be started at all.
    pub fn run(&self, step: &Step) -> Result<Ran> {
        let (dir, mut vars, words) = self.prepare(step)?;
        if let Some(platform) = &step.platform {
            vars.push(("GOOS".into(), platform.os.clone()));
            vars.push(("GOARCH".into(), platform.arch.clone()));
        }
        if step.without_cgo {
            vars.push(("CGO_ENABLED".into(), "0".into()));
        }
        let tells_hashes = self.tells_hashes && step.tells_hashes();
        if tells_hashes {
            let debug = std::env::var("GODEBUG").unwrap_or_default();
            vars.push(("GODEBUG".into(), log::with_setting(&debug)));
        }
        let vendor = self.root.join("vendor");
        let mut command = match self.sandbox {
            Some(sandbox) => sandbox.command(self.go.as_os_str()),
            None => Command::new(self.go),
        };
        command
            .args(words)
            .current_dir(&dir)
            .env("PWD", &dir)
            .env("GOPATH", &self.root)
            .env("GOMODCACHE", self.mod_cache())
            .envs(self.vars.iter().chain(&vars).map(|(n, v)| (n, v)))
            .stdin(Stdio::null());
        // Else go may find one in its files, for programs of the user. Programs for another platform it puts
        // below GOPATH, or refuses where it finds one.
        match is_for_host(step.platform.as_ref(), self.env) {
            true => command.env("GOBIN", self.root.join("bin")),
            false => command.env_remove("GOBIN"),
        };
        let output =
            cleanup::output(&mut command).context(format!("cannot run {}", self.go.display()))?;
        // Written by the vendor steps; the next one wants the place empty.
        if vendor.exists() {
            cleanup::remove(&vendor).context(vendor.display())?;
        }
        if self.sandbox.is_some() && output.status.code() == Some(i32::from(NOT_ENTERED)) {
            let said = String::from_utf8_lossy(&output.stderr);
            let text = format!("cannot run go in a network of its own: {}", said.trim());
            return Err(Error::new(text));
        }
        let text = |bytes: &[u8]| hidden(&String::from_utf8_lossy(bytes), &self.secrets);
        let (hashes, said) = match tells_hashes {
            true => log::split(&String::from_utf8_lossy(&output.stderr)),
            false => (
                String::new(),
                String::from_utf8_lossy(&output.stderr).into(),
            ),
        };
        let ran = Ran {
            ok: output.status.success(),
            stdout: text(&output.stdout),
            stderr: hidden(&said, &self.secrets),
            hashes,
        };
        if verbosity() == Verbosity::Verbose && !ran.stderr.is_empty() {
            let lines = ran.stderr.trim_end().lines().map(printable);
            say(&lines.collect::<Vec<_>>().join("\n"));
        }
        Ok(ran)
    }

    /// The module cache that the steps fill.
    pub fn mod_cache(&self) -> PathBuf {
        self.root.join("pkg/mod")
    }

    /// Where the copies lie that a step of the project `number` runs on.
    pub fn copies(&self, number: usize, files: Files) -> PathBuf {
        let kind = match files {
            Files::Fresh => "fresh",
            Files::Updated => "updated",
            Files::Shared => "shared",
        };
        self.root.join(format!("copies/{number}-{kind}"))
    }

    fn prepare(&self, step: &Step) -> Result<(PathBuf, Vars, Vec<OsString>)> {
        let vendor = self.root.join("vendor");
        let mut words: Vec<OsString> = step.all_words().into_iter().map(Into::into).collect();
        for word in words.iter_mut().filter(|w| *w == VENDOR) {
            *word = vendor.clone().into();
        }
        match &step.workdir {
            Workdir::Project(number, dir) => {
                let project = self
                    .projects
                    .get(*number)
                    .ok_or_else(|| Error::new("no such project"))?;
                let at = self.copies(*number, step.files);
                if step.files == Files::Fresh && at.exists() {
                    cleanup::remove(&at).context(at.display())?;
                }
                // In a workspace tidy would write to the module itself.
                let alone = step.words.starts_with(&["mod".into(), "tidy".into()]);
                redirect(&mut words, dir, &at)?;
                let vars = project.vars(dir, alone, step.files, &at)?;
                Ok((dir.clone(), vars, words))
            }
            Workdir::Scratch(number) => {
                let dir = self.root.join(format!("scratch/{number}"));
                std::fs::create_dir_all(&dir).context(dir.display())?;
                let file = dir.join("go.mod");
                if !file.exists() {
                    std::fs::write(&file, "module gobag.scratch\n\ngo 1.21\n")
                        .context(file.display())?;
                }
                let vars = [("GOFLAGS", "-modcacherw -mod=mod"), ("GOWORK", "off")];
                let vars = vars.map(|(name, value)| (name.to_string(), value.to_string()));
                Ok((dir, vars.to_vec(), words))
            }
        }
    }
}

/// Puts a copy in the place of the file that `-modfile` names in a typed line, which go would
/// write to.
fn redirect(words: &mut [OsString], dir: &Path, copies: &Path) -> Result<()> {
    let mut next = false;
    for word in words {
        let text = word.to_string_lossy().into_owned();
        let flag = text.trim_start_matches('-');
        let file = match (next, flag.strip_prefix("modfile=")) {
            (true, _) => text.clone(),
            (false, Some(file)) if flag != text => file.to_string(),
            _ => String::new(),
        };
        next = flag != text && flag == "modfile";
        // Of one that is not there go says so itself.
        if !file.is_empty() && dir.join(&file).is_file() {
            let copy = copies::of_file(&dir.join(&file), copies)?;
            *word = format!(
                "{}{}",
                text.strip_suffix(&file).unwrap_or(""),
                copy.display()
            )
            .into();
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_for_the_host_is_known_by_its_go() {
        let platform = |text: &str| text.parse::<Platform>().unwrap();
        let here = platform("linux/amd64");
        for (named, os, arch, want) in [
            (None, "linux", "amd64", true),
            (None, "linux", "arm64", false),
            (Some("linux/amd64"), "plan9", "arm64", true),
            (Some("plan9/amd64"), "linux", "amd64", false),
        ] {
            let mut env = GoEnv::default();
            for (name, value) in [
                ("GOOS", os),
                ("GOARCH", arch),
                ("GOHOSTOS", &*here.os),
                ("GOHOSTARCH", &*here.arch),
            ] {
                env.set(name, value);
            }
            let named = named.map(platform);
            assert_eq!(
                is_for_host(named.as_ref(), &env),
                want,
                "{named:?} {os}/{arch}"
            );
        }
    }

    #[test]
    fn the_folder_of_a_run_is_not_told() {
        let folder = Path::new("/tmp/gobag-x1/record");
        for (text, want) in [
            ("open /tmp/gobag-x1/record/a: gone", "open a: gone"),
            ("go: ../tmp/gobag-x1/record/a b", "go: a b"),
            ("../gobag-x1/record/a", "a"),
            ("record/a", "record/a"),
        ] {
            assert_eq!(without_folder(text, folder), want, "{text}");
        }
    }

    #[test]
    fn a_copy_is_told_by_the_name_of_its_file() {
        for (text, want) in [
            ("copies/0-fresh/0123456789abcdef/go.mod:3: x", "go.mod:3: x"),
            (
                "at copies/1-shared/0123456789abcdef/go.work and",
                "at go.work and",
            ),
            ("copies/of/mine/p.go: x", "copies/of/mine/p.go: x"),
            ("copies/", "copies/"),
        ] {
            assert_eq!(without_copies(text), want);
        }
    }

    #[test]
    fn a_named_go_mod_is_copied_however_it_is_named() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("t.mod"), "module t.test\n").unwrap();
        let copies = dir.path().join("copies");
        for line in ["build -modfile=t.mod tool", "build --modfile t.mod tool"] {
            let mut words: Vec<OsString> = line.split(' ').map(Into::into).collect();
            redirect(&mut words, dir.path(), &copies).unwrap();
            let shown = words.join(std::ffi::OsStr::new(" "));
            let shown = shown.to_string_lossy();
            assert!(
                !shown.contains("t.mod") && shown.ends_with("/go.mod tool"),
                "{shown}"
            );
        }
    }
}
