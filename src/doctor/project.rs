//! A project as its files tell: what it requires, replaces and expects. Read without go, which
//! may be missing here or refuse the project.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use bag::plain;
use gomod::gosum::{self, SumLine};
use gomod::goversion;
use gomod::modfile::{ModFile, Replace, WorkFile};

use super::sources::{self, Source};
use crate::error::{Context, Error, Result};
use crate::terminal::quoted::quoted;

/// A module or a workspace.
#[derive(Debug, Default)]
pub struct ProjectFiles {
    /// Its main modules.
    pub mains: Vec<Main>,
    /// Its `go.work`, in a workspace.
    pub work: Option<WorkFile>,
    /// That file.
    pub work_file: Option<PathBuf>,
    /// The lines of its go.sum and go.work.sum files, each with the file's name.
    pub sums: Vec<(String, SumLine)>,
    /// The `go.mod` of each folder that replaces a module, by the path that the `replace` line
    /// gives; none where there is no such folder.
    pub folders: Vec<(String, Option<ModFile>)>,
    /// True when go builds it from a vendor folder unless it is told otherwise.
    pub vendored: bool,
    /// The folder of its go.work or, outside a workspace, of its go.mod.
    pub root: PathBuf,
    /// The module that was looked at, if it is none of the workspace's.
    pub unlisted: Option<Unlisted>,
}

/// A module that lies below a go.work which does not list it.
#[derive(Debug, PartialEq, Eq)]
pub struct Unlisted {
    /// The name of its file.
    pub go_mod: String,
    /// Its folder, as `go work use` would be told.
    pub folder: String,
    /// True where the go.work lies in the very folder that was looked at: then it is the
    /// workspace that was meant. Otherwise nothing else is read.
    pub beside: bool,
}

/// One main module.
#[derive(Debug, Default)]
pub struct Main {
    /// The name of its file, such as `go.mod`.
    pub name: String,
    /// Its directives.
    pub file: ModFile,
    /// Its Go files.
    pub sources: Vec<Source>,
}

/// What is used in place of a required version.
#[derive(Debug, PartialEq, Eq)]
pub enum Used<'a> {
    /// A version, replaced or as it was required.
    Version(&'a str, &'a str),
    /// A folder, by the path that the `replace` line gives.
    Folder(&'a str),
}

impl ProjectFiles {
    /// The project that the folder `dir` lies in; none if it lies in no module. `go_work` is the
    /// value of GOWORK: empty, `off` or a file.
    ///
    /// # Errors
    /// A file cannot be read, or is not what its name says.
    pub fn read(dir: &Path, go_work: &str) -> Result<Option<Self>> {
        let dir = fs::canonicalize(dir).context(dir.display())?;
        let above = |name: &str| dir.ancestors().map(|d| d.join(name)).find(|f| f.is_file());
        let work = match go_work {
            "" => above("go.work"),
            "off" => None,
            file => Some(PathBuf::from(file)),
        };
        let Some(top) = work.clone().or_else(|| above("go.mod")) else {
            return Ok(None);
        };
        let root = top.parent().unwrap_or(&dir).to_path_buf();
        let mut project = ProjectFiles {
            root: root.clone(),
            ..ProjectFiles::default()
        };
        let mut folders = vec![root.clone()];
        if let Some(file) = &work {
            let text = plain::read_text(file).context(file.display())?;
            let text = WorkFile::parse(&text).context(file.display())?;
            let module = above("go.mod");
            let module = module.as_deref().and_then(Path::parent);
            if let Some(module) = module.filter(|module| !text.lists(&root, module)) {
                project.unlisted = Some(unlisted(&root, module, dir == root));
                if dir != root {
                    return Ok(Some(project));
                }
            }
            folders = text.folders(&root);
            project.vendored = is_vendored(&root, text.go.as_deref(), "1.22");
            project.add_folders(&root, &text.replace)?;
            project.work = Some(text);
            project.add_sums(&root, &WorkFile::sums(file))?;
            project.work_file = Some(file.clone());
        }
        let mut seen = Vec::new();
        for folder in folders {
            let file = folder.join("go.mod");
            let known = fs::canonicalize(&file).unwrap_or_else(|_| file.clone());
            if seen.contains(&known) {
                continue;
            }
            seen.push(known);
            let text = plain::read_text(&file).context(file.display())?;
            let text = ModFile::parse_strict(&text).context(file.display())?;
            project.vendored |= work.is_none() && is_vendored(&folder, text.go.as_deref(), "1.14");
            project.add_folders(&folder, &text.replace)?;
            project.add_sums(&root, &folder.join("go.sum"))?;
            project.mains.push(Main {
                name: name(&root, &file),
                sources: sources::read(&folder, &text.ignore),
                file: text,
            });
        }
        Ok(Some(project))
    }

    /// The same, as a shell takes them.
    pub fn packages(&self, dir: &Path) -> String {
        let patterns = self.patterns(dir);
        let patterns = patterns.iter().map(|pattern| quoted(pattern));
        patterns.collect::<Vec<_>>().join(" ")
    }

    /// The packages that a build from the folder `dir` names: go takes `./...` for those of the
    /// module there, and refuses it at the root of a workspace that is none.
    pub fn patterns(&self, dir: &Path) -> Vec<String> {
        let root = fs::canonicalize(dir).is_ok_and(|dir| dir == self.root);
        let module = |name: &str| self.mains.iter().any(|main| main.name == name);
        if self.work.is_none() || !root || module("go.mod") {
            return vec!["./...".to_string()];
        }
        let folders = self.mains.iter();
        let folders = folders.filter_map(|main| main.name.strip_suffix("go.mod"));
        folders.map(|folder| format!("./{folder}...")).collect()
    }

