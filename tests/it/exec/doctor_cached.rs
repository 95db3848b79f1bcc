//! What the doctor says of the bag's build cache, and whether go compiles just what it says.

use crate::support::bag::{Bag, stderr, text};
use crate::support::go::Go;
use crate::support::project::{Project, names};
use crate::support::tree::{Tree, files, go_mod, package};

use super::doctor_true::doctor;

/// What goes on where go is told another level of processors: the setting, what was packed, and another.
const LEVEL: (&str, &str, &str) = match cfg!(target_arch = "aarch64") {
    true => ("GOARM64", "v8.0", "v9.0"),
    false => ("GOAMD64", "v1", "v3"),
};

const MAIN: &str = "package main

import (
	_ \"errors\"

	_ \"cache.test/a\"
	_ \"cache.test/b\"
)

func main() {}
";

/// Two modules, one of which there are two versions of, and which the other imports.
fn modules() -> Tree {
    let tree = Tree::new();
    tree.module("cache.test/a", "v1.0.0");
    tree.module("cache.test/a", "v1.1.0");
    let (go_mod, package) = (go_mod("cache.test/b"), package("cache.test/b"));
    let requires = go_mod + "\nrequire cache.test/a v1.0.0\n";
    let imports = package.replace("package p\n", "package p\n\nimport _ \"cache.test/a\"\n");
    let files = [("go.mod", &*requires), ("p.go", &*imports)];
    tree.folder("cache.test/b", "v1.0.0", &files);
    tree
}

/// The go.mod of a project that requires both.
fn requiring(version: &str) -> String {
    format!(
        "module app.test\n\ngo 1.24\n\nrequire (\n\tcache.test/a {version}\n\tcache.test/b v1.0.0\n)\n"
    )
}

/// A new user, with a copy of what lies in the folder `name` of another.
fn user(of: &Project, name: &str) -> Go {
    let go = Go::new("");
    for file in ["go.mod", "go.sum", "main.go"] {
        go.write(file, &of.go().read(&format!("{name}/{file}")));
    }
    std::fs::create_dir(go.work().join("tmp")).unwrap();
    let tmp = go.work().join("tmp").display().to_string();
    go.with("TMPDIR", &tmp)
}

/// What the doctor says of the build cache.
fn told(bag: &Bag, go: &Go) -> String {
    let before = files(&go.work());
    let (well, told) = doctor(bag.bin(), go, &[]);
    assert!(well, "{told}");
    assert_eq!(files(&go.work()), before, "nothing is changed");
    assert_eq!(names(&go.work().join("tmp")), [""; 0]);
    let told = told.replace(text(bag.bin()), "gobag");
    // What is to be typed is what finds most of it.
    let found = "gobag exec --cached -- go build -trimpath ./...";
    let last = told.lines().last().unwrap_or_default();
    assert_eq!(
        told.contains(&format!("; {found}\n")),
        last.starts_with(&format!("ok: {found} ")),
        "{told}"
    );
    let mut lines = told.lines().filter(|line| line.contains("build cache"));
    let line = lines.next().unwrap_or_default().to_owned();
    assert_eq!(lines.count(), 0, "{told}");
    line
}

/// What go compiles with the build cache at hand.
fn compiled(bag: &Bag, go: &Go) -> Vec<String> {
    let mut command = go.command(text(bag.bin()));
    let words = [
        "exec",
        "--cached",
        "--",
        "go",
        "build",
        "-trimpath",
        "-v",
        "./...",
    ];
    let output = command.args(words).output().unwrap();
    let said = stderr(&output);
    assert!(output.status.success(), "{said}");
    let lines = said.lines().filter(|line| !line.contains(' '));
    let mut packages: Vec<String> = lines.map(str::to_owned).collect();
    packages.sort();
    packages
}

