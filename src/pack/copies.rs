//! Copies of go.mod, go.sum and go.work, on which go commands run in place of a project's own.

use std::fs;
use std::path::{Path, PathBuf};

use bag::{digest, plain};
use gomod::modfile::{WorkFile, auto_quote, cleaned, is_directory_path};

use crate::error::{Context, Error, Result};

/// Copies the go.mod and go.sum of the folder `module` below `copies`, unless that was done, and
/// returns where the go.mod is.
///
/// # Errors
/// A file cannot be read or written.
pub fn of_module(module: &Path, copies: &Path) -> Result<PathBuf> {
    of_file(&module.join("go.mod"), copies)
}

/// Copies `file`, which is a go.mod by any name, with the sums that belong to it.
///
/// # Errors
/// A file cannot be read or written.
pub fn of_file(file: &Path, copies: &Path) -> Result<PathBuf> {
    let folder = copies.join(name(file));
    let copy = folder.join("go.mod");
    if !copy.exists() {
        fs::create_dir_all(&folder).context(folder.display())?;
        copy_if_there(&file.with_extension("sum"), &folder.join("go.sum"))?;
        fs::copy(file, &copy).context(file.display())?;
    }
    Ok(copy)
}

/// The copy of the go.mod of the folder `module` below `copies`, where one was made.
pub fn made(module: &Path, copies: &Path) -> Option<PathBuf> {
    let copy = copies.join(name(&module.join("go.mod"))).join("go.mod");
    copy.exists().then_some(copy)
}

fn name(file: &Path) -> String {
    digest::hex(&digest::sha256(file.as_os_str().as_encoded_bytes())[..8])
}

/// Copies a go.work with its sums below `copies`, with all folders named from the root.
///
/// # Errors
/// A file cannot be read or written.
pub fn of_workspace(go_work: &Path, copies: &Path) -> Result<PathBuf> {
    let copies = &copies.join(name(go_work));
    let copy = copies.join("go.work");
    if copy.exists() {
        return Ok(copy);
    }
    let file = read_workspace(go_work)?;
    let root = go_work.parent().unwrap_or(Path::new("."));
    let rooted =
        |dir: &str| auto_quote(&cleaned(&root.join(dir)).display().to_string()).into_owned();
    let mut text = String::new();
    text.extend(file.go.iter().map(|v| format!("go {v}\n")));
    text.extend(file.toolchain.iter().map(|v| format!("toolchain {v}\n")));
    text.extend(file.uses.iter().map(|dir| format!("use {}\n", rooted(dir))));
    for r in &file.replace {
        let old = r
            .old_version
            .as_ref()
            .map_or(String::new(), |v| format!(" {v}"));
        let new = match &r.new_version {
            Some(version) => format!("{} {version}", auto_quote(&r.new_path)),
            None if is_directory_path(&r.new_path) => rooted(&r.new_path),
            None => auto_quote(&r.new_path).into_owned(),
        };
        text += &format!("replace {}{old} => {new}\n", auto_quote(&r.old_path));
    }
    fs::create_dir_all(copies).context(copies.display())?;
    copy_if_there(
        &go_work.with_file_name("go.work.sum"),
        &copies.join("go.work.sum"),
    )?;
    fs::write(&copy, text).context(copy.display())?;
    Ok(copy)
}

/// The module folders that a go.work names.
///
/// # Errors
/// It cannot be read.
pub fn used(go_work: &Path) -> Result<Vec<PathBuf>> {
    let root = go_work.parent().unwrap_or(Path::new("."));
    Ok(read_workspace(go_work)?.folders(root))
}

fn read_workspace(go_work: &Path) -> Result<WorkFile> {
    let text = plain::read_text(go_work).context(go_work.display())?;
    WorkFile::parse(&text).context(go_work.display())
}

fn copy_if_there(from: &Path, to: &Path) -> Result<()> {
    match fs::copy(from, to) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::new(format!("{}: {e}", from.display())))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sums_lie_beside_a_go_mod_by_any_name() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("tools.mod"), "module a.test\n").unwrap();
        fs::write(at("tools.sum"), "").unwrap();
        let copy = of_file(&at("tools.mod"), &at("copies")).unwrap();
        assert!(copy.ends_with("go.mod") && copy.with_file_name("go.sum").is_file());
    }
}
