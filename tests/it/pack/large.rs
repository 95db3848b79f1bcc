//! A program with hundreds of modules, by the three commands that a user types.

use std::process::Command;
use std::time::Instant;

use crate::support::bag::{Bag, stderr};
use crate::support::project::{EVERYDAY, Project, path_of};
use crate::support::sealed::Sealed;

/// Task, a runner of tasks.
const PROGRAM: &str = "github.com/go-task/task/v3";
const VERSION: &str = "v3.54.0";

#[test]
fn a_program_with_hundreds_of_modules_is_packed_carried_and_built() {
    let project = Project::online();
    source(&project);
    // What the user needs is go; nothing here knows Rust.
    let path = path_of(&project.beside("bin"), &["go"]);
    let project = project.with("PATH", &path);

    let begin = Instant::now();
    project.packs("./app -o app-bag");
    eprintln!("packed in {:?}", begin.elapsed());
    let bag = Bag::at(project.beside("app-bag"));
    let listed = bag.ok(["list"]);
    let modules = listed.lines().count();
    assert!(modules >= 200, "{modules} modules");
    assert_eq!(
        bag.ok(["verify"]),
        format!("all {modules} module versions verified\n")
    );

    let sealed = Sealed::with_project(&project);
    let begin = Instant::now();
    // Its own tests need more than a minute to compile.
    let everyday = EVERYDAY.iter().filter(|line| !line.starts_with("go test"));
    let mut lines: Vec<&str> = everyday.copied().collect();
    lines.push("go build -mod=mod -o ../task ./cmd/task");
    let printed = sealed.runs(&bag, "app", &lines);
    eprintln!("used in {:?}", begin.elapsed());
    assert!(printed.lines().count() >= modules, "go list -m all");
    let task = sealed
        .go()
        .command("./task")
        .arg("--version")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&task.stdout).into_owned();
    assert!(
        said.contains(VERSION.trim_start_matches('v')),
        "{said}{}",
        stderr(&task)
    );
}

/// Copies the program's source, which comes as a module, to the project.
fn source(project: &Project) {
    let told = project
        .go()
        .ok(&format!("mod download -json {PROGRAM}@{VERSION}"));
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    let copied = Command::new("cp")
        .args(["-R", "--no-preserve=mode", "-T"])
        .arg(told["Dir"].as_str().unwrap())
        .arg(project.dir())
        .status();
    assert!(copied.unwrap().success());
}
