//! Projects as they are: something in them fails for everyone, and they are packed all the same.

use std::io::Write;

use crate::support::bag::Bag;
use crate::support::gobag::Gobag;
use crate::support::http;
use crate::support::project::Project;
use crate::support::sealed::Sealed;
use crate::support::tree::{Tree, go_mod, package};

/// A proxy with one good module, one whose test needs a module that is gone, and one of which only
/// the `.mod` is there.
fn upstream() -> Gobag {
    let tree = Tree::new();
    tree.module("odd.test/good", "v1.0.0");
    tree.module("odd.test/good", "v1.1.0");
    let p = package("odd.test/untested");
    let test = "package p_test\n\nimport _ \"gone.test/x\"\n";
    let files = [
        ("go.mod", &*go_mod("odd.test/untested")),
        ("p.go", &p),
        ("p_test.go", test),
    ];
    tree.folder("odd.test/untested", "v1.0.0", &files);
    tree.folder(
        "odd.test/tool",
        "v1.0.0",
        &[
            ("go.mod", &go_mod("odd.test/tool")),
            ("main.go", "package main\n\nfunc main() {}\n"),
        ],
    );
    tree.bag().serve()
}

/// A library, which needs no linker: it imports `imports`.
fn library(project: &Project, folder: &str, imports: &[&str]) {
    let imports: String = imports
        .iter()
        .map(|i| format!("import _ \"{i}\"\n"))
        .collect();
    project.file(
        &format!("{folder}p.go"),
        &format!("// Package p is a library.\npackage p\n\n{imports}"),
    );
}

/// A project of a library that needs the good module, and of what `lines` in its go.mod name.
fn project(upstream: &Gobag, lines: &str) -> Project {
    let project = Project::behind(upstream.url());
    library(&project, "", &["odd.test/good"]);
    let text = format!("module app.test\n\ngo 1.24\n\nrequire odd.test/good v1.0.0\n{lines}");
    project.file("go.mod", &text);
    project
}

#[test]
fn the_next_step_is_one_that_works() {
    let upstream = upstream();
    let (gone, tool) = ("--tool odd.test/gone@v1.0.0", "--tool odd.test/tool@v1.0.0");
    let (module, lost) = (
        "--module odd.test/good@v1.0.0",
        "--module lost.test/m@v1.0.0",
    );
    for (arguments, next) in [
        (
            format!("{gone} {tool} {module}"),
            "exec --cached -- go install -trimpath odd.test/tool@v1.0.0",
        ),
        (
            format!("{gone} {module}"),
            "exec -- go get odd.test/good@v1.0.0",
        ),
        (
            format!("{gone} {lost} {module}"),
            "exec -- go get odd.test/good@v1.0.0",
        ),
        (
            format!("{gone} {module} --no-prove"),
            "exec -- go get odd.test/good@v1.0.0",
        ),
    ] {
        let project = Project::behind(upstream.url());
        let said = project.packs(&format!("-o bag {arguments}"));
        let then = said.lines().find(|line| line.contains("then: "));
        assert!(
            then.is_some_and(|then| then.ends_with(next)),
            "{arguments}: {said}"
        );
    }
}

/// Packs, which must succeed with a note that holds these words, and returns the bag and what was
/// said.
#[track_caller]
fn notes(project: &Project, args: &str, words: &[&str]) -> (Bag, String) {
    let said = project.packs(&format!("app -o bag {args}"));
    let note = said
        .lines()
        .find(|line| line.starts_with("note: ") && words.iter().all(|w| line.contains(w)));
    assert!(note.is_some(), "{words:?}: {said}");
    (Bag::at(project.beside("bag")), said)
}

#[test]
fn what_vet_finds_is_noted() {
    let upstream = upstream();
    let project = project(&upstream, "");
    project.file("vet.go", "package p\n\nfunc f(x int) { x = x }\n");
    project.ok("", "mod tidy");
    let words = ["go vet ./...", "fails online as well", "self-assignment"];
    let (bag, said) = notes(&project, "", &words);
    let told = bag.ok(["version"]);
    let row = |command: &str, word: &str| {
        told.lines()
            .any(|l| l.contains(command) && l.contains(word))
    };
    assert!(
        row("go vet ./...", "self-assignment") && row("go build ./...", "ok"),
        "{told}"
    );
    assert!(said.contains("proving"), "{said}");
    let sealed = Sealed::with_project(&project);
    sealed.runs(
        &bag,
        "app",
        &["go build ./...", "go mod tidy -diff", "go list -m all"],
    );
    // One who wants none of it says so.
    let said = project.refused("app -o strict --strict");
    assert!(said.contains("go vet ./..."), "{said}");
}

