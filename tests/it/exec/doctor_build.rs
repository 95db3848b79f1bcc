//! What only a build can tell, and what the doctor says where it did not ask for one.

use std::process::Stdio;
use std::time::Duration;

use crate::support::bag::{Bag, stderr, text};
use crate::support::go::Go;
use crate::support::gobag::within;
use crate::support::program::PROGRAM;
use crate::support::project::{content, names};

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
        let words_of_ok = " exec -- go build ./... finds all it needs; not compiled, and ";
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

/// `doctor --build`, which changes nothing, and whose word must be true.
fn builds(bag: &Bag, go: &Go) -> (bool, String) {
    let before = content(&go.work());
    let (well, told) = doctor(bag.bin(), go, &["--build"]);
    assert_eq!(content(&go.work()), before, "nothing is changed");
    let mut command = go.command(text(bag.bin()));
    let words = ["exec", "--", "go", "build", "-o", "/dev/null", "./..."];
    let built = command.args(words).output().unwrap();
    let said = stderr(&built);
    assert_eq!(built.status.success(), well, "{told}{said}");
    assert_eq!(well, told.contains("go build ./... builds\n"), "{told}");
    (well, told)
}

#[test]
fn a_build_that_would_change_go_mod_changes_a_copy() {
    let bag = bag();
    let import = "package main\n\nimport _ \"ex.test/a\"\n\nfunc main() {}\n";
    let broken = "package main\n\nfunc main() {\n\ta()\n}\n";
    let (writes, lacks) = (
        "note: go build ./... writes to go.mod and go.sum here",
        "error: go build ./... fails: main.go:3:8: no required module",
    );
    for (main, flags, words) in [
        (MAIN, "-mod=mod", ""),
        (import, "-mod=mod", writes),
        (import, "-mod=readonly", lacks),
        (
            broken,
            "-mod=mod",
            "error: go build ./... fails: ./main.go:4:2: undefined: a\n",
        ),
    ] {
        let go = user(&[("go.mod", BARE), ("main.go", main)]);
        let go = go.with("GOFLAGS", flags).with("GONOSUMDB", "*");
        let (well, told) = builds(&bag, &go);
        assert_eq!(well, words.is_empty() || words == writes, "{told}");
        // A rule may have told it in its own words.
        let known = words == lacks && told.contains("error: ");
        assert!(known || told.contains(words), "{told}");
        assert_eq!(told.contains("writes to "), words == writes, "{told}");
    }
    // A file of another name is one that go would write to, and is left alone as well.
    let go = user(&[("go.mod", BARE), ("other.mod", BARE), ("main.go", MAIN)]);
    let go = go.with("GOFLAGS", "-mod=mod -modfile=other.mod");
    let (well, told) = doctor(bag.bin(), &go, &["--build"]);
    let words =
        "warning: go build ./... may write to other.mod and other.sum here, and was not run";
    assert!(
        well && told.contains(words) && !told.contains("ok: "),
        "{told}"
    );
}

#[test]
fn a_workspace_is_built_without_a_change_to_it() {
    let bag = bag();
    let main = "package main\n\nimport \"b.test\"\n\nfunc main() { b.X() }\n";
    let import = "package b\n\nimport _ \"ex.test/a\"\n\nfunc X() {}\n";
    let requires = "module b.test\n\ngo 1.21\n\nrequire ex.test/a v1.0.0\n";
    for (main, b, b_mod, words) in [
        (
            main,
            "package b\n\nfunc X() {}\n",
            "module b.test\n\ngo 1.21\n",
            "",
        ),
        (
            main,
            "package b\n\nfunc Y() {}\n",
            "module b.test\n\ngo 1.21\n",
            "error: go build ./... fails: a/a.go:5:17: undefined: b.X\n",
        ),
        (
            main,
            import,
            requires,
            "note: go build ./... writes to go.work.sum here",
        ),
    ] {
        let go = user(&[
            (
                "go.work",
                "go 1.21\n\nuse ./a\nuse (\n\t./b\n)\n\nreplace gone.test/x => ./c\n",
            ),
            ("a/a.go", main),
            ("a/go.mod", "module a.test\n\ngo 1.21\n"),
            ("b/b.go", b),
            ("b/go.mod", b_mod),
            ("c/go.mod", "module gone.test/x\n"),
        ]);
        let go = go.with("GONOSUMDB", "*");
        let before = content(&go.work());
        let (well, told) = doctor(bag.bin(), &go, &["--build"]);
        assert_eq!(content(&go.work()), before, "nothing is changed");
        assert_eq!(well, !words.starts_with("error"), "{told}");
        assert!(told.contains(words), "{told}");
        assert_eq!(
            well,
            told.ends_with("go build ./a/... ./b/... builds\n"),
            "{told}"
        );
        let mut command = go.command(text(bag.bin()));
        let words = ["exec", "--", "go", "build", "./a/...", "./b/..."];
        assert_eq!(command.args(words).status().unwrap().success(), well);
    }
}

