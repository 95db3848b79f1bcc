//! A place: what a path below `modules/` means.
//!
//! `modules/` holds, side by side and as often as one likes, a GOPROXY tree
//! (`example.com/m/@v/v1.0.0.zip`), source folders (`example.com/m@v1.0.0/…`) and captured
//! checksum data (`sumdb/…`), and a vulnerability database (`vulndb/…`). A folder whose name cannot begin a module path, since it has
//! no dot, is a capture of its own and is laid out like `modules/` itself; so
//! `$GOMODCACHE/cache/download` may be copied in under any such name, or with its parents.

use std::path::Path;

use gomod::module::{self, ModuleError};

use crate::Fault;
use crate::vulndb;

/// What one file of a GOPROXY tree holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProxyFile {
    /// `<version>.info`: JSON with version and time.
    Info,
    /// `<version>.mod`: the go.mod file.
    Mod,
    /// `<version>.zip`: the module zip.
    Zip,
    /// `<version>.ziphash`: the `h1:` that a go command wrote beside the zip.
    ZipHash,
}

/// What a file below `modules/` is, told from its path alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A file of a GOPROXY tree. For an `.info` the version may be any query, such as a branch
    /// name; for the others a version, which Go may refuse, as it may the path.
    Proxy {
        /// The module path, unescaped.
        path: String,
        /// The version or query, unescaped.
        version: String,
        /// What it holds.
        file: ProxyFile,
    },
    /// A file of a source folder.
    Source {
        /// The module path, unescaped.
        path: String,
        /// The version, unescaped.
        version: String,
    },
    /// A file of captured checksum data.
    Sum {
        /// Its path below `sumdb/`.
        name: String,
    },
    /// A file of a vulnerability database.
    Vuln {
        /// Its path below `vulndb/`.
        name: String,
    },
    /// Left out on purpose: locks, partial downloads, a cache's own `list`, notes for people.
    Ignored,
}

/// A relative path with `/` between its elements, on every platform; none if it is not UTF-8.
pub fn slashed(path: &Path) -> Option<String> {
    let elements: Option<Vec<&str>> = path.iter().map(|e| e.to_str()).collect();
    elements.map(|e| e.join("/"))
}

/// True for a folder that is passed over with all that it holds: version control data and
/// the bare repositories that the go command keeps in `cache/vcs`. `folder` is relative,
/// with `/` between its elements.
pub fn is_skipped_folder(folder: &str) -> bool {
    let (parent, name) = folder.rsplit_once('/').unwrap_or(("", folder));
    let in_capture = parent.split('/').all(|e| e.is_empty() || is_capture(e));
    in_capture
        && (name.starts_with('.')
            || (name == "vcs" && (parent == "cache" || parent.ends_with("/cache"))))
}

/// True for a folder name that holds a capture of its own, since no module path can begin
/// with it: it has no dot, no `@`, and is neither `sumdb` nor `vulndb`.
fn is_capture(name: &str) -> bool {
    !name.contains(['.', '@']) && !matches!(name, "sumdb" | "vulndb")
}

/// The number of leading bytes of `file` that name captures, so that what follows is laid
/// out as `modules/` itself is.
pub fn capture_len(file: &str) -> usize {
    let mut len = 0;
    while let Some((name, _)) = file[len..].split_once('/') {
        if !is_capture(name) {
            break;
        }
        len += name.len() + 1;
    }
    len
}

/// Says what the file at this path is. `file` is relative to `modules/`, with `/` between
/// its elements.
///
/// # Errors
/// A path that is no part of a module, or whose escaped path or version is none.
pub fn place(file: &str) -> Result<Place, Fault> {
    let rest = &file[capture_len(file)..];
    if let Some(name) = rest.strip_prefix("sumdb/") {
        return Ok(Place::Sum {
            name: name.to_string(),
        });
    }
    if let Some(name) = rest.strip_prefix(vulndb::ROOT) {
        // What is served beside it is made anew.
        return Ok(match vulndb::is_part(name) {
            true => Place::Vuln {
                name: name.to_string(),
            },
            false => Place::Ignored,
        });
    }
    let mut begin = 0;
    for element in rest.split('/') {
        let end = begin + element.len();
        if element == "@v" && begin > 0 && end < rest.len() {
            return proxy_file(file, &rest[..begin - 1], &rest[end + 1..]);
        }
        if end < rest.len() && element.find('@').is_some_and(|at| at > 0) {
            return source_file(file, &rest[..end]);
        }
        begin = end + 1;
    }
    let name = rest.rsplit('/').next().unwrap_or(rest);
    if name == "@latest" || name == "lock" || is_note(name) {
        return Ok(Place::Ignored);
    }
    Err(Fault::new(
        file,
        "belongs to no module",
        "put it below <path>/@v/, <path>@<version>/ or sumdb/, or remove it",
    ))
}

/// True for what may name an entry of an archive. Names become paths when a bag is unpacked: none
/// may lead out of the folder. They are lines of its sums as well.
pub(crate) fn is_legal(name: &str) -> bool {
    let legal = |element: &str| !matches!(element, "" | "." | "..");
    !name.contains(['\\', ':']) && !name.contains(char::is_control) && name.split('/').all(legal)
}

/// A file for people rather than for a bag, where it stands outside any module.
fn is_note(name: &str) -> bool {
    name.starts_with('.')
        || ["README", "LICENSE", "NOTICE"]
            .iter()
            .any(|n| name.starts_with(n))
}

