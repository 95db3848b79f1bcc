//! Packing that goes wrong, and what is left then: nothing.

use crate::support::bag::{built, stderr};
use crate::support::gobag::Gobag;
use crate::support::namespace::{Namespace, mounting};
use crate::support::project::Project;
use crate::support::tree::{Tree, go_mod};

/// A proxy with a module that needs another, which has a `.mod` alone where `whole` is false.
pub fn upstream(whole: bool) -> Gobag {
    let tree = Tree::new();
    tree.module("failure.test/first", "v1.0.0");
    tree.folder(
        "failure.test/a",
        "v1.0.0",
        &[
            (
                "go.mod",
                &(go_mod("failure.test/a") + "\nrequire failure.test/b v1.0.0\n"),
            ),
            ("p.go", "package a\n\nimport _ \"failure.test/b\"\n"),
        ],
    );
    if whole {
        tree.module("failure.test/b", "v1.0.0");
    } else {
        tree.part("failure.test/b", "v1.0.0", "mod", go_mod("failure.test/b"));
    }
    tree.bag().serve()
}

/// A project that needs all of it and has no go.sum, which the tests do not depend on.
pub fn project(proxy: &str) -> Project {
    let project = Project::behind(proxy);
    project.program("", &["failure.test/a", "failure.test/first"]);
    project.file(
        "go.mod",
        "module app.test\n\ngo 1.24\n\nrequire (\n\tfailure.test/a v1.0.0\n\tfailure.test/first v1.0.0\n)\n",
    );
    project
}

#[test]
fn what_upstream_refuses_is_named_with_who_requires_it() {
    let upstream = upstream(false);
    let project = project(upstream.url());
    let output = project.pack("app -o bag --profile build");
    let said = stderr(&output);
    assert!(output.status.success(), "{said}");
    let note = "note: failure.test/b@v1.0.0 is refused upstream (404 Not Found), required by failure.test/a@v1.0.0";
    assert!(said.contains(note), "{said}");
    let said = project.refused("app -o strict --profile build --strict");
    assert!(said.lines().last().unwrap().contains("--strict"), "{said}");
}

#[test]
fn what_nobody_has_is_never_packed_as_an_empty_bag() {
    let upstream = upstream(false);
    let project = Project::behind(upstream.url());
    let said = project.refused("-o bag --module failure.test/nowhere@latest");
    let last = said.lines().last().unwrap();
    assert!(
        last.contains("nothing to carry: go get failure.test/nowhere@latest"),
        "{last}"
    );
}

#[test]
fn a_bag_that_is_not_proven_is_not_written() {
    let upstream = upstream(true);
    let project = project(upstream.url());
    project.ok("", "mod tidy");
    // On the connected side there is another proxy beside the caches of this host.
    let run = "go run -exec \"sh -c 'case $GOPROXY in *,*) ;; *) exit 1 ;; esac' \" .";
    let args = "app -o bag --profile build";
    let output = project.command(args).args(["--run", run]).output().unwrap();
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let last = said.lines().last().unwrap();
    assert!(last.starts_with("gobag: not proven: go run"), "{said}");
    assert!(
        last.contains("succeeds online, and fails with the bag alone"),
        "{said}"
    );
    assert!(last.contains("--no-prove"), "{said}");
    assert!(!project.beside("bag").exists());
    project.left_nothing();
    project.packs_and_runs(&format!("{args} --no-prove"), &[run]);
}

#[test]
fn a_full_disk_keeps_no_half_file() {
    let tree = Tree::new();
    tree.module("failure.test/a", "v1.0.0");
    let disk = tempfile::tempdir().unwrap();
    let script = format!(
        "mount -t tmpfs -o size=200m none {disk} && echo old > {disk}/bag || exit 99\n\
         ulimit -f 2048\n\
         {gobag} pack --force --no-sums --import {tree} -o {disk}/bag\n\
         code=$?; ls -A {disk}; cat {disk}/bag; exit $code",
        disk = disk.path().display(),
        gobag = built(),
        tree = tree.path().display(),
    );
    let output = mounting(&script);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "bag\nold\n",
        "{said}"
    );
    assert!(said.contains("File too large"), "{said}");
    let script = script.replace("size=200m", "size=2m");
    let output = mounting(&script);
    let said = stderr(&output);
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "bag\nold\n",
        "{said}"
    );
    assert!(said.contains("no room in"), "{said}");
}

#[test]
fn a_host_without_a_network_or_go_says_what_it_needs() {
    let project = project("off");
    let said = project.refused("app -o bag");
    let last = said.lines().last().unwrap();
    assert!(
        last.starts_with("gobag: nothing could be fetched: "),
        "{said}"
    );
    assert!(last.contains("go mod download all failed"), "{said}");
    let bare = crate::support::project::path_of(&project.beside("bin"), &["sh"]);
    let project = project.with("PATH", &bare);
    let said = project.refused("app -o bag");
    assert!(said.contains("install Go"), "{said}");
    let said = project.refused("nowhere -o bag");
    assert!(said.contains("nowhere"), "{said}");
    // What is on this disk is packed without either.
    let tree = Tree::new();
    tree.module("failure.test/a", "v1.0.0");
    let namespace = Namespace::new();
    let mut command = namespace.command(built());
    let output = command
        .args(["pack", "--no-sums", "--import"])
        .arg(tree.path())
        .arg("-o")
        .arg(project.beside("bag"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
}
