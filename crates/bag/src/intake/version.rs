//! One version, from the files that make it up.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::Path;

use gomod::info::Info;
use gomod::module::ModuleVersion;
use gomod::{modzip, query};

use super::shown::Shown;
use super::walk::Parts;
use super::{Invalid, Options};
use crate::Fault;
use crate::contents::{Version, Zip};
use crate::source;

/// A version as far as it could be read.
#[derive(Debug, Default)]
pub struct Built {
    pub version: Version,
    pub faults: Vec<Fault>,
    pub notes: Vec<String>,
}

/// Reads and checks the files of one version.
pub fn build((path, version): &(String, String), parts: &Parts, options: Options<'_>) -> Built {
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
    let unreadable = |e: std::io::Error| vec![shown.unreadable(&e)];
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
    let text = first.read_text().map_err(one)?;
    for other in &mods[1..] {
        if other.read_text().map_err(one)? != text {
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
    let text = shown.read_text().map_err(one)?;
    let remedy = "fetch it again, or remove it to have it derived";
    let info = Info::parse(&text).map_err(|e| vec![Fault::new(&shown.name, e, remedy)])?;
    if info.version != module.version {
        let rule = format!("says version {:?}", info.version);
        return Err(vec![Fault::new(&shown.name, rule, remedy)]);
    }
    Ok(text)
}

fn one(fault: Fault) -> Vec<Fault> {
    vec![fault]
}
