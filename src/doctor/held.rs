//! What the bag has of a module: its go.mod, and the heads of its Go files.

use std::io::Read;
use std::path::Path;

use bag::Bag;
use gomod::gofile::GoFile;
use gomod::modfile::ModFile;
use gomod::module::ModuleVersion;
use gomod::modzip;

use super::imports::{Imports, Need, Packages};

/// How much of a file is read: imports stand at its begin.
const MAX_BYTES: u64 = 1 << 20;

/// The `.mod` of a version; none where the bag lacks it.
pub fn go_mod(bag: &Bag<'_>, path: &str, version: &str) -> Option<ModFile> {
    let module = ModuleVersion::new(path, version).ok()?;
    let text = bag.get(&format!("{}.mod", module.escaped()))?;
    // go would refuse it as well, with a better message than ours.
    Some(ModFile::parse(text).unwrap_or_default())
}

/// The Go files in the zip of a version; none where the bag lacks it, or where it cannot be read.
pub fn go_files(bag: &Bag<'_>, path: &str, version: &str) -> Option<Packages> {
    let module = ModuleVersion::new(path, version).ok()?;
    let zip = bag.find(&format!("{}.zip", module.escaped()))?;
    let mut files = Vec::new();
    let read = modzip::for_each_file(zip.reader().ok()?, &module, |name, content| {
        if name.ends_with(".go") && !name.ends_with("_test.go") {
            let mut text = Vec::new();
            content.take(MAX_BYTES).read_to_end(&mut text)?;
            files.push((name.to_owned(), GoFile::read(&text)));
        }
        Ok(())
    });
    read.ok().map(|()| packages(files))
}

/// Bytes of the zips that a build reads and the module cache at `cache` does not have.
pub fn bytes(bag: &Bag<'_>, imports: &Imports, cache: &Path) -> u64 {
    let built = imports
        .providers
        .iter()
        .filter(|(_, need)| **need == Need::Build);
    let zips = built.filter_map(|((path, version), _)| {
        let module = ModuleVersion::new(path, version).ok()?;
        let name = format!("{}.zip", module.escaped());
        let there = cache.join("cache/download").join(&name).is_file();
        bag.find(&name).filter(|_| !there).map(|zip| zip.len())
    });
    zips.sum()
}

/// Sorts the files of a module by folder, those of tests left out.
pub fn packages(files: impl IntoIterator<Item = (String, GoFile)>) -> Packages {
    let mut found = Packages::new();
    for (path, file) in files {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
        if name.ends_with(".go") && !name.ends_with("_test.go") {
            let folder = found.entry(folder.to_owned()).or_default();
            folder.push((name.to_owned(), file));
        }
    }
    found
}
