//! What is refused before any work: it would make packing fail in the end.

use std::os::unix::fs::symlink;
use std::process::Command;
use std::time::Duration;

use crate::support::bag::{built, stderr};
use crate::support::gobag::within;
use crate::support::namespace::{is_root, mounting};
use crate::support::project::Project;
use crate::support::tree::Tree;

/// A user with a module in the folder `tree`, and a proxy that would fail as soon as it is asked.
fn user() -> Project {
    let project = Project::behind("off");
    let tree = Tree::new();
    tree.module("preflight.test/a", "v1.0.0");
    let mut copy = Command::new("cp");
    let copied = copy
        .arg("-R")
        .arg(tree.path())
        .arg(project.beside("tree"))
        .status();
    assert!(copied.unwrap().success());
    project
}

const WORDS: &str = "--no-sums --no-prove --import tree";

/// Packs to `output`, which must be refused at once; returns the last line.
fn refused(project: &Project, args: &str) -> String {
    let said = within(Duration::from_secs(1), || project.refused(args));
    assert!(!said.contains("checking every module"), "{said}");
    said.lines().last().unwrap_or("").to_owned()
}

#[test]
fn a_file_that_is_no_gobag_is_not_replaced() {
    let project = user();
    std::fs::write(project.beside("main.go"), "package main\n").unwrap();
    symlink("main.go", project.beside("link")).unwrap();
    for name in ["main.go", "link"] {
        let last = refused(&project, &format!("{WORDS} -o {name}"));
        let wanted = format!("/{name} is no gobag; choose another name, or --force to replace it");
        assert!(last.ends_with(&wanted), "{last}");
    }
    let source = std::fs::read(project.beside("main.go")).unwrap();
    assert_eq!(source, b"package main\n");
    project.packs(&format!("{WORDS} -o main.go --force"));
    // A bag is, and the program as cargo built it.
    project.packs(&format!("{WORDS} -o main.go"));
    std::fs::copy(built(), project.beside("plain")).unwrap();
    project.packs(&format!("{WORDS} -o plain"));
}

#[test]
fn a_place_that_cannot_be_written_to_is_refused() {
    let project = user();
    std::fs::create_dir(project.beside("folder")).unwrap();
    for (output, says) in [
        ("folder", "is a folder"),
        ("nowhere/bag", "/nowhere; make it first"),
        ("/dev/null", "is no plain file"),
        ("/dev/stdout", "is no plain file"),
    ] {
        let last = refused(&project, &format!("{WORDS} --force -o {output}"));
        assert!(last.contains(says), "{output}: {last}");
    }
    assert!(!std::fs::metadata("/dev/null").unwrap().is_file());
    if !is_root() {
        let closed = std::os::unix::fs::PermissionsExt::from_mode(0o555);
        std::fs::set_permissions(project.beside("folder"), closed).unwrap();
        let last = refused(&project, &format!("{WORDS} -o folder/bag"));
        assert!(last.contains("ermission denied"), "{last}");
    }
}

#[test]
fn an_engine_that_is_no_gobag_is_refused() {
    let project = user();
    let last = refused(&project, &format!("{WORDS} -o bag --engine /bin/ls"));
    assert!(
        last.contains("/bin/ls is a program, but no gobag"),
        "{last}"
    );
}

#[test]
fn somebody_elses_folder_is_not_worked_in() {
    let project = user();
    let mine = project.beside("mine/queries/mine.txt");
    std::fs::create_dir_all(mine.parent().unwrap()).unwrap();
    std::fs::write(&mine, "mine").unwrap();
    let last = refused(&project, &format!("{WORDS} -o bag --work mine"));
    assert!(
        last.contains("mine is not empty, and no folder that gobag made"),
        "{last}"
    );
    assert!(mine.exists());
}

#[test]
fn a_full_disk_is_told_before_it_is_in_the_way() {
    let tree = Tree::new();
    tree.module("preflight.test/a", "v1.0.0");
    let disk = tempfile::tempdir().unwrap();
    let script = format!(
        "mount -t tmpfs -o size=2m none {disk} || exit 99\n\
         {gobag} pack {words} -o {disk}/bag; code=$?\n\
         TMPDIR={disk} {gobag} pack {words} -o /tmp/never-written-bag && exit 98\n\
         ls -A {disk}; exit $code",
        disk = disk.path().display(),
        gobag = built(),
        words = format!("--no-sums --no-prove --import {}", tree.path().display()),
    );
    let output = mounting(&script);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(output.stdout.is_empty(), "{output:?}");
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 2, "{said}");
    assert!(
        lines[0].contains("2.1 MB free") && lines[0].contains("the bag"),
        "{said}"
    );
    assert!(lines[1].contains("TMPDIR=DIR or --work DIR"), "{said}");
}
