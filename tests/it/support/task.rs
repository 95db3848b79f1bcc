//! Task, a runner of tasks: a well-known program with hundreds of modules.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::bag::stderr;
use crate::support::go::Go;
use crate::support::place::{Place, patiently};

/// The module that it is.
pub const PROGRAM: &str = "github.com/go-task/task/v3";

/// Its version.
pub const VERSION: &str = "v3.54.0";

/// How many modules are in its build list, itself among them.
pub const BUILD_LIST: usize = 381;

/// Downloads its source as a module, and copies that to `folder`.
pub fn source(go: &Go, folder: &Path) {
    source_of(go, &format!("{PROGRAM}@{VERSION}"), folder);
}

/// The same for any `path@version`.
pub fn source_of(go: &Go, module: &str, folder: &Path) {
    let told = patiently(|| go.run(&format!("mod download -json {module}")));
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    let from = Path::new(told["Dir"].as_str().unwrap());
    copy(&["-R", "--no-preserve=mode"], from, folder);
}

/// A module cache with the downloads of its modules and of itself, as `go mod download all` left
/// them; filled once.
pub fn module_cache() -> PathBuf {
    let place = Place::named(&format!("task-{VERSION}"));
    place.once(|folder| {
        let cache = folder.join("all");
        let go = Go::online().with("GOMODCACHE", cache.to_str().unwrap());
        source(&go, &go.work().join("task"));
        patiently(|| go.run_in("task", "mod download all"));
        // What was extracted is not needed, and four times as large.
        std::fs::create_dir(folder.join("cache")).unwrap();
        let downloads = "cache/download";
        std::fs::rename(cache.join(downloads), folder.join(downloads)).unwrap();
        std::fs::remove_dir_all(cache).unwrap();
    });
    place.path().to_owned()
}

/// Panics unless the program that was built in the user's folder tells that version.
pub fn tells_its_version(go: &Go) {
    let task = go.command("./task").arg("--version").output().unwrap();
    let said = String::from_utf8_lossy(&task.stdout).into_owned() + &stderr(&task);
    assert!(said.contains(VERSION.trim_start_matches('v')), "{said}");
}

/// Runs `cp` with these flags: the folder `to` becomes what `from` is.
pub fn copy(flags: &[&str], from: &Path, to: &Path) {
    let status = Command::new("cp")
        .args(flags)
        .arg("-T")
        .arg(from)
        .arg(to)
        .status();
    assert!(status.unwrap().success(), "cp {flags:?} {from:?} {to:?}");
}
