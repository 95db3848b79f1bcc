//! Where the doctor says `ok`, `exec -- go build ./...` succeeds; where that fails, it says why and
//! what to type.

use std::path::Path;
use std::process::Output;

use crate::support::bag::{Bag, stderr, text};
use crate::support::go::Go;
use crate::support::namespace::mounting;
use crate::support::program::PROGRAM;
use crate::support::project::Project;
use crate::support::tree::{Tree, files};

/// A bag of two modules.
pub(super) fn bag() -> Bag {
    let tree = Tree::new();
    tree.module("ex.test/a", "v1.0.0");
    tree.module("ex.test/a/b", "v1.0.0");
    tree.bag()
}

pub(super) const BARE: &str = "module main.test\n\ngo 1.21\n";
pub(super) const MAIN: &str = "package main\n\nfunc main() {}\n";

/// A user without settings, and with these files.
pub(super) fn user(files: &[(&str, &str)]) -> Go {
    let go = Go::new("");
    for (name, text) in files {
        go.write(name, text);
    }
    go
}

/// What the doctor says, and whether that all is well.
pub(super) fn doctor(bag: &Path, go: &Go, args: &[&str]) -> (bool, String) {
    let mut command = go.command(text(bag));
    let output = command.arg("doctor").args(args).output().unwrap();
    let told = String::from_utf8(output.stdout.clone()).unwrap() + &stderr(&output);
    (output.status.success(), told)
}

/// What comes of `exec -- go build ./...`.
fn build(bag: &Path, go: &Go) -> Output {
    let mut command = go.command(text(bag));
    let words = ["exec", "--", "go", "build", "./..."];
    command.args(words).output().unwrap()
}

/// The doctor's word, which must be true.
pub(super) fn truly(bag: &Bag, go: &Go) -> (bool, String) {
    let before = files(&go.work());
    let (well, told) = doctor(bag.bin(), go, &[]);
    assert_eq!(files(&go.work()), before, "nothing is changed");
    let built = build(bag.bin(), go);
    let said = stderr(&built);
    assert_eq!(built.status.success(), well, "{told}{said}");
    assert_eq!(well, told.contains("\nok: ") || told.starts_with("ok: "));
    (well, told)
}

#[test]
fn what_no_rule_knows_go_is_asked() {
    let bag = bag();
    for (files, words) in [
        (
            &[
                ("go.mod", BARE),
                (
                    "main.go",
                    "package main\n\nimport _ \"embed\"\n\n//go:embed missing.txt\nvar text string\n\nfunc main() { _ = text }\n",
                ),
            ][..],
            "error: go build ./... fails: main.go:5:12: pattern missing.txt: no matching files found\n",
        ),
        (
            &[
                ("go.mod", BARE),
                ("a/a.go", "package a\n\nimport _ \"main.test/b\"\n"),
                ("b/b.go", "package b\n\nimport _ \"main.test/a\"\n"),
            ],
            "error: go build ./... fails: ",
        ),
        (
            &[
                ("go.mod", BARE),
                ("a.go", "package a\n"),
                ("b.go", "package b\n"),
            ],
            "error: go build ./... fails: found packages a (a.go) and b (b.go) in ",
        ),
        (&[("go.mod", BARE), ("main.go", MAIN)], ""),
    ] {
        let (well, told) = truly(&bag, &user(files));
        assert_eq!(well, words.is_empty(), "{told}");
        assert!(told.contains(words), "{told}");
    }
}