#[test]
fn a_signal_while_it_builds_leaves_nothing() {
    let bag = bag();
    for (signal, name) in [("INT", ""), ("TERM", "GOTMPDIR"), ("HUP", "TMPDIR")] {
        let go = user(&[("go.mod", BARE), ("main.go", MAIN)]);
        let beside = |name: &str| go.work().parent().unwrap().join(name);
        let tmp = beside("tmp");
        std::fs::create_dir(&tmp).unwrap();
        // A compiler that never ends.
        let tool = beside("tool");
        let script = format!(
            "#!/bin/sh\ncase \"$*\" in *-V=full*) exec \"$@\";; esac\ntouch {}\nexec tail -f /dev/null\n",
            beside("begun").display()
        );
        std::fs::write(&tool, script).unwrap();
        let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&tool, executable).unwrap();
        let begun = beside("begun");
        let flags = format!("-toolexec={}", text(&tool));
        let go = go.with("TMPDIR", text(&tmp)).with("GOFLAGS", &flags);
        let go = match name {
            "GOTMPDIR" => go.with(name, text(&tmp)),
            _ => go,
        };
        let mut command = go.command(text(bag.bin()));
        command.args(["doctor", "--build"]).stderr(Stdio::piped());
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        while !begun.exists() {
            assert!(child.try_wait().unwrap().is_none(), "it was too fast");
            std::thread::yield_now();
        }
        assert_ne!(names(&tmp).len(), 0);
        let kill = format!("kill -{signal} {}", child.id());
        let mut shell = std::process::Command::new("sh");
        assert!(shell.args(["-c", &kill]).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        let words =
            "gobag: stopping\ngobag: interrupted; whether the project builds is not known\n";
        assert_eq!(stderr(&output), words);
        assert_eq!(output.stdout, b"");
        assert!(names(&tmp).is_empty(), "{:?}", names(&tmp));
    }
}

#[test]
fn a_relative_folder_of_go_is_one_of_the_project() {
    let bag = bag();
    for name in ["GOTMPDIR", "TMPDIR"] {
        let go = user(&[("app/go.mod", BARE), ("app/main.go", MAIN), ("tmp/x", "")]);
        let go = go.with(name, "tmp");
        let (well, told) = doctor(bag.bin(), &go, &["--build", "app"]);
        let mut exec = go.command(text(bag.bin()));
        exec.args(["exec", "--", "go", "build", "-o", "/dev/null", "./..."]);
        let output = exec.current_dir(go.work().join("app")).output().unwrap();
        let said = stderr(&output);
        assert_eq!(well, output.status.success(), "{name}: {told}{said}");
        assert!(!well, "{name}: {told}");
    }
}

#[test]
fn one_cause_is_one_error() {
    let bag = bag();
    let go = || user(&[("go.mod", BARE), ("main.go", MAIN)]);
    let shut = go();
    let folder = shut.work().join("no/such");
    for (go, words) in [
        (
            go().with("PATH", "/nowhere"),
            "error: there is no go on PATH, and this bag has no Go toolchain for ",
        ),
        (
            go().with("GOFLAGS", "-mod=nonsense"),
            "error: GOFLAGS=-mod=nonsense in the environment has ",
        ),
        (
            shut.with("TMPDIR", text(&folder)),
            "error: go's temporary files cannot be written to ",
        ),
        (
            go().with("GOCACHE", "/dev/null/x"),
            "error: what go compiles cannot be written to /dev/null/x: ",
        ),
        (
            go().with("GOTOOLCHAIN", "go1.99.0"),
            "error: GOTOOLCHAIN needs go1.99.0, ",
        ),
    ] {
        let (well, told) = doctor(bag.bin(), &go, &["--build"]);
        assert!(!well && told.contains(words), "{told}");
        assert_eq!(told.matches("error: ").count(), 1, "{told}");
    }
}

#[test]
fn a_folder_whose_name_begins_with_a_dash_can_be_pasted() {
    let bag = bag();
    let go = user(&[("-app/go.mod", BARE), ("-app/main.go", MAIN)]);
    let (well, told) = doctor(bag.bin(), &go, &["--", "-app"]);
    assert!(well, "{told}");
    let (ok, rest) = told
        .rsplit_once("\nok: ")
        .unwrap()
        .1
        .split_once(" finds all")
        .unwrap();
    let build = rest.rsplit_once(" not read: ").unwrap().1;
    let build = build.trim_end().strip_suffix(" does both").unwrap();
    for line in [ok, build] {
        let typed = go.command("sh").args(["-c", line]).output().unwrap();
        assert!(typed.status.success(), "{line}: {}", stderr(&typed));
    }
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
    let words = " exec -- go build ./... finds all it needs by its files; go listed no packages, and compiled nothing: ";
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

#[test]
fn a_pipe_in_place_of_a_file_of_go_is_told_at_once() {
    let bag = bag();
    let words = " is no plain file, and go may wait for it for ever; remove it, or name another\n";
    let pipe = |go: &Go, name: &str| {
        let file = go.work().join(name);
        assert!(go.command("mkfifo").arg(&file).status().unwrap().success());
        file
    };
    for (files, name, setting) in [
        (&[("main.go", MAIN)][..], "go.mod", ""),
        (&[("go.mod", BARE), ("main.go", MAIN)], "go.work", ""),
        (&[("go.mod", BARE), ("main.go", MAIN)], "x.work", "GOWORK"),
        (&[("go.mod", BARE), ("main.go", MAIN)], "env", "GOENV"),
    ] {
        let go = user(files);
        let file = pipe(&go, name);
        let go = match setting {
            "" => go,
            setting => go.with(setting, text(&file)),
        };
        let (well, told) = within(Duration::from_secs(5), || doctor(bag.bin(), &go, &[]));
        assert!(!well && told.ends_with(words), "{told}");
        assert_eq!(told.lines().count(), 1, "{told}");
    }
}
