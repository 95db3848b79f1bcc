//! Whole `go.mod` and `go.work` files.

use std::path::Path;

use super::*;

const EVERYTHING: &str = r#"// Copyright: nobody.

// A module.
//
// Deprecated: use example.com/m/v2
// instead.
//
// Bye.
module "example.com/m" // really

go 1.24.1
toolchain go1.24.3
godebug default=go1.21

require example.com/a v1.2.3
require (
	example.com/b/v2 v2.0.0 // indirect
	example.com/c v2.0.0+incompatible // indirect; for tests
	example.com/d v1 // indirectly

	example.com/e v0.0.0-20190101000000-aaaaaaaaaaaa//indirect
)

replace example.com/a => ../a
replace (
	example.com/b/v2 v2.0.0 => "example.com/bb/v2" v2.1.0
	example.com/c => /rooted dir
)
"#;

fn retract(low: &str, high: &str, rationale: &str) -> Retract {
    Retract {
        low: low.into(),
        high: high.into(),
        rationale: rationale.into(),
    }
}

#[test]
fn reads_every_directive() {
    let text = EVERYTHING
        .replace("/rooted dir", "\"/rooted dir\"")
        .replace(" v1 ", " v1.0.0 ")
        + "exclude example.com/a v1.2.2\n// Why.\nretract (\n\tv1.0.0\n\t// Because.\n\t[v1.1.0, v1.2.0] // Really.\n)\n\
           retract v0.9.0\ntool example.com/a/cmd\ntool (\n\texample.com/b/v2/cmd\n)\nignore ./node_modules";
    let file = ModFile::parse_strict(text.as_bytes()).unwrap();
    assert_eq!(file, ModFile::parse(text.as_bytes()).unwrap());
    assert_eq!(file.module.as_deref(), Some("example.com/m"));
    assert_eq!(
        file.deprecated.as_deref(),
        Some("use example.com/m/v2\ninstead.")
    );
    assert_eq!(file.go.as_deref(), Some("1.24.1"));
    assert_eq!(file.toolchain.as_deref(), Some("go1.24.3"));
    let require: Vec<String> = file
        .require
        .iter()
        .map(|r| format!("{} {} {}", r.path, r.version, r.indirect))
        .collect();
    assert_eq!(
        require,
        [
            "example.com/a v1.2.3 false",
            "example.com/b/v2 v2.0.0 true",
            "example.com/c v2.0.0+incompatible true",
            "example.com/d v1.0.0 false",
            "example.com/e v0.0.0-20190101000000-aaaaaaaaaaaa true",
        ]
    );
    let replace: Vec<String> = file
        .replace
        .iter()
        .map(|r| {
            format!(
                "{} {:?} {} {:?}",
                r.old_path, r.old_version, r.new_path, r.new_version
            )
        })
        .collect();
    assert_eq!(
        replace,
        [
            "example.com/a None ../a None",
            "example.com/b/v2 Some(\"v2.0.0\") example.com/bb/v2 Some(\"v2.1.0\")",
            "example.com/c None /rooted dir None",
        ]
    );
    assert_eq!(
        file.exclude,
        [Exclude {
            path: "example.com/a".into(),
            version: "v1.2.2".into()
        }]
    );
    assert_eq!(
        file.retract,
        [
            retract("v1.0.0", "v1.0.0", "Why."),
            retract("v1.1.0", "v1.2.0", "Because.\nReally."),
            retract("v0.9.0", "v0.9.0", ""),
        ]
    );
    assert_eq!(file.tool, ["example.com/a/cmd", "example.com/b/v2/cmd"]);
    assert_eq!(file.ignore, ["./node_modules"]);
}

#[test]
fn reads_crlf_as_lf() {
    let text = EVERYTHING.replace("/rooted dir", "\"/rooted dir\"");
    let crlf = text.replace('\n', "\r\n");
    assert_eq!(
        ModFile::parse_strict(crlf.as_bytes()).unwrap(),
        ModFile::parse_strict(text.as_bytes()).unwrap()
    );
}

