//! The small files: `go.mod`, `go.work`, `go.sum`, `.info`, and the heads of Go files.

use std::fmt::Write as _;

use gomod::gofile::{GoFile, Target};
use gomod::info::Info;
use gomod::modfile::{ModFile, Replace, WorkFile, auto_quote};
use gomod::{dirhash, gosum};
use mutated::frugal;
use proptest::prelude::*;

const GO_MODS: [&str; 4] = [
    "// Deprecated: no.\nmodule m\n// why\nretract (\n\tv1.0.0\n\t// own\n\tv1.0.1\n)\n",
    "// Deprecated: use example.com/n.\nmodule example.com/m // it\n\ngo 1.21\n\ntoolchain go1.26.8\n\n\
     require (\n\texample.com/a v1.2.3\n\tgithub.com/B/c/v2 v2.0.0 // indirect\n\t\"gopkg.in/y.v3\" latest\n)\n",
    "module m\nexclude example.com/a v1.0.0\nreplace example.com/a v1.2.3 => ../a\n\
     replace (\n\texample.com/b => example.com/c v0.0.0-20191109021931-daa7c04131f5\n)\n",
    "module \"a\\u00e9b\"\n// broken\nretract v1.0.0 // too early\nretract (\n\t[v1.1.0, v1.2.0]\n)\n\
     tool example.com/t/cmd\nignore ./node_modules\ngodebug default=go1.21\n",
];

const GO_WORKS: [&str; 2] = [
    "go 1.23.4\n\ntoolchain go1.26.8\n\nuse (\n\t./a\n\t\"../b c\"\n\t/c/../d\n)\n",
    "go 1.21\nuse .\nreplace example.com/a => ./a\ngodebug x=1\n",
];

const GO_SUMS: [&str; 2] = [
    "example.com/a v1.0.0 h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\
     example.com/a v1.0.0/go.mod h1:G7mAYYxgmS0lVkHyy2hEOLQCFB0DlQFTMLWggykrydY=\n",
    "b.example/c v0.0.0-20191109021931-daa7c04131f5/go.mod h1:x\r\n\nb.example/c v2.0.0+incompatible h2:y\n",
];

const INFOS: [&str; 3] = [
    r#"{"Version":"v1.0.0","Time":"2019-11-09T02:19:31.5+01:00"}"#,
    r#"{"Version":"v1.0.0","Time":"2019-11-09T02:19:31Z","Origin":{"VCS":"git","URL":"https://a.example","Hash":"ab","Ref":"refs/tags/v1.0.0","More":[1,-0.0,2.5e-3,1.1e23,9007199254740993.25,{"a":null}]}}"#,
    r#"{"version":"v0.0.0-20191109021931-daa7c04131f5","TIME":null,"Name":"x","Origin":null}"#,
];

const GO_FILES: [&str; 3] = [
    "//go:build linux && (amd64 || !cgo)\n// +build linux\n\npackage a\n\nimport (\n\t\"fmt\"\n\tx \"example.com/x\"\n\t. `y`\n)\n",
    "/* text */ package b; import \"C\"; import _ \"embed\"\nvar x = 1\n",
    "\u{feff}// Copyright\n\n//go:build !go1.21 && ((!!a))\n\npackage c // c\nimport ()\n",
];

/// In quotes, whatever it is.
fn quoted(text: &str) -> String {
    let quoted = auto_quote(text);
    if quoted.starts_with('"') {
        return quoted.into_owned();
    }
    format!("\"{}\"", text.replace('\\', "\\\\"))
}

fn print_replace(text: &mut String, replace: &Replace) {
    let version = |v: &Option<String>| v.as_deref().map(quoted).unwrap_or_default();
    let Replace {
        old_path,
        old_version,
        new_path,
        new_version,
    } = replace;
    let (old, new) = (version(old_version), version(new_version));
    writeln!(
        text,
        "replace {} {old} => {} {new}",
        quoted(old_path),
        quoted(new_path)
    )
    .unwrap();
}

/// The file as it might be written, without its comments.
fn print(file: &ModFile) -> String {
    let mut text = String::new();
    let t = &mut text;
    let words = [("go", &file.go), ("toolchain", &file.toolchain)];
    if let Some(path) = &file.module {
        writeln!(t, "module {}", quoted(path)).unwrap();
    }
    for (verb, word) in words {
        word.iter()
            .for_each(|word| writeln!(t, "{verb} {word}").unwrap());
    }
    for r in &file.require {
        let end = if r.indirect { " // indirect" } else { "" };
        writeln!(t, "require {} {}{end}", quoted(&r.path), quoted(&r.version)).unwrap();
    }
    for e in &file.exclude {
        writeln!(t, "exclude {} {}", quoted(&e.path), quoted(&e.version)).unwrap();
    }
    file.replace
        .iter()
        .for_each(|replace| print_replace(t, replace));
    for r in &file.retract {
        writeln!(t, "retract [{}, {}]", quoted(&r.low), quoted(&r.high)).unwrap();
    }
    for (verb, words) in [("tool", &file.tool), ("ignore", &file.ignore)] {
        words
            .iter()
            .for_each(|word| writeln!(t, "{verb} {}", quoted(word)).unwrap());
    }
    text
}