#[test]
fn a_header_that_nobody_has_is_noted() {
    let upstream = upstream();
    let project = project(&upstream, "").with("CGO_ENABLED", "1");
    project.file(
        "c/c.go",
        "package c\n\n// #include <nosuch.h>\nimport \"C\"\n",
    );
    project.ok("", "mod tidy");
    let (bag, _) = notes(
        &project,
        "",
        &["go build ./...", "fails online as well", "nosuch.h"],
    );
    let refused = project.refused("app -o strict --profile build --strict");
    assert!(
        refused.contains("--strict, and not everything"),
        "{refused}"
    );
    assert_eq!(bag.ok(["list"]), "odd.test/good@v1.0.0\n");
    let told = bag.ok(["version"]);
    let row = told
        .lines()
        .find(|line| line.contains("go mod tidy"))
        .unwrap();
    assert!(row.ends_with("ok"), "{told}");
}

#[test]
fn a_dependency_whose_test_needs_a_module_that_is_gone_is_noted() {
    let upstream = upstream();
    let project = project(&upstream, "require odd.test/untested v1.0.0\n");
    library(&project, "other/", &["odd.test/untested"]);
    project.ok("", "mod tidy -e");
    let (bag, _) = notes(
        &project,
        "",
        &["go mod tidy", "fails online as well", "gone.test/x"],
    );
    Sealed::with_project(&project).runs(&bag, "app", &["go build ./...", "go vet ./..."]);
}

#[test]
fn a_required_module_that_upstream_refuses_is_noted_with_who_requires_it() {
    let upstream = upstream();
    let project = project(&upstream, "");
    project.ok("", "mod tidy");
    let lines = "module app.test\n\ngo 1.24\n\nrequire (\n\todd.test/good v1.0.0\n\todd.test/refused v1.0.0\n)\n";
    project.file("go.mod", lines);
    let words = [
        "odd.test/refused@v1.0.0",
        "refused upstream (404 Not Found)",
        "required by app.test",
    ];
    let (bag, _) = notes(&project, "", &words);
    let told = bag.ok(["version"]);
    for command in ["go build ./...", "go vet ./...", "go test -run=^$ ./..."] {
        let row = told.lines().find(|line| line.contains(command)).unwrap();
        assert!(row.contains("ok"), "{told}");
    }
    Sealed::with_project(&project).runs(&bag, "app", &["go build ./...", "go vet ./..."]);
}

#[test]
fn what_is_not_generated_yet_is_noted() {
    let upstream = upstream();
    let list = "odd.test/good@v1.0.0\n";
    let embeds = project(&upstream, "");
    let text = "package e\n\nimport _ \"embed\"\n\n//go:embed site\nvar _ string\n";
    embeds.file("embed/e.go", text);
    embeds.ok("", "mod tidy -e");
    let words = ["go build ./...", "fails online as well", "pattern site"];
    assert_eq!(notes(&embeds, "", &words).0.ok(["list"]), list);
    let imports = project(&upstream, "");
    library(&imports, "uses/", &["app.test/generated"]);
    imports.ok("", "mod tidy -e");
    let words = [
        "go build ./...",
        "fails online as well",
        "app.test/generated",
    ];
    assert_eq!(notes(&imports, "", &words).0.ok(["list"]), list);
}

