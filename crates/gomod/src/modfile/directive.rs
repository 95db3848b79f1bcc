//! The directives of a `go.mod` file.

use std::sync::Arc;

use super::argument::{self, Versions, path_and_version};
use super::comment;
use super::error::{ModFileError, ModFileFault};
use super::quote::parse_string;
use super::syntax::{self, Line};
use super::{Exclude, ModFile, Require};

/// What to do with what is unknown, or counts in a main module only and is malformed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Strictness {
    /// Skip it, so that older programs can read files of newer ones.
    Lax,
    /// Fail.
    Strict,
}

impl Strictness {
    /// What go, of a main module alone, asks for and writes down.
    pub(super) fn versions(self) -> Versions {
        match self {
            Strictness::Lax => Versions::Canonical,
            Strictness::Strict => Versions::Exact,
        }
    }
}

pub(super) fn parse(text: &[u8], strictness: Strictness) -> Result<ModFile, ModFileError> {
    let text = String::from_utf8_lossy(text);
    let mut file = ModFile::default();
    let strict = strictness == Strictness::Strict;
    for statement in syntax::parse(&text)? {
        let head = statement.head.as_ref();
        if let Some(head) = head.filter(|head| !may_have_block(&head.words)) {
            if strict {
                return Err(ModFileFault::UnknownBlock(head.words.join(" ")).at(head.number));
            }
            continue;
        }
        // Once: as many lines as there are may share it.
        let reason = head.map(comment::text);
        for line in &statement.lines {
            let (verb, args) = statement.directive(line);
            let needed = matches!(verb, "module" | "go" | "require" | "ignore");
            match file.add(verb, args, line, reason.as_ref(), strictness) {
                Err(fault) if needed || strict => return Err(fault.at(line.number)),
                _ => {}
            }
        }
    }
    Ok(file)
}

fn may_have_block(words: &[&str]) -> bool {
    let verbs = [
        "module", "godebug", "require", "exclude", "replace", "retract", "tool", "ignore",
    ];
    matches!(words, [verb] if verbs.contains(verb))
}

/// The only argument of a directive.
pub(super) fn single<'a>(args: &[&'a str], usage: &'static str) -> Result<&'a str, ModFileFault> {
    match args {
        [only] => Ok(only),
        _ => Err(ModFileFault::Usage(usage)),
    }
}

/// Stores the argument of a directive that may stand once.
pub(super) fn once(
    slot: &mut Option<String>,
    verb: &'static str,
    value: impl FnOnce() -> Result<String, ModFileFault>,
) -> Result<(), ModFileFault> {
    if slot.is_some() {
        return Err(ModFileFault::Repeated(verb));
    }
    *slot = Some(value()?);
    Ok(())
}

/// The name after `toolchain`.
pub(super) fn toolchain(args: &[&str]) -> Result<String, ModFileFault> {
    let name = single(args, "toolchain go1.23.0")?;
    if !argument::is_toolchain(name) {
        return Err(ModFileFault::Toolchain(name.to_owned()));
    }
    Ok(name.to_owned())
}

/// The version after `go`.
pub(super) fn go(args: &[&str], strictness: Strictness) -> Result<String, ModFileFault> {
    let version = single(args, "go 1.23.0")?;
    let lax = || argument::lax_go_version(version).filter(|_| strictness == Strictness::Lax);
    Some(version)
        .filter(|version| argument::is_go_version(version))
        .or_else(lax)
        .map(str::to_owned)
        .ok_or_else(|| ModFileFault::GoVersion(version.to_owned()))
}

/// Checks the setting after `godebug`, which says nothing about modules.
pub(super) fn godebug(args: &[&str]) -> Result<(), ModFileFault> {
    const USAGE: &str = "godebug key=value";
    let setting = single(args, USAGE)?;
    if !setting.contains('=') || setting.contains(['"', '`', '\'', ',']) {
        return Err(ModFileFault::Usage(USAGE));
    }
    Ok(())
}

impl ModFile {
    fn add(
        &mut self,
        verb: &str,
        args: &[&str],
        line: &Line<'_>,
        block: Option<&Arc<str>>,
        strictness: Strictness,
    ) -> Result<(), ModFileFault> {
        match verb {
            "module" => {
                once(&mut self.module, "module", || {
                    parse_string(single(args, "module module/path")?)
                })?;
                self.deprecated = comment::deprecation(&comment::text_of(line, block));
            }
            "go" => once(&mut self.go, "go", || go(args, strictness))?,
            "toolchain" => once(&mut self.toolchain, "toolchain", || toolchain(args))?,
            "godebug" => godebug(args)?,
            "require" | "exclude" => {
                let [path, version] = args else {
                    return Err(ModFileFault::Usage("module/path v1.2.3"));
                };
                let versions = match verb {
                    "require" if strictness == Strictness::Lax => Versions::Lax,
                    _ => strictness.versions(),
                };
                let (path, version) = path_and_version([path, version], versions)?;
                if verb == "require" {
                    let indirect = comment::is_indirect(line);
                    self.require.push(Require {
                        path,
                        version,
                        indirect,
                    });
                } else {
                    self.exclude.push(Exclude { path, version });
                }
            }
            "replace" => self
                .replace
                .push(argument::replace(args, strictness.versions())?),
            "retract" => {
                let rationale = comment::text_of(line, block);
                let (retract, rest) = argument::retract(args, rationale)?;
                if !rest.is_empty() && strictness == Strictness::Strict {
                    return Err(ModFileFault::Interval);
                }
                self.retract.push(retract);
            }
            "tool" => self
                .tool
                .push(parse_string(single(args, "tool package/path")?)?),
            "ignore" => self
                .ignore
                .push(parse_string(single(args, "ignore ./directory")?)?),
            _ => return Err(ModFileFault::UnknownDirective(verb.to_owned())),
        }
        Ok(())
    }
}
