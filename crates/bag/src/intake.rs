//! Intake: reads folders of modules and checks each file by Go's rules.
//!
//! All faults are reported, not only the first; a bag is made only where there is none.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use gomod::info::Info;
use gomod::module::{self, ModuleVersion};
use gomod::{modzip, query};
use rayon::prelude::*;
use walkdir::WalkDir;

use crate::Fault;
use crate::checked::Checked;
use crate::contents::{Contents, Version, Zip};
use crate::place::{self, Part, Place};
use crate::source;

/// The largest `.mod` and `.info` that go reads, in bytes (`golang.org/x/mod/zip.MaxGoMod`).
const MAX_TEXT_BYTES: u64 = 16 << 20;

/// What becomes of a module zip that Go's rules refuse.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Invalid {
    /// It is a fault: no bag is made.
    #[default]
    Refuse,
    /// It is left out, and so is its version.
    Skip,
    /// It is carried unchanged, as a mirror would; go refuses it at the client.
    Keep,
}

/// How folders are read.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// A folder for zips that are made from source folders.
    pub scratch: &'a Path,
    /// What is known of zips that were checked before.
    pub checked: &'a Checked,
    /// What becomes of zips that Go refuses.
    pub invalid: Invalid,
}

/// What was read.
#[derive(Debug, Default)]
pub struct Intake {
    /// Everything that passed.
    pub contents: Contents,
    /// Everything that did not, sorted.
    pub faults: Vec<Fault>,
    /// What was left out or put right and is worth a line, sorted.
    pub notes: Vec<String>,
}

/// Reads every folder of `folders`, one over the other.
pub fn read(folders: &[PathBuf], options: Options<'_>) -> Intake {
    let mut found = Found::default();
    let mut faults = Vec::new();
    for folder in folders {
        walk(folder, &mut found, &mut faults);
    }
    let versions: Vec<(&(String, String), &Parts)> = found.versions.iter().collect();
    let built: Vec<Built> = versions
        .par_iter()
        .map(|(key, parts)| build(key, parts, options))
        .collect();

    let mut intake = Intake {
        faults,
        ..Intake::default()
    };
    for ((path, version), built) in found.versions.keys().zip(built) {
        intake.faults.extend(built.faults);
        intake.notes.extend(built.notes);
        if built.version.go_mod.is_some() {
            let module = intake.contents.modules.entry(path.clone()).or_default();
            module.versions.insert(version.clone(), built.version);
        }
    }
    for ((path, name), file) in &found.queries {
        if let Err(fault) = read_query(path, name, file, &mut intake) {
            intake.faults.push(fault);
        }
    }
    intake.contents.sums = found.sums;
    intake.faults.sort();
    intake.faults.dedup();
    intake.notes.sort();
    intake
}

/// A file and how it is called in messages: relative to the folder that was read.
#[derive(Debug, Clone)]
struct Shown {
    file: PathBuf,
    name: String,
}

/// The files that make up one version.
#[derive(Debug, Default)]
struct Parts {
    infos: Vec<Shown>,
    mods: Vec<Shown>,
    zips: Vec<Shown>,
    folders: Vec<Shown>,
}

#[derive(Debug, Default)]
struct Found {
    versions: BTreeMap<(String, String), Parts>,
    queries: BTreeMap<(String, String), Shown>,
    sums: BTreeMap<String, Vec<PathBuf>>,
}

fn walk(root: &Path, found: &mut Found, faults: &mut Vec<Fault>) {
    let mut walk = WalkDir::new(root)
        .follow_links(true)
        .min_depth(1)
        .sort_by_file_name()
        .into_iter();
    while let Some(entry) = walk.next() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(e) => {
                let file = e.path().unwrap_or(root).display().to_string();
                faults.push(Fault::new(
                    file,
                    format!("cannot be read: {e}"),
                    "make it readable, or remove it",
                ));
                continue;
            }
        };
        let relative = entry.path().strip_prefix(root).unwrap_or(entry.path());
        let Some(name) = source::slashed(relative) else {
            faults.push(Fault::new(
                relative.display(),
                "its name is not UTF-8",
                "rename it",
            ));
            continue;
        };
        let shown = Shown {
            file: entry.path().to_path_buf(),
            name: name.clone(),
        };
        if entry.file_type().is_dir() {
            if place::is_skipped_folder(&name) {
                walk.skip_current_dir();
            } else if let Ok(Place::Source { path, version, .. }) =
                place::place(&format!("{name}/x"))
            {
                // What a go command extracted says the same as the zip that it came from.
                let capture = root.join(&name[..place::capture_len(&name)]);
                if !capture.join("cache/download").is_dir() {
                    found
                        .versions
                        .entry((path, version))
                        .or_default()
                        .folders
                        .push(shown);
                }
                walk.skip_current_dir();
            }
            continue;
        }
        match place::place(&name) {
            Err(e) => faults.push(Fault::new(name, e.rule, e.remedy)),
            Ok(Place::Ignored | Place::Source { .. }) => {}
            Ok(Place::Sum { name }) => found.sums.entry(name).or_default().push(shown.file),
            Ok(Place::Proxy {
                path,
                version,
                part: Part::Info,
            }) if module::check(&path, &version).is_err() => {
                found.queries.entry((path, version)).or_insert(shown);
            }
            Ok(Place::Proxy {
                path,
                version,
                part,
            }) => {
                let parts = found.versions.entry((path, version)).or_default();
                match part {
                    Part::Info => parts.infos.push(shown),
                    Part::Mod => parts.mods.push(shown),
                    Part::Zip => parts.zips.push(shown),
                    // Read beside its zip.
                    Part::ZipHash => {}
                }
            }
        }
    }
}

