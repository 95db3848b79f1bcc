//! A rule for the program that `go build` writes: of one package that is a program it does, to the
//! folder that it is run in; of several packages it keeps nothing.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use gomod::gofile::{Built, Target};

use super::finding::Finding;
use super::host::Host;
use super::project::ProjectFiles;
use super::settings::flag;
use super::sources::below;

/// How a file begins that go takes for one of its own making, and writes over (`objectMagic` in
/// cmd/go/internal/work).
const OBJECTS: [&[u8]; 15] = [
    b"!<arch>\n",
    b"<bigaf>\n",
    b"\x7fELF",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"MZ\x90\0\x03\0",
    b"MZ\x78\0\x01\0",
    b"\0\0\x01\xeb",
    b"\0\0\x8a\x97",
    b"\0\0\x06\x47",
    b"\0asm",
    b"\x01\xdf",
    b"\x01\xf7",
];

/// Whether the program that a build in `dir` writes has a place there.
pub fn check(project: &ProjectFiles, dir: &Path, host: &Host) -> Option<Finding> {
    if flag(host, "o").or(flag(host, "buildmode")).is_some() {
        return None;
    }
    let name = written(project, dir, &host.target())?;
    let why = in_the_way(&dir.join(&name))?;
    let packages = project.packages(dir);
    let build = format!("go build {packages}");
    let what = format!("{build} writes the program {name}, and {why}");
    let remedy = format!("gobag exec -- go build -o \"$(mktemp -d)\" {packages}");
    Some(Finding::error(what, remedy))
}

fn in_the_way(file: &Path) -> Option<String> {
    match fs::metadata(file) {
        Ok(data) if data.is_dir() => Some("a folder has that name".to_string()),
        Ok(data) if data.is_file() && data.len() > 0 && !is_object(file) => {
            Some("a file that is no program has that name".to_string())
        }
        Ok(_) => None,
        Err(_) => {
            let refused = tempfile::tempfile_in(file.parent()?).err()?;
            Some(format!("no file can be made there: {refused}"))
        }
    }
}

fn is_object(file: &Path) -> bool {
    let mut begin = Vec::new();
    let read = File::open(file).and_then(|file| file.take(8).read_to_end(&mut begin));
    read.is_ok() && OBJECTS.iter().any(|magic| begin.starts_with(magic))
}

/// What the program is called that a build in `dir` writes; none where it writes none, or where
/// that is not known.
fn written(project: &ProjectFiles, dir: &Path, target: &Target<'_>) -> Option<String> {
    let dir = fs::canonicalize(dir).ok()?;
    // By its path: whether it is a program, of which a test says nothing.
    let mut packages: BTreeMap<String, bool> = BTreeMap::new();
    let everywhere = dir == project.root;
    for main in &project.mains {
        let (file, path) = (project.root.join(&main.name), main.file.module.as_deref()?);
        let root = file.parent()?;
        for source in &main.sources {
            if !everywhere && !root.join(&source.folder).starts_with(&dir) {
                continue;
            }
            match target.builds(&source.name, &source.file) {
                Built::No => continue,
                Built::Unsure => return None,
                Built::Yes => {}
            }
            let path = below(path, &source.folder);
            let path = path.trim_end_matches('/').to_string();
            let is_program = packages.entry(path).or_default();
            *is_program |= source.file.package == "main" && !source.is_test();
        }
    }
    let (path, is_program) = packages.pop_first()?;
    let alone = packages.is_empty() && is_program;
    let end = if target.os == "windows" { ".exe" } else { "" };
    alone.then(|| format!("{}{end}", program(&path)))
}

/// The last element of a package's path that is no major version (`DefaultExecName`).
fn program(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some((before, last)) if is_major(last) => before.rsplit('/').next().unwrap_or(before),
        Some((_, last)) => last,
        None => path,
    }
}

fn is_major(element: &str) -> bool {
    let number = element.strip_prefix('v').unwrap_or("");
    !number.is_empty()
        && number != "1"
        && !number.starts_with('0')
        && number.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_called_as_go_calls_it() {
        for (path, want) in [
            ("main.test", "main.test"),
            ("a.test/b/c", "c"),
            ("a.test/b/v2", "b"),
            ("a.test/v10", "a.test"),
            ("a.test/b/v1", "v1"),
            ("a.test/b/v", "v"),
            ("a.test/b/v2x", "v2x"),
            ("a.test/b/v02", "v02"),
            ("v2", "v2"),
        ] {
            assert_eq!(program(path), want, "{path}");
        }
    }
}
