//! Everyday commands without a network, each sum verified.

use std::path::Path;
use std::process::Command;

use crate::support::bag::stderr;
use crate::support::program::{LIBRARY, LIBRARY_VERSION, MAIN, OLD_TOOL, PROGRAM, TOOL, project};
use crate::support::public_bags::{Offline, requests};
use crate::support::releases::{OLDER, newer, older, with_go};

/// What the go command has when it is started with nothing but an empty home and `GOPROXY`.
fn bare(offline: &Offline, home: &Path, proxy: &str) -> Command {
    let mut command = offline.command("go");
    command.env_clear().current_dir(home);
    command.env("PATH", std::env::var("PATH").unwrap());
    command.env("HOME", home).env("GOPROXY", proxy);
    command
}

#[test]
fn a_tool_is_installed_with_no_environment_but_goproxy() {
    let offline = Offline::new();
    let gobag = offline.serve(&PROGRAM);
    let home = tempfile::tempdir().unwrap();
    let output = bare(&offline, home.path(), gobag.url())
        .args(["install", TOOL])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let tool = home.path().join("go/bin/shfmt");
    let said = Command::new(tool).arg("--version").output().unwrap();
    assert_eq!(String::from_utf8(said.stdout).unwrap(), "v3.10.0\n");
    // What is in a module cache cannot be written to.
    let mut clean = bare(&offline, home.path(), gobag.url());
    clean.args(["clean", "-modcache"]);
    assert!(clean.status().unwrap().success());
    let asked = requests(gobag);
    let lookups = asked
        .iter()
        .filter(|line| line.starts_with("/sumdb/sum.golang.org/lookup/"));
    assert!(lookups.count() >= 4, "{asked:#?}");
}

#[test]
fn tidy_fills_an_empty_go_sum() {
    let offline = Offline::new();
    let gobag = offline.serve(&PROGRAM);
    let go = offline.user(gobag.url());
    project(&go);
    go.write("go.sum", "");
    go.ok("mod tidy");
    let sums = go.read("go.sum");
    assert!(
        sums.contains(&format!("{LIBRARY} {LIBRARY_VERSION} h1:")),
        "{sums}"
    );
    assert!(go.ok("run .").contains("packed"));
    go.ok("mod verify");
    go.ok("mod vendor");
    go.ok("vet ./...");
}

#[test]
fn get_adds_a_module() {
    let offline = Offline::new();
    let gobag = offline.serve(&PROGRAM);
    for query in [LIBRARY_VERSION, "latest", "v1"] {
        let go = offline.user(gobag.url());
        go.requires("1.21", &[]).write("main.go", MAIN);
        go.ok(&format!("get {LIBRARY}@{query}"));
        assert!(
            go.read("go.mod")
                .contains(&format!("{LIBRARY} {LIBRARY_VERSION}"))
        );
        assert!(go.ok("run .").contains("packed"));
    }
}

#[test]
fn a_tool_is_installed_by_each_release() {
    let offline = Offline::new();
    let gobag = offline.serve(&PROGRAM);
    let mut bins = vec![newer()];
    bins.extend(OLDER.map(|(release, _)| older(release)));
    for bin in bins {
        let go = with_go(offline.user(gobag.url()), &bin).with("GOFLAGS", "-modcacherw -trimpath");
        go.ok(&format!("install {OLD_TOOL}"));
    }
}
