//! Verdicts of earlier runs, in the user's cache folder. One counts again only where everything
//! is the same that it depends on: the program and its archive, the projects, go, the environment
//! and the commands. Of failures only those are kept that were told alike on both sides.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use bag::building;
use bag::built::BuildCache;
use bag::manifest::Proof;
use bag::{digest, kept, plain};
use gomod::modfile::WorkFile;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use walkdir::WalkDir;

use super::built::Built;
use super::order::Keep;
use super::step::Step;
use super::survey::Survey;
use crate::client::goenv::GoEnv;
use crate::error::{Context, Result};
use crate::process::caches;

/// The longest list of a build cache that is read, in bytes.
const MAX_LIST_BYTES: u64 = 256 << 20;

/// Projects with more than this are proved each time, in bytes: to read them takes as long.
const MOST: u64 = 2 << 30;

/// How much is kept, in bytes.
const MOST_KEPT: u64 = 4 << 30;

/// A verdict, and when it was reached.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Remembered {
    /// RFC 3339, in seconds.
    pub at: String,
    /// The verdict.
    pub proof: Proof,
    /// What was compiled, where that is kept.
    #[serde(skip)]
    pub built: Option<Built>,
}

/// What is kept of a build cache beside its outputs.
#[derive(Serialize, Deserialize)]
struct KeptBuilt {
    list: BuildCache,
    /// The SHA-256 of the file with the outputs, in hex.
    sha256: String,
}

/// Where a verdict is kept.
#[derive(Debug)]
pub struct Place {
    file: PathBuf,
    /// What it must be a verdict on, in order.
    commands: Vec<String>,
    /// True where it is worth nothing without what was compiled.
    builds: bool,
}

impl Place {
    /// The place, in the cache folder `cache`, for a verdict on `bag`, which was proved with
    /// `survey`; none for projects that are too large. Files named in `besides` are no part of a
    /// project.
    ///
    /// # Errors
    /// A file of it cannot be read.
    pub fn of(
        cache: &Path,
        bag: &Path,
        survey: &Survey,
        besides: &[PathBuf],
    ) -> Result<Option<Self>> {
        // Files that such a flag names lie anywhere.
        let flags = ["-overlay", "-modfile", "-toolexec", "-pgo"];
        let lines = survey.proving.iter().flat_map(|step| &step.words);
        let words = survey.env.get("GOFLAGS").split_whitespace();
        if words
            .chain(lines.map(String::as_str))
            .any(|w| flags.iter().any(|f| w.contains(f)))
        {
            return Ok(None);
        }
        let mut told = vec![of_file(bag)?, settings(&survey.env), environment()];
        told.extend(survey.proving.iter().map(of_step));
        told.push(format!("{:?} {}", survey.keep, building::recipe()));
        let mut folders: Vec<PathBuf> = Vec::new();
        for project in &survey.projects {
            folders.push(project.shape.dir.clone());
            folders.extend(project.shape.modules.iter().cloned());
            folders.extend(project.outside());
            if let Some(file) = &project.go_work {
                told.push(of_file(file)?);
                let sums = WorkFile::sums(file);
                told.extend(sums.exists().then(|| of_file(&sums)).transpose()?);
            }
        }
        folders.sort();
        folders.dedup();
        let Some(projects) = of_folders(&folders, besides)? else {
            return Ok(None);
        };
        told.extend(projects);
        let commands = survey.proving.iter().map(Step::command).collect();
        let key = digest::hex(&digest::sha256(told.join("\n").as_bytes()));
        let file = cache.join("verdicts").join(key + ".json");
        let builds = survey.keep > Keep::None;
        Ok(Some(Place {
            file,
            commands,
            builds,
        }))
    }

    /// The verdict of an earlier run; what that compiled is put to `outputs`.
    pub fn load(&self, outputs: &Path) -> Option<Remembered> {
        let text = plain::read_text(&self.file).ok()?;
        let mut known: Remembered = serde_json::from_slice(&text).ok()?;
        let dated = known.at.parse::<jiff::Timestamp>().is_ok();
        if !dated || !self.keeps(&known) {
            return None;
        }
        if self.builds {
            known.built = Some(self.load_built(outputs)?);
        }
        Some(known)
    }