#[test]
fn a_module_that_could_have_the_package_needs_its_line_as_well() {
    let bag = bag();
    let gobag = bag.serve();
    let go = Go::new(gobag.url());
    go.requires("1.21", &["ex.test/a v1.0.0", "ex.test/a/b v1.0.0"]);
    let main = "package main\n\nimport _ \"ex.test/a/b\"\n\nfunc main() {}\n";
    go.write("main.go", main);
    let tidy = go.with("GOFLAGS", "-mod=mod");
    tidy.write("other.go", &main.replace("/a/b", "/a"))
        .ok("mod tidy");
    std::fs::remove_file(tidy.work().join("other.go")).unwrap();
    let go = tidy.with("GOFLAGS", "").with("GOPROXY", "");
    assert!(truly(&bag, &go).0);
    let sums = go.read("go.sum");
    let fewer = sums
        .lines()
        .filter(|line| !line.starts_with("ex.test/a v1.0.0 h1"));
    go.write(
        "go.sum",
        &fewer.map(|line| format!("{line}\n")).collect::<String>(),
    );
    let (well, told) = truly(&bag, &go);
    let words = "error: go.sum lacks 1 line that go build needs: ex.test/a v1.0.0; ";
    assert!(!well && told.contains(words), "{told}");
}

#[test]
fn a_requirement_that_no_package_needs_is_no_error() {
    let bag = bag();
    let sum = format!("h1:{}=", "A".repeat(43));
    let go = user(&[
        (
            "go.mod",
            "module main.test\n\ngo 1.21\n\nrequire gone.test/x v1.0.0\n",
        ),
        (
            "go.sum",
            &format!("gone.test/x v1.0.0 {sum}\ngone.test/x v1.0.0/go.mod {sum}\n"),
        ),
        ("main.go", MAIN),
    ]);
    let (well, told) = truly(&bag, &go);
    let words = "warning: gone.test/x@v1.0.0 is not in this bag, and go.mod requires it, which go build does without; ";
    assert!(well && told.contains(words), "{told}");
    // It does not without go either.
    let bare = go.with("PATH", "/nowhere");
    let (_, told) = doctor(bag.bin(), &bare, &[]);
    assert!(told.contains(words), "{told}");
}

#[test]
fn what_only_tests_need_is_a_note_for_a_bag_of_builds() {
    let upstream = bag();
    let gobag = upstream.serve();
    let project = Project::behind(gobag.url());
    project.file("go.mod", BARE).file("main.go", MAIN);
    project.file(
        "main_test.go",
        "package main\n\nimport (\n\t_ \"ex.test/a\"\n\t\"testing\"\n)\n\nfunc TestNothing(*testing.T) {}\n",
    );
    project.ok("", "mod tidy");
    for (profile, words) in [
        (
            "build",
            "\nnote: ex.test/a@v1.0.0 is not in this bag, and go.mod requires it, which go vet and go test need; this bag was packed for builds; ",
        ),
        ("test", ""),
    ] {
        let output = project.pack(&format!("app -o bag --profile {profile} --no-sums"));
        assert!(output.status.success(), "{}", stderr(&output));
        let file = project.beside("bag");
        let mut command = project.go().command(text(&file));
        let output = command
            .arg("doctor")
            .current_dir(project.dir())
            .output()
            .unwrap();
        let told = String::from_utf8(output.stdout.clone()).unwrap();
        let told = format!("\n{told}");
        assert!(output.status.success() && told.contains(words), "{told}");
        assert_eq!(told.contains("ex.test/a@"), profile == "build", "{told}");
        std::fs::remove_file(&file).unwrap();
    }
}

#[test]
fn many_of_a_kind_are_one_line() {
    let bag = bag();
    let modules: Vec<String> = (0..9).map(|n| format!("gone.test/m{n} v1.0.0")).collect();
    let go = user(&[]);
    go.requires(
        "1.21",
        &modules.iter().map(String::as_str).collect::<Vec<_>>(),
    );
    let imports = modules
        .iter()
        .map(|m| format!("import _ \"{}\"\n", m.split(' ').next().unwrap()));
    go.write(
        "main.go",
        &format!(
            "package main\n\n{}\nfunc main() {{}}\n",
            imports.collect::<String>()
        ),
    );
    let (well, told) = truly(&bag, &go);
    let words = "error: 9 module versions are needed and not in this bag: gone.test/m0@v1.0.0, gone.test/m1@v1.0.0, gone.test/m2@v1.0.0, gone.test/m3@v1.0.0, gone.test/m4@v1.0.0 and 4 more; ";
    assert!(!well && told.contains(words), "{told}");
    // A script gets each.
    let (_, told) = doctor(bag.bin(), &go, &["--json"]);
    assert_eq!(
        told.matches(" is not in this bag, and go.mod requires it\"")
            .count(),
        9,
        "{told}"
    );
}

