//! Workspaces: packed, carried, and everything done there that people do every day.

use crate::support::project::{EVERYDAY, Project};
use crate::support::releases::older;
use crate::support::sealed::Sealed;

/// A workspace of a library that needs `rsc.io/sampler`, and of a program that needs both the
/// library and `rsc.io/quote`. `known` are the lines by which the program's go.mod tells where
/// the library is.
fn workspace(known: &str) -> Project {
    let project = Project::online();
    project.program("main/", &["lib.test", "rsc.io/quote"]);
    project.file(
        "main/go.mod",
        &format!("module main.test\n\ngo 1.24\n\nrequire rsc.io/quote v1.5.2\n{known}"),
    );
    project.file(
        "lib/p.go",
        "// Package lib is used.\npackage lib\n\nimport _ \"rsc.io/sampler\"\n",
    );
    project.file(
        "lib/go.mod",
        "module lib.test\n\ngo 1.24\n\nrequire rsc.io/sampler v1.3.1\n",
    );
    project.file("go.work", "go 1.24\n\nuse (\n\t./lib\n\t./main\n)\n");
    project
}

/// What is done in a folder with a go.work.
const EVERY_WORKSPACE: &[&str] = &[
    "go build ./lib/... ./main/...",
    "go vet ./lib/... ./main/...",
    "go test -run='^$' ./lib/... ./main/...",
    "go list -m all",
    "go work sync",
    "go work vendor",
    "go build ./main",
    "go mod verify",
];

#[test]
fn a_workspace_whose_modules_stand_alone_as_well() {
    let project = workspace("\nrequire lib.test v0.0.0\n\nreplace lib.test => ../lib\n");
    project.ok("lib", "mod tidy").ok("main", "mod tidy");
    project.ok("", "mod download all");
    let bag = project.bag("");
    let sealed = Sealed::with_project(&project);
    let alone = [&["export GOWORK=off"], EVERYDAY].concat();
    for module in ["app/lib", "app/main"] {
        sealed.runs(&bag, module, &alone);
    }
    let sealed = Sealed::with_project(&project);
    sealed.runs(&bag, "app", EVERY_WORKSPACE);
}

#[test]
fn a_workspace_whose_program_finds_its_library_by_go_work_alone() {
    let project = workspace("");
    project.ok("lib", "mod tidy");
    project.ok("", "mod download all").ok("", "work sync");
    project.ok("main", "build ./...");
    assert!(
        project.dir().join("go.work.sum").is_file(),
        "it is kept as it is"
    );
    let bag = project.bag("");
    let sealed = Sealed::with_project(&project);
    sealed.runs(&bag, "app", EVERY_WORKSPACE);
    let sealed = Sealed::with_project(&project);
    sealed.runs(&bag, "app/main", &["go build ./...", "go test ./..."]);
    sealed.runs(&bag, "app/lib", &["go mod tidy -diff"]);
}

#[test]
fn a_module_of_a_workspace_may_be_named_in_its_place() {
    let project = workspace("");
    project.ok("lib", "mod tidy");
    project.ok("", "work sync").ok("main", "build ./...");
    project.packs("app/main -o bag --profile build");
    let sealed = Sealed::with_project(&project);
    let bag = crate::support::bag::Bag::at(project.beside("bag"));
    sealed.runs(&bag, "app", &["go build ./lib/... ./main/..."]);
}

#[test]
fn a_workspace_is_packed_with_a_go_that_cannot_vendor_it() {
    let project = Project::online();
    let path = std::env::var("PATH").unwrap();
    let bin = older("1.21.13");
    let project = project.with("PATH", &format!("{}:{path}", bin.display()));
    for module in ["a", "b"] {
        project.file(&format!("{module}/p.go"), "package p\n");
        let text = format!("module {module}.test\n\ngo 1.21\n");
        project.file(&format!("{module}/go.mod"), &text);
    }
    project.file("go.work", "go 1.21\n\nuse (\n\t./a\n\t./b\n)\n");
    let said = project.packs("app -o bag");
    let note = "note: go work vendor is left out: go1.21.13 has none";
    assert!(said.contains(note), "{said}");
    assert!(!said.contains("fails online as well"), "{said}");
}
