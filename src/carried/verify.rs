//! Every hash of a bag, recomputed from its bytes.

use bag::built::HeldCache;
use bag::describing::{self, Judged};
use bag::manifest::{HeldVersion, MANIFEST_NAME};
use bag::{Bag, SUMS_NAME};
use gomod::module::{self, ModuleVersion};
use gomod::{dirhash, modzip};
use rayon::prelude::*;

use crate::terminal::printable::printable;
use crate::terminal::progress::note;
use crate::terminal::size::count;

/// How many versions there are to download, and everything that is wrong with the bag. All cores
/// work on it.
pub fn faults(bag: &Bag<'_>) -> (usize, Vec<String>) {
    let manifest = bag.manifest();
    let unread = manifest
        .as_ref()
        .err()
        .map(|e| format!("{e}; copy it again"));
    let manifest = manifest.unwrap_or_default();
    let told = |name| format!("{name}: its SHA-256 is not the one that {SUMS_NAME} records");
    let versions: Vec<_> = manifest.versions().collect();
    let fault = |(path, version): &(&str, &HeldVersion)| {
        let fault = check(bag, path, version).err()?;
        Some(format!("{path}@{}: {fault}", version.version))
    };
    let (damaged, unfit): (_, Vec<String>) = rayon::join(
        || bag.damaged_entries(),
        || versions.par_iter().filter_map(fault).collect(),
    );
    let mut faults: Vec<String> = damaged.into_iter().map(told).collect();
    faults.extend(built(bag));
    faults.extend(described(bag));
    faults.extend(bag.check().err().map(|e| e.to_string()));
    faults.extend(unread);
    faults.extend(unfit);
    (manifest.complete().count(), faults)
}

/// What is wrong with what was compiled before, beside its SHA-256.
fn built(bag: &Bag<'_>) -> Option<String> {
    let caches = match HeldCache::of(bag) {
        Err(e) => return Some(e.to_string()),
        Ok(caches) => caches,
    };
    let wrong = caches.iter().map(|held| {
        let outputs = held.list.outputs.par_iter();
        outputs.filter(|o| held.output(o).is_none()).count()
    });
    let wrong: usize = wrong.sum();
    (wrong > 0).then(|| {
        let wrong = count(wrong, "output");
        format!("build cache: {wrong} whose bytes are not those that the id tells of")
    })
}

/// What is wrong with what it tells of licences, READMEs and who requires whom.
fn described(bag: &Bag<'_>) -> Option<String> {
    match describing::judge(bag, env!("CARGO_PKG_VERSION")) {
        Err(e) => Some(e.to_string()),
        Ok(Judged::False(name)) => Some(format!(
            "{}: what is told of its licences, its README or who requires it is not what the modules hold",
            printable(&name)
        )),
        Ok(Judged::By(other)) => {
            let other = printable(&other);
            note(&format!(
                "what this bag tells of licences was found out by gobag {other}, and was not compared"
            ));
            None
        }
        Ok(Judged::True | Judged::Untold) => None,
    }
}

fn check(bag: &Bag<'_>, path: &str, version: &HeldVersion) -> std::result::Result<(), String> {
    // Where Go refuses the name it was kept all the same.
    let (escaped, name) = (module::escape(path), module::escape(&version.version));
    let stem = format!("{escaped}/@v/{name}");
    let find = |end: &str| {
        bag.find(&format!("{stem}{end}"))
            .ok_or(format!("its {end} is missing"))
    };
    let go_mod = find(".mod")?.plain().unwrap_or_default();
    if version.go_mod.as_deref() != Some(&dirhash::hash_go_mod(go_mod)) {
        return Err(format!(
            "its .mod has not the hash that {MANIFEST_NAME} records"
        ));
    }
    let Some(recorded) = &version.zip else {
        return Ok(());
    };
    find(".info")?;
    let module = ModuleVersion::new(path, &version.version).map_err(|e| e.to_string())?;
    let zip = find(".zip")?;
    let content = zip.reader().map_err(|e| format!("its .zip: {e}"))?;
    let report = modzip::check(&module, zip.len(), content).map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        faults.join("; ")
    })?;
    match report.h1 {
        h1 if h1 == *recorded => Ok(()),
        h1 => Err(format!("its .zip contains {h1}, recorded is {recorded}")),
    }
}
