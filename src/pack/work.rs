//! The folder that packing works in.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::whole::{files, is_whole};
use crate::error::{Context, Error, Result};
use crate::process::cleanup;
use crate::terminal::progress::note;

/// Everything that is fetched on the way to a bag. One that was named is kept, and a second
/// run goes on from it; one that was not is removed.
#[derive(Debug)]
pub struct Work {
    root: PathBuf,
    /// What is removed when this is dropped.
    temporary: Vec<PathBuf>,
    kept: bool,
    /// Keeps another gobag out of a folder that was named.
    _lock: Option<File>,
}

/// The file by which a folder is known to be gobag's.
const MARKER: &str = ".gobag-work";

/// What it says to a person.
const MARKER_TEXT: &str = "gobag pack --work made this folder and removes what it does not need \
                           from it; keep nothing of your own here.\n";

/// What earlier runs fetched, laid out like `cache/download` of a module cache.
const EARLIER: &str = "earlier";

/// Where go commands keep what they fetch and copy. All run in a folder by this one name, since
/// what is compiled of a module counts again only where that lies in the same place.
const STAGE: &str = "go";

/// What recording fetched, while a proof has its place.
const ASIDE: &str = "go-aside";

/// Folders with what children keep while they run.
const TEMPORARY: &str = "tmp";

/// What stays from run to run.
const KEPT: [&str; 4] = [MARKER, EARLIER, "checked.json", "sums"];

impl Work {
    /// Uses `named`, or a new temporary folder.
    ///
    /// # Errors
    /// The folder cannot be made, or [`check`](Self::check) refuses it, or another gobag works
    /// there.
    pub fn new(named: Option<&Path>) -> Result<Self> {
        let mut work = match named {
            Some(named) => Self::named(named)?,
            None => {
                let root = temporary_in(&std::env::temp_dir());
                let root = root.context("cannot make a folder to work in")?;
                Work {
                    root: root.clone(),
                    temporary: vec![root],
                    kept: false,
                    _lock: None,
                }
            }
        };
        work.root = std::path::absolute(&work.root).context(work.root.display())?;
        work.take_children_in()?;
        Ok(work)
    }

    /// Whether `named` can be worked in: a folder that gobag made, or an empty or missing one.
    /// Nothing is touched.
    ///
    /// # Errors
    /// It is another folder, or none.
    pub fn check(named: &Path) -> Result<()> {
        if named.as_os_str().is_empty() {
            return Err(Error::new("--work has an empty name; name a new folder"));
        }
        let dir = named.display();
        let entries = match fs::read_dir(named) {
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
            Err(e) if e.kind() == ErrorKind::NotADirectory => {
                let text = format!("{dir} is no folder; name a new or an empty one for --work");
                return Err(Error::new(text));
            }
            entries => entries.context(&dir)?,
        };
        let marker = named.join(MARKER);
        let ours = marker.symlink_metadata().is_ok_and(|data| data.is_file());
        let text = if ours {
            fs::read(&marker).unwrap_or_default()
        } else {
            Vec::new()
        };
        // One that was killed at once left an empty marker, and nothing else.
        let alone = entries
            .flatten()
            .all(|entry| ours && entry.file_name() == MARKER);
        if text == MARKER_TEXT.as_bytes() || alone {
            return Ok(());
        }
        Err(Error::new(format!(
            "{dir} is not empty, and no folder that gobag made; name a new or an empty one for --work"
        )))
    }

