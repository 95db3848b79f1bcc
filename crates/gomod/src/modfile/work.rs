//! `go.work` files: which modules are worked on together. <https://go.dev/ref/mod#go-work-file>

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
                self.replace.push(argument::replace(args)?);
                Ok(())
            }
            _ => Err(ModFileFault::UnknownDirective(verb.to_owned())),
        }
    }
}