fn proxy_file(file: &str, escaped_path: &str, name: &str) -> Result<Place, Fault> {
    if name.contains('/') {
        return Err(Fault::new(
            file,
            "is a folder inside @v",
            "keep only files there",
        ));
    }
    let left_out = [".lock", ".partial", ".tmp"];
    if name == "list" || name.starts_with('.') || left_out.iter().any(|end| name.ends_with(end)) {
        return Ok(Place::Ignored);
    }
    let kinds = [
        (".info", ProxyFile::Info),
        (".mod", ProxyFile::Mod),
        (".zip", ProxyFile::Zip),
        (".ziphash", ProxyFile::ZipHash),
    ];
    let Some((escaped_version, kind)) = kinds
        .iter()
        .find_map(|(end, kind)| Some((name.strip_suffix(end)?, *kind)))
    else {
        return Err(Fault::new(
            file,
            "is neither .info, .mod nor .zip",
            "remove it, or name it as the GOPROXY protocol does",
        ));
    };
    let fault = |remedy| move |e: ModuleError| Fault::new(file, e, remedy);
    let remedy = "rename the folder to the escaped module path (A as !a)";
    let path = module::unescape(escaped_path).map_err(fault(remedy))?;
    if !is_legal(&path) {
        module::check_path(&path).map_err(fault(remedy))?;
    }
    let remedy = "rename the file to the escaped version (A as !a)";
    let version = module::unescape_version(escaped_version).map_err(fault(remedy))?;
    Ok(Place::Proxy {
        path,
        version,
        file: kind,
    })
}

fn source_file(file: &str, folder: &str) -> Result<Place, Fault> {
    let remedy = "name the folder <escaped module path>@<version>";
    let fault = |e: ModuleError| Fault::new(file, e, remedy);
    let (path, version) = folder.rsplit_once('@').unwrap_or((folder, ""));
    let path = module::unescape_path(path).map_err(fault)?;
    let version = module::unescape_version(version).map_err(fault)?;
    module::check(&path, &version).map_err(fault)?;
    Ok(Place::Source { path, version })
}

/// What the names of a version's entries, or of a query's, begin with.
pub fn stem(path: &str, version: &str) -> Result<String, ModuleError> {
    let (path, version) = (module::escape(path), module::escape_version(version)?);
    Ok(format!("{path}/@v/{version}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(path: &str, version: &str, file: ProxyFile) -> Place {
        Place::Proxy {
            path: path.into(),
            version: version.into(),
            file,
        }
    }

    #[test]
    fn tells_what_a_path_is() {
        let source = Place::Source {
            path: "example.com/Big".into(),
            version: "v1.0.0".into(),
        };
        let table = [
            (
                "example.com/m/@v/v1.0.0.zip",
                proxy("example.com/m", "v1.0.0", ProxyFile::Zip),
            ),
            (
                "cache/download/example.com/!m/@v/v1.0.0-!r!c.info",
                proxy("example.com/M", "v1.0.0-RC", ProxyFile::Info),
            ),
            (
                "example.com/m/@v/main.info",
                proxy("example.com/m", "main", ProxyFile::Info),
            ),
            (
                "example.com/m/@v/v2.0.0.zip",
                proxy("example.com/m", "v2.0.0", ProxyFile::Zip),
            ),
            (
                "example.com/.m/@v/v1.mod",
                proxy("example.com/.m", "v1", ProxyFile::Mod),
            ),
            ("mine/example.com/!big@v1.0.0/a/@v/b.go", source),
            (
                "a/b/sumdb/sum.golang.org/tile/8/0/000",
                Place::Sum {
                    name: "sum.golang.org/tile/8/0/000".into(),
                },
            ),
            ("example.com/m/@v/list", Place::Ignored),
            ("example.com/m/@v/v1.0.0.lock", Place::Ignored),
            ("example.com/m/@v/v1.0.0.zip123.tmp", Place::Ignored),
            ("example.com/m/@v/v1.0.0.partial", Place::Ignored),
            ("example.com/m/@latest", Place::Ignored),
            ("cache/lock", Place::Ignored),
            ("README.md", Place::Ignored),
        ];
        for (file, want) in table {
            assert_eq!(place(file), Ok(want), "{file}");
        }
    }

    #[test]
    fn refuses_what_belongs_to_no_module() {
        for file in [
            "notes.txt",
            "example.com/m/stray.go",
            "example.com/x/@v/y/@v/z.go",
            "example.com/m/@v/v1.0.0.tar",
            "example.com/M/@v/v1.0.0.zip",
            "example.com/a:b/@v/v1.0.0.zip",
            "exam\nple.com/m/@v/v1.0.0.zip",
            "example.com/m\r/@v/v1.0.0.zip",
            "example.com/m/@v/v1.0.0\r.zip",
            "example.com/m@main/x.go",
            "example.com/m@v1.0/x.go",
        ] {
            assert!(place(file).is_err(), "{file}");
        }
    }

    #[test]
    fn skips_version_control_and_bare_repositories() {
        for (folder, want) in [
            (".git", true),
            ("cache/vcs", true),
            ("mine/cache/vcs", true),
            ("vcs", false),
            ("example.com/vcs", false),
            ("example.com/m@v1.0.0/.git", false),
        ] {
            assert_eq!(is_skipped_folder(folder), want, "{folder}");
        }
    }
}
