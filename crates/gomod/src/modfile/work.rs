//! `go.work` files: which modules are worked on together. <https://go.dev/ref/mod#go-work-file>

use std::path::{Component, Path, PathBuf};

use super::directive::{Strictness, go, godebug, once, single, toolchain};
use super::error::{ModFileError, ModFileFault};
use super::quote::{auto_quote, parse_string};
use super::syntax;
use super::{Replace, argument};

/// What a `go.work` file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkFile {
    /// The Go version.
    pub go: Option<String>,
    /// The name of the suggested toolchain.
    pub toolchain: Option<String>,
    /// The directories of the modules, with slashes, relative to the file or rooted.
    pub uses: Vec<String>,
    /// What stands in for other modules, in all of the workspace.
    pub replace: Vec<Replace>,
    /// The settings for debugging, `key=value`.
    pub godebug: Vec<String>,
}

impl WorkFile {
    /// Reads a `go.work` file.
    ///
    /// # Errors
    /// The first line that is unknown or malformed.
    pub fn parse(text: &[u8]) -> Result<WorkFile, ModFileError> {
        let text = String::from_utf8_lossy(text);
        let mut file = WorkFile::default();
        for statement in syntax::parse(&text)? {
            if let Some(head) = &statement.head
                && !matches!(head.words[..], ["godebug" | "use" | "replace"])
            {
                return Err(ModFileFault::UnknownBlock(head.words.join(" ")).at(head.number));
            }
            for line in &statement.lines {
                let (verb, args) = statement.directive(line);
                file.add(verb, args)
                    .map_err(|fault| fault.at(line.number))?;
            }
        }
        Ok(file)
    }

    /// The text of a file that says the same in any folder as this one does in the folder `root`:
    /// it names all folders by paths from the root of the file system. None where one is no text.
    pub fn moved_from(&self, root: &Path) -> Option<String> {
        let there = |folder: &str| {
            // go cleans no rooted folder.
            let folder = match Path::new(folder).is_absolute() {
                true => PathBuf::from(folder),
                false => cleaned(&root.join(folder)),
            };
            folder.to_str().map(|text| auto_quote(text).into_owned())
        };
        let mut text = String::new();
        let lines = [("go", &self.go), ("toolchain", &self.toolchain)];
        for (verb, value) in lines {
            text.extend(value.iter().map(|value| format!("{verb} {value}\n")));
        }
        text.extend(self.godebug.iter().map(|line| format!("godebug {line}\n")));
        for folder in &self.uses {
            text += &format!("use {}\n", there(folder)?);
        }
        for replace in &self.replace {
            let version = |version: &Option<String>| match version {
                Some(version) => format!(" {version}"),
                None => String::new(),
            };
            let old = auto_quote(&replace.old_path).into_owned() + &version(&replace.old_version);
            let new = match &replace.new_version {
                Some(_) => auto_quote(&replace.new_path).into_owned(),
                None => there(&replace.new_path)?,
            };
            let new = new + &version(&replace.new_version);
            text += &format!("replace {old} => {new}\n");
        }
        Some(text)
    }

    /// The file with the sums of the workspace of the file `go_work`, whatever that is called.
    pub fn sums(go_work: &Path) -> PathBuf {
        let mut name = go_work.as_os_str().to_owned();
        name.push(".sum");
        name.into()
    }

    /// Whether this file, in the folder `root`, lists the module in the folder `module`. Both are
    /// paths from the root of the file system; no link is followed.
    ///
    /// Of a folder below a module that is not listed go says "current directory is contained in a
    /// module that is not one of the workspace modules listed in go.work".
    pub fn lists(&self, root: &Path, module: &Path) -> bool {
        let module = cleaned(module);
        self.folders(root).contains(&module)
    }

    /// The folders of the modules, where this file lies in the folder `root`: without `.` and `..`
    /// in them, as go has it.
    pub fn folders(&self, root: &Path) -> Vec<PathBuf> {
        let folders = self.uses.iter().map(|folder| cleaned(&root.join(folder)));
        folders.collect()
    }

    /// The folders that are listed more than once, each as it is first spelled: go refuses them.
    pub fn repeated(&self, root: &Path) -> Vec<&str> {
        let folders = self.folders(root);
        let again = |at: usize| folders[at + 1..].contains(&folders[at]);
        let first = |at: usize| !folders[..at].contains(&folders[at]);
        let all = self.uses.iter().enumerate();
        let found = all.filter(|(at, _)| first(*at) && again(*at));
        found.map(|(_, folder)| folder.as_str()).collect()
    }

    fn add(&mut self, verb: &str, args: &[&str]) -> Result<(), ModFileFault> {
        match verb {
            "go" => once(&mut self.go, "go", || go(args, Strictness::Strict)),
            "toolchain" => once(&mut self.toolchain, "toolchain", || toolchain(args)),
            "godebug" => {
                godebug(args)?;
                self.godebug.push(args.concat());
                Ok(())
            }
            "use" => {
                self.uses
                    .push(parse_string(single(args, "use ./directory")?)?);
                Ok(())
            }
            "replace" => {
                self.replace
                    .push(argument::replace(args, Strictness::Strict.versions())?);
                Ok(())
            }
            _ => Err(ModFileFault::UnknownDirective(verb.to_owned())),
        }
    }
}

/// The path without `.` and `..`, as far as its text tells (filepath.Clean); go cleans no rooted
/// folder of a go.work.
pub fn cleaned(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(clean.pop()),
            part => clean.push(part),
        }
    }
    clean
}
