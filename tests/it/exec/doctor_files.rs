//! What `gobag doctor` reads of a project's own files, each held against what go says with the
//! bag alone: go refuses exactly what the doctor calls an error.

use crate::support::bag::{Bag, stderr};
use crate::support::go::Go;
use crate::support::tree::Tree;

/// A bag of modules that need each other.
fn bag() -> Bag {
    let tree = Tree::new();
    tree.module("ex.test/a", "v1.2.0")
        .module("ex.test/b", "v1.0.0")
        .module("ex.test/b", "v1.1.0");
    let go_mod = "module ex.test/c\n\ngo 1.21\n\nrequire ex.test/b v1.0.0\n";
    let p = "package c\n\nimport _ \"ex.test/b\"\n";
    tree.folder(
        "ex.test/c",
        "v1.0.0",
        &[
            ("go.mod", go_mod),
            ("p.go", p),
            ("sub/p.go", "package sub\n"),
        ],
    );
    let go_mod = "module ex.test/d\n\ngo 1.21\n\nrequire ex.test/b v1.1.0\n";
    let p = ("p.go", "package d\n\nimport _ \"ex.test/b\"\n");
    tree.folder("ex.test/d", "v1.0.0", &[("go.mod", go_mod), p]);
    tree.bag()
}

/// A project, a change to it, and what both say.
struct Case {
    /// What is wrong with it.
    name: &'static str,
    /// Its files.
    files: &'static [(&'static str, &'static str)],
    /// Whether `go mod tidy` runs before the changes.
    tidy: bool,
    /// Lines that are taken out of a file after that, by a word that they hold.
    without: &'static [(&'static str, &'static str)],
    /// Words that are exchanged in go.mod after that.
    instead: &'static [(&'static str, &'static str)],
    /// A setting.
    with: (&'static str, &'static str),
    /// The folder below that both are asked in.
    folder: &'static str,
    /// What `go build ./...` says; empty where it succeeds.
    go: &'static str,
    /// What the doctor says.
    doctor: &'static str,
}

/// One that nothing is wrong with.
const FINE: Case = Case {
    name: "",
    files: &[],
    tidy: false,
    without: &[],
    instead: &[],
    with: ("GOWORK", ""),
    folder: "",
    go: "",
    doctor: "ok: gobag exec -- go build ./... finds all it needs; not compiled, and the module cache of this user not read: gobag doctor --build does both\n",
};

/// Asks go and the doctor; `has_errors` is how they must agree.
fn agree(bag: &Bag, case: &Case) {
    let gobag = bag.serve();
    let go = Go::new(gobag.url()).with(case.with.0, case.with.1);
    for (name, text) in case.files {
        go.write(name, text);
    }
    if case.tidy {
        go.ok("mod tidy");
    }
    for (file, word) in case.without {
        let text = go.read(file);
        let lines = text.lines().filter(|line| !line.contains(word));
        go.write(
            file,
            &lines.map(|line| format!("{line}\n")).collect::<String>(),
        );
    }
    for (from, to) in case.instead {
        let text = go.read("go.mod");
        assert!(text.contains(from), "{text}");
        go.write("go.mod", &text.replace(from, to));
    }
    let folder = go.work().join(case.folder);
    let doctor = go
        .command(bag.bin().to_str().unwrap())
        .arg("doctor")
        .current_dir(&folder)
        .output()
        .unwrap();
    let told = String::from_utf8(doctor.stdout.clone()).unwrap() + &stderr(&doctor);
    // It calls itself as it was called.
    let told = told.replace(bag.bin().to_str().unwrap(), "gobag");
    let built = go.run_in(case.folder, "build ./...");
    let said = stderr(&built);
    let name = case.name;
    assert_eq!(built.status.success(), case.go.is_empty(), "{name}: {said}");
    assert!(said.contains(case.go), "{name}: {said}");
    assert!(told.contains(case.doctor), "{name}: {told}");
    assert_eq!(
        doctor.status.success(),
        built.status.success(),
        "{name}: {told}"
    );
    assert_eq!(
        told.contains("ok: "),
        built.status.success(),
        "{name}: {told}"
    );
}

/// A go.mod that requires nothing, and a package that imports `ex.test/a`.
const BARE: &str = "module main.test\n\ngo 1.21\n";
const NEEDS_A: &str = "module main.test\n\ngo 1.21\n\nrequire ex.test/a v1.2.0\n";
const NEEDS_C: &str = "module main.test\n\ngo 1.21\n\nrequire ex.test/c v1.0.0\n";
const NEEDS_D: &str = "module main.test\n\ngo 1.21\n\nrequire ex.test/d v1.0.0\n";
const A: &str = "package main\n\nimport _ \"ex.test/a\"\n\nfunc main() {}\n";
const MAIN: &str = "package main\n\nfunc main() {}\n";

