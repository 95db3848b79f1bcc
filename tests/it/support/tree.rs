//! Folders laid out like `modules/`, made for one test.

use std::io::{Cursor, Write};
use std::path::Path;

use tempfile::TempDir;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::support::bag::Bag;

/// A folder like `modules/`, in the making; gone when it is dropped.
pub struct Tree {
    dir: TempDir,
}

impl Tree {
    /// An empty one.
    pub fn new() -> Tree {
        Tree {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Adds a file as it is.
    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> &Tree {
        let file = self.path().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, bytes).unwrap();
        self
    }

    /// Adds a source folder that holds `files` and nothing else.
    pub fn folder(&self, path: &str, version: &str, files: &[(&str, &str)]) -> &Tree {
        let folder = format!("{}@{}", escape(path), escape(version));
        for (name, text) in files {
            self.file(&format!("{folder}/{name}"), text);
        }
        self
    }

    /// Adds a source folder with a package of one file and the `go.mod` of [`go_mod`].
    pub fn module(&self, path: &str, version: &str) -> &Tree {
        self.module_with(path, version, "")
    }

    /// The same with more lines in `go.mod`.
    pub fn module_with(&self, path: &str, version: &str, lines: &str) -> &Tree {
        let go_mod = go_mod(path) + lines;
        let package = package(path);
        self.folder(path, version, &[("go.mod", &go_mod), ("p.go", &package)])
    }

    /// Adds `.info`, `.mod` and `.zip` to a GOPROXY tree. `files` holds the `go.mod`, if any.
    pub fn proxied(&self, path: &str, version: &str, files: &[(&str, &str)]) -> &Tree {
        let go_mod = files.iter().find(|(name, _)| *name == "go.mod");
        let legacy = format!("module {path}\n");
        self.part(path, version, "info", info(version));
        self.part(
            path,
            version,
            "mod",
            go_mod.map_or(&*legacy, |(_, text)| text),
        );
        self.part(path, version, "zip", zip(path, version, files))
    }

    /// Adds one file of a GOPROXY tree: `info`, `mod`, `zip` or what else a cache leaves there.
    pub fn part(&self, path: &str, version: &str, end: &str, bytes: impl AsRef<[u8]>) -> &Tree {
        let (path, version) = (escape(path), escape(version));
        self.file(&format!("{path}/@v/{version}.{end}"), bytes)
    }

    /// A binary with it inside.
    pub fn bag(&self) -> Bag {
        Bag::of(self.path())
    }

    /// The same with zips as they are, also where all bags are compact.
    pub fn plain_bag(&self) -> Bag {
        Bag::plain(self.path())
    }

    /// What `gobag pack` says against it.
    pub fn refused(&self) -> String {
        Bag::refuses(self.path())
    }
}

/// A go.mod without requirements.
pub fn go_mod(path: &str) -> String {
    format!("module {path}\n\ngo 1.21\n")
}

/// A Go file whose package compiles, is named `p` and knows what module it belongs to.
pub fn package(path: &str) -> String {
    format!(
        "// Package p is there to be imported.\npackage p\n\n// Path is the module's.\nconst Path = {path:?}\n"
    )
}

/// An `.info` with a fixed time.
pub fn info(version: &str) -> String {
    format!("{{\"Version\":{version:?},\"Time\":\"2025-06-01T12:00:00Z\"}}")
}

/// A module zip of `files`.
pub fn zip(path: &str, version: &str, files: &[(&str, &str)]) -> Vec<u8> {
    let entries = files.iter().map(|(name, text)| {
        let name = format!("{path}@{version}/{name}");
        (name, text.as_bytes())
    });
    zip_of(entries)
}

/// A zip of any entries; a name that ends in `/` is a folder.
pub fn zip_of<'a>(entries: impl IntoIterator<Item = (String, &'a [u8])>) -> Vec<u8> {
    let mut out = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, bytes) in entries {
        out.start_file(name, options).unwrap();
        out.write_all(bytes).unwrap();
    }
    out.finish().unwrap().into_inner()
}

/// The escaped form of a path or a version: `!` and the small letter for each capital.
pub fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        if letter.is_ascii_uppercase() {
            escaped.push('!');
        }
        escaped.push(letter.to_ascii_lowercase());
    }
    escaped
}

/// All files below `folder`, sorted, with `/` between the elements of their names.
pub fn files(folder: &Path) -> Vec<String> {
    let (mut names, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                names.push(
                    path.strip_prefix(folder)
                        .unwrap()
                        .to_str()
                        .unwrap()
                        .to_owned(),
                );
            }
        }
    }
    names.sort();
    names
}
