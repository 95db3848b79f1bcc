//! Running go commands: one environment for recording, one for proving.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::project::{Project, Vars};
use super::step::{Step, VENDOR, Workdir};
use crate::error::{Context, Error, Result};
use crate::process::cleanup;

/// Runs steps with caches of its own.
#[derive(Debug)]
pub struct Runner<'a> {
    /// The go command.
    pub go: &'a Path,
    /// The projects, by number.
    pub projects: &'a [Project],
    /// The folder for GOPATH and everything that is copied or made.
    pub root: PathBuf,
    /// Where modules come from, and what else is set.
    pub vars: Vars,
}

/// A step that failed.
#[derive(Debug)]
pub struct Failure {
    /// The step, as it would be typed.
    pub step: String,
    /// What go said.
    pub stderr: String,
}

impl Runner<'_> {
    /// Runs one step; a failure of one that may fail counts as success.
    ///
    /// # Errors
    /// The command cannot be started at all.
    pub fn run(&self, step: &Step) -> Result<std::result::Result<String, Failure>> {
        let (dir, mut vars) = self.workdir(step)?;
        if let Some(platform) = &step.platform {
            vars.push(("GOOS".into(), platform.os.clone()));
            vars.push(("GOARCH".into(), platform.arch.clone()));
        }
        let vendor = self.root.join("vendor");
        let words = step.words.iter().map(|w| {
            if w == VENDOR {
                vendor.clone().into_os_string()
            } else {
                w.into()
            }
        });
        let mut command = Command::new(self.go);
        command
            .args(words)
            .current_dir(&dir)
            .env_remove("GOBIN")
            .env("GOPATH", &self.root)
            .env("GOMODCACHE", self.root.join("pkg/mod"))
            .envs(self.vars.iter().chain(&vars).map(|(n, v)| (n, v)))
            .stdin(Stdio::null());
        let output =
            cleanup::output(&mut command).context(format!("cannot run {}", self.go.display()))?;
        // Written by the vendor steps; the next one wants the place empty.
        if vendor.exists() {
            std::fs::remove_dir_all(&vendor).context(vendor.display())?;
        }
        if output.status.success() || step.may_fail {
            return Ok(Ok(String::from_utf8_lossy(&output.stdout).into_owned()));
        }
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        Ok(Err(Failure {
            step: step.to_string(),
            stderr,
        }))
    }

    fn workdir(&self, step: &Step) -> Result<(PathBuf, Vars)> {
        match &step.workdir {
            Workdir::Project(number, dir) => {
                let project = self
                    .projects
                    .get(*number)
                    .ok_or_else(|| Error::new("no such project"))?;
                // In a workspace tidy would write to the module itself.
                let alone = step
                    .words
                    .starts_with(&["mod".to_string(), "tidy".to_string()]);
                let copies = self.root.join(format!("copies/{number}"));
                Ok((dir.clone(), project.vars(dir, alone, &copies)?))
            }
            Workdir::Scratch(number) => {
                let dir = self.root.join(format!("scratch/{number}"));
                std::fs::create_dir_all(&dir).context(dir.display())?;
                let file = dir.join("go.mod");
                if !file.exists() {
                    std::fs::write(&file, "module gobag.scratch\n\ngo 1.21\n")
                        .context(file.display())?;
                }
                let flags = "-modcacherw -trimpath -mod=mod";
                Ok((
                    dir,
                    vec![
                        ("GOFLAGS".into(), flags.into()),
                        ("GOWORK".into(), "off".into()),
                    ],
                ))
            }
        }
    }
}
