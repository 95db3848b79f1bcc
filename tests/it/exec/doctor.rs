//! What `gobag doctor` says of a project and a host, and whether go agrees.

use std::process::Output;

use crate::support::bag::{Bag, stderr};
use crate::support::go::Go;
use crate::support::program::{LIBRARY, PROGRAM, project};
use crate::support::public::{NAME, OLD_HEAD, captured};
use crate::support::public_bags::{NEW, OLD, UNAWARE, knows, latest_file};
use crate::support::releases::NEWER;
use crate::support::tree::Tree;
use crate::support::zoo;

/// What the doctor says to a user, one finding a line, and whether the project can be built.
fn asked(bag: &Bag, go: &Go, args: &[&str]) -> (bool, String) {
    let output = run(bag, go, args);
    let code = output.status.code();
    assert!(matches!(code, Some(0 | 1)), "{output:?}");
    assert_eq!(stderr(&output), "", "{args:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    // It calls itself as it was called.
    let said = said.replace(bag.bin().to_str().unwrap(), "gobag");
    (code == Some(0), said)
}

fn run(bag: &Bag, go: &Go, args: &[&str]) -> Output {
    let mut command = go.command(bag.bin().to_str().unwrap());
    command.arg("doctor").args(args).output().unwrap()
}

/// A user whose project requires modules of the zoo, with a go.sum, and who has no settings.
fn zoo_project(modules: &[&str]) -> Go {
    let gobag = zoo::serve();
    let go = Go::new(gobag.url()).with("GOFLAGS", "-mod=mod");
    go.requires("1.21", modules);
    let imports: String = modules
        .iter()
        .map(|m| format!("import _ {:?}\n", m.split(' ').next().unwrap()))
        .collect();
    go.write(
        "main.go",
        &format!("package main\n\n{imports}\nfunc main() {{}}\n"),
    );
    go.ok("mod tidy");
    go.with("GOPROXY", "").with("GOFLAGS", "")
}

#[test]
fn a_project_of_the_bag_is_well() {
    let go = zoo_project(&["zoo.test/CGO v1.0.0", "zoo.test/mixed v1.9.0"]);
    let (well, said) = asked(&zoo::ZOO, &go, &[]);
    assert!(well, "{said}");
    assert!(
        !said.contains("error: ") && !said.contains("warning: "),
        "{said}"
    );
    assert!(
        said.ends_with("ok: gobag exec -- go build ./... finds all it needs; not compiled, and the module cache of this user not read: gobag doctor --build does both\n"),
        "{said}"
    );
    // It says so of any folder below, and of the project by its name.
    go.write("below/p.go", "package below\n");
    assert_eq!(asked(&zoo::ZOO, &go, &["."]).1, said);
    let there = said.replace("gobag exec -", "cd below && gobag exec -");
    let there = there.replace("doctor --build", "doctor --build below");
    assert_eq!(asked(&zoo::ZOO, &go, &["below"]).1, there);
}

#[test]
fn a_server_of_the_bag_is_recognised() {
    let go = zoo_project(&["zoo.test/CGO v1.0.0"]);
    let gobag = zoo::serve();
    let go = go.with("GOPROXY", gobag.url());
    let (_, said) = asked(&zoo::ZOO, &go, &[]);
    assert!(!said.contains("GOPROXY"), "{said}");
    let go = go.with("GOPROXY", &format!("{},direct", gobag.url()));
    let (well, said) = asked(&zoo::ZOO, &go, &[]);
    assert!(well && said.contains("version control"), "{said}");
    let url = gobag.url().to_owned();
    drop(gobag);
    let (well, said) = asked(&zoo::ZOO, &go.with("GOPROXY", &url), &[]);
    assert!(
        well && said.contains("warning: GOPROXY=http://127."),
        "{said}"
    );
}

#[test]
fn what_the_bag_lacks_is_named_with_what_it_has() {
    let go = zoo_project(&["zoo.test/mixed v1.9.0"]);
    let other = Tree::new();
    other
        .module("zoo.test/mixed", "v1.8.0")
        .module("zoo.test/mixed", "v1.10.0");
    let (well, said) = asked(&other.bag(), &go, &[]);
    assert!(!well, "{said}");
    assert!(
        said.starts_with(
            "error: zoo.test/mixed@v1.9.0 is not in this bag, and go.mod requires it; "
        ),
        "{said}"
    );
    assert!(
        said.contains("v1.8.0 and v1.10.0: gobag exec -- go get zoo.test/mixed@v1.8.0\n"),
        "{said}"
    );
    assert!(!said.contains("ok: "), "{said}");
}

#[test]
fn another_content_is_named_with_both_hashes() {
    let go = zoo_project(&["zoo.test/mixed v1.9.0"]);
    let other = Tree::new();
    other.module_with("zoo.test/mixed", "v1.9.0", "\n// Changed.\n");
    let (well, said) = asked(&other.bag(), &go, &["--json"]);
    assert!(!well, "{said}");
    let rows: serde_json::Value = serde_json::from_str(&said).unwrap();
    let wrong: Vec<&str> = rows
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["level"] == "error")
        .map(|row| row["what"].as_str().unwrap())
        .collect();
    assert_eq!(wrong.len(), 2, "{said}");
    assert!(
        wrong[0].starts_with("zoo.test/mixed@v1.9.0: go.sum says h1:"),
        "{said}"
    );
    assert!(
        wrong[1].starts_with("zoo.test/mixed@v1.9.0/go.mod: go.sum says h1:"),
        "{said}"
    );
    assert!(
        rows[0]["remedy"].as_str().unwrap().contains("go mod tidy"),
        "{said}"
    );
}

