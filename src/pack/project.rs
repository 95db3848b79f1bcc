//! A project: a module or a workspace, and how go commands run in it without changing it.

use std::fs;
use std::path::{Path, PathBuf};

use bag::plain;
use gomod::goversion;
use gomod::modfile::{ModFile, Replace, WorkFile, cleaned, is_directory_path};
use walkdir::WalkDir;

use super::copies;
use super::step::Files;
use crate::client::goenv::GoEnv;
use crate::error::{Context, Error, Result};

/// The environment of a go command, by name.
pub type Vars = Vec<(String, String)>;

/// A project, as far as its steps depend on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// Which project of the order it is, from 0.
    pub number: usize,
    /// Where it was named, from the root.
    pub dir: PathBuf,
    /// The folders of its modules; several in a workspace.
    pub modules: Vec<PathBuf>,
    /// True for a workspace (go.work).
    pub workspace: bool,
    /// Those of its modules that have `tool` lines.
    pub tools: Vec<PathBuf>,
    /// True when go builds it from a vendor folder unless it is told otherwise.
    pub vendored: bool,
}

impl Shape {
    /// How `module`, the folder of one of its modules, is told: empty where there is but one.
    pub fn folder(&self, module: &Path) -> String {
        if self.modules.len() == 1 && self.number == 0 {
            return String::new();
        }
        let base = if self.number == 0 {
            Some(self.dir.as_path())
        } else {
            self.dir.parent()
        };
        let below = base
            .and_then(|base| module.strip_prefix(base).ok())
            .unwrap_or(module);
        match below.as_os_str().is_empty() {
            true => ".".to_string(),
            false => below.display().to_string(),
        }
    }
}

/// A module or a workspace on disk.
#[derive(Debug)]
pub struct Project {
    /// What its steps depend on.
    pub shape: Shape,
    /// Its go.work, where that is what go goes by.
    pub go_work: Option<PathBuf>,
    /// The user's own GOFLAGS, without those that packing sets.
    flags: Vec<String>,
}

impl Project {
    /// The project that `dir` lies in, as the go command sees it.
    ///
    /// # Errors
    /// There is none, or its files cannot be read, or go refuses every command in `dir`.
    pub fn find(go: &Path, dir: &Path, number: usize) -> Result<Self> {
        if !dir.is_dir() {
            return Err(Error::new(format!("{} is no folder", dir.display())));
        }
        let env = GoEnv::ask(go, dir)?;
        if let Some(off) = env.no_modules() {
            return Err(Error::new(off));
        }
        let dir = &fs::canonicalize(dir).context(dir.display())?;
        let go_work = match env.get("GOWORK") {
            "" | "off" => None,
            file => Some(PathBuf::from(file)),
        };
        let modules = match &go_work {
            Some(file) => {
                let used = copies::used(file)?;
                refuse_unused(dir, file, &used)?;
                used
            }
            None => match Path::new(env.get("GOMOD")).parent() {
                Some(folder) if Path::new(env.get("GOMOD")).ends_with("go.mod") => {
                    vec![folder.to_path_buf()]
                }
                _ => {
                    let text = format!(
                        "{} is in no Go module; name a folder with a go.mod or a go.work",
                        dir.display()
                    );
                    return Err(Error::new(text));
                }
            },
        };
        let (mut tools, mut vendored) = (Vec::new(), false);
        for module in &modules {
            let file = module.join("go.mod");
            if let Some(go_work) = go_work.as_ref().filter(|_| !file.exists()) {
                let text = format!(
                    "{} uses {}, where there is no go.mod, and go refuses every command: \
                     mend it, or set GOWORK=off to pack one module alone",
                    go_work.display(),
                    module.display()
                );
                return Err(Error::new(text));
            }
            let text = plain::read_text(&file).context(file.display())?;
            // What it does not understand it leaves to go, which says it better.
            let parsed = ModFile::parse(&text).unwrap_or_default();
            if !parsed.tool.is_empty() {
                tools.push(module.clone());
            }
            let since = goversion::compare(parsed.go.as_deref().unwrap_or(""), "1.14").is_ge();
            vendored |= go_work.is_none() && since && module.join("vendor/modules.txt").is_file();
        }
        let flags = env.get("GOFLAGS").split_whitespace();
        let flags = flags.filter(|f| !is_ours(f)).map(str::to_string).collect();
        let shape = Shape {
            number,
            dir: dir.to_path_buf(),
            modules,
            workspace: go_work.is_some(),
            tools,
            vendored,
        };
        Ok(Project {
            shape,
            go_work,
            flags,
        })
    }

    /// The settings that make a command in the module folder `module` use copies of what go
    /// writes to (go.mod, go.sum, go.work); they are made in the folder `at` unless they are
    /// there. `alone` leaves the workspace out.
    ///
    /// # Errors
    /// A file cannot be read or written.
    pub fn vars(&self, module: &Path, alone: bool, files: Files, at: &Path) -> Result<Vars> {
        let mut flags = self.flags.clone();
        flags.extend(["-modcacherw".to_string(), "-buildvcs=false".to_string()]);
        let work = match &self.go_work {
            Some(file) if !alone => copies::of_workspace(file, at)?.display().to_string(),
            _ => {
                // What a line in a folder below is about is the module that this lies in.
                let module = module.ancestors().find(|dir| dir.join("go.mod").is_file());
                let module = module.unwrap_or(&self.shape.dir);
                let copy = copies::of_module(module, at)?;
                if files == Files::Updated {
                    flags.push("-mod=mod".to_string());
                }
                flags.push(format!("-modfile={}", copy.display()));
                "off".to_string()
            }
        };
        let flags: Vec<String> = flags.iter().map(|f| quoted(f)).collect();
        Ok(vec![
            ("GOFLAGS".into(), flags.join(" ")),
            ("GOWORK".into(), work),
        ])
    }