    fn load_built(&self, outputs: &Path) -> Option<Built> {
        let (list, kept) = self.of_built();
        let text = plain::read(&list, MAX_LIST_BYTES).ok()?;
        let known: KeptBuilt = serde_json::from_slice(&text).ok()?;
        let _ = fs::remove_file(outputs);
        // To open a pipe would wait for whoever writes to it.
        let is_file = fs::symlink_metadata(&kept).is_ok_and(|data| data.is_file());
        is_file.then(|| kept::link(&kept, outputs))?.ok()?;
        if of_file(outputs).ok()? != known.sha256 {
            // It may be the same file as the one that is kept, which is not to be written to.
            let _ = fs::remove_file(outputs);
            return None;
        }
        for file in [&self.file, &list, &kept] {
            kept::touch(file);
        }
        Some(Built {
            list: known.list,
            outputs: outputs.to_path_buf(),
        })
    }

    /// The files with what is kept of a build cache: what there is, and the outputs.
    fn of_built(&self) -> (PathBuf, PathBuf) {
        (
            self.file.with_extension("built"),
            self.file.with_extension("zst"),
        )
    }

    /// True for a verdict on these commands that misses nothing.
    fn keeps(&self, verdict: &Remembered) -> bool {
        let rows = &verdict.proof.rows;
        let same = rows.iter().map(|row| &row.command).eq(&self.commands);
        same && rows
            .iter()
            .all(|row| row.sealed || row.online == Some(false))
    }

    /// True when both are on all the same.
    pub fn is_same(&self, other: &Place) -> bool {
        self.file == other.file
    }

    /// Keeps a verdict; where that cannot be done, the next run proves once more.
    pub fn save(&self, verdict: &Remembered) {
        let Some(folder) = self.file.parent().filter(|_| self.keeps(verdict)) else {
            return;
        };
        let put = |file: &Path, json: Vec<u8>| {
            let mut partial = tempfile::NamedTempFile::new_in(folder)?;
            partial.write_all(&json)?;
            partial.persist(file).map(drop).map_err(|e| e.error)
        };
        let write = || {
            caches::make(folder)?;
            if let Some(built) = &verdict.built {
                let (list, kept) = self.of_built();
                // Whoever is at work on the same has his own file, whatever it is called here.
                let aside = tempfile::tempdir_in(folder)?;
                let made = aside.path().join("outputs");
                kept::link(&built.outputs, &made)?;
                fs::rename(made, &kept)?;
                let known = KeptBuilt {
                    list: built.list.clone(),
                    sha256: of_file(&built.outputs).map_err(|e| io::Error::other(e.to_string()))?,
                };
                put(&list, serde_json::to_vec(&known)?)?;
            }
            put(&self.file, serde_json::to_vec(verdict)?)?;
            kept::prune(folder, MOST_KEPT)
        };
        let _: io::Result<()> = write();
    }
}

/// This moment, as [`Remembered::at`] has it.
pub fn now() -> String {
    let now = jiff::Timestamp::now();
    let seconds = jiff::Timestamp::from_second(now.as_second()).unwrap_or(now);
    seconds.to_string()
}

fn of_file(file: &Path) -> Result<String> {
    let content = File::open(file).context(file.display())?;
    let sha256 = digest::copy(content, io::sink()).context(file.display())?;
    Ok(digest::hex(&sha256))
}

fn of_step(step: &Step) -> String {
    format!(
        "{:?} {:?} {:?} {:?} {:?}",
        step.words, step.flags, step.workdir, step.platform, step.files
    )
}

/// What `go env` says, without what is another each time it is asked.
fn settings(env: &GoEnv) -> String {
    let settings = env.iter().filter(|(name, _)| *name != "GOGCCFLAGS");
    settings
        .map(|(name, value)| format!("{name}={value}\n"))
        .collect()
}

/// The environment of commands, without what a shell counts or a session is called by.
fn environment() -> String {
    let passing = [
        "_", "PWD", "OLDPWD", "SHLVL", "TERM", "COLUMNS", "LINES", "WINDOWID",
    ];
    let sessions = ["SSH_", "XDG_SESSION", "DBUS_", "TMUX"];
    let mut set: Vec<String> = std::env::vars_os()
        .filter(|(name, _)| {
            let name = name.to_string_lossy();
            !passing.contains(&&*name) && !sessions.iter().any(|start| name.starts_with(start))
        })
        .map(|(name, value)| format!("{name:?}={value:?}"))
        .collect();
    set.sort();
    set.join("\n")
}

