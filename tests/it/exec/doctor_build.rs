//! What only a build can tell, and what the doctor says where it did not ask for one.

use crate::support::bag::stderr;
use crate::support::go::Go;
use crate::support::program::PROGRAM;

use super::doctor_true::{BARE, MAIN, bag, doctor, mounted, truly, user};
use crate::support::tree::files;

#[test]
fn what_does_not_compile_is_told_by_a_build() {
    let bag = bag();
    let many = "package main\n\nfunc main() {\n\ta()\n\tb()\n}\n";
    for (main, words) in [
        (
            "package main\n\nfunc main() {\n",
            "error: go build ./... fails: ./main.go:4:1: syntax error: unexpected EOF, expected }\n",
        ),
        (
            many,
            "error: go build ./... fails: ./main.go:4:2: undefined: a; ./main.go:5:2: undefined: b\n",
        ),
        (MAIN, ""),
    ] {
        let go = user(&[
            ("go.mod", BARE),
            ("main.go", main),
            ("in/p.go", "package in\n"),
        ]);
        let (well, told) = doctor(bag.bin(), &go, &[]);
        let words_of_ok = " exec -- go build ./... finds all it needs; not compiled: ";
        // Go reads no further than the imports where it is asked for packages.
        assert!(!well || told.contains(words_of_ok), "{told}");
        let before = files(&go.work());
        let (well, told) = doctor(bag.bin(), &go, &["--build"]);
        assert_eq!(files(&go.work()), before, "nothing is changed");
        assert_eq!(well, words.is_empty(), "{told}");
        assert!(told.contains(words), "{told}");
        assert_eq!(
            well,
            told.ends_with(" exec -- go build ./... builds\n"),
            "{told}"
        );
        let (json_well, told) = doctor(bag.bin(), &go, &["--build", "--json"]);
        let rows: serde_json::Value = serde_json::from_str(&told).unwrap();
        let errors = rows.as_array().unwrap().iter();
        let errors = errors.filter(|row| row["level"] == "error").count();
        assert_eq!((json_well, errors), (well, usize::from(!well)), "{told}");
    }
}

#[test]
fn a_build_that_would_change_the_project_is_not_run() {
    let bag = bag();
    let go = user(&[("go.mod", BARE), ("main.go", MAIN)]).with("GOFLAGS", "-mod=mod");
    let (well, told) = doctor(bag.bin(), &go, &["--build"]);
    let words = "warning: go build ./... may write to go.mod and go.sum here, and was not run";
    assert!(
        well && told.contains(words) && !told.contains("ok: "),
        "{told}"
    );
}

#[test]
fn without_a_project_nothing_is_built() {
    let (well, told) = doctor(bag().bin(), &user(&[]), &["--build"]);
    assert!(!well && told.contains("is in no Go module"), "{told}");
}

#[test]
fn without_go_the_one_of_the_bag_builds() {
    let go = user(&[("go.mod", BARE), ("main.go", MAIN)]).with("PATH", "/nowhere");
    let bare = |go: &Go, args: &[&str]| doctor(PROGRAM.bin(), go, args);
    let (well, told) = bare(&go, &[]);
    let words = " exec -- go build ./... finds all it needs by its files; go was not asked, and nothing compiled: ";
    assert!(well && told.contains(words), "{told}");
    let (well, told) = bare(&go, &["--build"]);
    assert!(
        well && told.ends_with(" exec -- go build ./... builds\n"),
        "{told}"
    );
    let go = go.with("GOFLAGS", "-nonsense");
    let (well, told) = bare(&go, &["--build"]);
    let words = "go build ./... fails: go: parsing $GOFLAGS: unknown flag -nonsense";
    assert!(!well && told.contains(words), "{told}");
}

#[test]
fn settings_that_no_go_is_here_to_judge_are_not_called_well() {
    let (fine, open) = ("ok: ", "whether go takes ");
    let refused = "error: GOFLAGS=";
    for (name, value, words) in [
        ("GOFLAGS", "-trimpath -tags=a,b -p=2", fine),
        ("GOFLAGS", "--v '-ldflags=-s -w'", fine),
        ("GOFLAGS", "-nonsense", open),
        ("GOFLAGS", "-toolexec=/nowhere/x", open),
        ("GOFLAGS", "trimpath", refused),
        ("GOFLAGS", "---v", refused),
        ("GOFLAGS", "-", refused),
        ("GOFLAGS", "-trimpath=perhaps", refused),
        ("GOFLAGS", "-tags", refused),
        ("GOFLAGS", "-mod=nonsense", refused),
        ("GOFLAGS", "-p=many", refused),
        ("GOFLAGS", "'-v", refused),
        ("GOTOOLCHAIN", "local", fine),
        ("GOTOOLCHAIN", "go1.99", "error: GOTOOLCHAIN=go1.99"),
        (
            "GOTOOLCHAIN",
            "go1.99.0",
            "error: GOTOOLCHAIN needs go1.99.0",
        ),
        ("GOTOOLCHAIN", "garbage", "error: GOTOOLCHAIN=garbage"),
    ] {
        let go = user(&[("go.mod", BARE), ("main.go", MAIN)]).with(name, value);
        let (_, told) = doctor(PROGRAM.bin(), &go.with("PATH", "/nowhere"), &[]);
        assert!(told.contains(words), "{value}: {told}");
        assert_eq!(told.contains("ok: "), words == fine, "{value}: {told}");
        // The doctor is right.
        let go = user(&[("go.mod", BARE), ("main.go", MAIN)]).with(name, value);
        let output = go.run("build ./...");
        assert_eq!(
            output.status.success(),
            words == fine,
            "{value}: {}",
            stderr(&output)
        );
    }
}

