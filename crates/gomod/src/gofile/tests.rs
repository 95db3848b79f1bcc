//! Tables for the heads of Go files.

use super::*;

#[test]
fn reads_imports_in_every_form() {
    for (text, want) in [
        ("package p", ""),
        (
            "package p\nimport \"a\"\nimport b \"b\"\nimport . \"c\"\nimport _ \"d\"\n",
            "a b c d",
        ),
        (
            "package p; import \"a\"; import (\"b\"; c \"c\"); var x = 1; import \"d\"",
            "a b c",
        ),
        (
            "package p\nimport (\n\t\"a\" // one\n\n\t/* two */ _ \"b\"\n)\nimport()\nimport `c`\n",
            "a b c",
        ),
        (
            "// Package p\n// import \"x\"\n/* import \"y\" */ package /* z */ p // w\nimport \"a\"",
            "a",
        ),
        (
            "\u{feff}package p\r\nimport \"a\"\r\nimport \"C\"\r\n",
            "a C",
        ),
        ("package p\nvar s = `\nimport \"x\"\n`\n", ""),
        ("package p\nfunc import_() {}\nimport \"x\"", ""),
        ("package p\nimport é \"a/é\"\n", "a/é"),
        // What is no Go ends there.
        ("import \"x\"", ""),
        ("package p\nimport \"a\"\nimport + \"x\"", "a"),
        ("package p\nimport \"a\"\nimport \"b", "a"),
        ("package p\nimport (\"a\"", "a"),
        ("package p\n/* import \"x\"", ""),
        ("package p\nimport \"a\\x62\"", ""),
        ("", ""),
    ] {
        assert_eq!(
            GoFile::read(text.as_bytes()).imports.join(" "),
            want,
            "{text}"
        );
    }
    let file = GoFile::read(b"package p\xff\nimport \"a\"");
    assert_eq!((file.package.as_str(), file.imports.len()), ("", 0));
}

#[test]
fn constraints_stand_above_the_package_clause() {
    for (text, want, old) in [
        ("//go:build linux\n\npackage p", Some("linux"), false),
        (
            "// a\n\n  //go:build a && b\n// +build a,b\n\npackage p",
            Some("a && b"),
            true,
        ),
        ("// +build a\n\npackage p", None, true),
        ("//+build a\n\npackage p", None, true),
        ("//go:builda\npackage p", None, false),
        ("/*\n//go:build a\n*/\npackage p", None, false),
        ("package p\n\n//go:build a\n", None, false),
        ("//go:build a\r\npackage p", Some("a"), false),
    ] {
        let file = GoFile::read(text.as_bytes());
        assert_eq!(file.constraint.as_deref(), want, "{text}");
        assert_eq!(file.has_old_constraint, old, "{text}");
    }
}

/// Linux on amd64, with the tag `set`.
fn target() -> Target<'static> {
    Target {
        os: "linux",
        arch: "amd64",
        cgo: None,
        tags: vec!["set"],
    }
}

#[test]
fn names_tell_the_platform() {
    let built = |name: &str| target().builds(name, &GoFile::read(b"package p"));
    for name in "a.go linux.go windows.go a_linux.go a_amd64.go a_linux_amd64.go a_b_linux.go \
        a_linux_test.go a_unix.go a_windows_x.go a_gc.go a_linux.windows.go a_test.go"
        .split_whitespace()
    {
        assert_eq!(built(name), Built::Yes, "{name}");
    }
    for name in "a_windows.go a_arm64.go a_linux_arm64.go a_windows_amd64.go a_windows_test.go \
        _windows.go .a.go _a.go a.txt a_windows.x.go a_android.go"
        .split_whitespace()
    {
        assert_eq!(built(name), Built::No, "{name}");
    }
}

#[test]
fn expressions_hold_fail_or_depend() {
    use Built::{No, Unsure, Yes};
    let deep = format!("{}linux{}", "(".repeat(60), ")".repeat(60));
    for (line, want) in [
        ("linux", Yes),
        ("!linux", No),
        ("ignore", No),
        ("!ignore", Yes),
        ("set && gc && unix && go1.18", Yes),
        ("windows || (darwin && cgo)", No),
        ("linux && (amd64 || arm64)", Yes),
        ("linux && !amd64 || set", Yes),
        ("!(windows || darwin)", Yes),
        ("cgo", Unsure),
        ("cgo && windows", No),
        ("cgo || linux", Yes),
        ("go1.99", Unsure),
        ("amd64.v3", Unsure),
        ("goexperiment.x", Unsure),
        // What is no expression fails the build, which is no question of modules.
        ("", Unsure),
        ("linux &&", Unsure),
        ("(linux", Unsure),
        ("linux linux", Unsure),
        ("linux )", Unsure),
        (&deep, Unsure),
    ] {
        let file = GoFile {
            constraint: Some(line.to_owned()),
            ..GoFile::default()
        };
        assert_eq!(target().builds("a.go", &file), want, "{line}");
    }
    let android = Target {
        os: "android",
        ..target()
    };
    let file = GoFile::read(b"package p");
    assert_eq!(android.builds("a_linux.go", &file), Built::Yes);
}

#[test]
fn cgo_and_old_constraints_count() {
    let cgo = |cgo, text: &str| {
        let target = Target { cgo, ..target() };
        target.builds("a.go", &GoFile::read(text.as_bytes()))
    };
    let file = "package p\nimport \"C\"\n";
    for (known, want) in [
        (Some(true), Built::Yes),
        (Some(false), Built::No),
        (None, Built::Unsure),
    ] {
        assert_eq!(cgo(known, file), want);
    }
    assert_eq!(cgo(None, "// +build x\n\npackage p"), Built::Unsure);
    assert_eq!(cgo(None, "package documentation"), Built::No);
}