    fn named(named: &Path) -> Result<Self> {
        Self::check(named)?;
        fs::create_dir_all(named).context(named.display())?;
        let marker = named.join(MARKER);
        let lock = OpenOptions::new().append(true).create(true).open(&marker);
        let mut lock = lock.context(marker.display())?;
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => {
                let dir = named.display();
                let text =
                    format!("another gobag works in {dir}; wait for it, or name another folder");
                return Err(Error::new(text));
            }
            // Not every file system has locks.
            Err(TryLockError::Error(_)) | Ok(()) => {}
        }
        if lock.metadata().is_ok_and(|data| data.len() == 0) {
            lock.write_all(MARKER_TEXT.as_bytes())
                .context(marker.display())?;
        }
        Ok(Work {
            root: named.to_path_buf(),
            temporary: Vec::new(),
            kept: true,
            _lock: Some(lock),
        })
    }

    /// Gives children a folder for temporary files that goes with this, also where they are
    /// killed.
    fn take_children_in(&mut self) -> Result<()> {
        let folder = self.path(TEMPORARY);
        remove_as_scratch(&folder, &self.root)?;
        let make = || fs::create_dir(&folder).map(|()| folder.clone());
        cleanup::made(make, PathBuf::as_path).context(folder.display())?;
        self.temporary.push(folder.clone());
        #[cfg(unix)]
        cleanup::temporary_of_children("TMPDIR", Some(&folder));
        // Named since programs cannot be executed in the usual place, perhaps.
        if let Some(other) = std::env::var_os("GOTMPDIR").filter(|name| !name.is_empty()) {
            // Where go cannot either, it says so itself.
            if let Ok(folder) = temporary_in(Path::new(&other)) {
                cleanup::temporary_of_children("GOTMPDIR", Some(&folder));
                self.temporary.push(folder);
            }
        }
        Ok(())
    }

    /// Makes what an earlier run left ready for this one: what it fetched goes to
    /// [`earlier`](Self::earlier), and all else that no run needs twice is removed, so that
    /// recording begins with nothing. Returns how many module zips are at hand.
    ///
    /// The run may have been ended in the middle: what was not fetched in full is left behind.
    ///
    /// # Errors
    /// Something cannot be moved, or not be put out of the way.
    pub fn settle(&self) -> Result<usize> {
        self.bring_back()?;
        let earlier = self.folder(EARLIER)?;
        let fetched = self.mod_cache().join("cache/download");
        for file in files(&fetched) {
            let Ok(name) = file.strip_prefix(&fetched) else {
                continue;
            };
            let to = earlier.join(name);
            if !is_whole(name, &file) || to.exists() {
                continue;
            }
            let folder = to.parent().unwrap_or(&earlier);
            fs::create_dir_all(folder).context(folder.display())?;
            fs::rename(&file, &to).context(to.display())?;
        }
        for entry in fs::read_dir(&self.root).context(self.root.display())? {
            let path = entry.context(self.root.display())?.path();
            let is = |name: &&str| path.file_name().is_some_and(|own| own == *name);
            if !KEPT.iter().any(is) && !self.temporary.contains(&path) {
                remove_as_scratch(&path, &self.root)?;
            }
        }
        let zip = |file: &PathBuf| file.extension().is_some_and(|end| end == "zip");
        Ok(files(&earlier).filter(zip).count())
    }

    /// What earlier runs fetched, laid out like `cache/download` of a module cache; there may be
    /// nothing.
    pub fn earlier(&self) -> PathBuf {
        self.path(EARLIER)
    }

    /// True when a second run can go on from it.
    pub fn is_kept(&self) -> bool {
        self.kept
    }

    /// A folder or file in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// A folder in it, which is made.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.path(name);
        fs::create_dir_all(&folder).context(folder.display())?;
        Ok(folder)
    }

    /// A folder in it, which is emptied.
    ///
    /// # Errors
    /// What was there cannot be put out of the way, or it cannot be made.
    pub fn fresh_folder(&self, name: &str) -> Result<PathBuf> {
        remove_as_scratch(&self.path(name), &self.root)?;
        self.folder(name)
    }

    /// The folder that go commands run in.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn stage(&self) -> Result<PathBuf> {
        self.folder(STAGE)
    }

    /// The module cache that recording fills.
    pub fn mod_cache(&self) -> PathBuf {
        self.path(STAGE).join("pkg/mod")
    }

    /// Runs `proof` with an empty [`stage`](Self::stage), and puts what was there back afterwards.
    ///
    /// # Errors
    /// Those of `proof`; something cannot be moved, or not be put out of the way.
    pub fn with_empty_stage<T>(&self, proof: impl FnOnce() -> Result<T>) -> Result<T> {
        let (stage, aside) = (self.stage()?, self.path(ASIDE));
        fs::rename(&stage, &aside).context(stage.display())?;
        let proved = proof();
        self.bring_back()?;
        proved
    }

    /// Puts what was recorded back into its place, if a proof had that.
    fn bring_back(&self) -> Result<()> {
        let (stage, aside) = (self.path(STAGE), self.path(ASIDE));
        if aside.symlink_metadata().is_err() {
            return Ok(());
        }
        remove_as_scratch(&stage, &self.root)?;
        fs::rename(&aside, &stage).context(aside.display())
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        for name in ["TMPDIR", "GOTMPDIR"] {
            cleanup::temporary_of_children(name, None);
        }
        for path in &self.temporary {
            match cleanup::remove(path) {
                Err(e) if e.kind() != ErrorKind::NotFound => {
                    let path = path.display();
                    note(&format!("{path} is left behind, remove it: {e}"));
                }
                _ => {}
            }
            cleanup::keep(path);
        }
    }
}

/// A new folder that a signal removes.
fn temporary_in(folder: &Path) -> std::io::Result<PathBuf> {
    let make = || tempfile::Builder::new().prefix("gobag-").tempdir_in(folder);
    cleanup::made(make, TempDir::path).map(TempDir::keep)
}