#[test]
fn what_go_mod_or_go_sum_lacks_is_an_error_where_go_refuses_to_build() {
    let bag = bag();
    let cases = [
        Case {
            name: "no require",
            files: &[("go.mod", BARE), ("main.go", A)],
            go: "no required module provides package ex.test/a",
            doctor: "error: go.mod requires no module that has the package ex.test/a (main.go); gobag exec -- go mod tidy\n",
            ..FINE
        },
        Case {
            name: "no require, and not in the bag",
            files: &[
                ("go.mod", BARE),
                (
                    "in/p.go",
                    "package in\nimport (\n\tx \"ex.test/other/y\"\n)\nvar _ = x.X\n",
                ),
            ],
            go: "no required module provides package ex.test/other/y",
            doctor: "error: go.mod requires no module that has the package ex.test/other/y (in/p.go); go mod tidy # where there is a network, and pack the project again\n",
            ..FINE
        },
        Case {
            name: "no go.sum",
            files: &[("go.mod", NEEDS_A), ("main.go", A)],
            go: "missing go.sum entry for module providing package ex.test/a",
            doctor: "error: go.sum lacks 2 lines that go build needs: ex.test/a v1.2.0, ex.test/a v1.2.0/go.mod; gobag exec -- go mod tidy\n",
            ..FINE
        },
        Case {
            name: "no line of a go.mod",
            files: &[("go.mod", NEEDS_A), ("main.go", A)],
            tidy: true,
            without: &[("go.sum", "/go.mod")],
            go: "missing go.sum entry for go.mod file",
            doctor: "error: go.sum lacks 1 line that go build needs: ex.test/a v1.2.0/go.mod; ",
            ..FINE
        },
        Case {
            name: "no line of a zip",
            files: &[("go.mod", NEEDS_A), ("main.go", A)],
            tidy: true,
            without: &[("go.sum", "v1.2.0 h1")],
            go: "missing go.sum entry for module providing package ex.test/a",
            doctor: "error: go.sum lacks 1 line that go build needs: ex.test/a v1.2.0; ",
            ..FINE
        },
        Case {
            name: "a requirement that nobody imports",
            files: &[("go.mod", NEEDS_A), ("main.go", MAIN)],
            doctor: "warning: go.sum lacks 1 line that go list -m all needs: ex.test/a v1.2.0/go.mod; ",
            ..FINE
        },
        Case {
            name: "an old go line reads the whole graph",
            files: &[
                (
                    "go.mod",
                    "module main.test\n\ngo 1.16\n\nrequire ex.test/c v1.0.0\n",
                ),
                ("main.go", MAIN),
            ],
            go: "missing go.sum entry for go.mod file",
            doctor: "error: go.sum lacks 2 lines that go build needs: ex.test/b v1.0.0/go.mod, ex.test/c v1.0.0/go.mod; ",
            ..FINE
        },
        Case {
            name: "what is in the graph and not in go.mod",
            files: &[
                ("go.mod", NEEDS_C),
                (
                    "main.go",
                    "package main\n\nimport _ \"ex.test/b\"\nimport _ \"ex.test/c/sub\"\n\nfunc main() {}\n",
                ),
            ],
            tidy: true,
            without: &[("go.mod", "ex.test/b ")],
            go: "updates to go.mod needed",
            doctor: "error: go.mod requires no module that has the package ex.test/b (main.go); gobag exec -- go mod tidy\n",
            ..FINE
        },
        Case {
            name: "what another module needs is not in go.mod",
            files: &[
                ("go.mod", NEEDS_C),
                (
                    "main.go",
                    "package main\n\nimport _ \"ex.test/c\"\n\nfunc main() {}\n",
                ),
            ],
            tidy: true,
            without: &[("go.mod", "ex.test/b ")],
            go: "updates to go.mod needed",
            doctor: "error: go.mod requires no module that has the package ex.test/b (ex.test/c); gobag exec -- go mod tidy\n",
            ..FINE
        },
        Case {
            name: "what another module needs is not in go.sum",
            files: &[
                ("go.mod", NEEDS_C),
                (
                    "main.go",
                    "package main\n\nimport _ \"ex.test/c\"\n\nfunc main() {}\n",
                ),
            ],
            tidy: true,
            without: &[("go.sum", "ex.test/b v1.0.0 h1")],
            go: "missing go.sum entry for module providing package ex.test/b",
            doctor: "error: go.sum lacks 1 line that go build needs: ex.test/b v1.0.0; gobag exec -- go mod tidy\n",
            ..FINE
        },
        Case {
            name: "a requirement that is too low",
            files: &[
                ("go.mod", NEEDS_D),
                (
                    "main.go",
                    "package main\n\nimport _ \"ex.test/d\"\n\nfunc main() {}\n",
                ),
            ],
            tidy: true,
            instead: &[("ex.test/b v1.1.0", "ex.test/b v1.0.0")],
            go: "ex.test/b@v1.0.0: missing go.sum entry",
            doctor: "error: go.mod requires ex.test/b v1.0.0, and ex.test/d@v1.0.0 needs v1.1.0; gobag exec -- go mod tidy\n",
            ..FINE
        },
        Case {
            name: "a package that a required module does not have",
            files: &[
                ("go.mod", NEEDS_A),
                (
                    "main.go",
                    "package main\n\nimport _ \"ex.test/a\"\n\nfunc main() {}\n",
                ),
                ("in/p.go", "package in\n\nimport _ \"ex.test/a/none\"\n"),
                ("go.sum", ""),
            ],
            go: "ex.test/a/none",
            doctor: "error: go.mod requires no module that has the package ex.test/a/none (in/p.go); ",
            ..FINE
        },
        Case {
            name: "what a test needs",
            files: &[("go.mod", BARE), ("main.go", MAIN), ("main_test.go", A)],
            doctor: "warning: go.mod requires no module that has the package ex.test/a (main_test.go), which go vet and go test need; gobag exec -- go mod tidy\n",
            ..FINE
        },
        Case {
            name: "what go does not build here",
            files: &[
                ("go.mod", BARE),
                ("main.go", MAIN),
                ("x_windows.go", A),
                (
                    "tagged.go",
                    "//go:build ignore\n\npackage main\nimport _ \"ex.test/a\"\n",
                ),
                ("testdata/p.go", A),
                ("_old/p.go", A),
                (".old/p.go", A),
                ("nested/go.mod", "module nested.test\n"),
                ("nested/p.go", A),
                ("_x.go", A),
                (
                    "quoted.go",
                    "package main\n\nvar _ = `\nimport \"ex.test/a\"\n` // import \"ex.test/a\"\n",
                ),
            ],
            ..FINE
        },
        Case {
            name: "all is there",
            files: &[
                ("go.mod", NEEDS_C),
                (
                    "main.go",
                    "package main\n\nimport _ \"ex.test/c\"\nimport _ \"main.test/in\"\nimport _ \"errors\"\n\nfunc main() {}\n",
                ),
                ("in/p.go", "package in\n"),
            ],
            tidy: true,
            ..FINE
        },
        Case {
            name: "the project's own package is not there",
            files: &[
                ("go.mod", BARE),
                (
                    "main.go",
                    "package main\n\nimport _ \"main.test/gen\"\n\nfunc main() {}\n",
                ),
            ],
            go: "main.test/gen",
            doctor: "error: the package main.test/gen (main.go) is not there; generate it, or carry it along with the project\n",
            ..FINE
        },
    ];
    for case in &cases {
        agree(&bag, case);
    }
}