#[test]
fn reads_small_files() {
    for (text, module, go) in [
        ("", None, None),
        ("module m", Some("m"), None),
        ("module (\n\tm\n)\n", Some("m"), None),
        ("module m\nrequire ()\n", Some("m"), None),
        ("module m//c", Some("m"), None),
        ("go 1.21\nmodule m", Some("m"), Some("1.21")),
        ("go 1.21rc2", None, Some("1.21rc2")),
    ] {
        for file in [
            ModFile::parse(text.as_bytes()),
            ModFile::parse_strict(text.as_bytes()),
        ] {
            let file = file.unwrap();
            assert_eq!(
                (file.module.as_deref(), file.go.as_deref()),
                (module, go),
                "{text}"
            );
        }
    }
}

#[test]
fn is_lax_about_dependencies_only() {
    for (text, go, strict) in [
        (
            "future (\n\ta b\n)",
            None,
            "line 1: directive \"future\" cannot have a block",
        ),
        ("\nfuture a", None, "line 2: unknown directive \"future\""),
        (
            "require x (\n\ta b\n)",
            None,
            "line 1: directive \"require x\" cannot have a block",
        ),
        (
            "go v1.21-x",
            Some("1.21"),
            "line 1: Go version \"v1.21-x\" is not of the form 1.23.0",
        ),
        (
            "go 1.21.x",
            Some("1.21"),
            "line 1: Go version \"1.21.x\" is not of the form 1.23.0",
        ),
        (
            "toolchain local",
            None,
            "line 1: toolchain \"local\" is not of the form go1.23.0",
        ),
        (
            "exclude a",
            None,
            "line 1: wrong number of arguments, use module/path v1.2.3",
        ),
        (
            "replace a.b/c => d",
            None,
            "line 1: replacement \"d\" without a version must be a directory, beginning with ./ or ../ or /",
        ),
        (
            "replace a.b/c => ./d v1.0.0",
            None,
            "line 1: replacement directory \"./d\" cannot have a version",
        ),
        (
            "retract [v1.0.0",
            None,
            "line 1: malformed interval of versions, use [v1.0.0, v1.2.3]",
        ),
        (
            "godebug x",
            None,
            "line 1: wrong number of arguments, use godebug key=value",
        ),
        (
            "tool a b",
            None,
            "line 1: wrong number of arguments, use tool package/path",
        ),
        (
            "toolchain go1.1\ntoolchain go1.1",
            None,
            "line 2: second toolchain line, remove one",
        ),
    ] {
        let lax = ModFile::parse(text.as_bytes()).unwrap();
        assert_eq!(lax.go.as_deref(), go, "{text}");
        assert_eq!(
            ModFile::parse_strict(text.as_bytes())
                .unwrap_err()
                .to_string(),
            strict
        );
    }
}

#[test]
fn names_the_line_of_a_mistake() {
    for (text, want) in [
        (
            "\u{feff}module m",
            "line 1: unexpected character '\\u{feff}'",
        ),
        ("module m\n\0", "line 2: unexpected character '\\0'"),
        (
            "module m\n/* c */",
            "line 2: comments begin with //, not with /*",
        ),
        (
            "module m/*c*/",
            "line 1: comments begin with //, not with /*",
        ),
        ("module \"m", "line 1: string without closing quote"),
        ("module \"m\n\"", "line 1: string without closing quote"),
        ("module \"m\\", "line 1: string without closing quote"),
        (
            "module `m`",
            "line 1: malformed string \"`m`\", only double quotes are strings",
        ),
        (
            "module m\nmodule m",
            "line 2: second module line, remove one",
        ),
        (
            "module",
            "line 1: wrong number of arguments, use module module/path",
        ),
        (
            "module a b",
            "line 1: wrong number of arguments, use module module/path",
        ),
        ("go 1", "line 1: Go version \"1\" is not of the form 1.23.0"),
        ("go 1.21\ngo 1.21", "line 2: second go line, remove one"),
        (
            "\nrequire (\n\ta.b/c v1.0.0\n",
            "line 2: block without closing parenthesis",
        ),
        (
            "require (\n\ta.b/c v1.0.0\n) x",
            "line 3: something follows a closing parenthesis, begin a new line",
        ),
        (
            "require (\n\ta.b/c\n)",
            "line 2: wrong number of arguments, use module/path v1.2.3",
        ),
        (
            "require a.b/c v2.0.0",
            "line 1: version \"v2.0.0\" is not one of module \"a.b/c\"",
        ),
        (
            "require a.b/c/v1 v1.0.0",
            "line 1: module path \"a.b/c/v1\" ends in an invalid major version",
        ),
        (
            "ignore",
            "line 1: wrong number of arguments, use ignore ./directory",
        ),
    ] {
        assert_eq!(
            ModFile::parse(text.as_bytes()).unwrap_err().to_string(),
            want
        );
    }
}