#[test]
fn settings_that_are_in_the_way_are_named_with_their_origin() {
    let go = zoo_project(&["zoo.test/CGO v1.0.0"]);
    let file = go.work().join("settings");
    std::fs::write(&file, "GOPRIVATE=*.test\nGOFLAGS=-mod=vendor\n").unwrap();
    let go = go
        .with("GOENV", file.to_str().unwrap())
        .with("GONOSUMDB", "");
    let (well, said) = asked(&zoo::ZOO, &go, &[]);
    assert!(!well, "{said}");
    assert!(
        said.starts_with("error: GOFLAGS=-mod=vendor, left by go env -w wants"),
        "{said}"
    );
    assert!(said.contains("; go env -u GOFLAGS\n"), "{said}");
    assert!(
        said.contains("warning: GOPRIVATE=*.test, left by go env -w lets go fetch"),
        "{said}"
    );
}

#[test]
fn a_cache_that_cannot_be_written_is_an_error() {
    let go = zoo_project(&["zoo.test/CGO v1.0.0"]).with("GOMODCACHE", "/dev/null/mod");
    let (well, said) = asked(&zoo::ZOO, &go, &[]);
    assert!(!well, "{said}");
    assert!(
        said.contains("error: the module cache /dev/null/mod cannot be written"),
        "{said}"
    );
}

#[test]
fn a_locked_cache_is_told() {
    let go = zoo_project(&["zoo.test/CGO v1.0.0"]);
    let lock = go.modcache().join("cache/lock");
    std::fs::create_dir_all(lock.parent().unwrap()).unwrap();
    let lock = std::fs::File::create(lock).unwrap();
    lock.lock().unwrap();
    let (well, said) = asked(&zoo::ZOO, &go, &[]);
    assert!(
        well && said.contains("another process holds the lock"),
        "{said}"
    );
}

#[test]
fn a_newer_go_line_needs_a_toolchain() {
    let newer = NEWER.strip_prefix("go").unwrap();
    let go = Go::new("")
        .with("GONOSUMDB", "")
        .with("GOTOOLCHAIN", "auto");
    go.requires(newer, &[]);
    let (well, said) = asked(&PROGRAM, &go, &[]);
    assert!(
        well && said.contains(&format!("needs {NEWER}, and the go here is ")),
        "{said}"
    );
    assert!(said.contains("go gets it from this bag\n"), "{said}");
    for (name, value) in [("GOSUMDB", "off"), ("GOTOOLCHAIN", "local")] {
        let (well, said) = asked(&PROGRAM, &go_like(&go, newer).with(name, value), &[]);
        assert!(
            !well && said.contains(&format!("{name}={value} in the environment")),
            "{said}"
        );
        assert!(
            said.contains(&format!("gobag exec --go {NEWER} -- go build ./...")),
            "{said}"
        );
    }
    let (well, said) = asked(&zoo::ZOO, &go, &[]);
    assert!(
        !well && said.contains("this bag has no Go toolchain for "),
        "{said}"
    );
    assert!(
        said.contains(&format!("--toolchain {NEWER} --platform ")),
        "{said}"
    );

    // Without any go the bag's own is what there is.
    let bare = go.with(
        "PATH",
        go_like(&Go::new(""), newer).work().to_str().unwrap(),
    );
    let (well, said) = asked(&PROGRAM, &bare, &[]);
    assert!(
        well && said.contains(&format!("no go on PATH; gobag exec brings {NEWER}")),
        "{said}"
    );
    let (well, said) = asked(&zoo::ZOO, &bare, &[]);
    assert!(
        !well && said.contains("error: there is no go on PATH, and this bag has no Go"),
        "{said}"
    );
}

