//! `go.work` files: which modules are worked on together. <https://go.dev/ref/mod#go-work-file>

use std::path::{Component, Path, PathBuf};

use super::directive::{Strictness, go, godebug, once, single, toolchain};
use super::error::{ModFileError, ModFileFault};
use super::quote::parse_string;
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
            "godebug" => godebug(args),
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
