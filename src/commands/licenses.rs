//! `gobag licenses`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use argh::{ArgsInfo, FromArgs};
use bag::described::Description;
use bag::{Bag, describing};
use serde_json::json;

use super::refuse;
use crate::carried::older;
use crate::carried::pattern::fits;
use crate::error::{Error, Result};
use crate::papers::licensed::{UNKNOWN, denied, names};
use crate::terminal::print::{print, print_json};
use crate::terminal::printable;
use crate::terminal::progress::{complain, note};

/// List under which licences the modules of this file are, path@version and SPDX names a line.
#[derive(Debug, FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    help_triggers("-h", "--help"),
    name = "licenses",
    example = "Everything:\n  {command_name}",
    example = "Fail where something is under a GNU licence, or under one that is not known:\n  {command_name} --deny GPL-2.0 --deny GPL-3.0 --deny AGPL-3.0 --deny unknown",
    example = "The texts, for those who must be given them:\n  {command_name} --texts > LICENSES.txt",
    note = "A licence is known by the text of its files at the module's root. One whose terms are not those of a licence that gobag knows is unknown, and never called what is nearest. Where a module has several, whether all hold or one may be chosen is not told, and --deny looks at each. --deny GPL-3.0 is for GPL-3.0-only and GPL-3.0-or-later. What is told was found out when the bag was packed; gobag verify compares it with the modules. A pattern is one as gobag list takes it.",
    error_code(1, "a licence is denied; a bag is damaged"),
    error_code(2, "what was typed is wrong"),
    error_code(141, "whoever read the output went away")
)]
pub struct Licenses {
    /// what to list; everything without it
    #[argh(positional)]
    pattern: Option<String>,

    /// a licence that nothing may be under, by its SPDX name, or unknown (repeatable)
    #[argh(option, arg_name = "spdx")]
    deny: Vec<String>,

    /// print the texts, each once, with who has it
    #[argh(switch)]
    texts: bool,

    /// an older bag that this one builds on, to be listed with it (repeatable; pack --since tells which)
    #[argh(option, arg_name = "bag")]
    with: Vec<PathBuf>,

    /// print a JSON array of objects with path, version, licenses and files (each with file and spdx)
    #[argh(switch)]
    json: bool,
}

/// Lists the licences.
pub fn run(arguments: &Licenses) -> Result<ExitCode> {
    let both = arguments.texts && arguments.json;
    refuse(
        both,
        "--texts and --json contradict each other; leave one out",
    )?;
    for word in &arguments.deny {
        let is_known = word == UNKNOWN || license::is_known(word);
        refuse(
            !is_known,
            &format!(
                "--deny {word:?} is the SPDX name of no licence that gobag knows, such as GPL-3.0 or MIT; nor is it {UNKNOWN}"
            ),
        )?;
    }
    let bag = older::with(&arguments.with)?;
    if let Some(text) = older::lacking(&bag.about().base) {
        note(&text);
    }
    let pattern = arguments.pattern.as_deref();
    let described = describing::of(&bag)?.versions;
    let named = described
        .iter()
        .map(|d| (d, format!("{}@{}", d.path, d.version)));
    let found = named.filter(|(d, name)| pattern.is_none_or(|p| fits(p, &d.path, name)));
    let found: Vec<(&Description, String)> = found.collect();
    if let Some(pattern) = pattern.filter(|_| found.is_empty()) {
        let text = format!("nothing in this bag matches {pattern:?}");
        if !arguments.deny.is_empty() {
            return Err(Error::new(text + ", so --deny has nothing to look at"));
        }
        complain(&format!("gobag: {text}"));
    }
    let printed = match (arguments.json, arguments.texts) {
        (true, _) => print_json(&found.iter().map(|(d, _)| row(d)).collect::<Vec<_>>()),
        (_, true) => print(&texts(&bag, &found)),
        _ => print(
            &found
                .iter()
                .map(|(d, name)| line(d, name))
                .collect::<String>(),
        ),
    }?;
    let mut is_denied = false;
    for (description, name) in &found {
        if let Some((license, word)) = denied(&names(description), &arguments.deny) {
            complain(&format!(
                "gobag: {name} is under {license}, which --deny {word} forbids; leave it out"
            ));
            is_denied = true;
        }
    }
    match is_denied {
        true => Ok(ExitCode::FAILURE),
        false => Ok(printed),
    }
}

fn line(description: &Description, name: &str) -> String {
    format!("{name}  {}\n", names(description).join(", "))
}

fn row(description: &Description) -> serde_json::Value {
    json!({"path": description.path, "version": description.version,
           "licenses": names(description), "files": description.licenses})
}

/// The texts of all licence files, each once, below the names of those that have it.
fn texts(bag: &Bag<'_>, found: &[(&Description, String)]) -> String {
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut all: Vec<(Vec<String>, String)> = Vec::new();
    for (description, name) in found {
        for (file, text) in describing::texts(bag, &description.path, &description.version) {
            let who = format!("{name}  {}", printable::line(&file));
            let place = *places.entry(text.clone()).or_insert(all.len());
            match all.get_mut(place) {
                Some((having, _)) => having.push(who),
                None => all.push((vec![who], text)),
            }
        }
    }
    let shown = all.into_iter().map(|(having, text)| {
        let lines: Vec<String> = text.lines().map(printable::line).collect();
        format!(
            "{}\n\n{}\n\n",
            having.join("\n"),
            lines.join("\n").trim_end()
        )
    });
    let rule = format!("{}\n", "-".repeat(72));
    shown.collect::<Vec<_>>().join(&rule)
}
