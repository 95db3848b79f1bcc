//! Everyday commands on a project whose modules are in the bag.

use crate::support::go::Go;
use crate::support::tree::{Tree, go_mod, package};

/// Modules that need each other: `a` needs `b` always, `w` on Windows and `t` for its tests;
/// `b` needs `c`, of which `a` asks for a newer version.
fn modules(go_line: &str) -> Tree {
    let tree = Tree::new();
    let head = |path: &str| format!("module {path}\n\ngo {go_line}\n");
    let a = head("closure.test/a")
        + "\nrequire (\n\tclosure.test/b v1.0.0\n\tclosure.test/c v1.1.0\n\tclosure.test/t v1.0.0\n\tclosure.test/w v1.0.0\n)\n";
    let b = head("closure.test/b") + "\nrequire closure.test/c v1.0.0\n";
    let import = |package: &str, path: &str| format!("package {package}\n\nimport _ \"{path}\"\n");
    let main = import("p", "closure.test/b");
    let test = import("p", "closure.test/t");
    let windows = import("p", "closure.test/w");
    tree.folder(
        "closure.test/a",
        "v1.0.0",
        &[
            ("go.mod", &a),
            ("p.go", &main),
            ("p_test.go", &test),
            ("p_windows.go", &windows),
        ],
    );
    tree.folder(
        "closure.test/b",
        "v1.0.0",
        &[("go.mod", &b), ("p.go", &import("p", "closure.test/c"))],
    );
    for leaf in ["closure.test/c", "closure.test/t", "closure.test/w"] {
        tree.folder(
            leaf,
            "v1.0.0",
            &[("go.mod", &head(leaf)), ("p.go", &package(leaf))],
        );
    }
    let c = "closure.test/c";
    tree.folder(c, "v1.1.0", &[("go.mod", &head(c)), ("p.go", &package(c))]);
    // Of the older one the graph needs no more than this.
    std::fs::remove_dir_all(tree.path().join("closure.test/c@v1.0.0")).unwrap();
    tree.part(c, "v1.0.0", "mod", head(c));
    tree
}

fn project(go: &Go, go_line: &str) {
    go.requires(go_line, &["closure.test/a v1.0.0"]);
    go.write(
        "main.go",
        "package main\n\nimport _ \"closure.test/a\"\n\nfunc main() {}\n",
    );
    go.write(
        "main_test.go",
        "package main\n\nimport \"testing\"\n\nfunc TestNothing(*testing.T) {}\n",
    );
}

#[test]
fn everyday_commands_find_all_that_they_need() {
    for go_line in ["1.16", "1.17", "1.21", "1.24"] {
        let gobag = modules(go_line).bag().serve();
        let go = Go::new(gobag.url());
        project(&go, go_line);
        go.ok("mod tidy");
        let (go_mod, go_sum) = (go.read("go.mod"), go.read("go.sum"));
        assert!(
            go_sum.contains("closure.test/t v1.0.0 h1:"),
            "a test of a dependency: {go_sum}"
        );
        assert!(
            go_sum.contains("closure.test/w v1.0.0 h1:"),
            "for Windows alone: {go_sum}"
        );
        let all = go.ok("list -m all");
        assert!(all.contains("closure.test/c v1.1.0"), "{all}");
        let graph = go.ok("mod graph");
        assert!(
            graph.contains("closure.test/b@v1.0.0 closure.test/c@v1.0.0"),
            "go {go_line}: {graph}"
        );
        let why = go.ok("mod why closure.test/c");
        assert!(why.contains("closure.test/b\nclosure.test/c"), "{why}");
        go.ok("build ./...");
        go.ok("vet ./...");
        go.ok("test ./...");
        go.ok("mod download all");
        go.ok("mod verify");
        go.ok("mod tidy");
        assert_eq!(
            (go.read("go.mod"), go.read("go.sum")),
            (go_mod, go_sum),
            "tidy is done"
        );
        go.ok("mod vendor");
        assert!(
            go.work().join("vendor/closure.test/w/p.go").is_file(),
            "for Windows alone"
        );
        go.ok("build -mod=vendor ./...");
    }
}

#[test]
fn everyday_commands_work_for_another_platform() {
    let gobag = modules("1.21").bag().serve();
    let go = Go::new(gobag.url())
        .with("GOOS", "windows")
        .with("GOARCH", "arm64");
    project(&go, "1.21");
    go.ok("mod tidy");
    go.ok("build ./...");
}

#[test]
fn a_workspace_is_synced() {
    let gobag = modules("1.21").bag().serve();
    let go = Go::new(gobag.url());
    for name in ["one", "two"] {
        go.write(
            &format!("{name}/go.mod"),
            &format!("module {name}.test\n\ngo 1.21\n\nrequire closure.test/a v1.0.0\n"),
        );
        go.write(
            &format!("{name}/main.go"),
            "package main\n\nimport _ \"closure.test/a\"\n\nfunc main() {}\n",
        );
        let output = go.run_in(name, "mod tidy");
        assert!(
            output.status.success(),
            "{}",
            crate::support::bag::stderr(&output)
        );
    }
    go.ok("work init ./one ./two");
    go.ok("work sync");
    go.ok("build one.test two.test");
    go.ok("work vendor");
}

#[test]
fn a_replaced_module_is_not_asked_for() {
    let tree = modules("1.21");
    std::fs::remove_dir_all(tree.path().join("closure.test/b@v1.0.0")).unwrap();
    tree.part("closure.test/b", "v1.0.0", "mod", go_mod("closure.test/b"));
    tree.module("closure.test/fork", "v1.4.0");
    let gobag = tree.bag().serve();
    let go = Go::new(gobag.url()).with("GOFLAGS", "-modcacherw -mod=mod");
    project(&go, "1.21");
    let replaced = go.read("go.mod")
        + "\nreplace (\n\tclosure.test/b => closure.test/fork v1.4.0\n\tclosure.test/c => ./local\n)\n";
    go.write("go.mod", &replaced);
    go.write("local/go.mod", &go_mod("closure.test/c"))
        .write("local/p.go", &package("closure.test/c"));
    go.ok("build ./...");
    let zip = |line: &String| {
        line.contains("closure.test/b/@v/v1.0.0.zip") || line.contains("closure.test/c/@v/")
    };
    assert!(!gobag.log().iter().any(zip), "{:#?}", gobag.log());
}