/// Another user with a project of that go line.
fn go_like(_: &Go, line: &str) -> Go {
    let go = Go::new("")
        .with("GONOSUMDB", "")
        .with("GOTOOLCHAIN", "auto");
    go.requires(line, &[]);
    go
}

#[test]
fn a_head_that_leads_nowhere_is_named_with_its_folders() {
    let head = std::fs::read_to_string(captured().join("sumdb").join(NAME).join("latest")).unwrap();
    let go = Go::new("").with("GONOSUMDB", "");
    go.requires("1.21", &[]);
    for (bag, known, well) in [
        (&OLD, OLD_HEAD, true),
        (&NEW, OLD_HEAD, true),
        (&NEW, &*head, true),
        (&UNAWARE, OLD_HEAD, false),
        (&OLD, &*head, false),
    ] {
        knows(&go, known);
        let (_, said) = asked(bag, &go, &[]);
        assert_eq!(!said.contains(": lookups fail, "), well, "{said}");
    }
    let (well, said) = asked(&OLD, &go, &[]);
    // There is nothing to look up.
    assert!(well, "{said}");
    let folder = latest_file(&go);
    let folder =
        folder
            .parent()
            .unwrap()
            .components()
            .fold(std::path::PathBuf::new(), |mut path, part| {
                match part {
                    std::path::Component::ParentDir => {
                        path.pop();
                    }
                    part => path.push(part),
                }
                path
            });
    let cache = go.modcache().join("cache/download/sumdb").join(NAME);
    assert!(
        said.contains(&format!(
            "but not those of gobag exec; rm -rf {} {}\n",
            folder.display(),
            cache.display()
        )),
        "{said}"
    );
    // What is looked up succeeds with exec all the same.
    go.requires("1.21", &["github.com/pkg/errors v0.9.1"]);
    go.write(
        "main.go",
        "package main\n\nimport _ \"github.com/pkg/errors\"\n\nfunc main() {}\n",
    );
    for words in [&["mod", "tidy"][..], &["build", "./..."]] {
        let mut exec = go.command(OLD.bin().to_str().unwrap());
        let output = exec
            .args(["exec", "--", "go"])
            .args(words)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
    }
    let (well, said) = asked(&OLD, &go, &[]);
    assert!(well && said.contains(": lookups fail, "), "{said}");
}

#[test]
fn a_project_without_go_sum_is_told_to_tidy() {
    let go = Go::new("").with("GONOSUMDB", "");
    project(&go);
    let (well, said) = asked(&PROGRAM, &go, &[]);
    assert!(
        !well
            && said.contains("go.sum lacks ")
            && said.contains(&format!("go build needs: {LIBRARY} ")),
        "{said}"
    );
    let tidy = go
        .command(PROGRAM.bin().to_str().unwrap())
        .args(["exec", "--", "go", "mod", "tidy"])
        .output()
        .unwrap();
    assert!(tidy.status.success(), "{}", stderr(&tidy));
    let (well, said) = asked(&PROGRAM, &go, &[]);
    assert!(well, "{said}");
}

#[test]
fn without_a_project_the_host_is_looked_at() {
    let go = Go::new("");
    let (well, said) = asked(&zoo::ZOO, &go, &[]);
    assert!(
        well && said.ends_with("ok: there is no project here; the host can use this bag\n"),
        "{said}"
    );
    for (name, why) in [(".", "is in no Go module"), ("missing", "is no folder")] {
        let output = run(&zoo::ZOO, &go, &[name]);
        assert_eq!(output.status.code(), Some(1));
        let said = stderr(&output);
        assert!(said.contains(why) && said.lines().count() == 1, "{said}");
    }
}
