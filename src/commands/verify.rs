//! `gobag verify`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use argh::{ArgsInfo, FromArgs};
use graft::Seal;
use serde_json::json;

use crate::carried::carrier::Carrier;
use crate::carried::{bundle, verify};
use crate::error::{Error, Result};
use crate::rebuild::compared::{Compared, faults};
use crate::rebuild::rebuild;
use crate::terminal::print::print;
use crate::terminal::progress::complain;
use crate::terminal::size::count;

/// Recompute every hash of a bag from its bytes, and the digest of the whole file.
#[derive(Debug, FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    help_triggers("-h", "--help"),
    name = "verify",
    example = "This file:\n  {command_name}",
    example = "Another bag, by this gobag, without running it:\n  {command_name} /media/stick/app-bag",
    example = "Compile the build cache again, and compare:\n  {command_name} --rebuild ./app",
    note = "Exits with 1 and names every fault when anything is not as it was packed. This finds accidents: who changes a file on purpose can write hashes that fit, and a program that was changed can say anything of itself. Against that, compare what gobag digest prints with what whoever packed the bag tells you, and verify it with a gobag that you trust already. --rebuild compiles what the bag carries of a build cache once more, of the sources in the bag and in empty folders for temporary files, with this host's go if it is of that version, else with this file's own; with a folder what the proof of that project compiles as well. Nothing that is compiled is run. What is compiled with another C compiler, or is no part of either, is not compared, which is told.",
    error_code(
        1,
        "something is not as it was packed, or nothing could be compiled again"
    ),
    error_code(2, "what was typed is wrong"),
    error_code(141, "whoever read the output went away")
)]
pub struct Verify {
    /// another bag, which is not run; this file without it; with --rebuild, also the folder of a project
    #[argh(positional, arg_name = "file")]
    place: Vec<PathBuf>,

    /// compile the bag's build cache again, from its sources, and compare
    #[argh(switch)]
    rebuild: bool,

    /// print a JSON object: versions (how many were verified), file_digest (whether the file has its digest: intact, broken, none, or unknown where its file is not known), faults, and rebuilt (null without --rebuild)
    #[argh(switch)]
    json: bool,
}

/// Checks the whole bag.
pub fn run(arguments: &Verify) -> Result<ExitCode> {
    let named = Named::of(&arguments.place, arguments.rebuild, Path::is_dir)?;
    let (bag, carrier) = match named.file {
        None => bundle::bag_and_file()?,
        Some(file) => {
            let carrier = Carrier::open_or(file, "one that cargo built verifies itself: run it")?;
            (carrier.bag()?, Some(carrier))
        }
    };
    let (versions, mut faults) = verify::faults(&bag);
    let (seal, whole) = match carrier.as_ref().map(Carrier::seal).transpose()? {
        Some(Seal::Intact) => (
            "intact",
            "the file is as it was written, by the digest at its end",
        ),
        Some(Seal::None) => (
            "none",
            "the program itself was not checked: the file has no digest at its end, as cargo or an older gobag made it",
        ),
        None => (
            "unknown",
            "the program itself was not checked: its file cannot be found here",
        ),
        Some(Seal::Broken) => {
            let text = "the file is not as it was written, by the digest at its end; copy it again";
            faults.push(text.to_string());
            ("broken", text)
        }
    };
    for fault in &faults {
        complain(&format!("gobag: {fault}"));
    }
    let sound = faults.is_empty();
    let all = if versions > 1 { "all " } else { "" };
    let told = format!(
        "{all}{} verified\n{whole}\n",
        count(versions, "module version")
    );
    // What takes long comes later.
    if sound && !arguments.json {
        let printed = print(&told)?;
        if printed != ExitCode::SUCCESS {
            return Ok(printed);
        }
    }
    let rebuilt = (sound && arguments.rebuild)
        .then(|| rebuild(&bag, named.file.is_none(), named.project))
        .transpose()?;
    let lines = match arguments.json {
        true => {
            let told = json!({"versions": versions, "file_digest": seal, "faults": faults, "rebuilt": rebuilt});
            format!("{told:#}\n")
        }
        false => rebuilt.iter().flatten().map(Compared::lines).collect(),
    };
    let printed = print(&lines)?;
    match rebuilt {
        _ if !sound => Ok(ExitCode::FAILURE),
        Some(compared) => judged(&compared, printed),
        None => Ok(printed),
    }
}

/// What came of a rebuild, where that was `printed`.
fn judged(compared: &[Compared], printed: ExitCode) -> Result<ExitCode> {
    let faults = faults(compared);
    for fault in &faults {
        complain(&format!("gobag: {fault}"));
    }
    if compared.iter().all(|of| of.again == 0) {
        let text = "nothing of the build cache could be compiled again, so nothing is known of it; name the folder of the project that was packed";
        return Err(Error::new(text));
    }
    match faults.is_empty() {
        true => Ok(printed),
        false => Ok(ExitCode::FAILURE),
    }
}

/// What was named.
#[derive(Debug, Default, PartialEq, Eq)]
struct Named<'a> {
    /// Another bag.
    file: Option<&'a PathBuf>,
    /// The folder of a project.
    project: Option<&'a Path>,
}

impl<'a> Named<'a> {
    /// Tells which of `places` is what: a folder is that of a project, where one is wanted.
    ///
    /// # Errors
    /// There are two of a kind.
    fn of(places: &'a [PathBuf], rebuild: bool, is_folder: impl Fn(&Path) -> bool) -> Result<Self> {
        let mut named = Named::default();
        for place in places {
            let twice = match rebuild && is_folder(place) {
                true => named.project.replace(place).is_some(),
                false => named.file.replace(place).is_some(),
            };
            if twice {
                let text = match rebuild {
                    true => "verify --rebuild takes one bag and the folder of one project",
                    false => "verify takes one bag",
                };
                let place = place.display();
                return Err(Error::usage(format!("{text}; leave {place} out")));
            }
        }
        Ok(named)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_a_project_where_one_is_wanted() {
        let (bag, folder) = (PathBuf::from("bag"), PathBuf::from("folder"));
        let named =
            |file: Option<&'static str>, project: Option<&'static str>| Some((file, project));
        for (places, rebuild, want) in [
            (&[][..], false, named(None, None)),
            (&[&bag], false, named(Some("bag"), None)),
            (&[&folder], false, named(Some("folder"), None)),
            (&[&bag, &folder], false, None),
            (&[], true, named(None, None)),
            (&[&folder], true, named(None, Some("folder"))),
            (&[&bag], true, named(Some("bag"), None)),
            (&[&folder, &bag], true, named(Some("bag"), Some("folder"))),
            (&[&bag, &folder], true, named(Some("bag"), Some("folder"))),
            (&[&bag, &bag], true, None),
            (&[&folder, &bag, &folder], true, None),
        ] {
            let all: Vec<PathBuf> = places.iter().map(|p| p.to_path_buf()).collect();
            let found = Named::of(&all, rebuild, |place| place == folder).ok();
            let found = found.map(|n| (n.file.map(PathBuf::as_path), n.project));
            let want = want.map(|(f, p)| (f.map(Path::new), p.map(Path::new)));
            assert_eq!(found, want, "{places:?} {rebuild}");
        }
    }
}