    /// Modules in folders below that are no part of it, as seen from its own folder.
    pub fn others(&self) -> Vec<PathBuf> {
        let skipped = |name: &str| {
            ["testdata", "vendor", "node_modules"].contains(&name) || name.starts_with(['.', '_'])
        };
        let walk = WalkDir::new(&self.shape.dir)
            .sort_by_file_name()
            .into_iter();
        let walk =
            walk.filter_entry(|e| e.depth() == 0 || !skipped(&e.file_name().to_string_lossy()));
        let files = walk
            .flatten()
            .filter(|e| e.file_name() == "go.mod" && e.file_type().is_file());
        let folders = files.filter_map(|e| e.path().parent().map(Path::to_path_buf));
        folders
            .filter(|folder| !self.shape.modules.contains(folder))
            .collect()
    }

    /// The folders outside of it that it needs: what replaces modules, and where its modules lie.
    pub fn outside(&self) -> Vec<PathBuf> {
        let mut found = self.shape.modules.clone();
        let replaced = self.replaced().into_iter();
        let folders = replaced.filter(|(_, r)| is_folder(r));
        found.extend(folders.map(|(root, r)| cleaned(&root.join(&r.new_path))));
        found.retain(|folder| folder.is_dir());
        found.retain(|folder| !folder.starts_with(&self.shape.dir));
        found.sort();
        found.dedup();
        found
    }

    /// The modules that others stand in for, each with the folder of the file that says so.
    pub fn replaced(&self) -> Vec<(PathBuf, Replace)> {
        let mut found = Vec::new();
        for module in &self.shape.modules {
            let replaced = go_mod(module).replace.into_iter();
            found.extend(replaced.map(|r| (module.clone(), r)));
        }
        let file = self.go_work.as_deref();
        let text = file.and_then(|file| plain::read_text(file).ok());
        let work = text.and_then(|text| WorkFile::parse(&text).ok());
        if let (Some(work), Some(root)) = (work, file.and_then(Path::parent)) {
            let replaced = work.replace.into_iter();
            found.extend(replaced.map(|r| (root.to_path_buf(), r)));
        }
        found
    }

    /// The paths of the modules that its files say something of, and whether their code is its own: it
    /// lies in its folders, or in those that stand in for a module, and in no module that is fetched.
    pub fn paths(&self) -> Vec<(String, bool)> {
        let replaced = self.replaced().into_iter();
        let replaced = replaced.map(|(_, r)| (r.old_path.clone(), is_folder(&r)));
        let modules = self.shape.modules.iter();
        let own = modules.filter_map(|dir| go_mod(dir).module);
        replaced.chain(own.map(|path| (path, true))).collect()
    }
}

/// True where a folder stands in for a module.
fn is_folder(replace: &Replace) -> bool {
    replace.new_version.is_none() && is_directory_path(&replace.new_path)
}

/// The go.mod in `dir`; what is not understood is left to go.
pub fn go_mod(dir: &Path) -> ModFile {
    let text = plain::read_text(&dir.join("go.mod")).unwrap_or_default();
    ModFile::parse(&text).unwrap_or_default()
}

/// A folder in a module that the go.work above it does not use: go refuses every command there.
fn refuse_unused(dir: &Path, go_work: &Path, used: &[PathBuf]) -> Result<()> {
    let root = go_work.parent().unwrap_or(Path::new("/"));
    let module = dir
        .ancestors()
        .find(|folder| folder.join("go.mod").is_file());
    let Some(module) = module.filter(|_| dir != root) else {
        return Ok(());
    };
    if used.iter().any(|folder| folder == module) || !module.starts_with(root) {
        return Ok(());
    }
    Err(Error::new(format!(
        "{} does not use the module in {}, and go refuses to build it there: \
         add it with go work use, or set GOWORK=off to pack it alone",
        go_work.display(),
        module.display()
    )))
}

/// Flags that packing sets itself, or that make a go command ignore the module cache.
fn is_ours(flag: &str) -> bool {
    ["-mod=", "-modfile=", "-modcacherw", "-buildvcs"]
        .iter()
        .any(|ours| {
            flag.trim_start_matches('-')
                .starts_with(ours.trim_start_matches('-'))
        })
}

fn quoted(flag: &str) -> String {
    if flag.contains([' ', '\t']) {
        format!("'{flag}'")
    } else {
        flag.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_out_flags_that_packing_sets() {
        for (flag, want) in [
            ("-mod=vendor", true),
            ("--modfile=x", true),
            ("-modcacherw", true),
            ("-buildvcs=auto", true),
            ("-tags=a", false),
            ("-trimpath", false),
            ("-race", false),
        ] {
            assert_eq!(is_ours(flag), want, "{flag}");
        }
    }

    #[test]
    fn a_module_that_go_work_does_not_use_is_refused_and_its_root_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        for folder in ["a", "tools/sub"] {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        for file in ["go.mod", "a/go.mod", "tools/go.mod"] {
            fs::write(root.join(file), "module m.test\n").unwrap();
        }
        let used = [root.join("a")];
        let refused =
            |folder: &str| refuse_unused(&root.join(folder), &root.join("go.work"), &used).is_err();
        assert!(refused("tools") && refused("tools/sub"));
        assert!(!refused("a"));
        assert!(refuse_unused(root, &root.join("go.work"), &used).is_ok());
    }
}
