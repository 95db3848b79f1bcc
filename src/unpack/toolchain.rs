//! Toolchains of a bag, made ready to run.
//!
//! A toolchain comes as the module zip of golang.org/toolchain (go.dev/ref/mod#toolchains).
//! A zip keeps no modes and may hold no nested go.mod, so the go command sets execute bits
//! and copies each `_go.mod` after it extracted one; the same is done here.

use std::fs::{self, File};
use std::io::{self, Cursor};
use std::path::{Path, PathBuf};

use bag::{Bag, TOOLCHAIN, digest};
use gomod::module::ModuleVersion;
use gomod::modzip;

use crate::carried::toolchains::{held, platform};
use crate::error::{Context, Error, Result};

/// Extracts the toolchain `name` of `bag`, or its newest for this platform, to a folder of
/// its own in `cache`, and returns that folder, a GOROOT. One that was extracted before is
/// taken as it is: the folder's name holds the hash that the bag records.
///
/// # Errors
/// The bag has no such toolchain, it does not have the hash that the bag records, or the
/// folder cannot be written.
pub fn extract(bag: &Bag<'_>, wanted: Option<&str>, cache: &Path) -> Result<PathBuf> {
    let platform = platform();
    let held = held(bag.manifest(), &platform);
    let Some((newest, _)) = held.first() else {
        return Err(Error::new(format!(
            "this bag holds no Go toolchain for {platform}; pack one with --toolchain auto"
        )));
    };
    let wanted = wanted.unwrap_or(newest);
    let Some((name, version)) = held.iter().find(|(name, _)| *name == wanted) else {
        let names: Vec<&str> = held.iter().map(|(name, _)| *name).collect();
        let text = format!("this bag holds no {wanted} for {platform}; it has ");
        return Err(Error::new(text + &names.join(", ")));
    };
    let module = ModuleVersion::new(TOOLCHAIN, &version.version).context(name)?;
    let zip = bag
        .get(&format!("{}.zip", module.escaped()))
        .ok_or_else(|| Error::new(format!("{name}: its zip is missing from the bag")))?;
    let h1 = version.zip.as_deref().unwrap_or("");
    let short = digest::hex(&digest::sha256(h1.as_bytes())[..6]);
    let dest = cache.join(format!("{name}.{platform}-{short}"));
    if dest.join("bin").is_dir() {
        return Ok(dest);
    }
    let contained = hash(&module, zip)?;
    if contained != h1 {
        let text = format!("{module} contains {contained}, the bag records {h1}");
        return Err(Error::new(text));
    }
    fs::create_dir_all(cache).context(cache.display())?;
    let partial = tempfile::Builder::new()
        .prefix(".partial-")
        .tempdir_in(cache)
        .context(cache.display())?;
    write(&module, zip, partial.path()).context(format!("cannot extract {name}"))?;
    match fs::rename(partial.path(), &dest) {
        // Another gobag was faster.
        Err(_) if dest.join("bin").is_dir() => Ok(dest),
        Err(e) => Err(Error::new(format!("{}: {e}", dest.display()))),
        Ok(()) => {
            let _ = partial.keep();
            Ok(dest)
        }
    }
}

/// The hash of what the zip of `module` contains.
///
/// # Errors
/// The zip breaks a rule.
pub fn hash(module: &ModuleVersion, zip: &[u8]) -> Result<String> {
    let report = modzip::check(module, zip.len() as u64, Cursor::new(zip));
    report.map(|r| r.h1).map_err(|f| Error::new(&f[0]))
}

/// Extracts the toolchain zip of `module` into the folder `dir`, ready to run.
///
/// # Errors
/// The zip breaks a rule, or a file cannot be written.
pub fn write(module: &ModuleVersion, zip: &[u8], dir: &Path) -> io::Result<()> {
    modzip::for_each_file(Cursor::new(zip), module, |name, content| {
        let file = dir.join(name);
        fs::create_dir_all(file.parent().unwrap_or(dir))?;
        io::copy(content, &mut File::create(&file)?)?;
        if is_program(name) {
            allow_exec(&file)?;
        }
        if let Some(folder) = name
            .strip_suffix("_go.mod")
            .filter(|f| f.is_empty() || f.ends_with('/'))
        {
            fs::copy(&file, dir.join(format!("{folder}go.mod")))?;
        }
        Ok(())
    })
}

/// The files that the go command makes executable (cmd/go/internal/toolchain.Exec).
fn is_program(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name);
    let wrapper =
        file.starts_with("go_") && file.ends_with("_exec") && file.matches('_').count() >= 3;
    name.starts_with("bin/")
        || name.starts_with("pkg/tool/")
        || (name.starts_with("lib/") && wrapper)
}

#[cfg(unix)]
fn allow_exec(file: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(file, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn allow_exec(_file: &Path) -> io::Result<()> {
    Ok(())
}

/// Where this program keeps what it extracts: the user's cache folder.
pub fn cache_folder() -> PathBuf {
    let set = |name: &str| {
        std::env::var_os(name)
            .filter(|v| !v.is_empty())
            .map(PathBuf::from)
    };
    let base = if cfg!(windows) {
        set("LOCALAPPDATA")
    } else {
        set("XDG_CACHE_HOME")
            .filter(|p| p.is_absolute())
            .or_else(|| {
                let caches = if cfg!(target_os = "macos") {
                    "Library/Caches"
                } else {
                    ".cache"
                };
                set("HOME").map(|home| home.join(caches))
            })
    };
    base.unwrap_or_else(std::env::temp_dir).join("gobag")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_those_that_go_makes_executable() {
        for (name, want) in [
            ("bin/go", true),
            ("bin/gofmt", true),
            ("pkg/tool/linux_amd64/compile", true),
            ("lib/wasm/go_js_wasm_exec", true),
            ("lib/time/zoneinfo.zip", false),
            ("src/cmd/go/main.go", false),
            ("pkg/include/textflag.h", false),
        ] {
            assert_eq!(is_program(name), want, "{name}");
        }
    }
}