#[test]
fn a_go_mod_or_a_setting_that_go_refuses_is_an_error() {
    let bag = bag();
    let work = [
        ("a/go.mod", "module a.test\n\ngo 1.24\n"),
        ("a/a.go", "package a\n"),
        ("go.work", "go 1.21\n\nuse ./a\n"),
    ];
    let cases = [
        Case {
            name: "empty",
            files: &[("go.mod", ""), ("main.go", MAIN)],
            go: "missing module declaration",
            doctor: "error: go.mod has no module line; go mod edit -module=example.com/mod\n",
            ..FINE
        },
        Case {
            name: "a workspace with a lower go line",
            files: Vec::from(work).leak(),
            folder: "a",
            go: "requires go >= 1.24, but go.work lists go 1.21",
            doctor: "error: a/go.mod requires go 1.24, and go.work lists go 1.21; go work use\n",
            ..FINE
        },
        Case {
            name: "a workspace without a go line",
            files: &[
                ("a/go.mod", "module a.test\n\ngo 1.21\n"),
                ("a/a.go", "package a\n"),
                ("go.work", "use ./a\n"),
            ],
            folder: "a",
            go: "requires go >= 1.21, but go.work implicitly requires go 1.18",
            doctor: "error: a/go.mod requires go 1.21, and go.work lists no go version, which means go 1.18; go work use\n",
            ..FINE
        },
        Case {
            name: "a folder twice",
            files: &[
                ("a/go.mod", "module a.test\n\ngo 1.21\n"),
                ("a/a.go", "package a\n"),
                ("go.work", "go 1.21\n\nuse ./a\nuse ./b/../a/\n"),
            ],
            folder: "a",
            go: "appears multiple times in workspace",
            doctor: "error: go.work uses a twice; remove one of its lines\n",
            ..FINE
        },
        Case {
            name: "a module twice",
            files: &[
                ("a/go.mod", "module a.test\n\ngo 1.21\n"),
                ("b/go.mod", "module a.test\n\ngo 1.21\n"),
                ("a/a.go", "package a\n"),
                ("go.work", "go 1.21\n\nuse ./a\nuse ./b\n"),
            ],
            folder: "a",
            go: "module a.test appears multiple times in workspace",
            doctor: "error: a/go.mod and b/go.mod are both of module a.test; take one of them out of go.work\n",
            ..FINE
        },
        Case {
            name: "a toolchain that is none",
            files: &[("go.mod", BARE), ("main.go", MAIN)],
            with: ("GOTOOLCHAIN", "garbage"),
            go: "invalid GOTOOLCHAIN \"garbage\"",
            doctor: "error: GOTOOLCHAIN=garbage in the environment is no toolchain, and go refuses it; unset GOTOOLCHAIN\n",
            ..FINE
        },
        Case {
            name: "a module that the workspace does not use",
            files: &[
                ("a/go.mod", "module a.test\n\ngo 1.21\n"),
                ("a/a.go", "package a\n"),
                ("tools/go.mod", "module tools.test\n\ngo 1.21\n"),
                ("tools/in/t.go", "package in\n"),
                ("go.work", "go 1.21\n\nuse ./a\n"),
            ],
            folder: "tools/in",
            go: "does not contain modules listed in go.work",
            doctor: "error: tools/go.mod is not one of the modules that go.work lists; cd ",
            ..FINE
        },
        Case {
            name: "the same without the workspace",
            files: &[
                ("tools/go.mod", "module tools.test\n\ngo 1.21\n"),
                ("tools/t.go", "package tools\n"),
                ("go.work", "go 1.21\n"),
            ],
            with: ("GOWORK", "off"),
            folder: "tools",
            ..FINE
        },
    ];
    for case in &cases {
        agree(&bag, case);
    }
}

