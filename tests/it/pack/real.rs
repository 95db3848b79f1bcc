//! A well-known program, built by an unmodified `go` from nothing but our binary, in which cargo
//! put its modules.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::bag::{Bag, stderr};
use crate::support::place::kept;
use crate::support::public_bags::Offline;
use crate::support::task::{BUILD_LIST, PROGRAM, copy, module_cache, source, tells_its_version};
use crate::support::tree::files;

#[test]
fn a_real_program_is_built_offline_from_our_binary_alone() {
    let place = kept().join("real");
    let scratch = copy_of_this_repository(&place);
    let modules = module_cache().join("cache/download");
    let zips = files(&modules);
    let zips = zips.iter().filter(|name| name.ends_with(".zip"));
    assert_eq!(zips.count(), BUILD_LIST);
    copy(&["-al"], &modules, &scratch.join("modules"));
    let bag = build(&scratch, &place.join("target"));

    let listed = bag.ok(["list"]);
    assert_eq!(listed.lines().count(), BUILD_LIST);
    let verified = bag.ok(["verify"]);
    let told = format!("all {BUILD_LIST} module versions verified\n");
    assert!(verified.starts_with(&told), "{verified}");

    let offline = Offline::new();
    let gobag = offline.serve(&bag);
    // The program's own sum is in nobody's go.sum; the sums of its modules are in its own.
    let go = offline.user(gobag.url()).with("GONOSUMDB", PROGRAM);
    source(&go, &go.work().join("task.src"));
    let go = go.with("GONOSUMDB", "");
    let in_source = |args: &str| {
        let output = go.run_in("task.src", args);
        assert!(output.status.success(), "go {args}: {}", stderr(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    in_source("build -o ../task ./cmd/task");
    tells_its_version(&go);

    let all = in_source("list -m all");
    assert_eq!(all.lines().count(), BUILD_LIST);
    in_source("mod verify");
    assert!(in_source("mod tidy -diff").is_empty());
    in_source("mod vendor");
    // A gigabyte that nobody asks for again.
    std::fs::remove_dir_all(place).unwrap();
}

/// What a clone has, without the tests and the modules.
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
        if !["target", "tests", "modules"].contains(&name) && !name.starts_with('.') {
            copy(&["-R"], &path, &scratch.join(name));
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
    for (folder, how) in [(".fingerprint", "-a"), ("build", "-a"), ("deps", "-al")] {
        copy(&[how], &ours.join(folder), &theirs.join(folder));
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
    // Beside a test and of the whole workspace, so that cargo chooses the same features of what it
    // depends on as it did here, and compiles none of that again.
    std::fs::create_dir(scratch.join("tests")).unwrap();
    std::fs::write(scratch.join("tests/nothing.rs"), "//! Nothing.\n").unwrap();
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--workspace", "--bin", "gobag"]);
    cargo.args(["--test", "nothing", "--offline", "--locked"]);
    if profile == "release" {
        cargo.arg("--release");
    }
    // What cargo tells a test of its package makes build scripts run again that look at it.
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_MANIFEST_") || name.starts_with("CARGO_PKG_") {
            cargo.env_remove(&*name);
        }
    }
    let output = cargo
        .current_dir(scratch)
        .env("CARGO_TARGET_DIR", target)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    Bag::at(theirs.join("gobag"))
}