#[test]
fn a_root_without_packages_holds_what_list_and_tools_need() {
    let upstream = upstream();
    let project = Project::behind(upstream.url());
    let lines =
        "module tools.test\n\ngo 1.24\n\ntool odd.test/tool\n\nrequire odd.test/tool v1.0.0\n";
    project.file("go.mod", lines);
    project.ok("", "mod tidy");
    let (bag, _) = notes(
        &project,
        "",
        &["go vet ./...", "fails online as well", "no packages to vet"],
    );
    assert_eq!(bag.ok(["list"]), "odd.test/tool@v1.0.0\n");
    let sealed = Sealed::with_project(&project);
    sealed.runs(&bag, "app", &["go list -m all", "go build -o ../tool tool"]);

    // The same as the only module of a workspace.
    project.file("go.work", "go 1.24\n\nuse .\n");
    let (bag, _) = notes(&project, "", &["go vet ./...", "fails online as well"]);
    assert_eq!(bag.ok(["list"]), "odd.test/tool@v1.0.0\n");
}

#[test]
fn what_is_not_tidy_is_said_and_proved_as_it_is() {
    let upstream = upstream();
    let project = project(&upstream, "");
    // A sum is missing, then a requirement.
    let tidy_first = ["not tidy", "go mod tidy"];
    let (bag, said) = notes(&project, "--profile build", &tidy_first);
    let note = "note: go build ./... (linux/amd64): fails online as well: ";
    assert!(said.contains(note), "{said}");
    assert!(
        said.lines()
            .last()
            .unwrap()
            .ends_with("exec -- go mod tidy"),
        "{said}"
    );
    let sealed = Sealed::with_project(&project);
    sealed.runs(&bag, "app", &["go mod tidy", "go build ./..."]);
    let refused = project.refused("app -o strict --profile build --strict");
    assert!(
        refused.contains("--strict, and not everything"),
        "{refused}"
    );
    project.file("go.mod", "module app.test\n\ngo 1.24\n");
    let (bag, said) = notes(&project, "", &tidy_first);
    assert!(
        said.contains("no required module provides package odd.test/good"),
        "{said}"
    );
    let sealed = Sealed::with_project(&project);
    sealed.runs(&bag, "app", &["go mod tidy", "go build ./..."]);
    // What go.sum has beside is no fault.
    project.ok("", "mod tidy");
    let said = project.packs("app -o bag --profile build");
    assert!(!said.contains("not tidy"), "{said}");
}

#[test]
fn a_requirement_may_be_a_query() {
    let upstream = upstream();
    for query in ["latest", ">=v1.0.0"] {
        let project = project(&upstream, "");
        let text = format!("module app.test\n\ngo 1.24\n\nrequire odd.test/good {query}\n");
        project.file("go.mod", &text);
        let said = project.packs("app -o bag");
        let bag = Bag::at(project.beside("bag"));
        let sealed = Sealed::with_project(&project);
        sealed.runs(&bag, "app", &["go mod tidy", "go build ./..."]);
        assert!(said.contains("not tidy"), "{said}");
    }
}

#[test]
fn modules_below_are_named() {
    let upstream = upstream();
    let project = project(&upstream, "");
    project.ok("", "mod tidy");
    project.file("tools/go.mod", "module app.test/tools\n\ngo 1.24\n");
    project.file("testdata/m/go.mod", "module data.test\n");
    let (_, said) = notes(&project, "--profile build", &["not packed", "app/tools"]);
    assert!(!said.contains("testdata"), "{said}");
    let said = project.packs("app app/tools -o bag --profile build");
    assert!(!said.contains("not packed"), "{said}");
}

#[test]
fn a_module_that_go_work_does_not_use_is_refused_with_the_remedy() {
    let upstream = upstream();
    let project = project(&upstream, "");
    project.ok("", "mod tidy");
    project.file("go.work", "go 1.24\n\nuse .\n");
    project.file("tools/go.mod", "module app.test/tools\n\ngo 1.24\n");
    let said = project.refused("app/tools -o bag");
    assert!(
        said.contains("go work use") && said.contains("GOWORK=off"),
        "{said}"
    );
    project.file("go.work", "go 1.24\n\nuse (\n\t.\n\t./gone\n)\n");
    let said = project.refused("app -o bag");
    assert!(
        said.contains("app/gone, where there is no go.mod"),
        "{said}"
    );
    let alone = project.with("GOWORK", "off");
    alone.packs("app/tools -o bag --profile build");
}

