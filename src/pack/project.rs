//! A project: a module or a workspace, and how go commands run in it without changing it.

use std::fs;
use std::path::{Component, Path, PathBuf};

use bag::digest;
use gomod::modfile::{ModFile, WorkFile, auto_quote, is_directory_path};

use super::step::Shape;
use crate::client::goenv::GoEnv;
use crate::error::{Context, Error, Result};

/// A module or a workspace on disk.
#[derive(Debug)]
pub struct Project {
    /// What its steps depend on.
    pub shape: Shape,
    go_work: Option<PathBuf>,
    /// The user's own GOFLAGS, without those that packing sets.
    flags: Vec<String>,
}

/// The environment of a go command, by name.
pub type Vars = Vec<(String, String)>;

impl Project {
    /// The project that `dir` lies in, as the go command sees it.
    ///
    /// # Errors
    /// There is none, or its files cannot be read.
    pub fn find(go: &Path, dir: &Path, number: usize) -> Result<Self> {
        if !dir.is_dir() {
            return Err(Error::new(format!("{} is no folder", dir.display())));
        }
        let env = GoEnv::ask(go, dir)?;
        let go_work = match env.get("GOWORK") {
            "" | "off" => None,
            file => Some(PathBuf::from(file)),
        };
        let modules = match &go_work {
            Some(file) => used(file)?,
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
        let mut tools = false;
        for module in &modules {
            let file = module.join("go.mod");
            let text = fs::read(&file).context(file.display())?;
            tools |= !ModFile::parse(&text)
                .context(file.display())?
                .tool
                .is_empty();
        }
        let flags = env
            .get("GOFLAGS")
            .split_whitespace()
            .filter(|f| !is_ours(f))
            .map(str::to_string)
            .collect();
        let shape = Shape {
            number,
            dir: dir.to_path_buf(),
            modules,
            workspace: go_work.is_some(),
            tools,
        };
        Ok(Project {
            shape,
            go_work,
            flags,
        })
    }

    /// Copies what go commands write to (go.mod, go.sum, go.work) into `copies`, and returns
    /// the settings that make a command in the module folder `module` use the copies.
    ///
    /// # Errors
    /// A file cannot be read or written.
    pub fn vars(&self, module: &Path, alone: bool, copies: &Path) -> Result<Vars> {
        let mut flags = self.flags.clone();
        flags.extend(["-modcacherw".to_string(), "-trimpath".to_string()]);
        let work = match &self.go_work {
            Some(file) if !alone => copy_workspace(file, copies)?.display().to_string(),
            _ => {
                let copy = copy_module(module, copies)?;
                flags.push("-mod=mod".to_string());
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
}

/// Flags that packing sets itself, or that make a go command ignore the module cache.
fn is_ours(flag: &str) -> bool {
    ["-mod=", "-modfile=", "-modcacherw", "-trimpath"]
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

/// The module folders that a go.work names.
fn used(go_work: &Path) -> Result<Vec<PathBuf>> {
    let file = read_workspace(go_work)?;
    let root = go_work.parent().unwrap_or(Path::new("."));
    Ok(file
        .uses
        .iter()
        .map(|dir| cleaned(&root.join(dir)))
        .collect())
}

fn read_workspace(go_work: &Path) -> Result<WorkFile> {
    let text = fs::read(go_work).context(go_work.display())?;
    WorkFile::parse(&text).context(go_work.display())
}

fn copy_module(module: &Path, copies: &Path) -> Result<PathBuf> {
    let name = digest::hex(&digest::sha256(module.as_os_str().as_encoded_bytes())[..8]);
    let folder = copies.join(name);
    let copy = folder.join("go.mod");
    if !copy.exists() {
        fs::create_dir_all(&folder).context(folder.display())?;
        copy_if_there(&module.join("go.sum"), &folder.join("go.sum"))?;
        fs::copy(module.join("go.mod"), &copy).context(module.display())?;
    }
    Ok(copy)
}

/// A copy of a go.work whose folders are named from the root.
fn copy_workspace(go_work: &Path, copies: &Path) -> Result<PathBuf> {
    let copy = copies.join("go.work");
    if copy.exists() {
        return Ok(copy);
    }
    let file = read_workspace(go_work)?;
    let root = go_work.parent().unwrap_or(Path::new("."));
    let rooted =
        |dir: &str| auto_quote(&cleaned(&root.join(dir)).display().to_string()).into_owned();
    let mut text = String::new();
    text.extend(file.go.iter().map(|v| format!("go {v}\n")));
    text.extend(file.toolchain.iter().map(|v| format!("toolchain {v}\n")));
    text.extend(file.uses.iter().map(|dir| format!("use {}\n", rooted(dir))));
    for r in &file.replace {
        let old = r
            .old_version
            .as_ref()
            .map_or(String::new(), |v| format!(" {v}"));
        let new = match &r.new_version {
            Some(version) => format!("{} {version}", auto_quote(&r.new_path)),
            None if is_directory_path(&r.new_path) => rooted(&r.new_path),
            None => auto_quote(&r.new_path).into_owned(),
        };
        text += &format!("replace {}{old} => {new}\n", auto_quote(&r.old_path));
    }
    fs::create_dir_all(copies).context(copies.display())?;
    copy_if_there(
        &go_work.with_file_name("go.work.sum"),
        &copies.join("go.work.sum"),
    )?;
    fs::write(&copy, text).context(copy.display())?;
    Ok(copy)
}

/// The path without `.` and `..`, as far as its text tells (filepath.Clean); go cleans no rooted
/// folder of a go.work.
fn cleaned(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                clean.pop();
            }
            part => clean.push(part),
        }
    }
    clean
}

fn copy_if_there(from: &Path, to: &Path) -> Result<()> {
    match fs::copy(from, to) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::new(format!("{}: {e}", from.display())))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleans_folders_as_go_does() {
        for (path, want) in [
            ("/w/./lib", "/w/lib"),
            ("/w/app/../lib", "/w/lib"),
            ("/w/.", "/w"),
            ("/..", "/"),
        ] {
            assert_eq!(cleaned(Path::new(path)), Path::new(want), "{path}");
        }
    }

    #[test]
    fn leaves_out_flags_that_packing_sets() {
        for (flag, want) in [
            ("-mod=vendor", true),
            ("--modfile=x", true),
            ("-modcacherw", true),
            ("-tags=a", false),
            ("-race", false),
        ] {
            assert_eq!(is_ours(flag), want, "{flag}");
        }
    }
}