/// A line for each file below `folders`; none where they are too large together.
fn of_folders(folders: &[PathBuf], besides: &[PathBuf]) -> Result<Option<Vec<String>>> {
    let history = [".git", ".hg", ".svn", ".bzr"];
    let mut files = Vec::new();
    let mut bytes = 0;
    for folder in folders {
        let walk = WalkDir::new(folder).sort_by_file_name().into_iter();
        let walk = walk.filter_entry(|e| {
            let hidden = e
                .file_name()
                .to_str()
                .is_some_and(|name| history.contains(&name));
            !hidden && !besides.iter().any(|file| e.path() == file)
        });
        for entry in walk {
            let entry = entry.context(folder.display())?;
            if entry.file_type().is_file() {
                bytes += entry.metadata().context(entry.path().display())?.len();
            }
            if !entry.file_type().is_dir() {
                files.push(entry);
            }
        }
    }
    if bytes > MOST {
        return Ok(None);
    }
    let lines: Result<Vec<String>> = files
        .par_iter()
        .map(|entry| {
            let (path, kind) = (entry.path(), entry.file_type());
            let content = match () {
                () if kind.is_file() => of_file(path)?,
                // A package may be made of what a link leads to.
                () if kind.is_symlink() && path.is_file() => of_file(path)?,
                () if kind.is_symlink() => format!("{:?}", fs::read_link(path).ok()),
                // A socket or a pipe has nothing to read.
                () => String::new(),
            };
            Ok(format!("{path:?} {content}"))
        })
        .collect();
    lines.map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bag::manifest::ProofRow;

    #[test]
    fn every_file_of_a_project_counts_and_its_history_does_not() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir_all(at(".git")).unwrap();
        fs::write(at("main.go"), "package main\n").unwrap();
        let told = || {
            of_folders(&[dir.path().to_path_buf()], &[at("bag")])
                .unwrap()
                .unwrap()
        };
        let before = told();
        fs::write(at(".git/HEAD"), "x").unwrap();
        fs::write(at("bag"), "x").unwrap();
        assert_eq!(told(), before);
        fs::write(at("main.go"), "package other\n").unwrap();
        let changed = told();
        assert_ne!(changed, before);
        fs::write(at("data.txt"), "").unwrap();
        assert_ne!(told(), changed);
    }

    #[test]
    fn a_verdict_that_is_damaged_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let place = Place {
            file: dir.path().join("verdicts/x.json"),
            commands: vec!["go build ./...".into()],
            builds: false,
        };
        let outputs = dir.path().join("outputs");
        assert_eq!(place.load(&outputs), None);
        let row = ProofRow {
            command: "go build ./...".into(),
            sealed: true,
            ..ProofRow::default()
        };
        let verdict = |rows: &[ProofRow]| Remembered {
            at: "2026-11-25T00:00:00Z".into(),
            proof: Proof {
                rows: rows.to_vec(),
                ..Proof::default()
            },
            built: None,
        };
        let good = verdict(std::slice::from_ref(&row));
        place.save(&good);
        assert_eq!(place.load(&outputs), Some(good.clone()));
        let failed = |online| ProofRow {
            sealed: false,
            online: Some(online),
            ..row.clone()
        };
        place.save(&verdict(&[failed(false)]));
        assert_eq!(place.load(&outputs), Some(verdict(&[failed(false)])));
        // One on other commands, of a bag that misses something, or without a date.
        let dateless = Remembered {
            at: "\u{1b}[31m".into(),
            ..good
        };
        for wrong in [verdict(&[]), verdict(&[failed(true)]), dateless] {
            fs::write(&place.file, serde_json::to_vec(&wrong).unwrap()).unwrap();
            assert_eq!(place.load(&outputs), None);
        }
        fs::write(&place.file, "{").unwrap();
        assert_eq!(place.load(&outputs), None);
    }

    #[test]
    fn what_was_compiled_is_kept_with_its_verdict() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        let place = Place {
            file: at("verdicts/x.json"),
            commands: Vec::new(),
            builds: true,
        };
        fs::write(at("made"), "outputs").unwrap();
        let built = |outputs| Built {
            list: BuildCache::default(),
            outputs,
        };
        let verdict = |outputs| Remembered {
            at: "2026-11-25T00:00:00Z".into(),
            proof: Proof::default(),
            built: Some(built(outputs)),
        };
        place.save(&verdict(at("made")));
        let again = at("again");
        assert_eq!(place.load(&again), Some(verdict(again.clone())));
        assert_eq!(fs::read(&again).unwrap(), b"outputs");
        // Without its outputs, or with others, it is worth nothing.
        let (_, kept) = place.of_built();
        fs::remove_file(&kept).unwrap();
        assert_eq!(place.load(&again), None);
        fs::write(&kept, "another").unwrap();
        assert_eq!(place.load(&again), None);
    }
}
