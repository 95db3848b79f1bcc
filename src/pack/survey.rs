//! What is there before any work: the go command, its settings, the projects, and the commands
//! that follow from them.

use std::path::{Path, PathBuf};

use bag::manifest;
use gomod::modfile::{Replace, Require};

use super::built;
use super::named;
use super::order::{Keep, Source};
use super::platform::Platform;
use super::project::{Project, Shape, go_mod};
use super::setting::Setting;
use super::step::{Files, Step, Workdir};
use super::steps::{self, Recorded};
use crate::client::goenv::GoEnv;
use crate::error::{Error, Result};

/// What is known of an order's source.
#[derive(Debug)]
pub struct Survey {
    /// The go command.
    pub go: PathBuf,
    /// Its settings in the first project.
    pub env: GoEnv,
    /// The projects.
    pub projects: Vec<Project>,
    /// What builds are for, and on what host.
    pub setting: Setting,
    /// What records them.
    pub recording: Vec<Recorded>,
    /// What proves them.
    pub proving: Vec<Step>,
    /// Which outputs of what is compiled are kept.
    pub keep: Keep,
    /// What compiles more of it, for the build cache alone.
    pub compiling: Vec<Step>,
    /// What a person should know of it, in a line each.
    pub notes: Vec<String>,
}

impl Survey {
    /// Looks at everything that `source` names.
    ///
    /// # Errors
    /// There is no go command though one is needed, a project cannot be read, or a line is no go
    /// command.
    pub fn of(source: &Source) -> Result<Self> {
        let go = PathBuf::from("go");
        let mut projects = Vec::new();
        for dir in &source.projects {
            let project = Project::find(&go, dir, projects.len())?;
            let known = |p: &Project| p.shape.modules == project.shape.modules;
            if !projects.iter().any(known) {
                projects.push(project);
            }
        }
        let dir = source.projects.first();
        let dir = dir.map_or(Path::new("."), PathBuf::as_path);
        let env = match GoEnv::ask(&go, dir) {
            Err(e) if !source.is_empty() => return Err(e),
            Err(_) => GoEnv::without_go(None),
            Ok(env) => env,
        };
        if let Some(off) = env.no_modules().filter(|_| !source.is_empty()) {
            return Err(Error::new(off));
        }
        let platform = |os, arch| Platform {
            os: env.get(os).to_string(),
            arch: env.get(arch).to_string(),
        };
        let host = platform("GOHOSTOS", "GOHOSTARCH");
        let target = platform("GOOS", "GOARCH");
        let setting = Setting {
            profile: source.profile,
            platforms: match source.platforms.as_slice() {
                [] => vec![target],
                named => named.to_vec(),
            },
            host,
            go: env
                .get("GOVERSION")
                .split(' ')
                .next()
                .unwrap_or("")
                .to_string(),
            has_cgo: env.get("CGO_ENABLED") == "1",
        };
        let shapes: Vec<Shape> = projects.iter().map(|p| p.shape.clone()).collect();
        let recording = steps::recording(source, &shapes, &setting)?;
        let proving = steps::proving(source, &shapes, &setting);
        let compiling = steps::compiling(source, &setting, &proving);
        let mut notes = steps::left_out(source, &shapes, &setting);
        notes.extend(named::misread(source)?);
        notes.extend(others(&projects));
        notes.extend(proving.iter().filter_map(writes));
        let mut survey = Survey {
            go,
            env,
            projects,
            setting,
            recording,
            proving,
            keep: source.keep,
            compiling,
            notes,
        };
        if let Some(why) = built::refused(&survey).filter(|_| survey.keep > Keep::None) {
            let text = format!("{why}: nothing is carried of what the proof compiles");
            survey.notes.push(text);
            (survey.keep, survey.compiling) = (Keep::None, Vec::new());
        }
        Ok(survey)
    }

    /// How many modules the projects require.
    pub fn requires(&self) -> usize {
        let modules = self.projects.iter().flat_map(|p| &p.shape.modules);
        modules.map(|dir| go_mod(dir).require.len()).sum()
    }