#[test]
fn what_go_compiles_is_counted_with_the_reason() {
    let tree = modules();
    let served = tree.bag();
    let upstream = served.serve();
    let project = Project::behind(upstream.url());
    for (folder, version) in [("app", "v1.0.0"), ("next", "v1.1.0")] {
        project
            .go()
            .write(&format!("{folder}/go.mod"), &requiring(version));
        project.go().write(&format!("{folder}/main.go"), MAIN);
        let tidy = project.go().run_in(folder, "mod tidy");
        assert!(tidy.status.success(), "{}", stderr(&tidy));
    }
    let newer = Tree::new();
    newer.module("cache.test/a", "v1.1.0");
    let of_pack = format!(
        "app --profile build --no-sums --import {}",
        text(newer.path())
    );
    project.packs(&format!("{of_pack} -o bag"));
    let bag = Bag::at(project.beside("bag"));

    // All but the project's own is there.
    let go = user(&project, "app");
    let line = told(&bag, &go);
    let (counts, rest) = line.split_once(" packages of ").unwrap();
    let counts = counts
        .strip_prefix("note: the bag's build cache has ")
        .unwrap();
    let (found, all) = counts.split_once(" of the ").unwrap();
    let (found, all): (usize, usize) = (found.parse().unwrap(), all.parse().unwrap());
    assert!(found + 1 == all && found > 20, "{line}");
    let cached = "gobag exec --cached -- go build -trimpath ./...";
    let want = format!(
        "go build -trimpath ./... (without -trimpath fewer); compiled here: 1 of the project's own (app.test); {cached}"
    );
    assert_eq!(rest, want);
    assert_eq!(compiled(&bag, &go), ["app.test"]);
    let (_, json) = doctor(bag.bin(), &go, &["--json"]);
    let rows: serde_json::Value = serde_json::from_str(&json).unwrap();
    let mut rows = rows.as_array().unwrap().iter();
    let row = rows.find(|row| row["what"].as_str().unwrap().contains("build cache"));
    assert_eq!(row.unwrap()["level"], "note");

    // Another version of a module, or a folder in its place: it is compiled, and what imports it.
    let next = user(&project, "next");
    let replaced = user(&project, "app");
    let text = requiring("v1.0.0") + "\nreplace cache.test/a => ./a\n";
    replaced.write("go.mod", &text);
    replaced.write("a/go.mod", &go_mod("cache.test/a"));
    replaced.write("a/p.go", &package("cache.test/a"));
    let changed = replaced;
    changed.write(
        "a/p.go",
        "package p\n\n// Path is another.\nconst Path = \"a\"\n",
    );
    for go in [next, changed] {
        let line = told(&bag, &go);
        let want = "; compiled here: 2 changed since, or of another version than when this file was packed (cache.test/a, cache.test/b), 1 of the project's own (app.test); ";
        assert!(line.contains(want), "{line}");
        assert_eq!(
            compiled(&bag, &go),
            ["app.test", "cache.test/a", "cache.test/b"]
        );
    }

    // Flags, and other processors.
    let flagged = user(&project, "app").with("GOFLAGS", "-gcflags=all=-N");
    let line = told(&bag, &flagged);
    let want = format!("note: the bag's build cache has none of the {all} packages of ");
    assert!(line.starts_with(&want), "{line}");
    let want = format!(
        "compiled here: {found} for other flags than when this file was packed: GOFLAGS=-gcflags=all=-N in the environment (cache.test/a, "
    );
    assert!(line.contains(&want), "{line}");
    let (name, packed, other) = LEVEL;
    let line = told(&bag, &user(&project, "app").with(name, other));
    let want = format!(
        "note: the bag's build cache is of {name}={packed}, and here is {name}={other} in the environment: nothing of it fits; unset {name}"
    );
    assert_eq!(line, want);

    // Without one there is not a word.
    project.packs(&format!("{of_pack} --no-prove -o plain"));
    let plain = Bag::at(project.beside("plain"));
    assert_eq!(told(&plain, &go), "");
}