#[test]
fn takes_bytes_that_are_not_utf_8_in_comments() {
    let file = ModFile::parse(b"module m // Fran\xe7ois").unwrap();
    assert_eq!(file.module.as_deref(), Some("m"));
}

#[test]
fn finds_the_deprecation_in_the_first_paragraph_that_has_one() {
    for (comments, want) in [
        ("// Deprecated: a", Some("a")),
        ("// x\n// Deprecated: a", None),
        (
            "// x\n//\n// Deprecated:   a\n// b\n//\n// Deprecated: c",
            Some("a\nb"),
        ),
        ("// deprecated: a", None),
        ("// Deprecated:", None),
        ("// Deprecated: a\n", None),
    ] {
        let file = ModFile::parse(format!("{comments}\nmodule m").as_bytes()).unwrap();
        assert_eq!(file.deprecated.as_deref(), want, "{comments}");
    }
    let suffix = ModFile::parse(b"module m // Deprecated: a").unwrap();
    assert_eq!(suffix.deprecated.as_deref(), Some("a"));
}

#[test]
fn finds_the_reasons_of_a_block_above_it() {
    let text = "// Why.\nretract ( // not this\n\tv1.0.0\n\tv1.0.1 // Own.\n\n\tv1.0.2\n\tv1.0.3\n) // nor this\n";
    let file = ModFile::parse(text.as_bytes()).unwrap();
    let reasons: Vec<&str> = file.retract.iter().map(|r| &*r.rationale).collect();
    // Odd, but it is what Go makes of a blank line.
    assert_eq!(reasons, ["Why.", "Own.", "", "Why."]);
    // A long reason for many versions is kept once.
    let shared = |a: usize, b: usize| reasons[a].as_ptr() == reasons[b].as_ptr();
    assert!(shared(0, 3) && !shared(0, 1));
}

#[test]
fn reads_go_work() {
    let text = "go 1.22\n\ntoolchain go1.22.1\n\nuse ./a\nuse (\n\t./b // with a comment\n\t\"./c d\"\n)\n\n\
                replace example.com/x v1.0.0 => ./x\n";
    let file = WorkFile::parse(text.as_bytes()).unwrap();
    assert_eq!(file.go.as_deref(), Some("1.22"));
    assert_eq!(file.toolchain.as_deref(), Some("go1.22.1"));
    assert_eq!(file.uses, ["./a", "./b", "./c d"]);
    assert_eq!(file.replace.len(), 1);
    for (text, want) in [
        (
            "use",
            "line 1: wrong number of arguments, use use ./directory",
        ),
        (
            "require a.b/c v1.0.0",
            "line 1: unknown directive \"require\"",
        ),
        (
            "go (\n1.22\n)",
            "line 1: directive \"go\" cannot have a block",
        ),
    ] {
        assert_eq!(
            WorkFile::parse(text.as_bytes()).unwrap_err().to_string(),
            want
        );
    }
}

