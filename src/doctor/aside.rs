//! A build that leaves the project as it is: told `-mod=mod` go writes to go.mod and go.sum, and in a
//! workspace to go.work.sum; here that goes to copies of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use bag::plain;
use gomod::modfile::WorkFile;

use super::finding::Finding;
use super::host::Host;
use super::project::{ProjectFiles, read_if_there};
use super::settings::{flag, mod_flag};
use crate::error::{Context, Error, Result};
use crate::process::room;

/// The files of a project that a go command writes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// None.
    Nothing,
    /// `go.mod` and `go.sum`.
    GoMod,
    /// `go.work.sum`.
    WorkSum,
    /// The file that `-modfile` in GOFLAGS names, and the one with its sums.
    Named(String),
}

impl Written {
    /// Those of a go command with the settings of `host` that is told nothing else.
    pub fn by(host: &Host, workspace: bool, vendored: bool) -> Self {
        match (mod_flag(host) == Some("mod"), workspace) {
            // go refuses it.
            (true, true) => Written::Nothing,
            (true, false) => match flag(host, "modfile").filter(|file| !file.is_empty()) {
                Some(file) => Written::Named(file.to_string()),
                None => Written::GoMod,
            },
            (false, true) if !vendored => Written::WorkSum,
            (false, _) => Written::Nothing,
        }
    }

    /// What to say where a build is wanted, and would write to files that it cannot be given copies
    /// of.
    pub fn unbuilt(&self) -> Option<Finding> {
        let Written::Named(file) = self else {
            return None;
        };
        let sums = format!("{}.sum", file.strip_suffix(".mod").unwrap_or(file));
        let what = format!("go build ./... may write to {file} and {sums} here, and was not run");
        Some(Finding::warning(what, "gobag exec -- go build ./..."))
    }
}

/// What to say where a go command that was not run may have to write to the files of `project`, and
/// cannot.
pub fn shut(written: &Written, project: &ProjectFiles) -> Option<Finding> {
    let file = match (written, &project.work_file) {
        (Written::GoMod, _) => project.root.join("go.sum"),
        (Written::WorkSum, Some(file)) => WorkFile::sums(file),
        _ => return None,
    };
    let e = room::may_change(&file).err()?;
    let what = format!("go build ./... may have to write sums, and {e}");
    Some(Finding::warning(what, "gobag doctor --build"))
}

/// Copies of the files that a go command writes to.
#[derive(Debug, Default)]
pub struct Copies {
    /// Each file of the project and its copy.
    files: Vec<(PathBuf, PathBuf)>,
    /// The go.mod or go.work that go takes in place of the project's.
    module: Option<PathBuf>,
    workspace: Option<PathBuf>,
}

impl Copies {
    /// Makes them in `folder`.
    ///
    /// # Errors
    /// A file cannot be read or written.
    pub fn made(written: &Written, project: &ProjectFiles, folder: &Path) -> Result<Self> {
        let mut copies = Copies::default();
        match (written, &project.work, &project.work_file) {
            (Written::GoMod, ..) => {
                let (module, root) = (folder.join("go.mod"), &project.root);
                copies.add(root.join("go.mod"), module.clone())?;
                copies.add(root.join("go.sum"), folder.join("go.sum"))?;
                copies.module = Some(module);
            }
            (Written::WorkSum, Some(work), Some(file)) => {
                let workspace = folder.join("go.work");
                let text = work.moved_from(&project.root).ok_or_else(|| {
                    Error::new(format!("{} names a folder that is no text", file.display()))
                })?;
                fs::write(&workspace, text).context(workspace.display())?;
                copies.add(WorkFile::sums(file), WorkFile::sums(&workspace))?;
                copies.workspace = Some(workspace);
            }
            _ => {}
        }
        Ok(copies)
    }

    fn add(&mut self, file: PathBuf, copy: PathBuf) -> Result<()> {
        if let Some(text) = read_if_there(&file, plain::MAX_SUM_BYTES)? {
            fs::write(&copy, text).context(copy.display())?;
        }
        self.files.push((file, copy));
        Ok(())
    }

    /// Has `go`, a command that has its verb already, write to them.
    pub fn used_by(&self, go: &mut Command) {
        if let Some(file) = &self.module {
            let mut flag = std::ffi::OsString::from("-modfile=");
            flag.push(file);
            go.arg(flag);
        }
        if let Some(file) = &self.workspace {
            go.env("GOWORK", file);
        }
    }

    /// What go would have changed.
    pub fn changed(&self) -> Option<Finding> {
        let text = |file: &Path| read_if_there(file, plain::MAX_SUM_BYTES).ok().flatten();
        let changed = self.files.iter();
        let changed = changed.filter(|(file, copy)| text(file) != text(copy));
        let changed: Vec<&Path> = changed.map(|(file, _)| file.as_path()).collect();
        let name = |file: &&Path| file.file_name().unwrap_or_default().display().to_string();
        let names: Vec<String> = changed.iter().map(name).collect();
        let what = format!("go build ./... writes to {} here", names.join(" and "));
        let shut = changed.iter().find_map(|file| room::may_change(file).err());
        match (names.is_empty(), shut) {
            (true, _) => None,
            (false, None) => Some(Finding::note(what, "")),
            (false, Some(e)) => Some(Finding::error(format!("{what}: {e}"), "")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::host::tests::host;
    use super::*;

    #[test]
    fn what_go_writes_to_is_known() {
        let named = || Written::Named("x/y.mod".into());
        for (flags, workspace, vendored, want) in [
            ("", false, false, Written::Nothing),
            ("-mod=readonly", false, false, Written::Nothing),
            ("-mod=mod", false, false, Written::GoMod),
            ("-mod=mod -modfile=x/y.mod", false, false, named()),
            ("-mod=mod", true, false, Written::Nothing),
            ("", true, false, Written::WorkSum),
            ("", true, true, Written::Nothing),
        ] {
            let host = host(&[("GOFLAGS", flags)]);
            let found = Written::by(&host, workspace, vendored);
            assert_eq!(found, want, "{flags}");
            assert_eq!(found.unbuilt().is_some(), found == named(), "{flags}");
        }
    }

    #[test]
    fn a_file_that_go_may_have_to_write_to_can_be_written() {
        let dir = tempfile::tempdir().unwrap();
        let project = ProjectFiles {
            root: dir.path().join("none"),
            ..ProjectFiles::default()
        };
        assert_eq!(shut(&Written::Nothing, &project), None);
        let told = shut(&Written::GoMod, &project).unwrap().to_string();
        assert!(told.contains("go.sum cannot be written to"), "{told}");
        let project = ProjectFiles {
            root: dir.path().to_path_buf(),
            ..project
        };
        assert_eq!(shut(&Written::GoMod, &project), None);
    }
}