    /// The modules of the projects, and what each requires itself.
    pub fn packed(&self) -> Vec<manifest::Project> {
        let modules = self.projects.iter().flat_map(|project| {
            let replaced: Vec<Replace> = project.replaced().into_iter().map(|(_, r)| r).collect();
            project.shape.modules.iter().filter_map(move |dir| {
                let file = go_mod(dir);
                let requires = direct(&file.require, &replaced);
                Some(manifest::Project {
                    path: file.module?,
                    requires,
                })
            })
        });
        modules.collect()
    }
}

/// What lines of a go.mod require for the module's own packages, `path@version`, sorted: in the place of what is
/// replaced what stands in for it, unless that is a folder.
fn direct(lines: &[Require], replaced: &[Replace]) -> Vec<String> {
    let lines = lines.iter().filter(|l| !l.indirect && !l.is_query());
    let names = lines.filter_map(|line| {
        let is_its = |r: &&Replace| {
            let is_version = r.old_version.as_ref().is_none_or(|v| *v == line.version);
            r.old_path == line.path && is_version
        };
        match replaced.iter().find(is_its) {
            None => Some(format!("{}@{}", line.path, line.version)),
            Some(r) => Some(format!("{}@{}", r.new_path, r.new_version.as_ref()?)),
        }
    });
    let mut names: Vec<String> = names.collect();
    names.sort();
    names.dedup();
    names
}

/// Modules below the projects that no project is made of.
fn others(projects: &[Project]) -> Option<String> {
    let mut found: Vec<PathBuf> = projects.iter().flat_map(Project::others).collect();
    found.retain(|dir| !projects.iter().any(|p| p.shape.modules.contains(dir)));
    found.dedup();
    let more = found.len().saturating_sub(5);
    let named: Vec<String> = found
        .iter()
        .take(5)
        .map(|d| d.display().to_string())
        .collect();
    let more = match more {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    (!named.is_empty()).then(|| {
        let named = named.join(", ");
        format!("not packed: the modules in {named}{more}; name their folders as well where they are needed")
    })
}

/// A typed line that may write where no copy stands in for the file.
fn writes(step: &Step) -> Option<String> {
    let Workdir::Project(_, dir) = &step.workdir else {
        return None;
    };
    let words: Vec<&str> = step.words.iter().map(String::as_str).collect();
    let writes = matches!(
        words[..],
        ["generate" | "fmt" | "fix", ..] | ["mod" | "work", "init" | "use" | "sync" | "edit", ..]
    ) || matches!(
        words[..],
        ["env", "-w" | "-u", ..] | ["telemetry" | "clean", ..]
    ) || (words.starts_with(&["mod", "vendor"]) && !words.contains(&"-o"))
        || (words.starts_with(&["work", "vendor"]) && !words.contains(&"-o"))
        || words.iter().any(|word| {
            let outputs = ["-o", "-c", "-coverprofile", "-cpuprofile", "-memprofile"];
            let flag = word.split('=').next().unwrap_or_default();
            words[0] != "mod" && words[0] != "work" && outputs.contains(&flag)
        });
    (writes && step.files == Files::Shared).then(|| {
        let command = step.command();
        format!(
            "{command} is run as it is, and may write below {}",
            dir.display()
        )
    })
}

#[cfg(test)]
mod tests {
    use gomod::modfile::ModFile;

    use super::direct;

    #[test]
    fn what_a_project_requires_itself_is_what_its_packages_come_of() {
        let text = b"module main.test\n\nrequire (\n\tb.test v1.2.0\n\ta.test v1.0.0\n\ti.test v1.0.0 // indirect\n\t\
            r.test v1.0.0\n\ts.test v1.0.0\n\tf.test v1.0.0\n\tq.test latest\n)\n\n\
            replace (\n\tr.test => n.test v1.5.0\n\ts.test v1.1.0 => n.test v1.6.0\n\tf.test => ./f\n)\n";
        let file = ModFile::parse(text).unwrap();
        let want = [
            "a.test@v1.0.0",
            "b.test@v1.2.0",
            "n.test@v1.5.0",
            "s.test@v1.0.0",
        ];
        assert_eq!(direct(&file.require, &file.replace), want);
    }
}