#[test]
fn a_remedy_is_what_can_be_typed_where_the_doctor_was_asked() {
    let bag = bag();
    let needs = "package main\n\nimport _ \"ex.test/a\"\n\nfunc main() {}\n";
    let go = user(&[("an app/go.mod", BARE), ("an app/main.go", needs)]);
    std::fs::copy(bag.bin(), go.work().join("app-bag")).unwrap();
    for (folder, program, args) in [
        ("an app", "../app-bag", &[][..]),
        ("", "./app-bag", &["an app"]),
    ] {
        let at = |program: &str| {
            let mut command = go.command(program);
            command.current_dir(go.work().join(folder));
            command
        };
        go.write("an app/go.mod", BARE).write("an app/go.sum", "");
        let mut sh = at("sh");
        sh.args(["-c", "\"$0\" doctor \"$@\"", program]).args(args);
        let told = String::from_utf8(sh.output().unwrap().stdout).unwrap();
        let line = told
            .lines()
            .find(|line| line.starts_with("error: "))
            .unwrap();
        let remedy = line.rsplit_once("; ").unwrap().1;
        assert!(remedy.ends_with("app-bag exec -- go mod tidy"), "{told}");
        let typed = at("sh").args(["-c", remedy]).output().unwrap();
        assert!(typed.status.success(), "{}", stderr(&typed));
        let mut sh = at("sh");
        sh.args(["-c", "\"$0\" doctor \"$@\"", program]).args(args);
        let told = String::from_utf8(sh.output().unwrap().stdout).unwrap();
        let ok = told.lines().find_map(|line| line.strip_prefix("ok: "));
        let command = ok.and_then(|line| line.split_once(" finds all it needs"));
        let (command, _) = command.unwrap_or_else(|| panic!("{told}"));
        let typed = at("sh").args(["-c", command]).output().unwrap();
        assert!(typed.status.success(), "{command}: {}", stderr(&typed));
    }
}

#[test]
fn a_vendored_workspace_is_advised_what_go_accepts() {
    let bag = bag();
    let gobag = bag.serve();
    let go = Go::new(gobag.url()).with("GOFLAGS", "");
    go.write("go.work", "go 1.24\n\nuse ./a\n");
    go.write(
        "a/go.mod",
        "module a.test\n\ngo 1.24\n\nrequire ex.test/a v1.0.0\n",
    );
    go.write("a/a.go", "package a\n\nimport _ \"ex.test/a\"\n");
    go.ok("work sync");
    go.ok("work vendor");
    let (well, told) = doctor(bag.bin(), &go, &["a"]);
    assert!(well && !told.contains("-mod=mod"), "{told}");
    let note = told
        .lines()
        .find(|line| line.contains("vendor folder"))
        .unwrap();
    let remedy = note.rsplit_once("; ").unwrap().1;
    let typed = go.command("sh").args(["-c", remedy]).output().unwrap();
    assert!(typed.status.success(), "{remedy}: {}", stderr(&typed));
    // And what it refuses is an error.
    let go = go.with("GOFLAGS", "-mod=mod");
    assert!(go.run_in("a", "build ./...").status.code() != Some(0));
    let (well, told) = doctor(bag.bin(), &go, &["a"]);
    let words =
        "error: GOFLAGS=-mod=mod in the environment is refused in a workspace; unset GOFLAGS\n";
    assert!(!well && told.contains(words), "{told}");
}

#[test]
fn a_checksum_database_that_is_off_is_a_warning() {
    let bag = bag();
    let go = user(&[("go.mod", BARE), ("main.go", MAIN)]).with("GOSUMDB", "off");
    let (well, told) = truly(&bag, &go);
    let words = "warning: GOSUMDB=off in the environment: go believes every module that go.sum does not know; unset GOSUMDB\n";
    assert!(well && told.contains(words), "{told}");
}

