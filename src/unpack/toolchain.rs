//! Toolchains of a bag as folders.
//!
//! A toolchain comes as the module zip of golang.org/toolchain (go.dev/ref/mod#toolchains).
//! A zip keeps no modes and may hold no nested go.mod, so the go command sets execute bits
//! and copies each `_go.mod` after it extracted one; the same is done here.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use bag::Answer;
use gomod::module::ModuleVersion;
use gomod::modzip;

use crate::error::{Error, Result};

/// The hash of what the zip of `module` contains.
///
/// # Errors
/// The zip breaks a rule.
pub fn hash(module: &ModuleVersion, zip: Answer<'_>) -> Result<String> {
    let report = modzip::check(module, zip.len(), zip.reader().map_err(Error::new)?);
    report.map(|r| r.h1).map_err(|f| Error::new(&f[0]))
}

/// Extracts the toolchain zip of `module` into the folder `dir`, ready to run.
///
/// # Errors
/// The zip breaks a rule, or a file cannot be written.
pub fn write(module: &ModuleVersion, zip: Answer<'_>, dir: &Path) -> io::Result<()> {
    modzip::for_each_file(zip.reader()?, module, |name, content| {
        let file = dir.join(name);
        fs::create_dir_all(file.parent().unwrap_or(dir))?;
        io::copy(content, &mut File::create(&file)?)?;
        if is_program(name) {
            allow_exec(&file)?;
        }
        if let Some(copy) = copied_to(name) {
            fs::copy(&file, dir.join(copy))?;
        }
        Ok(())
    })
}

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
