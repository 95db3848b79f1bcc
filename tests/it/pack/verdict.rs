//! What is told of a pack: to a person, to a script, and by the bag.

use serde_json::Value;

use crate::support::bag::{Bag, stderr};
use crate::support::gobag::Gobag;
use crate::support::project::Project;
use crate::support::tree::Tree;

fn upstream() -> Gobag {
    let tree = Tree::new();
    tree.module("told.test/a", "v1.0.0");
    tree.bag().serve()
}

/// A library that vet does not like, tidy.
fn project(upstream: &Gobag) -> Project {
    let project = Project::behind(upstream.url());
    let text = "package p\n\nimport _ \"told.test/a\"\n\nfunc f(x int) { x = x }\n";
    project.file("p.go", text);
    project.file(
        "go.mod",
        "module app.test\n\ngo 1.24\n\nrequire told.test/a v1.0.0\n",
    );
    project.ok("", "mod tidy");
    project
}

fn json(project: &Project, args: &str) -> Value {
    let output = project.pack(&format!("{args} --json"));
    assert!(output.status.success(), "{}", stderr(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_script_hears_all_that_a_person_does() {
    let upstream = upstream();
    let project = project(&upstream);
    let told = json(&project, "app -o bag --checksum");
    let file = project.beside("bag");
    assert_eq!(told["file"], file.to_str().unwrap());
    assert_eq!(told["modules"], 1);
    assert_eq!(told["bytes"], std::fs::metadata(&file).unwrap().len());
    let rows = told["proof"]["rows"].as_array().unwrap();
    let row = |command: &str| rows.iter().find(|r| r["command"] == command).unwrap();
    assert_eq!(row("go build ./...")["sealed"], true);
    assert_eq!(row("go vet ./...")["sealed"], false);
    assert_eq!(row("go vet ./...")["online"], false);
    let failures = told["failures"].as_array().unwrap();
    assert_eq!(failures.len(), 1, "{failures:?}");
    assert!(failures[0].as_str().unwrap().contains("self-assignment"));
    assert_eq!(
        told["carry"][0],
        project.dir().canonicalize().unwrap().to_str().unwrap()
    );
    assert!(
        told["next"]
            .as_str()
            .unwrap()
            .ends_with("bag exec --cached -- go build -trimpath ./...")
    );
    let built = &told["build_cache"];
    assert!(built["bytes"].as_u64() < built["unpacked_bytes"].as_u64());
    assert_eq!(built["targets"][0]["trimpath"], true);
    // The checksum is one that the usual program reads.
    let mut sum = project.go().command("sha256sum");
    let sum = sum.args(["-c", "bag.sha256"]).output().unwrap();
    assert!(sum.status.success(), "{}", stderr(&sum));
    let text = std::fs::read_to_string(project.beside("bag.sha256")).unwrap();
    assert!(text.starts_with(told["sha256"].as_str().unwrap()));
    // The bag says the same.
    let version = Bag::at(file).ok(["version", "--json"]);
    let version: Value = serde_json::from_str(&version).unwrap();
    assert_eq!(version["proof"], told["proof"]);
    assert_eq!(&version["build_cache"], built);
}

#[test]
fn an_unchanged_project_is_not_proved_twice() {
    let upstream = upstream();
    let project = project(&upstream);
    project.file("p.go", "package p\n\nimport _ \"told.test/a\"\n");
    let pack = |args: &str| json(&project, args)["proved_at"].clone();
    let args = "app -o bag --profile test";
    assert_eq!(pack(args), Value::Null);
    let at = pack(args);
    assert!(at.as_str().is_some_and(|at| at.ends_with('Z')), "{at}");
    assert_eq!(pack(args), at, "the date stays that of the proof");
    let said = project.packs(args);
    assert!(said.contains(at.as_str().unwrap()), "{said}");
    assert!(!said.contains("proving the bag"), "{said}");
    // The other parts of the order, the project and go's settings count.
    assert_eq!(pack("app -o bag --profile build"), Value::Null);
    project.file("data.txt", "more\n");
    assert_eq!(pack(args), Value::Null);
    assert_ne!(pack(args), Value::Null);
    // So does what a link leads to, and a folder that go.work names in place of a module.
    std::fs::write(project.beside("out.go"), "package p\n").unwrap();
    std::os::unix::fs::symlink(project.beside("out.go"), project.dir().join("link.go")).unwrap();
    assert_eq!(pack(args), Value::Null);
    assert_ne!(pack(args), Value::Null);
    std::fs::write(project.beside("out.go"), "package p\n\nvar _ int\n").unwrap();
    assert_eq!(pack(args), Value::Null);
    std::fs::create_dir(project.beside("a")).unwrap();
    let module = "module told.test/a\n\ngo 1.21\n";
    std::fs::write(project.beside("a/go.mod"), module).unwrap();
    std::fs::write(project.beside("a/p.go"), "package a\n").unwrap();
    project.file(
        "go.work",
        "go 1.24\n\nuse .\n\nreplace told.test/a => ../a\n",
    );
    assert_eq!(pack(args), Value::Null);
    assert_ne!(pack(args), Value::Null);
    std::fs::write(project.beside("a/p.go"), "package a\n\nvar _ int\n").unwrap();
    assert_eq!(pack(args), Value::Null);
    let told = json(&project, args);
    let a = project.beside("a").canonicalize().unwrap();
    assert_eq!(told["carry"][1], a.to_str().unwrap());
    // A failure that is told alike on both sides lies in the sources, which are the same.
    project.file("vet.go", "package p\n\nfunc f(x int) { x = x }\n");
    let first = json(&project, args);
    let second = json(&project, args);
    assert_eq!(first["proved_at"], Value::Null);
    assert_ne!(second["proved_at"], Value::Null);
    assert_eq!(second["failures"], first["failures"]);
    let anew = json(&project, &format!("{args} --prove-anew"));
    assert_eq!(anew["proved_at"], Value::Null);
    let project = project.with("GOFLAGS", "-modcacherw -tags=x");
    assert_eq!(json(&project, args)["proved_at"], Value::Null);
}

#[test]
fn another_platform_than_the_hosts_is_told_to_need_a_toolchain() {
    let project = Project::online().with("GOTOOLCHAIN", "auto");
    project.file("p.go", "package p\n");
    project.file("go.mod", "module newer.test\n\ngo 1.27.3\n");
    let args =
        "app -o bag --profile build --no-prove --platform linux/amd64 --platform darwin/arm64";
    let said = project.packs(args);
    let note = "go1.27.3 is packed for linux/amd64; to build on darwin/arm64, add --toolchain auto";
    assert!(said.contains(note), "{said}");
}