#[test]
fn the_program_that_go_writes_needs_a_place() {
    let bag = bag();
    let alone = [("go.mod", BARE), ("main.go", MAIN)];
    for (more, words) in [
        (&[][..], ""),
        (&[("main.test", "")], ""),
        (
            &[("main.test/x", "")],
            "error: go build ./... writes the program main.test, and a folder has that name; ",
        ),
        (
            &[("main.test", "text\n")],
            "error: go build ./... writes the program main.test, and a file that is no program has that name; ",
        ),
        // Of several packages nothing is written.
        (&[("main.test/x", ""), ("in/p.go", "package in\n")], ""),
        (&[("main.test/p.go", "package p\n")], ""),
    ] {
        let go = user(&alone);
        for (name, text) in more {
            go.write(name, text);
        }
        let (well, told) = truly(&bag, &go);
        assert_eq!(well, words.is_empty(), "{told}");
        assert!(told.contains(words), "{told}");
        // It is a matter of the place, and not of what is built; without go it is known as well.
        assert_eq!(doctor(bag.bin(), &go, &["--build"]).0, well);
        let bare = user(&alone).with("PATH", "/nowhere");
        for (name, text) in more {
            bare.write(name, text);
        }
        let (_, told) = doctor(PROGRAM.bin(), &bare, &[]);
        assert!(told.contains(words), "{told}");
        let Some(line) = told.lines().find(|line| line.contains("the program")) else {
            continue;
        };
        let remedy = line.rsplit_once("; ").unwrap().1;
        let remedy = remedy.replace(PROGRAM.bin().to_str().unwrap(), bag.bin().to_str().unwrap());
        let typed = go.command("sh").args(["-c", &remedy]).output().unwrap();
        assert!(typed.status.success(), "{remedy}: {}", stderr(&typed));
    }
    let bin = bag.bin().display();
    let told = mounted(
        "size=1m",
        &user(&alone),
        &format!(
            "cp go.mod main.go $D; mount -o remount,ro $D; cd $D; {bin} doctor; {bin} exec -- go build ./... || echo failed"
        ),
    );
    let words =
        "error: go build ./... writes the program main.test, and no file can be made there: ";
    assert!(told.contains(words) && told.contains("failed\n"), "{told}");
}

#[cfg(unix)]
#[test]
fn no_name_of_a_file_reaches_the_terminal_raw() {
    let bag = bag();
    let name = "in/a\u{1b}[31m\n\u{9b}2J.go";
    let go = user(&[
        ("go.mod", BARE),
        (name, "package in\n\nimport _ \"gone.test/x\"\n"),
    ]);
    let (well, told) = doctor(bag.bin(), &go, &[]);
    assert!(!well);
    let raw = |c: char| c.is_control() && c != '\n';
    assert!(!told.contains(raw), "{told:?}");
    assert!(told.contains("(in/a\\x1b[31m\\x0a\\x9b2J.go)"), "{told}");
}

#[test]
fn a_build_cache_that_is_off_is_told_as_such() {
    let bag = bag();
    let go = user(&[("go.mod", BARE), ("main.go", MAIN)]).with("GOCACHE", "off");
    let (well, told) = truly(&bag, &go);
    let words = "error: GOCACHE=off in the environment lets go build nothing; unset GOCACHE\n";
    assert!(!well && told.contains(words), "{told}");
    assert!(!told.contains("HOME"), "{told}");
    // The name of another folder may be one that go does not take.
    let go = go.with("GOCACHE", "").with("XDG_CACHE_HOME", "caches");
    let (well, told) = truly(&bag, &go);
    let words =
        "error: what go compiles cannot be written to caches/go-build: it is no absolute path; ";
    assert!(!well && told.contains(words), "{told}");
}
