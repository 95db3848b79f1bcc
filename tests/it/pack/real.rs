//! A well-known program, built by an unmodified `go` from nothing but our binary.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::bag::{Bag, stderr};
use crate::support::go::Go;
use crate::support::gobag::Gobag;
use crate::support::namespace::Namespace;
use crate::support::tree::files;

/// Task, a runner of tasks.
const PROGRAM: &str = "github.com/go-task/task/v3";
const VERSION: &str = "v3.54.0";
/// How many modules are in its build list at this version, itself among them.
const BUILD_LIST: usize = 381;

#[test]
fn a_real_program_is_built_offline_from_our_binary_alone() {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("real");
    let scratch = copy_of_this_repository(&place);
    let online = Capture::new();
    online.into_modules(&scratch.join("modules"));
    let bag = build(&scratch, &place.join("target"));

    let listed = bag.ok(["list"]);
    assert_eq!(listed.lines().count(), BUILD_LIST);
    let verified = bag.ok(["verify"]);
    assert_eq!(
        verified,
        format!("all {BUILD_LIST} module versions verified\n")
    );

    let namespace = Namespace::new();
    let mut command = namespace.command(bag.bin());
    command.args(["serve", "--listen", "127.0.0.1:0"]);
    let gobag = Gobag::start(command);
    // The program's own sum is in nobody's go.sum; the sums of its modules are in its own.
    let go = Go::new(gobag.url())
        .with("GONOSUMDB", PROGRAM)
        .through(&namespace.words());
    copy(&source(&go), &go.work().join("task"));
    let go = go.with("GONOSUMDB", "");
    let in_source = |args: &str| {
        let output = go.run_in("task", args);
        assert!(output.status.success(), "go {args}: {}", stderr(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    in_source("build -o ../task.bin ./cmd/task");
    let task = go.command("./task.bin").arg("--version").output().unwrap();
    let said = String::from_utf8(task.stdout).unwrap();
    assert!(said.contains(VERSION.trim_start_matches('v')), "{said}");

    let all = in_source("list -m all");
    assert_eq!(all.lines().count(), BUILD_LIST);
    in_source("mod verify");
    assert!(in_source("mod tidy -diff").is_empty());
    in_source("mod vendor");
    // A gigabyte that nobody asks for again.
    std::fs::remove_dir_all(place).unwrap();
}

/// What a user with a network has after `go mod download all`.
struct Capture {
    go: Go,
}

impl Capture {
    fn new() -> Capture {
        // Only here a proxy other than ours is asked: the one that this machine is set up with.
        let go = Go::new("")
            .with("GOPROXY", "")
            .with("GONOSUMDB", "")
            .with_outside();
        copy(&source(&go), &go.work().join("task"));
        let output = go.run_in("task", "mod download all");
        assert!(output.status.success(), "{}", stderr(&output));
        Capture { go }
    }

    /// Copies the download cache as it is.
    fn into_modules(self, modules: &Path) {
        let cache = self.go.modcache().join("cache/download");
        let zips = files(&cache)
            .into_iter()
            .filter(|name| name.ends_with(".zip"))
            .count();
        assert_eq!(zips, BUILD_LIST);
        std::fs::remove_dir_all(modules).unwrap();
        copy(&cache, modules);
    }
}

/// The folder with the program's source, downloaded as a module.
fn source(go: &Go) -> PathBuf {
    let told = go.ok(&format!("mod download -json {PROGRAM}@{VERSION}"));
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    told["Dir"].as_str().unwrap().into()
}

/// What a clone has, without the tests.
fn copy_of_this_repository(place: &Path) -> PathBuf {
    let scratch = place.join("gobag");
    if scratch.exists() {
        std::fs::remove_dir_all(&scratch).unwrap();
    }
    std::fs::create_dir_all(&scratch).unwrap();
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    for entry in std::fs::read_dir(repository).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if name != "target" && name != "tests" && !name.starts_with('.') {
            copy(&path, &scratch.join(name));
        }
    }
    scratch
}

/// Builds it as this test was built, with what was compiled for that: the libraries that both
/// need are the same, and linked into a target folder of its own.
fn build(scratch: &Path, target: &Path) -> Bag {
    if target.exists() {
        std::fs::remove_dir_all(target).unwrap();
    }
    let ours = Path::new(env!("CARGO_BIN_EXE_gobag")).parent().unwrap();
    let profile = ours.file_name().unwrap();
    let theirs = target.join(profile);
    std::fs::create_dir_all(&theirs).unwrap();
    for (folder, how) in [(".fingerprint", "-a"), ("build", "-al"), ("deps", "-al")] {
        let status = Command::new("cp")
            .arg(how)
            .arg(ours.join(folder))
            .arg(&theirs)
            .status();
        assert!(status.unwrap().success(), "cp {how} {folder}");
        // What is made anew must not be written through a link into what this test was built with.
        for entry in std::fs::read_dir(theirs.join(folder)).unwrap() {
            let entry = entry.unwrap();
            if !entry.file_name().to_string_lossy().starts_with("gobag-") {
                continue;
            }
            let path = entry.path();
            if path.is_dir() {
                std::fs::remove_dir_all(path).unwrap();
            } else {
                std::fs::remove_file(path).unwrap();
            }
        }
    }
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--bin", "gobag", "--offline", "--locked"]);
    if profile == "release" {
        cargo.arg("--release");
    }
    let output = cargo
        .current_dir(scratch)
        .env("CARGO_TARGET_DIR", target)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    Bag::at(theirs.join("gobag"))
}

fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp")
        .args(["-R", "--reflink=auto"])
        .arg(from)
        .arg(to)
        .status();
    assert!(
        status.unwrap().success(),
        "cp {} {}",
        from.display(),
        to.display()
    );
}