#[derive(Debug, Default)]
struct Built {
    version: Version,
    faults: Vec<Fault>,
    notes: Vec<String>,
}

fn build((path, version): &(String, String), parts: &Parts, options: Options<'_>) -> Built {
    let mut built = Built::default();
    match ModuleVersion::new(path, version) {
        Err(e) => built
            .faults
            .push(Fault::new(format!("{path}@{version}"), e, "remove it")),
        Ok(module) => {
            if let Err(faults) = fill(&module, parts, options, &mut built) {
                built.faults.extend(faults);
            }
        }
    }
    built
}

fn fill(
    module: &ModuleVersion,
    parts: &Parts,
    options: Options<'_>,
    built: &mut Built,
) -> Result<(), Vec<Fault>> {
    let made = make_zip(module, parts, options)?;
    let zips: Vec<&Shown> = parts.zips.iter().chain(&made).collect();
    let mut inside = None;
    let mut chosen: Option<(Zip, &Shown)> = None;
    for shown in zips {
        let need_mod = parts.mods.is_empty();
        let (zip, go_mod) = match check_zip(module, shown, need_mod, options) {
            Ok(checked) => checked,
            Err(faults) if options.invalid == Invalid::Refuse || made.is_some() => {
                return Err(faults);
            }
            Err(faults) => {
                let what = if options.invalid == Invalid::Keep {
                    "kept as it is"
                } else {
                    "left out"
                };
                built
                    .notes
                    .extend(faults.iter().map(|f| format!("{what}: {f}")));
                if options.invalid == Invalid::Skip {
                    continue;
                }
                let size = fs::metadata(&shown.file).map_or(0, |m| m.len());
                (
                    Zip {
                        file: shown.file.clone(),
                        size,
                        h1: None,
                    },
                    None,
                )
            }
        };
        match &chosen {
            Some((first, other)) if first.h1 != zip.h1 => {
                let rule = format!("differs from {} for the same version {module}", other.name);
                return Err(vec![Fault::new(
                    &shown.name,
                    rule,
                    "keep the one that go.sum names",
                )]);
            }
            Some(_) => {}
            None => {
                inside = go_mod;
                chosen = Some((zip, shown));
            }
        }
    }
    if chosen.is_none() && parts.mods.is_empty() {
        for shown in &parts.infos {
            built.notes.push(format!(
                "left out: {}: has neither .mod nor .zip beside it",
                shown.name
            ));
        }
        return Ok(());
    }
    let zip = chosen.map(|(zip, _)| zip);
    built.version.go_mod = Some(match read_mod(&parts.mods)? {
        Some(go_mod) => go_mod,
        None if module.version.ends_with("+incompatible") => {
            query::synthesized_go_mod(&module.path).into_bytes()
        }
        None => inside.unwrap_or_else(|| query::synthesized_go_mod(&module.path).into_bytes()),
    });
    built.version.info = Some(match parts.infos.first() {
        Some(shown) => read_info(module, shown)?,
        None => Info::derived(&module.version).to_json(),
    });
    built.version.zip = zip;
    Ok(())
}

/// Zips the source folder of `module`, if it comes as one.
fn make_zip(
    module: &ModuleVersion,
    parts: &Parts,
    options: Options<'_>,
) -> Result<Option<Shown>, Vec<Fault>> {
    let Some(folder) = parts.folders.first() else {
        return Ok(None);
    };
    let other = parts.folders.get(1).or(parts.zips.first());
    if let Some(other) = other {
        let rule = format!("holds {module}, and so does {}", other.name);
        return Err(vec![Fault::new(&folder.name, rule, "remove one of them")]);
    }
    let name = crate::archive::hex(&crate::archive::sha256(module.to_string().as_bytes()));
    let file = options.scratch.join(format!("{}.zip", &name[..32]));
    source::zip_folder(module, &folder.file, &folder.name, &file)?;
    Ok(Some(Shown {
        file,
        name: folder.name.clone(),
    }))
}