#[test]
fn a_requirement_that_is_no_version_is_an_error() {
    let bag = bag();
    for query in [
        "latest",
        ">=v1.0.0",
        "v1.2",
        "v1",
        "<v2",
        "upgrade",
        "v1.2.0+meta",
    ] {
        let go_mod = format!("module main.test\n\ngo 1.21\n\nrequire ex.test/a {query}\n");
        agree(
            &bag,
            &Case {
                name: query,
                files: Vec::from([("go.mod", &*go_mod.leak()), ("main.go", A)]).leak(),
                go: "updates to go.mod needed",
                doctor: format!("error: go.mod asks for ex.test/a {query}, which is no version; go mod tidy # before packing\n").leak(),
                ..FINE
            },
        );
    }
    agree(
        &bag,
        &Case {
            name: "a branch",
            files: &[
                (
                    "go.mod",
                    "module main.test\n\ngo 1.21\n\nrequire ex.test/a master\n",
                ),
                ("main.go", A),
            ],
            go: "errors parsing go.mod",
            doctor: "error: go.mod asks for ex.test/a master, which is no version; ",
            ..FINE
        },
    );
    agree(
        &bag,
        &Case {
            name: "a version of another major number",
            files: &[
                (
                    "go.mod",
                    "module main.test\n\ngo 1.21\n\nrequire ex.test/a v2.0.0\n",
                ),
                ("main.go", A),
            ],
            go: "should be v0 or v1, not v2",
            doctor: "line 5: version \"v2.0.0\" is not one of module \"ex.test/a\"",
            ..FINE
        },
    );
}

#[test]
fn a_password_in_a_url_is_not_shown() {
    let bag = bag();
    for proxy in [
        "https://somebody:geheim@proxy.test",
        "somebody:geheim@proxy.test",
        "http://somebody:geheim@127.0.0.1:1",
        "https://geheim@proxy.test,direct",
        "https://other.test,somebody:ge,heim@proxy.test|off",
    ] {
        let go = Go::new(proxy);
        go.write("go.mod", BARE).write("main.go", MAIN);
        for args in [&["doctor"][..], &["doctor", "--json"]] {
            let mut command = go.command(bag.bin().to_str().unwrap());
            let output = command.args(args).output().unwrap();
            let told = String::from_utf8(output.stdout.clone()).unwrap() + &stderr(&output);
            assert!(told.contains("GOPROXY="), "{told}");
            assert!(!told.contains("heim"), "{proxy}: {told}");
        }
    }
}

#[test]
fn the_version_is_told_to_scripts() {
    let bag = bag();
    let output = std::process::Command::new(bag.bin())
        .args(["version", "--json"])
        .output()
        .unwrap();
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(
        (&told["modules"], &told["versions"]),
        (&4.into(), &5.into())
    );
    assert!(
        told["bytes"].as_u64() > Some(0) && told["proof"].is_null(),
        "{told}"
    );
}
