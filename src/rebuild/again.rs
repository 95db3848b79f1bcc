//! The builds of a rebuild for one target: of the proof's own commands, and of scratch modules.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use bag::built::{Action, BUILD, Target};

use super::plan::{self, Group, Listed};
use crate::carried::toolchains::platform;
use crate::error::{Context, Error, Result};
use crate::pack::built::made;
use crate::pack::go::{Ran, Runner};
use crate::pack::platform::Platform;
use crate::pack::step::{Files, Step, TRIMPATH, Workdir};
use crate::terminal::progress::warn;

/// The builds for one target.
#[derive(Debug)]
pub struct Again<'a> {
    /// Runs go commands.
    pub runner: Runner<'a>,
    /// What is compiled for, and how.
    pub target: &'a Target,
    /// The system of that.
    pub platform: Platform,
    /// What the bag has for it.
    pub actions: Vec<&'a Action>,
    /// The modules that the bag holds.
    pub modules: &'a BTreeSet<String>,
    /// The GOCACHE of all.
    pub cache: &'a Path,
    /// How many scratch modules there are.
    pub scratch: &'a Cell<usize>,
    /// The programs among the packages, as far as they could be loaded.
    pub programs: RefCell<BTreeSet<String>>,
}

impl Again<'_> {
    /// Does what the proof of the projects does.
    ///
    /// # Errors
    /// A command cannot be started.
    pub fn projects(&self) -> Result<()> {
        let host = platform().replace('-', "/").parse().map_err(Error::new)?;
        for project in self.runner.projects {
            for step in plan::proving(&project.shape, self.target, &self.platform, &host) {
                if self.is_done() {
                    return Ok(());
                }
                let ran = self.runner.run(&step)?;
                // What vet finds, and a test that is not run, is compiled all the same.
                if !ran.ok && step.words.first().is_some_and(|word| word == "build") {
                    warn(&format!("{step}: {}", ran.reason(&self.runner)));
                }
            }
        }
        Ok(())
    }

    /// Compiles the packages that were not compiled yet.
    ///
    /// # Errors
    /// A command cannot be started, or a scratch module not be written.
    pub fn listed(&self) -> Result<()> {
        let left = self.left(BUILD);
        if left.is_empty() && self.left("vet").is_empty() {
            return Ok(());
        }
        // What vet learned of one is of those that import it.
        let all: Vec<&Action> = self
            .actions
            .iter()
            .copied()
            .filter(|a| self.may(a))
            .collect();
        self.group(&plan::together(&all), !self.left("vet").is_empty())?;
        // The bag may not have what all of them together need.
        let vets = !self.left("vet").is_empty();
        let left = if vets { all } else { self.left(BUILD) };
        for group in plan::apart(&left) {
            self.group(&group, vets)?;
        }
        // Which versions a program is built with is in what it is compiled to.
        let programs = self.programs.take();
        let left = self.left(BUILD).into_iter();
        for action in left.filter(|action| programs.contains(&action.package)) {
            if let Some((_, version)) = action.module.rsplit_once('@') {
                let program = format!("{}@{version}", action.package);
                let scratch = self.next(None)?;
                self.runner
                    .run(&self.step(&["install", &program], scratch))?;
            }
        }
        Ok(())
    }

    /// True where nothing is left, of the projects' own packages neither.
    fn is_done(&self) -> bool {
        let mut all = self.actions.iter();
        all.all(|a| made(self.cache, &a.id).is_some())
    }

    /// What was not done yet of what is called `what`, and can be by what the bag holds.
    fn left(&self, what: &str) -> Vec<&Action> {
        // Of what was vetted go may not tell the module.
        let absent = self.actions.iter().filter(|a| !self.may(a));
        let absent: BTreeSet<&str> = absent.map(|a| a.package.as_str()).collect();
        let left = self.actions.iter().copied().filter(|a| a.what == what);
        let left = left.filter(|a| !absent.contains(a.package.as_str()));
        left.filter(|a| made(self.cache, &a.id).is_none()).collect()
    }

    /// True where the bag holds the module that the package is of.
    fn may(&self, action: &Action) -> bool {
        action.module.is_empty() || self.modules.contains(&action.module)
    }

    /// Compiles those packages of a group that can be loaded, and has them vetted if `vets`.
    fn group(&self, group: &Group, vets: bool) -> Result<()> {
        if group.packages.is_empty() {
            return Ok(());
        }
        let scratch = self.next(Some(&plan::go_mod(&self.target.go, &group.modules)))?;
        let run = |words: &[&str], packages: &[&str]| -> Result<Ran> {
            self.runner
                .run(&self.step(&[words, packages].concat(), scratch.clone()))
        };
        let packages: Vec<&str> = group.packages.iter().map(String::as_str).collect();
        let list = run(&["list", "-e", "-f", plan::FORMAT, "--"], &packages)?;
        let listed = plan::listed(&list.stdout);
        let programs = listed.iter().filter(|p| p.program);
        self.programs
            .borrow_mut()
            .extend(programs.map(|p| p.path.clone()));
        let libraries: Vec<Listed> = listed.into_iter().filter(|p| !p.program).collect();
        if libraries.is_empty() {
            return Ok(());
        }
        let paths: Vec<&str> = libraries.iter().map(|p| p.path.as_str()).collect();
        run(&["build", "--"], &paths)?;
        if vets {
            let dir = self.folder(&scratch);
            let files = [
                ("scratch.go", plan::importing(&libraries)),
                ("scratch_test.go", "package scratch\n".to_string()),
            ];
            for (name, text) in files {
                let file = dir.join(name);
                fs::write(&file, text).context(file.display())?;
            }
            run(&["vet", "."], &[])?;
            // By go test other things are looked for.
            if !self.left("vet").is_empty() {
                run(&["test", plan::NOT_RUN, "-run=^$", "."], &[])?;
            }
        }
        Ok(())
    }

    /// The next scratch module, with this go.mod if it needs one of its own.
    fn next(&self, go_mod: Option<&str>) -> Result<Workdir> {
        self.scratch.set(self.scratch.get() + 1);
        let scratch = Workdir::Scratch(self.scratch.get());
        if let Some(text) = go_mod {
            let dir = self.folder(&scratch);
            fs::create_dir_all(&dir).context(dir.display())?;
            let file = dir.join("go.mod");
            fs::write(&file, text).context(file.display())?;
        }
        Ok(scratch)
    }

    fn folder(&self, workdir: &Workdir) -> PathBuf {
        match workdir {
            Workdir::Scratch(number) => self.runner.root.join(format!("scratch/{number}")),
            Workdir::Project(_, dir) => dir.clone(),
        }
    }

    /// A command for the target.
    fn step(&self, words: &[&str], workdir: Workdir) -> Step {
        let lists = words.first() == Some(&"list");
        let flags = match self.target.trimpath && !lists {
            true => vec![TRIMPATH.to_string()],
            false => Vec::new(),
        };
        Step {
            words: words.iter().map(|word| word.to_string()).collect(),
            flags,
            workdir,
            folder: String::new(),
            platform: Some(self.platform.clone()),
            files: Files::Updated,
            without_cgo: false,
        }
    }
}
