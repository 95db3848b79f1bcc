//! Tables for the rules of packages.

use gomod::gofile::{GoFile, Target};

use super::super::graph;
use super::super::held::packages;
use super::super::imports;
use super::super::project::tests::project;
use super::super::sources::Source;
use super::*;
use crate::carried::sample::bag;

/// What is found of a project with these Go files, `path: import import …`, in a bag with
/// `ex.test/a`, and `ex.test/c`, whose package needs `ex.test/b`.
fn found(go_mod: &str, go_sum: &str, files: &[&str]) -> Vec<String> {
    let manifest = bag(&[
        "ex.test/a v1.0.0 h1:z",
        "ex.test/b v1.0.0 h1:z",
        "ex.test/c v1.0.0 h1:z",
    ]);
    let mut project = project(go_mod, go_sum);
    let head = |imports: &str| GoFile {
        package: "p".into(),
        imports: imports.split_whitespace().map(str::to_string).collect(),
        ..GoFile::default()
    };
    let sources = files.iter().map(|line| {
        let (path, imports) = line.split_once(':').unwrap();
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        Source {
            folder: folder.into(),
            name: name.into(),
            file: head(imports),
        }
    });
    project.mains[0].sources = sources.collect();
    let go_mod = |path: &str, _: &str| {
        let text = match path {
            "ex.test/c" => "go 1.21\nrequire ex.test/b v1.0.0\n",
            _ => "go 1.21\n",
        };
        Some(ModFile::parse(text.as_bytes()).unwrap())
    };
    let graph = graph::load(&project, go_mod);
    let target = Target {
        os: "linux",
        arch: "amd64",
        ..Target::default()
    };
    let held = |path: &str, _: &str| {
        let needs = if path == "ex.test/c" {
            "ex.test/b fmt"
        } else {
            ""
        };
        let mut all = vec![("p.go", head(needs)), ("sub/p.go", head(""))];
        all.extend([
            ("p_test.go", head("ex.test/t")),
            ("x_windows.go", head("ex.test/w")),
        ]);
        let all = all.into_iter().map(|(name, file)| (name.to_string(), file));
        Some(packages(all))
    };
    let imports = imports::follow(&project, &graph, &target, held);
    let found = check(&project, &graph, &manifest, &imports, go_mod, false);
    found.iter().map(ToString::to_string).collect()
}

const SUMS: &str = "ex.test/a v1.0.0 h1:z\nex.test/a v1.0.0/go.mod h1:m\n\
    ex.test/b v1.0.0 h1:z\nex.test/b v1.0.0/go.mod h1:m\n\
    ex.test/c v1.0.0 h1:z\nex.test/c v1.0.0/go.mod h1:m\n";

#[test]
fn what_is_imported_must_be_required() {
    let bare = "module m.test\ngo 1.21\n";
    let lacks = "go.mod requires no module that has the package";
    let tidy = "gobag exec -- go mod tidy";
    for (go_mod, files, want) in [
        (bare, &["a.go: fmt m.test/in unsafe C", "in/b.go:"][..], String::new()),
        (bare, &["a.go: ex.test/a"], format!("error: {lacks} ex.test/a (a.go); {tidy}")),
        (
            bare,
            &["a.go: ex.test/a/sub ex.test/b", "b.go: ex.test/a/sub"],
            format!("error: {lacks}s ex.test/a/sub (a.go), ex.test/b (a.go); {tidy}"),
        ),
        (
            bare,
            &["a_test.go: ex.test/a", "b_windows.go: ex.test/a"],
            format!("warning: {lacks} ex.test/a (a_test.go), which go vet and go test need; {tidy}"),
        ),
        (
            "module m.test\ngo 1.21\nrequire ex.test/a v1.0.0\n",
            &["a.go: ex.test/a/none"],
            format!("error: {lacks} ex.test/a/none (a.go); {tidy}"),
        ),
        // What another module needs stands in go.mod as well.
        (
            "module m.test\ngo 1.21\nrequire ex.test/c v1.0.0\n",
            &["a.go: ex.test/c"],
            format!("error: {lacks} ex.test/b (ex.test/c); {tidy}"),
        ),
        (
            "module m.test\ngo 1.16\nrequire ex.test/c v1.0.0\n",
            &["a.go: ex.test/c"],
            String::new(),
        ),
        (
            "module m.test\ngo 1.16\nrequire ex.test/c v1.0.0\n",
            &["a.go: ex.test/b"],
            format!("error: {lacks} ex.test/b (a.go); {tidy}"),
        ),
        (
            "module m.test\ngo 1.21\nrequire ex.test/c v1.0.0\nrequire ex.test/b v1.0.0\n",
            &["a.go: ex.test/c"],
            String::new(),
        ),
        (
            "module m.test\ngo 1.21\nrequire ex.test/r v1.0.0\nreplace ex.test/r => ./r\n",
            &["a.go: ex.test/r/x"],
            String::new(),
        ),
        (
            bare,
            &["a.go: m.test/gen"],
            "error: the package m.test/gen (a.go) is not there; generate it, or carry it along with the project".to_string(),
        ),
    ] {
        assert_eq!(found(go_mod, SUMS, files).join("\n"), want, "{go_mod}{files:?}");
    }
}

#[test]
fn a_requirement_must_be_high_enough_for_what_is_used() {
    let low = "module m.test\ngo 1.21\nrequire ex.test/c v1.0.0\nrequire ex.test/b v0.9.0\n";
    let sums = format!("{SUMS}ex.test/b v0.9.0 h1:z\nex.test/b v0.9.0/go.mod h1:m\n");
    assert_eq!(
        found(low, &sums, &["a.go: ex.test/c"]),
        [
            "error: go.mod requires ex.test/b v0.9.0, and ex.test/c@v1.0.0 needs v1.0.0; gobag exec -- go mod tidy"
        ]
    );
    assert_eq!(found(low, &sums, &["a.go: fmt"]), [] as [&str; 0]);
}

#[test]
fn go_sum_has_what_each_command_reads() {
    let main = "module m.test\ngo 1.21\nrequire ex.test/a v1.0.0\n";
    let lacks = "go.sum lacks";
    let tidy = "gobag exec -- go mod tidy";
    let both = "ex.test/a v1.0.0, ex.test/a v1.0.0/go.mod";
    for (sums, files, want) in [
        (SUMS, &["a.go: ex.test/a"][..], String::new()),
        (
            "",
            &["a.go: ex.test/a"],
            format!("error: {lacks} 2 lines that go build needs: {both}; {tidy}"),
        ),
        (
            "",
            &["a_test.go: ex.test/a"],
            format!("warning: {lacks} 2 lines that go vet needs: {both}; {tidy}"),
        ),
        (
            "",
            &["a.go: fmt"],
            format!(
                "warning: {lacks} 1 line that go list -m all needs: ex.test/a v1.0.0/go.mod; {tidy}"
            ),
        ),
        (
            "ex.test/a v1.0.0/go.mod h1:m\n",
            &["a.go: ex.test/a"],
            format!("error: {lacks} 1 line that go build needs: ex.test/a v1.0.0; {tidy}"),
        ),
    ] {
        assert_eq!(found(main, sums, files).join("\n"), want, "{sums}{files:?}");
    }
}
