//! One version, from the files that make it up.

use std::fmt::Display;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use gomod::info::Info;
use gomod::module::ModuleVersion;
use gomod::{modzip, query};

use super::shown::Shown;
use super::walk::VersionFiles;
use super::{Invalid, Options};
use crate::Fault;
use crate::contents::{Version, Zip};
use crate::digest::{self, hex, sha256};
use crate::{plain, source};

/// What to do about two files of one version that differ.
const KEEP_ONE: &str = "keep the one that go.sum names";

/// What became of what Go refuses.
const LEFT_OUT: &str = "left out";
const KEPT: &str = "kept as it is";

/// Reads and checks the files of the version `name`, a path and a version; none where neither a
/// `.mod` nor a zip is left. Beside it come notes.
pub fn read(
    (path, version): &(String, String),
    files: &VersionFiles,
    options: Options<'_>,
) -> (Result<Option<Version>, Vec<Fault>>, Vec<String>) {
    let mut notes = Vec::new();
    let read = match ModuleVersion::new(path, version) {
        Ok(module) => read_files(&module, files, options, &mut notes),
        Err(e) => {
            let all = [&files.zips, &files.mods, &files.infos, &files.folders];
            let first = all.into_iter().flatten().next();
            let name = first.map_or("modules", |shown| &shown.name);
            let remedy = "only what Go accepts can be downloaded; remove it";
            let fault = Fault::new(name, e, remedy);
            read_unnamed((path, version), files, fault, options.invalid, &mut notes)
        }
    };
    (read, notes)
}

/// What becomes of a version whose name Go refuses, which `fault` says.
fn read_unnamed(
    (path, version): (&str, &str),
    files: &VersionFiles,
    fault: Fault,
    invalid: Invalid,
    notes: &mut Vec<String>,
) -> Result<Option<Version>, Vec<Fault>> {
    let what = match invalid {
        Invalid::Refuse => return Err(one(fault)),
        Invalid::Skip => LEFT_OUT,
        Invalid::Keep => KEPT,
    };
    notes.push(format!("{what}: {fault}"));
    if invalid == Invalid::Skip || (files.zips.is_empty() && files.mods.is_empty()) {
        return Ok(None);
    }
    let info = match files.infos.first() {
        Some(shown) => shown.read_text().map_err(one)?,
        None => Info::derived(version).to_json(),
    };
    let go_mod = read_mod(&files.mods)?;
    let mut zip: Option<Zip> = None;
    for shown in &files.zips {
        let next = as_it_is(shown).map_err(one)?;
        match &zip {
            Some(first) if first.sha256 != next.sha256 => {
                return Err(differs(shown, &files.zips[0], format!("{path}@{version}")));
            }
            Some(_) => {}
            None => zip = Some(next),
        }
    }
    Ok(Some(Version {
        info,
        go_mod: go_mod.unwrap_or_else(|| query::synthesized_go_mod(path).into_bytes()),
        zip,
    }))
}

/// The fault of a second zip of a version, which does not contain what the first one does.
fn differs(second: &Shown, first: &Shown, version: impl Display) -> Vec<Fault> {
    let rule = format!("differs from {} for the same version {version}", first.name);
    one(Fault::new(&second.name, rule, KEEP_ONE))
}

/// A zip of which nothing is known but its bytes.
fn as_it_is(shown: &Shown) -> Result<Zip, Fault> {
    let unreadable = |e: std::io::Error| Fault::unreadable(&shown.name, e);
    let file = File::open(&shown.file).map_err(unreadable)?;
    let size = file.metadata().map_err(unreadable)?.len();
    let sha256 = digest::copy(file, std::io::sink()).map_err(unreadable)?;
    Ok(Zip {
        file: shown.file.clone(),
        size,
        h1: None,
        sha256: Some(digest::hex(&sha256)),
    })
}

fn read_files(
    module: &ModuleVersion,
    files: &VersionFiles,
    options: Options<'_>,
    notes: &mut Vec<String>,
) -> Result<Option<Version>, Vec<Fault>> {
    let zip = read_zips(module, files, options, notes)?;
    if zip.is_none() && files.mods.is_empty() {
        notes.extend(files.infos.iter().map(|shown| {
            let name = &shown.name;
            format!("left out: {name}: has neither .mod nor .zip beside it")
        }));
        return Ok(None);
    }
    let (zip, inside) = zip.unzip();
    let inside = inside
        .flatten()
        .filter(|_| !module.version.ends_with("+incompatible"));
    let go_mod = read_mod(&files.mods)?
        .or(inside)
        .unwrap_or_else(|| query::synthesized_go_mod(&module.path).into_bytes());
    let info = match files.infos.first() {
        Some(shown) => read_info(module, shown)?,
        None => Info::derived(&module.version).to_json(),
    };
    Ok(Some(Version { info, go_mod, zip }))
}

/// A zip that was checked and, if it was asked for, the go.mod inside it.
type CheckedZip = (Zip, Option<Vec<u8>>);

