//! What is fetched or made for many tests, and stays for the next run.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::support::bag::stderr;

/// The folder for all of it: cargo's own for these tests, or the one that somebody who may not
/// write there names in `GOBAG_TESTS`.
pub fn kept() -> PathBuf {
    let folder = std::env::var_os("GOBAG_TESTS");
    folder.map_or_else(|| env!("CARGO_TARGET_TMPDIR").into(), PathBuf::from)
}

/// A folder that is filled once, and kept until `target/` is removed.
pub struct Place {
    path: PathBuf,
}

impl Place {
    /// The one with this name.
    pub fn named(name: &str) -> Place {
        Place {
            path: kept().join("sums").join(name),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Fills it, unless that was done: whole, or not at all. Others wait meanwhile.
    pub fn once(&self, fill: impl FnOnce(&Path)) -> &Place {
        let _alone = self.lock();
        if self.path.exists() {
            return self;
        }
        let half = self.beside("half");
        if half.exists() {
            std::fs::remove_dir_all(&half).unwrap();
        }
        std::fs::create_dir_all(&half).unwrap();
        fill(&half);
        std::fs::rename(&half, &self.path).unwrap();
        self
    }

    /// Keeps other tests away from it, in this process and in others, until it is dropped.
    pub fn lock(&self) -> File {
        std::fs::create_dir_all(self.path.parent().unwrap()).unwrap();
        let lock = File::create(self.beside("lock")).unwrap();
        lock.lock().unwrap();
        lock
    }

    /// Its name with a dot and `end`, since names hold dots themselves.
    fn beside(&self, end: &str) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(format!(".{end}"));
        name.into()
    }
}

/// What a command prints that asks a host outside, which may be out of sorts: it is tried three
/// times before it has failed.
pub fn patiently(run: impl Fn() -> Output) -> String {
    let output = std::iter::repeat_with(run).take(3).enumerate();
    let mut tried = output.skip_while(|(number, output)| *number < 2 && !output.status.success());
    let (_, output) = tried.next().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    String::from_utf8(output.stdout).unwrap()
}