    fn add_sums(&mut self, root: &Path, file: &Path) -> Result<()> {
        let text = read_if_there(file, plain::MAX_SUM_BYTES)?.unwrap_or_default();
        for line in gosum::parse(&text).context(file.display())? {
            self.sums.push((name(root, file), line));
        }
        Ok(())
    }

    fn add_folders(&mut self, base: &Path, replace: &[Replace]) -> Result<()> {
        for replace in replace.iter().filter(|r| r.new_version.is_none()) {
            let file = base.join(&replace.new_path).join("go.mod");
            let text = read_if_there(&file, plain::MAX_TEXT_BYTES)?;
            let parsed = text.map(|text| ModFile::parse(&text));
            let parsed = parsed.transpose().context(file.display())?;
            self.folders.push((replace.new_path.clone(), parsed));
        }
        Ok(())
    }

    /// What go uses for `path` at `version`.
    pub fn used<'a>(&'a self, path: &'a str, version: &'a str) -> Used<'a> {
        let of_work = self.work.iter().flat_map(|w| &w.replace);
        let of_mains = self.mains.iter().flat_map(|m| &m.file.replace);
        let fitting = of_work
            .chain(of_mains)
            .filter(|r| r.old_path == path)
            .filter(|r| r.old_version.as_deref().is_none_or(|v| v == version))
            // One for this very version counts before one for all; go.work before go.mod.
            .min_by_key(|r| r.old_version.is_none());
        match fitting.map(|r| (&r.new_path, &r.new_version)) {
            None => Used::Version(path, version),
            Some((path, Some(version))) => Used::Version(path, version),
            Some((folder, None)) => Used::Folder(folder),
        }
    }

    /// The `go.mod` of a folder that replaces a module.
    pub fn folder(&self, path: &str) -> Option<&ModFile> {
        let mut folders = self.folders.iter();
        folders.find(|(folder, _)| folder == path)?.1.as_ref()
    }

    /// The line of a version's zip, or of its `.mod`.
    pub fn sum(&self, path: &str, version: &str, go_mod: bool) -> Option<&SumLine> {
        self.sums
            .iter()
            .map(|(_, line)| line)
            .find(|line| line.path == path && line.version == version && line.go_mod == go_mod)
    }

    /// True when `path` is one of the main modules, which satisfy every requirement.
    pub fn is_main(&self, path: &str) -> bool {
        let mut paths = self.mains.iter().filter_map(|m| m.file.module.as_deref());
        paths.any(|p| p == path)
    }

    /// True when a main module excludes this version.
    pub fn excludes(&self, path: &str, version: &str) -> bool {
        let mut all = self.mains.iter().flat_map(|m| &m.file.exclude);
        all.any(|e| e.path == path && e.version == version)
    }
}

/// Fails where go would wait for ever for whoever writes to a pipe that it takes for one of its
/// files, in `dir` or above, or where the environment names one.
///
/// # Errors
/// A file of go is no plain one. A folder of that name go passes over.
pub fn plain_files(dir: &Path) -> Result<()> {
    let dir = fs::canonicalize(dir).context(dir.display())?;
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    // The first that is no folder is the one that go takes.
    let is_taken = |file: &PathBuf| fs::metadata(file).is_ok_and(|data| !data.is_dir());
    let above = |name: &str| dir.ancestors().map(|d| d.join(name)).find(is_taken);
    let workspace = match set("GOWORK") {
        None => above("go.work"),
        named => named.map(PathBuf::from),
    };
    let named = set("GOENV").map(PathBuf::from);
    let special = |file: &PathBuf| is_taken(file) && !file.is_file();
    let mut all = [above("go.mod"), workspace, named].into_iter().flatten();
    // /dev/null is read to its end at once.
    match all.find(|file| special(file) && file != Path::new("/dev/null")) {
        None => Ok(()),
        Some(file) => {
            let text =
                "is no plain file, and go may wait for it for ever; remove it, or name another";
            Err(Error::new(format!("{} {text}", file.display())))
        }
    }
}

fn unlisted(root: &Path, module: &Path, beside: bool) -> Unlisted {
    let below = module.strip_prefix(root);
    let folder = match below.map(|below| below.display().to_string()) {
        Ok(below) if below.is_empty() => ".".to_string(),
        Ok(below) => format!("./{below}"),
        Err(_) => module.display().to_string(),
    };
    Unlisted {
        go_mod: name(root, &module.join("go.mod")),
        folder,
        beside,
    }
}

fn is_vendored(folder: &Path, go: Option<&str>, since: &str) -> bool {
    goversion::compare(go.unwrap_or(""), since).is_ge()
        && folder.join("vendor/modules.txt").is_file()
}

fn name(root: &Path, file: &Path) -> String {
    let clean: PathBuf = file.components().collect();
    let below = clean.strip_prefix(root).unwrap_or(&clean);
    below.display().to_string()
}

/// A file of no more than `most` bytes; none where there is no such file.
///
/// # Errors
/// It cannot be read, or is longer.
pub fn read_if_there(file: &Path, most: u64) -> Result<Option<Vec<u8>>> {
    match plain::read(file, most) {
        Ok(text) => Ok(Some(text)),
        Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(e) => Err(Error::new(format!("{}: {e}", file.display()))),
    }
}

#[cfg(test)]
#[path = "project_tests.rs"]
pub(super) mod tests;
