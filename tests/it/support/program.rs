//! A project, tools and a toolchain, packed on the connected side with all that go needs of them.

use std::fs;
use std::sync::LazyLock;

use crate::support::bag::{Bag, stderr};
use crate::support::go::Go;
use crate::support::place::Place;
use crate::support::public::gobag_online;
use crate::support::public_bags::bag_file;
use crate::support::releases::{NEWER, newer_cache};

/// A formatter of shell scripts; needs four other modules.
pub const TOOL: &str = "mvdan.cc/sh/v3/cmd/shfmt@v3.10.0";

/// A generator of Go code, for go 1.19 and newer; needs two other modules.
pub const OLD_TOOL: &str = "golang.org/x/tools/cmd/stringer@v0.24.1";

/// A library; needs four other modules.
pub const LIBRARY: &str = "github.com/spf13/cobra";

/// Its version.
pub const LIBRARY_VERSION: &str = "v1.8.1";

/// All of it in one bag, proved by gobag itself.
pub static PROGRAM: LazyLock<Bag> = LazyLock::new(|| {
    let (place, file) = (Place::named("program"), bag_file("program"));
    let _alone = place.lock();
    // What is fetched stays for the next run, as `--work` has it.
    let work = place.path().join("work");
    let project = place.path().join("project");
    fs::create_dir_all(&project).unwrap();
    let go_mod = format!("module main.test\n\ngo 1.21\n\nrequire {LIBRARY} {LIBRARY_VERSION}\n");
    fs::write(project.join("go.mod"), go_mod).unwrap();
    fs::write(project.join("main.go"), MAIN).unwrap();
    let output = gobag_online("pack")
        .env("GOMODCACHE", newer_cache())
        .env("GOFLAGS", "-trimpath")
        .arg(&project)
        .args(["--profile", "full", "--toolchain", NEWER])
        .args(["--tool", TOOL, "--tool", OLD_TOOL])
        // A run that was killed may have left a verdict on the same bag.
        .arg("--prove-anew")
        .arg("--work")
        .arg(work)
        .arg("-o")
        .arg(&file)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let said = stderr(&output);
    assert!(said.contains("proving the bag offline"), "{said}");
    assert!(!said.contains("has no record"), "{said}");
    Bag::at(file)
});

/// A program that needs the library.
pub const MAIN: &str = "package main

import (
	\"fmt\"

	\"github.com/spf13/cobra\"
)

func main() {
	fmt.Println((&cobra.Command{Use: \"packed\"}).UseLine())
}
";

/// Writes the project as it is before anything was fetched: without a `go.sum`.
pub fn project(go: &Go) {
    go.requires("1.21", &[&format!("{LIBRARY} {LIBRARY_VERSION}")]);
    go.write("main.go", MAIN);
}