/// The file without what [`print`] leaves out.
fn without_comments(mut file: ModFile) -> ModFile {
    file.deprecated = None;
    file.retract
        .iter_mut()
        .for_each(|r| r.rationale = "".into());
    file
}

/// What is the same each time.
mod once {
    use super::*;

    #[test]
    fn no_line_costs_more_the_more_there_are_of_another() {
        for text in GO_MODS.into_iter().flat_map(mutated::swollen) {
            let _ = frugal(text.len(), || ModFile::parse(text.as_bytes()));
            let _ = frugal(text.len(), || ModFile::parse_strict(text.as_bytes()));
        }
        for text in GO_WORKS.into_iter().flat_map(mutated::swollen) {
            let _ = frugal(text.len(), || WorkFile::parse(text.as_bytes()));
        }
        for text in GO_SUMS.into_iter().flat_map(mutated::swollen) {
            let _ = frugal(text.len(), || gosum::parse(text.as_bytes()));
        }
        for text in GO_FILES.into_iter().flat_map(mutated::swollen) {
            let file = frugal(text.len(), || GoFile::read(text.as_bytes()));
            frugal(text.len(), || Target::default().builds("a.go", &file));
        }
    }
}

proptest! {
    #![proptest_config(mutated::config())]

    #[test]
    fn go_mod_files_are_read_as_they_are_written(text in mutated::bytes(GO_MODS)) {
        let lax = frugal(text.len(), || ModFile::parse(&text)).ok();
        let strict = frugal(text.len(), || ModFile::parse_strict(&text)).ok();
        let with_line = [&text[..], b"\n"].concat();
        if lax.is_some() {
            prop_assert_eq!(&ModFile::parse(&with_line).ok(), &lax);
        }
        if strict.is_some() {
            prop_assert_eq!(&ModFile::parse_strict(&with_line).ok(), &strict);
        }
        for file in strict.into_iter().chain(lax.filter(|file| file.queries().next().is_none())) {
            for (path, version) in file.queries() {
                prop_assert!(path.len() + version.len() <= 3 * text.len());
            }
            let printed = print(&file);
            let again = ModFile::parse_strict(printed.as_bytes());
            prop_assert!(again.is_ok(), "{:?}: {}", again, printed);
            prop_assert_eq!(again.unwrap(), without_comments(file));
        }
    }

    #[test]
    fn go_work_files_are_read_as_they_are_written(text in mutated::bytes(GO_WORKS)) {
        if let Ok(file) = frugal(text.len(), || WorkFile::parse(&text)) {
            let mut printed = String::new();
            for (verb, word) in [("go", &file.go), ("toolchain", &file.toolchain)] {
                word.iter().for_each(|word| writeln!(printed, "{verb} {word}").unwrap());
            }
            for setting in &file.godebug {
                writeln!(printed, "godebug {setting}").unwrap();
            }
            for folder in &file.uses {
                writeln!(printed, "use {}", quoted(folder)).unwrap();
            }
            file.replace.iter().for_each(|replace| print_replace(&mut printed, replace));
            let again = WorkFile::parse(printed.as_bytes());
            prop_assert_eq!(again.as_ref().ok(), Some(&file));
            let root = std::path::Path::new("/w");
            for folder in file.folders(root) {
                prop_assert!(file.lists(root, &folder));
            }
            prop_assert!(file.repeated(root).len() <= file.uses.len() / 2);
            let moved = file.moved_from(root).unwrap();
            let there = WorkFile::parse(moved.as_bytes());
            prop_assert!(there.is_ok(), "{:?}: {}", there, moved);
            prop_assert_eq!(&there.unwrap().godebug, &file.godebug);
        }
    }

    #[test]
    fn go_sum_files_are_printed_back(text in mutated::bytes(GO_SUMS)) {
        if let Ok(lines) = frugal(text.len(), || gosum::parse(&text)) {
            let printed: String = lines.iter().map(|line| format!("{line}\n")).collect();
            prop_assert_eq!(gosum::parse(printed.as_bytes()), Ok(lines));
        }
    }

    #[test]
    fn info_files_are_printed_back(text in mutated::bytes(INFOS)) {
        if let Ok(info) = frugal(text.len(), || Info::parse(&text)) {
            let printed = info.to_json();
            let again = Info::parse(&printed).unwrap();
            prop_assert_eq!(&again, &info, "{}", String::from_utf8_lossy(&printed));
            prop_assert_eq!(again.to_json(), printed);
            let _ = Info::derived(info.version);
        }
    }

    #[test]
    fn heads_of_go_files_are_read(name in "[a-z_.]{0,12}(\\.go)?", text in mutated::bytes(GO_FILES)) {
        let file = frugal(text.len(), || GoFile::read(&text));
        let found: usize = file.imports.iter().map(String::len).sum();
        prop_assert!(found + file.package.len() <= text.len());
        let target = Target { os: "linux", arch: "amd64", cgo: None, tags: vec!["a"] };
        let built = frugal(text.len(), || target.builds(&name, &file));
        prop_assert_eq!(target.builds(&name, &file), built);
        prop_assert!(dirhash::hash_go_mod(&text).starts_with("h1:"));
    }
}
