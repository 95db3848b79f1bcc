//! `gobag inspect`.

use std::path::PathBuf;
use std::process::ExitCode;

use argh::{ArgsInfo, FromArgs};
use gomod::module;
use serde_json::{json, to_value};

use crate::carried::carrier::Carrier;
use crate::carried::requirers::Requirers;
use crate::carried::{bundle, inspect};
use crate::error::{Context, Error, Result};
use crate::terminal::print::print;
use crate::terminal::printable::printable;

/// Tell what is in a bag and how much room it takes, or who in it requires a module.
#[derive(Debug, FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    help_triggers("-h", "--help"),
    name = "inspect",
    example = "Of this file:\n  {command_name}",
    example = "Why another one has a module:\n  {command_name} ./app-bag --why golang.org/x/text",
    example = "One version, for a script:\n  {command_name} --why golang.org/x/text@v0.30.0 --json",
    note = "Who requires a module is read from the go.mod files in the bag; where the version that one names is not in it, the next higher one that is counts, as go selects none that is lower. Each who does is told with the shortest way to it from a version that nobody in the bag requires: a project that was packed requires that one, or whoever packed named it. A project's own requirements are in no bag: ask go mod why for those. Whether each byte is as it was written tells gobag verify.",
    error_code(1, "the bag is damaged, or the module is not in it"),
    error_code(2, "what was typed is wrong"),
    error_code(141, "whoever read the output went away")
)]
pub struct Inspect {
    /// another bag, which is not run; this file without it
    #[argh(positional)]
    file: Option<PathBuf>,

    /// who requires this module, or this version of it
    #[argh(option, arg_name = "module[@version]")]
    why: Option<String>,

    /// print a JSON object: file, bytes, sizes (what they are for), largest, databases, base, proof and more; with --why: module and versions, each with held (zip, go.mod or nothing) and required_by (module, indirect, chain)
    #[argh(switch)]
    json: bool,
}

/// Tells of the bag.
pub fn run(arguments: &Inspect) -> Result<ExitCode> {
    let (bag, carrier) = match &arguments.file {
        None => bundle::bag_and_file()?,
        Some(file) => {
            let remedy = "one that cargo built tells of itself: run it";
            let carrier = Carrier::open_or(file, remedy)?;
            (carrier.bag()?, Some(carrier))
        }
    };
    let manifest = bag.manifest()?;
    let Some(asked) = &arguments.why else {
        let found = inspect::inspect(&bag, &manifest, carrier.as_ref())?;
        return match arguments.json {
            true => {
                let told = to_value(&found).context("cannot write JSON")?;
                print(&format!("{told:#}\n"))
            }
            false => print(&found.lines()),
        };
    };
    let (path, version) = match asked.split_once('@') {
        Some((path, version)) => (path, Some(version)),
        None => (asked.as_str(), None),
    };
    let found = Requirers::of(&bag, &manifest).why(path, version, &manifest);
    if found.is_empty() {
        if let Some(why) = malformed(path, version) {
            let text = format!("--why {why}; name a module, or path@version");
            return Err(Error::usage(text));
        }
        return Err(Error::new(format!(
            "{} is not in this bag, and nothing in it requires it; the bag's own command list prints what is",
            printable(asked)
        )));
    }
    if arguments.json {
        let told = json!({"module": path, "versions": found});
        return print(&format!("{told:#}\n"));
    }
    let lines = found.iter().map(|why| why.lines(path));
    print(&lines.collect::<String>())
}

/// Why no bag can have a module or a version of this name; none where one can.
fn malformed(path: &str, version: Option<&str>) -> Option<String> {
    let checked = match version {
        None => module::check_path(path),
        Some("") => return Some(format!("{:?} names no version", format!("{path}@"))),
        Some(version) => module::check(path, version),
    };
    checked.err().map(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::malformed;

    #[test]
    fn what_can_be_in_no_bag_is_told_as_such() {
        for (path, version, want) in [
            ("a.test/m", None, false),
            ("a.test/m", Some("v1.0.0"), false),
            ("a.test/m/v2", Some("v2.0.0-rc.1"), false),
            (
                "golang.org/toolchain",
                Some("v0.0.1-go1.26.8.linux-amd64"),
                false,
            ),
            ("a.test/m", Some(""), true),
            ("a.test/m", Some("latest"), true),
            ("a.test/m", Some("v1.0.0@v1.1.0"), true),
            ("a.test/m", Some("v2.0.0"), true),
            ("", None, true),
            ("m", None, true),
            ("a.test//m", None, true),
            ("\u{1b}[2J", None, true),
        ] {
            let said = malformed(path, version);
            assert_eq!(said.is_some(), want, "{path:?} {version:?}: {said:?}");
        }
    }
}