/// Removes what lies at `path` below `root`, if anything does. What cannot be removed is put
/// aside and no harm: it is in nobody's way there.
fn remove_as_scratch(path: &Path, root: &Path) -> Result<()> {
    if path.symlink_metadata().is_err() || cleanup::remove(path).is_ok() {
        return Ok(());
    }
    let aside = tempfile::Builder::new().prefix("removed-").tempdir_in(root);
    let aside = aside.context(root.display())?.keep();
    fs::rename(path, aside.join("it")).context(format!(
        "{} cannot be removed; remove it, or name another folder with --work",
        path.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(root: &Path, name: &str, bytes: impl AsRef<[u8]>) {
        let file = root.join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, bytes).unwrap();
    }

    fn below(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = files(folder)
            .map(|f| f.strip_prefix(folder).unwrap().to_str().unwrap().to_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn only_an_empty_folder_or_one_of_gobag_is_worked_in() {
        let dir = tempfile::tempdir().unwrap();
        let (new, full) = (dir.path().join("a/new"), dir.path().join("full"));
        put(&full, "queries/mine.txt", "mine");
        put(dir.path(), "file", "");
        for (name, says) in [
            (
                &full,
                "full is not empty, and no folder that gobag made; name",
            ),
            (&dir.path().join("file"), "file is no folder; name"),
            (&PathBuf::new(), "empty name"),
        ] {
            let error = Work::new(Some(name)).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
        assert_eq!(below(&full), ["queries/mine.txt"]);
        let work = Work::new(Some(&new)).unwrap();
        assert!(work.is_kept() && new.join(MARKER).is_file());
        let error = Work::new(Some(&new)).unwrap_err().to_string();
        assert!(error.starts_with("another gobag works in"), "{error}");
        drop(work);
        assert_eq!(
            below(dir.path()),
            ["a/new/.gobag-work", "file", "full/queries/mine.txt"]
        );
        put(&new, "go/x", "");
        drop(Work::new(Some(&new)).unwrap());
    }

    #[test]
    fn a_second_run_has_what_the_first_fetched_in_full() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        drop(Work::new(Some(root)).unwrap());
        let cache = "go-aside/pkg/mod/cache/download";
        let put = |name: &str, bytes: &[u8]| put(root, name, bytes);
        for name in [
            "a.test/@v/v1.0.0.zip",
            "a.test/@v/v1.0.0.zip123.tmp",
            "a.test/@v/v1.0.0.lock",
            "a.test/@v/v1.0.0.partial",
            "a.test/@v/list",
            "a.test/@v/main.info",
            "a.test/@v/v2.0.0+incompatible.mod",
            "a.test/@v/v1.0.0-!r!c1.mod",
        ] {
            put(&format!("{cache}/{name}"), b"new");
        }
        let sumdb = format!("{cache}/sumdb/sum.test");
        put(
            &format!("{sumdb}/lookup/a.test@v1.0.0"),
            "1\nx\n\ngo\n\n\u{2014} sum.test x\n".as_bytes(),
        );
        put(&format!("{sumdb}/lookup/b.test@v1.0.0"), b"1\nx\n");
        put(&format!("{sumdb}/tile/8/0/000"), &[0; 8192]);
        put(&format!("{sumdb}/tile/8/0/001"), &[0; 32]);
        put("earlier/a.test/@v/v1.0.0.zip", b"old");
        put("earlier/b.test/@v/v1.0.0.zip", b"old");
        put("go-aside/pkg/mod/a.test@v1.0.0/a.go", b"");
        put(
            "go/pkg/mod/cache/download/proof.test/@v/v1.0.0.zip",
            b"of a proof",
        );
        put("queries/x", b"");
        put("checked.json", b"{}");
        put("sums/x", b"");
        let work = Work::new(Some(root)).unwrap();
        assert_eq!(work.settle().unwrap(), 2);
        assert_eq!(
            below(root),
            [
                ".gobag-work",
                "checked.json",
                "earlier/a.test/@v/v1.0.0-!r!c1.mod",
                "earlier/a.test/@v/v1.0.0.zip",
                "earlier/a.test/@v/v2.0.0+incompatible.mod",
                "earlier/b.test/@v/v1.0.0.zip",
                "earlier/sumdb/sum.test/lookup/a.test@v1.0.0",
                "earlier/sumdb/sum.test/tile/8/0/000",
                "sums/x",
            ]
        );
        assert!(!work.path(STAGE).exists() && work.path(TEMPORARY).exists());
        assert_eq!(
            fs::read(work.earlier().join("a.test/@v/v1.0.0.zip")).unwrap(),
            b"old"
        );
        assert_eq!(work.settle().unwrap(), 2);
    }

    #[test]
    fn a_folder_without_a_name_goes() {
        let work = Work::new(None).unwrap();
        let root = work.folder("prove").unwrap();
        assert!(!work.is_kept());
        assert_eq!(work.settle().unwrap(), 0);
        drop(work);
        assert!(!root.parent().unwrap().exists());
    }
}