#[test]
fn a_place_that_go_cannot_write_to_is_an_error() {
    let bag = bag();
    let files = [("go.mod", BARE), ("main.go", MAIN)];
    for (name, value, words) in [
        (
            "GOCACHE",
            "/dev/null/x",
            "error: what go compiles cannot be written to /dev/null/x: ",
        ),
        (
            "GOTMPDIR",
            "/nowhere/tmp",
            "error: go's temporary files cannot be written to /nowhere/tmp: there is no such folder; export GOTMPDIR=",
        ),
        (
            "TMPDIR",
            "/nowhere/tmp",
            "error: go's temporary files cannot be written to /nowhere/tmp: there is no such folder; export GOTMPDIR=",
        ),
    ] {
        let (well, told) = truly(&bag, &user(&files).with(name, value));
        assert!(!well && told.contains(words), "{name}: {told}");
    }
    // Without a home go has that which the system knows.
    let homeless = user(&files).with("HOME", "").with("GOCACHE", "");
    let (well, told) = truly(&bag, &homeless);
    assert!(well, "{told}");
}

/// `lines` of a shell in which `$D` is a folder with a file system of its own that is mounted so.
pub(super) fn mounted(options: &str, go: &Go, lines: &str) -> String {
    let folder = go.work().join("disk");
    std::fs::create_dir_all(&folder).unwrap();
    let disk = folder.display();
    let env = go.command("env").output().unwrap().stdout;
    let env = String::from_utf8(env).unwrap();
    let env: String = env.lines().map(|line| format!("'{line}' ")).collect();
    let script = format!(
        "mount -t tmpfs -o {options} none {disk} && cd {} && env -i {env} D={disk} sh -c '{lines}'",
        go.work().display()
    );
    let output = mounting(&script);
    String::from_utf8(output.stdout.clone()).unwrap() + &stderr(&output)
}

#[test]
fn a_home_where_no_program_may_run_or_that_is_full_is_told() {
    let files = [("go.mod", BARE), ("main.go", MAIN)];
    let bag = bag();
    let bin = bag.bin().display();
    // go run and go test need the folder for temporary files.
    let told = mounted(
        "noexec",
        &user(&files),
        &format!(
            "TMPDIR=$D {bin} doctor; TMPDIR=$D {bin} exec -- go build ./... && echo built; TMPDIR=$D {bin} exec -- go test -c -o $D/x . ; $D/x"
        ),
    );
    assert!(told.contains("/disk, which is mounted noexec: go run, go test and go generate cannot run what they build; export GOTMPDIR="), "{told}");
    assert!(
        told.contains("\nok: ") && told.contains("built\n"),
        "{told}"
    );
    // A home that is full has no room for a build cache, nor for modules.
    let full = format!(
        "head -c 9m /dev/zero >$D/fill; export HOME=$D GOCACHE= GOPATH= GOMODCACHE=; {bin} doctor; {bin} exec -- go build ./... || echo failed"
    );
    let told = mounted("size=2m", &user(&files), &full);
    let words = "/disk/.cache/go-build has 0 MiB left, and go keeps there what it compiles, 1 MiB at least; export GOCACHE=";
    assert!(told.contains("error: ") && told.contains(words), "{told}");
    assert!(
        !told.contains("ok: ") && told.contains("failed\n"),
        "{told}"
    );
    // The toolchain of the bag has to run from there.
    let bin = PROGRAM.bin().display();
    let told = mounted(
        "noexec",
        &user(&files).with("PATH", "/usr/bin:/bin"),
        &format!("HOME=$D {bin} doctor"),
    );
    let words = "/disk, which is mounted noexec; XDG_CACHE_HOME=DIR names another folder";
    assert!(
        told.contains(" exec would fail: no program starts in ") && told.contains(words),
        "{told}"
    );
}
