//! A bag's build cache, compiled once more and compared.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::support::bag::{Bag, stderr, text};
use crate::support::gobag::Gobag;
use crate::support::project::{Project, content, names};
use crate::support::releases;
use crate::support::tree::Tree;

/// Two modules, one of which needs the other and a package of the standard library.
fn upstream() -> Gobag {
    let tree = Tree::new();
    tree.module("rebuild.test/b", "v1.0.0");
    let go_mod = "module rebuild.test/a\n\ngo 1.21\n\nrequire rebuild.test/b v1.0.0\n";
    let package = "// Package a is compiled.\npackage a\n\nimport (\n\t_ \"unicode/utf8\"\n\n\t_ \"rebuild.test/a/internal/c\"\n\t_ \"rebuild.test/b\"\n)\n";
    let files = [
        ("go.mod", go_mod),
        ("a.go", package),
        ("internal/c/c.go", "// Package c is internal.\npackage c\n"),
    ];
    tree.folder("rebuild.test/a", "v1.0.0", &files);
    tree.bag().serve()
}

/// A library that needs them, packed and proved with its own packages compiled.
fn packed(upstream: &Gobag) -> Project {
    let project = Project::behind(upstream.url());
    project.file("p.go", "package p\n\nimport _ \"rebuild.test/a\"\n");
    let go_mod = "module app.test\n\ngo 1.24\n\nrequire rebuild.test/a v1.0.0\n";
    project.file("go.mod", go_mod).ok("", "mod tidy");
    let said = pack(&project);
    assert!(said.contains("proving the bag"), "{said}");
    project
}

/// Packs its library as well as what vet learns; returns what is said.
fn pack(project: &Project) -> String {
    let mut command = project.command("app -o bag --profile build --own-build-cache");
    let output = command.args(["--build", "go vet ./..."]).output().unwrap();
    let said = stderr(&output);
    assert!(output.status.success(), "{said}");
    said
}

/// What `program verify` says with these words, which may change neither the project nor leave a file.
fn verify(project: &Project, program: &Bag, words: &[&str]) -> Output {
    let before = content(&project.dir());
    let mut command = project.go().command(text(program.bin()));
    let output = command.arg("verify").args(words).output().unwrap();
    assert_eq!(content(&project.dir()), before, "the project is unchanged");
    project.left_nothing();
    output
}

fn bag(project: &Project) -> Bag {
    Bag::at(project.beside("bag"))
}

#[test]
fn an_honest_build_cache_is_made_again() {
    let upstream = upstream();
    let project = packed(&upstream);
    // Nobody else is asked.
    drop(upstream);
    let packed = bag(&project);
    let example = Bag::example();
    let file = text(packed.bin());
    let own = "of the projects: name the folder of one as well (1 package): app.test\n";
    for (program, words, left) in [
        (&packed, &["--rebuild"][..], own),
        (&packed, &["--rebuild", "app"], ""),
        (&example, &["--rebuild", file, "app"], ""),
    ] {
        let output = verify(&project, program, words);
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        let said = stderr(&output);
        assert!(output.status.success(), "{words:?}: {told}{said}");
        assert!(
            told.contains(" compiled again, and are the same\n"),
            "{told}"
        );
        assert!(told.ends_with(left), "{told}");
        assert_eq!(
            told.contains("not compiled again"),
            !left.is_empty(),
            "{told}"
        );
    }
    // Nor is any other go asked than one of that version.
    let mut command = project.go().command(file);
    command.args(["verify", "--rebuild"]).env("PATH", "");
    let output = command.output().unwrap();
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    let needed = ", which neither this host has nor the bag; put the go command of go1.";
    assert!(said.contains(needed), "{said}");
}

