//! Toolchains of a bag, made ready to run.
//!
//! A toolchain comes as the module zip of golang.org/toolchain (go.dev/ref/mod#toolchains).
//! A zip keeps no modes and may hold no nested go.mod, so the go command sets execute bits
//! and copies each `_go.mod` after it extracted one; the same is done here.

use std::fs::{self, File};
use std::io::{self, Cursor};
use std::path::{Path, PathBuf};

use bag::Bag;
use bag::layout::TOOLCHAIN;
use bag::record::{Record, VersionRecord};
use gomod::module::ModuleVersion;
use gomod::{goversion, modzip};

use crate::error::{Context, Error, Result};

/// GOOS and GOARCH of this program, as a toolchain's version ends.
pub fn platform() -> String {
    let os = match std::env::consts::OS {
        "macos" => "darwin",
        os => os,
    };
    let arch = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        arch => arch,
    };
    format!("{os}-{arch}")
}

/// The toolchains of a bag for `platform` (`linux-amd64`), newest first: name (`go1.27.3`) and
/// record.
pub fn held<'a>(record: &'a Record, platform: &str) -> Vec<(&'a str, &'a VersionRecord)> {
    let module = record.modules.iter().find(|m| m.path == TOOLCHAIN);
    let versions = module
        .map_or(&[][..], |m| &m.versions)
        .iter()
        .filter(|v| v.zip.is_some());
    let mut held: Vec<_> = versions
        .filter_map(|v| Some((name(&v.version, platform)?, v)))
        .collect();
    let go = |name| goversion::of_toolchain(name).unwrap_or_default();
    held.sort_by(|(a, _), (b, _)| goversion::compare(go(b), go(a)));
    held
}

/// `v0.0.1-go1.27.3.linux-amd64` → `go1.27.3`, where the platform is this one.
fn name<'a>(version: &'a str, platform: &str) -> Option<&'a str> {
    version
        .strip_prefix("v0.0.1-")?
        .strip_suffix(platform)?
        .strip_suffix('.')
        .filter(|n| n.starts_with("go"))
}

/// Extracts the toolchain `name` of `bag`, or its newest for this platform, to a folder of
/// its own in `cache`, and returns that folder, a GOROOT. One that was extracted before is
/// taken as it is: the folder's name holds the hash that the bag records.
///
/// # Errors
/// The bag has no such toolchain, it does not have the hash that the bag records, or the
/// folder cannot be written.
pub fn extract(bag: &Bag<'_>, wanted: Option<&str>, cache: &Path) -> Result<PathBuf> {
    let platform = platform();
    let held = held(bag.record(), &platform);
    let found = held
        .iter()
        .find(|(name, _)| wanted.is_none_or(|w| w == *name));
    let Some((name, version)) = found else {
        let names: Vec<&str> = held.iter().map(|(name, _)| *name).collect();
        return Err(Error::new(match (wanted, names.is_empty()) {
            (_, true) => format!(
                "this bag holds no Go toolchain for {platform}; pack one with --toolchain auto"
            ),
            (Some(wanted), false) => format!(
                "this bag holds no {wanted} for {platform}; it has {}",
                names.join(", ")
            ),
            (None, false) => "no toolchain was found".to_string(),
        }));
    };
    let module = ModuleVersion::new(TOOLCHAIN, &version.version).context(name)?;
    let zip = bag
        .get(&format!("{}.zip", module.escaped()))
        .context_missing(name)?;
    let h1 = version.zip.as_deref().unwrap_or("");
    let short = bag::archive::hex(&bag::archive::sha256(h1.as_bytes())[..6]);
    let dest = cache.join(format!("{name}.{platform}-{short}"));
    if dest.join("bin").is_dir() {
        return Ok(dest);
    }
    let report = modzip::check(&module, zip.len() as u64, Cursor::new(zip))
        .map_err(|f| Error::new(&f[0]))?;
    if report.h1 != h1 {
        return Err(Error::new(format!(
            "{module} contains {}, the bag records {h1}",
            report.h1
        )));
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

trait Missing<T> {
    fn context_missing(self, what: &str) -> Result<T>;
}

impl<T> Missing<T> for Option<T> {
    fn context_missing(self, what: &str) -> Result<T> {
        self.ok_or_else(|| Error::new(format!("{what}: its zip is missing from the bag")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bag::record::ModuleRecord;

    fn record(versions: &[&str]) -> Record {
        let version = |v: &&str| VersionRecord {
            version: v.to_string(),
            zip: Some("h1:x".into()),
            ..VersionRecord::default()
        };
        let module = ModuleRecord {
            path: TOOLCHAIN.into(),
            versions: versions.iter().map(version).collect(),
        };
        Record {
            modules: vec![module],
            ..Record::default()
        }
    }

    #[test]
    fn the_newest_toolchain_of_a_platform_comes_first() {
        let record = record(&[
            "v0.0.1-go1.9.7.linux-amd64",
            "v0.0.1-go1.27rc2.linux-amd64",
            "v0.0.1-go1.27rc10.linux-amd64",
            "v0.0.1-go1.27.0.linux-amd64",
            "v0.0.1-go1.26.10.linux-amd64",
            "v0.0.1-go1.28.0.darwin-arm64",
        ]);
        let names: Vec<&str> = held(&record, "linux-amd64")
            .iter()
            .map(|(n, _)| *n)
            .collect();
        let newest_first = [
            "go1.27.0",
            "go1.27rc10",
            "go1.27rc2",
            "go1.26.10",
            "go1.9.7",
        ];
        assert_eq!(names, newest_first);
        assert!(held(&record, "windows-amd64").is_empty());
    }

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