#[test]
fn survives_long_and_odd_input() {
    for text in [
        "(".repeat(100_000),
        "\"\\".repeat(50_000),
        "a ".repeat(100_000),
        "(\n".repeat(50_000),
        "//".repeat(99),
    ] {
        drop(ModFile::parse(text.as_bytes()));
        drop(WorkFile::parse(text.as_bytes()));
    }
}

#[test]
fn a_query_may_stand_in_place_of_a_version() {
    for (text, lax, strict) in [
        ("require a.b/c v1.2.3", "", ""),
        ("require a.b/c v2.0.0+incompatible", "", ""),
        ("require a.b/c latest", "a.b/c latest", "a.b/c latest"),
        (
            "require (\n\ta.b/c >=v1.0.0\n)",
            "a.b/c >=v1.0.0",
            "a.b/c >=v1.0.0",
        ),
        ("require a.b/c main", "a.b/c main", "a.b/c main"),
        // Of a dependency go makes versions of these.
        ("require a.b/c v1.2", "", "a.b/c v1.2"),
        ("require a.b/c v1.2.3+meta", "", "a.b/c v1.2.3+meta"),
        // And it skips these, where they are malformed.
        ("exclude a.b/c main", "", "a.b/c main"),
        (
            "replace a.b/c v1.2 => d.e/f latest",
            "",
            "a.b/c v1.2, d.e/f latest",
        ),
    ] {
        let told = |file: Result<ModFile, ModFileError>| {
            let file = file.unwrap();
            let queries = file
                .queries()
                .map(|(path, query)| format!("{path} {query}"));
            queries.collect::<Vec<_>>().join(", ")
        };
        assert_eq!(told(ModFile::parse(text.as_bytes())), lax, "{text}");
        assert_eq!(
            told(ModFile::parse_strict(text.as_bytes())),
            strict,
            "{text}"
        );
    }
    let wrong = "require a.b/c v2.0.0";
    assert!(ModFile::parse_strict(wrong.as_bytes()).is_err());
}

#[test]
fn a_workspace_lists_folders() {
    let text = "use .\nuse ./a\nuse ../b/./c/\nuse /d\nuse a/\n";
    let file = WorkFile::parse(text.as_bytes()).unwrap();
    let root = std::path::Path::new("/w/x");
    for (module, listed) in [
        ("/w/x", true),
        ("/w/x/a", true),
        ("/w/b/c", true),
        ("/d", true),
        ("/w/x/tools", false),
        ("/w/x/a/b", false),
        ("/w", false),
        ("/w/x/b/../a", true),
    ] {
        assert_eq!(file.lists(root, module.as_ref()), listed, "{module}");
    }
    assert_eq!(file.repeated(root), ["./a"]);
}

#[test]
fn cleans_folders_as_go_does() {
    for (path, want) in [
        ("/w/./lib", "/w/lib"),
        ("/w/app/../lib", "/w/lib"),
        ("/w/.", "/w"),
        ("/..", "/"),
    ] {
        assert_eq!(cleaned(Path::new(path)), Path::new(want), "{path}");
    }
}

#[test]
fn a_go_work_says_the_same_elsewhere() {
    let text = "go 1.22\ntoolchain go1.22.1\ngodebug (\n\tpanicnil=1\n)\nuse ./a\nuse (\n\t\"./c d\"\n\t/x\n)\n\
                replace example.com/x v1.0.0 => ../x\nreplace example.com/y => example.com/z v1.2.0\n";
    let moved = WorkFile::parse(text.as_bytes()).unwrap();
    let moved = moved.moved_from("/w/v".as_ref()).unwrap();
    let want = "go 1.22\ntoolchain go1.22.1\ngodebug panicnil=1\nuse /w/v/a\nuse \"/w/v/c d\"\nuse /x\n\
                replace example.com/x v1.0.0 => /w/x\nreplace example.com/y => example.com/z v1.2.0\n";
    assert_eq!(moved, want);
    assert!(WorkFile::parse(moved.as_bytes()).is_ok());
}
