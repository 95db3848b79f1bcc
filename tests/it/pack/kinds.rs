//! Each kind of project: packed, carried, and everything done there that people do every day.

use serde_json::{Value, json};

use crate::support::bag::{Bag, stderr};
use crate::support::project::{EVERYDAY, Project};
use crate::support::sealed::Sealed;

/// Packs a tidy module with more arguments, and does everything with it where nothing helps.
fn prove(project: &Project, args: &str) -> (Bag, Sealed, String) {
    let bag = project.bag(args);
    let sealed = Sealed::with_project(project);
    let printed = sealed.runs(&bag, "app", EVERYDAY);
    (bag, sealed, printed)
}

#[test]
fn a_plain_module() {
    let project = Project::online();
    project.program("", &["rsc.io/quote"]);
    project.file(
        "go.mod",
        "module plain.test\n\ngo 1.24\n\nrequire rsc.io/quote v1.5.2\n",
    );
    project.ok("", "mod tidy");
    let (bag, _, printed) = prove(&project, "");
    assert!(printed.contains("rsc.io/quote v1.5.2\nrsc.io/sampler v1.3.0\n"));
    assert!(printed.contains("all modules verified"));
    let verified = bag.ok(["verify"]);
    assert!(verified.starts_with("all 3 module versions verified\n"));
}

#[test]
fn a_module_whose_graph_is_not_pruned() {
    let project = Project::online();
    project.program("", &["github.com/stretchr/testify/assert"]);
    project.file(
        "go.mod",
        "module old.test\n\ngo 1.16\n\nrequire github.com/stretchr/testify v1.8.0\n",
    );
    project.ok("", "mod tidy");
    let (bag, sealed, _) = prove(&project, "");
    let graph = sealed.runs(&bag, "app", &["go mod graph", "go mod why -m all"]);
    assert!(
        graph.contains("github.com/stretchr/objx@v0.4.0 github.com/stretchr/testify@v1.7.1"),
        "{graph}"
    );
    sealed.runs(&bag, "app", &["go mod download", "go mod download all"]);
}

#[test]
fn a_module_with_replaced_ones() {
    let project = Project::online();
    project.program(
        "",
        &["rsc.io/quote", "local.test", "github.com/satori/go.uuid"],
    );
    project
        .file("local/go.mod", "module local.test\n\ngo 1.24\n")
        .file("local/p.go", "// Package local is here.\npackage local\n");
    project.file(
        "go.mod",
        "module replaced.test\n\ngo 1.24\n\n\
         require (\n\tgithub.com/satori/go.uuid v1.2.0\n\tlocal.test v1.2.3\n\trsc.io/quote v1.5.2\n)\n\n\
         replace (\n\tgithub.com/satori/go.uuid => github.com/gofrs/uuid v3.3.0+incompatible\n\
         \tlocal.test => ./local\n\trsc.io/sampler => rsc.io/sampler v1.3.1\n)\n",
    );
    project.ok("", "mod tidy");
    let (bag, _, printed) = prove(&project, "");
    assert!(
        printed.contains("rsc.io/sampler v1.3.0 => rsc.io/sampler v1.3.1"),
        "{printed}"
    );
    let listed = bag.ok(["list"]);
    assert!(
        listed.contains("github.com/gofrs/uuid@v3.3.0+incompatible"),
        "{listed}"
    );
    assert!(!listed.contains("github.com/satori/go.uuid@"), "{listed}");
    assert!(!listed.contains("local.test"), "{listed}");
    // The bill of materials tells what it is for, and what that requires itself.
    let bill: Value = serde_json::from_str(&bag.ok(["sbom"])).unwrap();
    let component = &bill["metadata"]["component"];
    assert_eq!(component["name"], "gobag bag of replaced.test");
    let needed = json!([
        "github.com/gofrs/uuid@v3.3.0+incompatible",
        "rsc.io/quote@v1.5.2"
    ]);
    let of = &bill["dependencies"][0];
    assert_eq!(
        (&of["ref"], &of["dependsOn"]),
        (&component["bom-ref"], &needed)
    );
}

#[test]
fn a_module_with_tools() {
    let project = Project::online();
    project.program("", &[]);
    project.file(
        "go.mod",
        "module tools.test\n\ngo 1.24\n\ntool rsc.io/2fa\n\nrequire rsc.io/2fa v1.2.0\n",
    );
    project.ok("", "mod tidy");
    let (bag, sealed, _) = prove(&project, "");
    let tools = sealed.runs(&bag, "app", &["go tool", "go build -o ../2fa tool"]);
    assert!(tools.contains("rsc.io/2fa\n"), "{tools}");
    assert!(sealed.go().work().join("2fa").is_file());
    let used = sealed.script(&bag, "app", &["go tool 2fa -help"]);
    assert!(stderr(&used).contains("2fa -add"), "{}", stderr(&used));
}

#[test]
fn a_module_for_two_platforms() {
    let project = Project::online();
    project.program("", &[]);
    project.file(
        "main_windows.go",
        "package main\n\nimport _ \"github.com/inconshreveable/mousetrap\"\n",
    );
    project.file(
        "go.mod",
        "module platforms.test\n\ngo 1.24\n\nrequire github.com/inconshreveable/mousetrap v1.1.0\n",
    );
    project.ok("", "mod tidy");
    // With this profile, what Windows alone needs comes by the platform alone.
    let platforms = "--platform linux/amd64 --platform windows/amd64";
    let bag = project.bag(&format!("--profile test {platforms}"));
    assert!(bag.ok(["list"]).contains("mousetrap@v1.1.0"));
    let sealed = Sealed::with_project(&project);
    let builds = [
        "go build ./...",
        "GOOS=windows go build -o ../main.exe ./...",
    ];
    sealed.runs(&bag, "app", &builds);
    let (bag, sealed, _) = prove(&project, platforms);
    sealed.runs(&bag, "app", &["GOOS=windows go vet ./..."]);
    assert!(!names_of_linux_alone(&project).contains("mousetrap@"));
}

/// What is in a bag that was built for Linux and nothing else.
fn names_of_linux_alone(project: &Project) -> String {
    let bag = project.bag("--profile build --platform linux/amd64");
    bag.ok(["list"])
}