#[test]
fn a_named_go_mod_is_left_as_it_is() {
    let upstream = upstream();
    let project = project(&upstream, "");
    project.ok("", "mod tidy");
    let lines =
        "module app.test\n\ngo 1.24\n\ntool odd.test/tool\n\nrequire odd.test/tool v1.0.0\n";
    project.file("tools.mod", lines);
    let lines = [
        "go mod download -modfile=tools.mod all",
        "go list -m -modfile tools.mod all",
    ];
    let said = project.packs_and_runs("app -o bag --profile build", &lines);
    assert!(!project.dir().join("tools.sum").exists());
    let bag = Bag::at(project.beside("bag"));
    assert!(bag.ok(["list"]).contains("odd.test/tool@v1.0.0"), "{said}");
}

#[test]
fn a_line_that_writes_says_so_first() {
    let upstream = upstream();
    let project = project(&upstream, "");
    project.ok("", "mod tidy");
    let said = project.packs_and_runs("app -o bag --profile build", &["go fmt ./..."]);
    let warned = said.find("may write below").expect(&said);
    assert!(warned < said.find("recording").unwrap(), "{said}");
}

#[test]
fn a_bag_of_nothing_is_not_written_where_nothing_works() {
    let upstream = upstream();
    let project = Project::behind(upstream.url());
    library(&project, "", &["odd.test/nowhere"]);
    project.file(
        "go.mod",
        "module app.test\n\ngo 1.24\n\nrequire odd.test/nowhere v1.0.0\n",
    );
    let said = project.refused("app -o bag --profile build");
    assert!(said.contains("nothing to carry"), "{said}");
    // A library that needs no module at all is carried, without a word of it.
    library(&project, "", &[]);
    project.file("go.mod", "module app.test\n\ngo 1.24\n");
    let said = project.packs("app -o bag --profile build");
    assert!(!said.contains("note: "), "{said}");
}

#[test]
fn a_proxy_that_is_out_of_order_is_no_reason_for_a_bag_that_lacks_something() {
    let upstream = upstream();
    let project = project(&upstream, "");
    project.ok("", "mod tidy");
    std::fs::remove_dir_all(project.go().modcache()).unwrap();
    let url = failing(&upstream, "/odd.test/good/@v/v1.0.0.zip");
    let project = project.with("GOPROXY", &url);
    let said = project.refused("app -o bag --profile build");
    let last = said.lines().last().unwrap();
    assert!(
        last.contains("503") && last.contains("run it again"),
        "{said}"
    );
}

/// A proxy that answers as `upstream` does, but 503 to what ends in `end`.
fn failing(upstream: &Gobag, end: &'static str) -> String {
    http::relay(upstream.address(), move |path, mut client| {
        if !path.ends_with(end) {
            return Some(client);
        }
        // The client may be gone.
        let head =
            "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        let _ = client.write_all(head.as_bytes());
        None
    })
}

#[test]
fn a_typed_line_is_judged_as_it_was_recorded() {
    let upstream = upstream();
    let project = project(&upstream, "");
    project.ok("", "mod tidy");
    // Alone it fails; after the next it would not.
    let lines = [
        "go list -m odd.test/untested",
        "go get odd.test/untested@v1.0.0",
    ];
    let said = project.packs_and_runs("app -o bag --profile build", &lines);
    let note = "note: go list -m odd.test/untested: fails online as well: ";
    assert!(said.contains(note), "{said}");
}

#[test]
fn a_password_is_in_no_word_and_in_no_bag() {
    let upstream = upstream();
    for login in [
        "us3r:s3cr3t pw",
        "us3r:s3cr3t\"pw",
        "us3r:s3cr3t%zz",
        "us3r:s3cr3t/pw",
    ] {
        let project = Project::behind(&format!("http://{login}@{}", upstream.address()));
        library(&project, "", &[]);
        project.file("go.mod", "module app.test\n\ngo 1.24\n");
        let output = project
            .command("app -o bag --no-sums --profile build -v --json")
            .args(["--run", "go list -m odd.test/good@v1.0.0"])
            .output()
            .unwrap();
        let said = format!("{output:?}");
        assert!(!said.contains("s3cr3t"), "{said}");
        let bag = std::fs::read(project.beside("bag")).unwrap_or_default();
        assert!(!bag.windows(6).any(|part| part == b"s3cr3t"), "{login}");
    }
}
