//! The Go files of a main module, as `./...` finds them.

use std::fs::{self, DirEntry, File};
use std::io::Read;
use std::path::Path;

use gomod::gofile::GoFile;

/// How much of a file is read: imports stand at its begin.
const MAX_BYTES: u64 = 1 << 20;

/// The head of a Go file.
#[derive(Debug, Default, Clone)]
pub struct Source {
    /// The folder below the module's own, with slashes; empty for that itself.
    pub folder: String,
    /// The name.
    pub name: String,
    /// What it says.
    pub file: GoFile,
}

impl Source {
    /// The name with the folder.
    pub fn path(&self) -> String {
        below(&self.folder, &self.name)
    }

    /// True for a file of a test.
    pub fn is_test(&self) -> bool {
        self.name.ends_with("_test.go")
    }
}

/// Reads the Go files of the module in `root` that `./...` means: not those in `testdata` and
/// `vendor`, in folders whose names begin with `_` or `.`, in modules of their own, or in a folder
/// that an `ignore` line of go.mod names. What cannot be read is passed over: go will say so.
pub fn read(root: &Path, ignore: &[String]) -> Vec<Source> {
    let (mut found, mut folders) = (Vec::new(), vec![String::new()]);
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(root.join(&folder)).into_iter().flatten();
        for entry in entries.flatten() {
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            let path = below(&folder, &name);
            // A link to a folder is not followed, one to a file is.
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                let skipped = matches!(name.as_str(), "testdata" | "vendor")
                    || name.starts_with(['_', '.'])
                    || root.join(&path).join("go.mod").is_file()
                    || is_ignored(&path, ignore);
                folders.extend(Some(path).filter(|_| !skipped));
            } else if name.ends_with(".go")
                && !name.starts_with(['_', '.'])
                && let Some(text) = head(&entry)
            {
                let (folder, file) = (folder.clone(), GoFile::read(&text));
                found.push(Source { folder, name, file });
            }
        }
    }
    found.sort_by(|a, b| (&a.folder, &a.name).cmp(&(&b.folder, &b.name)));
    found
}

fn head(entry: &DirEntry) -> Option<Vec<u8>> {
    let path = entry.path();
    // Opening a pipe would wait for somebody who writes.
    let is_file = path.metadata().is_ok_and(|m| m.is_file());
    let file = is_file.then(|| File::open(path))?.ok()?;
    let mut text = Vec::new();
    file.take(MAX_BYTES).read_to_end(&mut text).ok()?;
    Some(text)
}

/// `./a` is a folder of the module, `a` one of this name anywhere
/// (go.dev/ref/mod#go-mod-file-ignore).
fn is_ignored(path: &str, ignore: &[String]) -> bool {
    ignore.iter().any(|line| {
        let line = line.trim_end_matches('/');
        match line.strip_prefix("./") {
            Some(line) => path == line,
            None => path == line || path.ends_with(&format!("/{line}")),
        }
    })
}

/// `name` in `folder`.
pub fn below(folder: &str, name: &str) -> String {
    match folder {
        "" => name.to_string(),
        folder => format!("{folder}/{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_three_dots_mean() {
        let dir = tempfile::tempdir().unwrap();
        for name in [
            "a.go",
            "_b.go",
            ".c.go",
            "d.txt",
            "in/deep/e.go",
            "testdata/f.go",
            "in/testdata/f.go",
            "vendor/g.go",
            "_h/h.go",
            ".i/i.go",
            "nested/go.mod",
            "nested/j.go",
            "left/out/k.go",
            "in/out/l.go",
            "web/m.go",
            "in/web/m.go",
        ] {
            let file = dir.path().join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, "package p\nimport \"x\"\n").unwrap();
        }
        fs::create_dir(dir.path().join("folder.go")).unwrap();
        // Nobody ever writes to it.
        let pipe = dir.path().join("pipe.go");
        let made = std::process::Command::new("mkfifo").arg(pipe).status();
        assert!(made.unwrap().success());
        let ignore = ["./web".to_string(), "out/".to_string()];
        let found = read(dir.path(), &ignore);
        let names: Vec<String> = found.iter().map(Source::path).collect();
        assert_eq!(names, ["a.go", "in/deep/e.go", "in/web/m.go"]);
        assert!(found.iter().all(|s| s.file.imports == ["x"]));
    }
}