/// The first zip of a version that is not left out; all others must contain the same.
fn read_zips(
    module: &ModuleVersion,
    files: &VersionFiles,
    options: Options<'_>,
    notes: &mut Vec<String>,
) -> Result<Option<CheckedZip>, Vec<Fault>> {
    let made = make_zip(module, files, options)?;
    let need_mod = files.mods.is_empty();
    let mut chosen: Option<(CheckedZip, &Shown)> = None;
    for shown in files.zips.iter().chain(&made) {
        let checked = match check_zip(module, shown, need_mod, options) {
            Err(faults) if made.is_none() => set_aside(shown, faults, options.invalid, notes)?,
            checked => Some(checked?),
        };
        match (&chosen, checked) {
            (_, None) => {}
            (None, Some(checked)) => chosen = Some((checked, shown)),
            (Some(((first, _), _)), Some((zip, _)))
                if first.h1 == zip.h1 && first.sha256 == zip.sha256 => {}
            (Some((_, other)), Some(_)) => {
                return Err(differs(shown, other, module));
            }
        }
    }
    Ok(chosen.map(|(checked, _)| checked))
}

/// What becomes of a zip that Go refuses.
fn set_aside(
    shown: &Shown,
    faults: Vec<Fault>,
    invalid: Invalid,
    notes: &mut Vec<String>,
) -> Result<Option<CheckedZip>, Vec<Fault>> {
    let (what, zip) = match invalid {
        Invalid::Refuse => return Err(faults),
        Invalid::Skip => (LEFT_OUT, None),
        Invalid::Keep => (KEPT, Some((as_it_is(shown).map_err(one)?, None))),
    };
    notes.extend(faults.iter().map(|fault| format!("{what}: {fault}")));
    Ok(zip)
}

/// Zips the source folder of `module`, if it comes as one.
fn make_zip(
    module: &ModuleVersion,
    files: &VersionFiles,
    options: Options<'_>,
) -> Result<Option<Shown>, Vec<Fault>> {
    let Some(folder) = files.folders.first() else {
        return Ok(None);
    };
    let other = files.folders.get(1).or(files.zips.first());
    if let Some(other) = other {
        let rule = format!("holds {module}, and so does {}", other.name);
        return Err(one(Fault::new(&folder.name, rule, "remove one of them")));
    }
    let name = hex(&sha256(module.to_string().as_bytes())[..16]);
    let file = options.scratch.join(format!("{name}.zip"));
    source::zip_folder(module, &folder.file, &folder.name, &file)?;
    Ok(Some(Shown {
        file,
        name: folder.name.clone(),
    }))
}

/// Checks a zip; with `need_mod`, the go.mod inside it is read as well.
fn check_zip(
    module: &ModuleVersion,
    shown: &Shown,
    need_mod: bool,
    options: Options<'_>,
) -> Result<CheckedZip, Vec<Fault>> {
    let unreadable = |e: std::io::Error| one(Fault::unreadable(&shown.name, e));
    let file = File::open(&shown.file).map_err(unreadable)?;
    let size = file.metadata().map_err(unreadable)?.len();
    let key = module.to_string();
    let known = options.checked.get(&key, &shown.file).filter(|_| !need_mod);
    let (h1, go_mod) = match known {
        Some(h1) => (h1, None),
        None => {
            let report = modzip::check(module, size, BufReader::new(file)).map_err(|faults| {
                let faults = faults.iter().map(|f| Fault::of_zip(&shown.name, f));
                faults.collect::<Vec<_>>()
            })?;
            options.checked.put(&key, &shown.file, &report.h1);
            (report.h1, report.go_mod)
        }
    };
    if let Some(noted) = noted_hash(&shown.file)
        && noted != h1
    {
        let rule = format!("contains {h1}, but the .ziphash beside it says {noted}");
        let remedy = "fetch the module again; remove the .ziphash if the zip is right";
        return Err(one(Fault::new(&shown.name, rule, remedy)));
    }
    Ok((
        Zip {
            file: shown.file.clone(),
            size,
            h1: Some(h1),
            sha256: None,
        },
        go_mod,
    ))
}

/// The hash that a go command noted beside a zip. One that is no hash (a crash leaves NULs)
/// says nothing.
fn noted_hash(zip: &Path) -> Option<String> {
    let noted = plain::read(&zip.with_extension("ziphash"), 256).ok()?;
    let noted = String::from_utf8(noted).ok()?;
    let noted = noted.trim_end();
    (noted.len() == 47 && noted.starts_with("h1:")).then(|| noted.to_string())
}

fn read_mod(mods: &[Shown]) -> Result<Option<Vec<u8>>, Vec<Fault>> {
    let Some(first) = mods.first() else {
        return Ok(None);
    };
    let text = first.read_text().map_err(one)?;
    for other in &mods[1..] {
        if other.read_text().map_err(one)? != text {
            let rule = format!("differs from {} for the same version", first.name);
            return Err(one(Fault::new(&other.name, rule, KEEP_ONE)));
        }
    }
    Ok(Some(text))
}

fn read_info(module: &ModuleVersion, shown: &Shown) -> Result<Vec<u8>, Vec<Fault>> {
    let text = shown.read_text().map_err(one)?;
    let remedy = "fetch it again, or remove it to have it derived";
    let info = Info::parse(&text).map_err(|e| one(Fault::new(&shown.name, e, remedy)))?;
    if info.version != module.version {
        let rule = format!("says version {:?}", info.version);
        return Err(one(Fault::new(&shown.name, rule, remedy)));
    }
    Ok(text)
}

fn one(fault: Fault) -> Vec<Fault> {
    vec![fault]
}