/// The zip's record and, when `need_mod`, the go.mod inside it.
fn check_zip(
    module: &ModuleVersion,
    shown: &Shown,
    need_mod: bool,
    options: Options<'_>,
) -> Result<(Zip, Option<Vec<u8>>), Vec<Fault>> {
    let unreadable = |e: std::io::Error| vec![unreadable(shown, &e)];
    let file = File::open(&shown.file).map_err(unreadable)?;
    let size = file.metadata().map_err(unreadable)?.len();
    let key = module.to_string();
    let known = if need_mod {
        None
    } else {
        options.checked.get(&key, &shown.file)
    };
    let (h1, go_mod) = match known {
        Some(h1) => (h1, None),
        None => {
            let report = modzip::check(module, size, BufReader::new(file)).map_err(|faults| {
                faults
                    .iter()
                    .map(|f| Fault::of_zip(&shown.name, f))
                    .collect::<Vec<_>>()
            })?;
            options.checked.put(&key, &shown.file, &report.h1);
            (report.h1, report.go_mod)
        }
    };
    if let Some(noted) = noted_hash(&shown.file)
        && noted != h1
    {
        let rule = format!("contains {h1}, but the .ziphash beside it says {noted}");
        return Err(vec![Fault::new(
            &shown.name,
            rule,
            "fetch the module again; remove the .ziphash if the zip is right",
        )]);
    }
    Ok((
        Zip {
            file: shown.file.clone(),
            size,
            h1: Some(h1),
        },
        go_mod,
    ))
}

/// The hash that a go command noted beside a zip. One that is no hash (a crash leaves NULs)
/// says nothing.
fn noted_hash(zip: &Path) -> Option<String> {
    let noted = fs::read_to_string(zip.with_extension("ziphash")).ok()?;
    let noted = noted.trim_end();
    (noted.len() == 47 && noted.starts_with("h1:")).then(|| noted.to_string())
}

fn read_mod(mods: &[Shown]) -> Result<Option<Vec<u8>>, Vec<Fault>> {
    let Some(first) = mods.first() else {
        return Ok(None);
    };
    let text = read_text(first)?;
    for other in &mods[1..] {
        if read_text(other)? != text {
            let rule = format!("differs from {} for the same version", first.name);
            return Err(vec![Fault::new(
                &other.name,
                rule,
                "keep the one that go.sum names",
            )]);
        }
    }
    Ok(Some(text))
}

fn read_info(module: &ModuleVersion, shown: &Shown) -> Result<Vec<u8>, Vec<Fault>> {
    let text = read_text(shown)?;
    let remedy = "fetch it again, or remove it to have it derived";
    let info = Info::parse(&text).map_err(|e| vec![Fault::new(&shown.name, e, remedy)])?;
    if info.version != module.version {
        let rule = format!("says version {:?}", info.version);
        return Err(vec![Fault::new(&shown.name, rule, remedy)]);
    }
    Ok(text)
}

/// A query is answered by the `.info` of a complete version of its module; others are left
/// out, since go would ask for the zip next.
fn read_query(path: &str, name: &str, shown: &Shown, intake: &mut Intake) -> Result<(), Fault> {
    let text = read_text(shown).map_err(|mut f| f.remove(0))?;
    let remedy = "fetch it again, or remove it";
    let info = Info::parse(&text).map_err(|e| Fault::new(&shown.name, e, remedy))?;
    let module = intake.contents.modules.get_mut(path);
    let module = module.filter(|m| {
        m.versions
            .get(&info.version)
            .is_some_and(Version::is_complete)
    });
    match module {
        Some(module) => {
            module.queries.insert(name.to_string(), text);
        }
        None => intake.notes.push(format!(
            "left out: {}: answers with {}, which is not there in full",
            shown.name, info.version
        )),
    }
    Ok(())
}

fn read_text(shown: &Shown) -> Result<Vec<u8>, Vec<Fault>> {
    let size = fs::metadata(&shown.file)
        .map_err(|e| vec![unreadable(shown, &e)])?
        .len();
    if size > MAX_TEXT_BYTES {
        let rule = format!("is {size} bytes long, more than {MAX_TEXT_BYTES}");
        return Err(vec![Fault::new(
            &shown.name,
            rule,
            "remove it: go reads no larger one",
        )]);
    }
    fs::read(&shown.file).map_err(|e| vec![unreadable(shown, &e)])
}

fn unreadable(shown: &Shown, error: &std::io::Error) -> Fault {
    Fault::new(
        &shown.name,
        format!("cannot be read: {error}"),
        "make it readable, or remove it",
    )
}
