//! Toolchains of a bag as folders.
//!
//! A toolchain comes as the module zip of golang.org/toolchain (go.dev/ref/mod#toolchains).
//! A zip keeps no modes and may hold no nested go.mod, so the go command sets execute bits
//! and copies each `_go.mod` after it extracted one; the same is done here.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::Path;

use bag::{Answer, digest};
use gomod::dirhash::Hash1;
use gomod::module::ModuleVersion;
use gomod::modzip;
use rayon::prelude::*;

use crate::error::{Error, Result};

/// The hash of what the zip of `module` contains.
///
/// # Errors
/// The zip breaks a rule.
pub fn hash(module: &ModuleVersion, zip: Answer<'_>) -> Result<String> {
    let report = modzip::check(module, zip.len(), zip.reader().map_err(Error::new)?);
    report.map(|r| r.h1).map_err(|f| Error::new(&f[0]))
}

/// Extracts the toolchain zip of `module` into the folder `dir`, ready to run, and returns the hash of
/// its files: what lies in `dir` is what it promises only if that is the hash that was expected.
///
/// # Errors
/// The zip breaks a rule, or a file cannot be written.
pub fn write(module: &ModuleVersion, zip: Answer<'_>, dir: &Path) -> io::Result<String> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = threads.min(MOST_THREADS);
    let written = (0..threads).into_par_iter().map(|first| {
        let (mut sums, mut made) = (Vec::new(), HashSet::new());
        modzip::for_every(threads, first, zip.reader()?, module, |name, content| {
            let file = dir.join(name);
            let folder = file.parent().unwrap_or(dir);
            if !made.contains(folder) {
                fs::create_dir_all(folder)?;
                made.insert(folder.to_path_buf());
            }
            let sum = digest::copy(content, File::create(&file)?)?;
            sums.push((format!("{module}/{name}"), sum));
            if is_program(name) {
                allow_exec(&file)?;
            }
            if let Some(copy) = copied_to(name) {
                fs::copy(&file, dir.join(copy))?;
            }
            Ok(())
        })?;
        Ok(sums)
    });
    let sums: Vec<Vec<(String, [u8; 32])>> = written.collect::<io::Result<_>>()?;
    let mut hash = Hash1::new();
    for (name, sum) in sums.into_iter().flatten() {
        hash.add(name, sum);
    }
    hash.finish()
        .map_err(|e| io::Error::new(ErrorKind::InvalidData, e))
}

/// How many extract at once at most: the disk is what they wait for then.
const MOST_THREADS: usize = 8;

/// The other name that a file is copied to: a go.mod cannot have its own in a zip.
pub fn copied_to(name: &str) -> Option<String> {
    let folder = name.strip_suffix("_go.mod")?;
    (folder.is_empty() || folder.ends_with('/')).then(|| format!("{folder}go.mod"))
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