#[test]
fn what_another_go_compiled_is_told_apart() {
    let upstream = upstream();
    let older = releases::older(releases::OLDER[1].0);
    let path = std::env::var("PATH").unwrap();
    let with_older = format!("{}:{path}", older.display());
    let project = Project::behind(upstream.url()).with("PATH", &with_older);
    project.file("p.go", "package p\n\nimport _ \"rebuild.test/a\"\n");
    let go_mod = "module app.test\n\ngo 1.21\n\nrequire rebuild.test/a v1.0.0\n";
    project.file("go.mod", go_mod).ok("", "mod tidy");
    project.packs("app -o first --no-sums --profile build");
    let project = project.with("PATH", &path);
    let add = "app -o bag --no-sums --profile build --add";
    let output = project.command_of(&project.beside("first"), add).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let output = verify(&project, &bag(&project), &["--rebuild", "app"]);
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{told}{}", stderr(&output));
    let apart = "  not compiled again, by a go that is not at hand: put it on PATH (";
    assert!(told.contains(apart), "{told}");
    assert!(
        told.contains(" compiled again, and are the same\n"),
        "{told}"
    );
}

/// Has the actions on one package have the outputs of those on another, and packs that.
fn forge(project: &Project, package: &str, another: &str) {
    let verdicts = project.go().work().join("../.cache/gobag/verdicts");
    let file = names(&verdicts)
        .into_iter()
        .find(|name| name.ends_with(".built"));
    let file: PathBuf = verdicts.join(file.unwrap());
    let mut known: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    let actions = known["list"]["actions"].as_array_mut().unwrap();
    let is =
        |action: &Value, package: &str| action["package"] == package && action["what"] == "build";
    let output = actions.iter().find(|action| is(action, another)).unwrap()["output"].clone();
    let forged = actions
        .iter_mut()
        .find(|action| is(action, package))
        .unwrap();
    assert_ne!(forged["output"], output);
    forged["output"] = output;
    fs::write(&file, serde_json::to_vec(&known).unwrap()).unwrap();
    let said = pack(project);
    assert!(!said.contains("proving the bag"), "{said}");
}

#[test]
fn a_forged_build_cache_is_found_by_its_package() {
    let upstream = upstream();
    let project = packed(&upstream);
    forge(&project, "rebuild.test/b", "unicode/utf8");
    let bag = bag(&project);
    // Nobody can tell it by the bytes.
    assert!(verify(&project, &bag, &[]).status.success());
    for words in [&["--rebuild"][..], &["--rebuild", "app"]] {
        let output = verify(&project, &bag, words);
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{words:?}: {told}{said}");
        assert!(told.contains("and not all are the same\n"), "{told}");
        let faults: Vec<&str> = said
            .lines()
            .filter(|line| line.starts_with("gobag: "))
            .collect();
        assert_eq!(faults.len(), 1, "{said}");
        let fault = "gobag: rebuild.test/b: go makes another output of the sources than this build cache has";
        assert!(faults[0].starts_with(fault), "{said}");
        assert!(faults[0].contains("exec without --cached"), "{said}");
    }
}

#[test]
fn what_cannot_be_compiled_again_is_told_in_a_line() {
    let dir = tempfile::tempdir().unwrap();
    let output = Bag::example().run(["verify", "--rebuild"]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("this bag carries no build cache"), "{said}");
    let folder = text(dir.path());
    let output = Bag::example().run(["verify", "--rebuild", folder, folder]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("takes one bag and the folder of one project"),
        "{said}"
    );
}

#[test]
fn an_interrupted_rebuild_leaves_nothing() {
    let upstream = upstream();
    let project = packed(&upstream);
    let mut command = project.go().command(text(bag(&project).bin()));
    command.args(["verify", "--rebuild"]).stdout(Stdio::null());
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap()).lines();
    let first = stderr.next().unwrap().unwrap();
    assert!(first.starts_with("compiling again, "), "{first}");
    let id = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    kill_process(id, Signal::TERM).unwrap();
    let said: Vec<String> = stderr.map_while(Result::ok).collect();
    assert_eq!(child.wait().unwrap().code(), Some(1), "{said:?}");
    assert_eq!(
        said.last().unwrap(),
        "gobag: interrupted; nothing was compared"
    );
    project.left_nothing();
}
