//! Every hash of a bag, recomputed from its bytes.

use std::io::Cursor;

use bag::Bag;
use bag::manifest::{HeldVersion, MANIFEST_NAME};
use gomod::module::{self, ModuleVersion};
use gomod::{dirhash, modzip};

/// How many versions there are to download, and everything that is wrong with the bag.
pub fn faults(bag: &Bag<'_>) -> (usize, Vec<String>) {
    let mut count = 0;
    let mut faults: Vec<String> = bag
        .damaged_entries()
        .iter()
        .map(|name| {
            format!(
                "{name}: its SHA-256 is not the one that {} records",
                bag::archive::SUMS_NAME
            )
        })
        .collect();
    faults.extend(
        bag::archive::check_headers(bag.archive())
            .err()
            .map(|e| e.to_string()),
    );
    for module in &bag.manifest().modules {
        for version in &module.versions {
            count += usize::from(version.is_complete());
            if let Err(fault) = check(bag, &module.path, version) {
                faults.push(format!("{}@{}: {fault}", module.path, version.version));
            }
        }
    }
    (count, faults)
}

fn check(bag: &Bag<'_>, path: &str, version: &HeldVersion) -> std::result::Result<(), String> {
    let module = ModuleVersion::new(path, &version.version).map_err(|e| e.to_string())?;
    let escape = |e: module::ModuleError| e.to_string();
    let stem = format!(
        "{}/@v/{}",
        module::escape_path(path).map_err(escape)?,
        module::escape_version(&version.version).map_err(escape)?
    );
    let get = |end: &str| {
        bag.get(&format!("{stem}{end}"))
            .ok_or(format!("its {end} is missing"))
    };
    if version.go_mod.as_deref() != Some(&dirhash::hash_go_mod(get(".mod")?)) {
        return Err(format!(
            "its .mod has not the hash that {MANIFEST_NAME} records"
        ));
    }
    let Some(recorded) = &version.zip else {
        return Ok(());
    };
    get(".info")?;
    let zip = get(".zip")?;
    let report = modzip::check(&module, zip.len() as u64, Cursor::new(zip)).map_err(|faults| {
        faults
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("; ")
    })?;
    if report.h1 == *recorded {
        Ok(())
    } else {
        Err(format!(
            "its .zip contains {}, recorded is {recorded}",
            report.h1
        ))
    }
}
