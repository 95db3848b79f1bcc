//! Older bags, which this one builds on: mapped from their files, and served as one with it.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use bag::Bag;
use bag::manifest::Base;

use super::bundle;
use super::carrier::Carrier;
use crate::error::{Context, Error, Result};
use crate::terminal::printable::printable;
use crate::terminal::size::count;

/// The bag of this executable with those in `files`, as one: all that it builds on, or none.
///
/// # Errors
/// One of the files is another bag than this one builds on, or none; or one is missing.
pub fn with(files: &[PathBuf]) -> Result<Bag<'static>> {
    let own = bundle::bag()?;
    if files.is_empty() {
        return Ok(own);
    }
    let older = in_order(&own.about().base, "this bag", files)?;
    Ok(own.join(older)?)
}

/// Opens the bags in `files`, which are those that the bag called `name` builds on. They come in the
/// order of `base`.
///
/// # Errors
/// As [`with`].
pub fn in_order(base: &[Base], name: &str, files: &[PathBuf]) -> Result<Vec<Bag<'static>>> {
    let mut found: Vec<Option<Bag<'static>>> = base.iter().map(|_| None).collect();
    for (file, bag) in files.iter().zip(all(files)?) {
        let sums = bag.sums().map_err(Error::from).context(file.display())?;
        let Some(at) = base.iter().position(|base| base.sums == sums) else {
            return Err(another(file, &bag, name, base));
        };
        found[at] = Some(bag);
    }
    let missing = base.iter().zip(&found).filter(|(_, bag)| bag.is_none());
    let missing: Vec<String> = missing.map(|(base, _)| told(base)).collect();
    if missing.is_empty() {
        return Ok(found.into_iter().flatten().collect());
    }
    let missing = missing.join(" and on ");
    Err(Error::new(format!(
        "{name} builds on {missing}; name that file as well: --with FILE"
    )))
}

/// Maps the bags in `files`, each of which is another.
///
/// # Errors
/// As [`open`]; or one was named twice.
pub fn all(files: &[PathBuf]) -> Result<Vec<Bag<'static>>> {
    let (mut bags, mut known) = (Vec::new(), HashSet::new());
    for file in files {
        let bag = open(file)?;
        if !known.insert(bag.sums().map_err(Error::from).context(file.display())?) {
            let text = "is named twice; name it once";
            return Err(Error::usage(format!("--with {} {text}", file.display())));
        }
        bags.push(bag);
    }
    Ok(bags)
}

/// Maps the bag that the executable `file` carries.
///
/// # Errors
/// It is no executable of a known kind, or carries no grafted bag.
pub fn open(file: &Path) -> Result<Bag<'static>> {
    Carrier::open(file)?.bag()
}

/// What this bag, which builds on `base`, needs and was not given, in a line; none where it needs no
/// other.
pub fn lacking(base: &[Base]) -> Option<String> {
    lacks("this bag", base)
}

/// What the bag that is called `name` needs and was not given.
pub fn lacks(name: &str, base: &[Base]) -> Option<String> {
    let missing = count(base.len(), "older bag");
    let has = if base.len() == 1 { "has" } else { "have" };
    let (files, base) = (files(base)?, names(base, " and "));
    let remedy = format!("for that too, name {files}: --with FILE");
    Some(format!(
        "{name} leaves out what {base} {has} ({missing}); {remedy}"
    ))
}

/// What to do where something is missing that the bags which this one builds on may have; none
/// where it needs no other.
pub fn remedy(base: &[Base]) -> Option<String> {
    let (files, base) = (files(base)?, names(base, " or "));
    Some(format!("it may be in {base}: name {files}: --with FILE"))
}

fn files(base: &[Base]) -> Option<&'static str> {
    match base.len() {
        0 => None,
        1 => Some("its file"),
        _ => Some("their files"),
    }
}

fn names(base: &[Base], between: &str) -> String {
    let names: Vec<String> = base.iter().map(|base| printable(&base.name)).collect();
    names.join(between)
}

/// The lines that tell what a bag builds on.
pub fn table(base: &[Base]) -> String {
    let lines = base
        .iter()
        .map(|base| format!("builds on {}\n", told(base)));
    lines.collect()
}

fn told(base: &Base) -> String {
    let (name, sha256) = (printable(&base.name), printable(&base.sha256));
    format!("{name} (SHA-256 of its archive: {sha256})")
}

fn another(file: &Path, bag: &Bag<'_>, name: &str, base: &[Base]) -> Error {
    let file = file.display();
    if base.is_empty() {
        return Error::new(format!("{name} builds on no other; leave {file} out"));
    }
    let base: Vec<String> = base.iter().map(told).collect();
    let (base, sha256) = (base.join(" and on "), bag.archive_sha256());
    Error::new(format!(
        "{file} is another bag (SHA-256 of its archive: {sha256}); {name} builds on {base}: name that file"
    ))
}
