//! What the other commands print, and how they fail.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::bag::{Bag, stderr};
use crate::support::tree::{Tree, go_mod, package, zip};
use crate::support::zoo;

/// `path@version` of each module in the repository's `modules/`.
const EXAMPLES: &str = "\
example.com/gobag/ASCII@v1.0.0
example.com/gobag/clock@v0.2.0
example.com/gobag/clock@v0.2.1
example.com/gobag/dice@v0.0.0-20261103091500-5eedfaceb0de
example.com/gobag/greet@v1.0.0
example.com/gobag/greet@v1.1.0
example.com/gobag/greet/v2@v2.0.0
example.com/gobag/hello@v1.0.0
example.com/gobag/wisdom@v1.0.0
";

#[test]
fn list_prints_a_module_version_a_line() {
    assert_eq!(Bag::example().ok(["list"]), EXAMPLES);
}

#[test]
fn list_takes_a_pattern() {
    let example = Bag::example();
    let clock = "example.com/gobag/clock@v0.2.0\nexample.com/gobag/clock@v0.2.1\n";
    assert_eq!(example.ok(["list", "clock"]), clock);
    assert_eq!(example.ok(["list", "*/clock"]), clock);
    assert_eq!(
        example.ok(["list", "*clock@v0.2.1"]),
        "example.com/gobag/clock@v0.2.1\n"
    );
    assert_eq!(example.ok(["list", "nothing-like-it"]), "");
    assert_eq!(example.ok(["list", "example.com/*"]), EXAMPLES);
}

#[test]
fn list_prints_json_for_programs() {
    let text = Bag::example().ok(["list", "--json", "greet"]);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let lines: Vec<String> = value
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            format!(
                "{}@{}",
                entry["path"].as_str().unwrap(),
                entry["version"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(
        lines,
        [
            "example.com/gobag/greet@v1.0.0",
            "example.com/gobag/greet@v1.1.0",
            "example.com/gobag/greet/v2@v2.0.0"
        ]
    );
    let none = Bag::example().ok(["list", "--json", "nothing-like-it"]);
    assert_eq!(none.trim(), "[]");
}

#[test]
fn list_leaves_out_versions_that_are_only_in_the_graph() {
    assert_eq!(
        zoo::ZOO.ok(["list", "zoo.test/graph"]),
        "zoo.test/graph@v1.0.0\n"
    );
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut child = Command::new(zoo::ZOO.bin())
        .arg("list")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(stderr(&output), "");
}

#[test]
fn verify_counts_what_it_has_verified() {
    let count = EXAMPLES.lines().count();
    let said = Bag::example().ok(["verify"]);
    let told = format!("all {count} module versions verified");
    assert_eq!(said.lines().next(), Some(&*told), "{said}");
}

#[test]
fn verify_names_what_was_damaged() {
    let tree = Tree::new();
    let files = [
        ("go.mod", go_mod("tree.test/bad")),
        ("p.go", package("tree.test/bad")),
    ];
    let files = files.each_ref().map(|(name, text)| (*name, text.as_str()));
    tree.proxied("tree.test/bad", "v1.0.0", &files)
        .module("tree.test/good", "v1.0.0");
    let bag = tree.plain_bag();
    let zip = zip("tree.test/bad", "v1.0.0", &files);
    // A byte inside the zip, and one of the .mod.
    for needle in [&zip[..], &b"module tree.test/bad\n\ngo 1.21\n"[..]] {
        let damaged = damaged(&bag, needle);
        let output = damaged.run(["verify"]);
        assert_eq!(output.status.code(), Some(1));
        let said = stderr(&output);
        assert!(
            said.lines().all(|line| line.starts_with("gobag: ")),
            "{said}"
        );
        assert!(said.contains("tree.test/bad@v1.0.0"), "{said}");
        assert!(!said.contains("tree.test/good"), "{said}");
        assert!(output.stdout.is_empty(), "{output:?}");
    }
}

/// A copy in which one byte differs, in the middle of where `needle` stands.
fn damaged(bag: &Bag, needle: &[u8]) -> Bag {
    let mut bytes = std::fs::read(bag.bin()).unwrap();
    let begin = bytes
        .windows(needle.len())
        .rposition(|window| window == needle);
    bytes[begin.expect("the file is in the binary as it is") + needle.len() / 2] ^= 1;
    Bag::written(&bytes)
}

#[test]
fn version_says_who_it_is_and_what_it_carries() {
    let said = Bag::example().ok(["version"]);
    let version = concat!("gobag ", env!("CARGO_PKG_VERSION"), " ");
    assert!(said.starts_with(version), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    let count = EXAMPLES.lines().count();
    assert!(said.contains(&format!("{count} versions")), "{said}");
}

#[test]
fn version_prints_json_for_programs() {
    let said = Bag::example().ok(["version", "--json"]);
    let told: serde_json::Value = serde_json::from_str(&said).unwrap();
    let keys: Vec<&String> = told.as_object().unwrap().keys().collect();
    let names = [
        "base",
        "build_cache",
        "bytes",
        "modules",
        "platform",
        "proof",
        "version",
        "versions",
    ];
    assert_eq!(keys, names);
    assert_eq!(told["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(told["versions"], EXAMPLES.lines().count());
    assert!(told["build_cache"].is_null());
    assert!(told["proof"].is_null() && told["base"].as_array().unwrap().is_empty());
}

#[test]
fn wrong_usage_is_one_line_and_exit_code_2() {
    for args in [
        &["serf"][..],
        &["serve", "--port", "80"],
        &["serve", "--listen"],
        &["serve", "--listen", "nowhere"],
        &["serve", "--listen", "127.0.0.1:99999"],
        &["serve", "--log", "xml"],
        &["list", "a", "b"],
        &["unpack"],
        &["verify", "a", "b"],
        &["digest", "a", "b"],
        &["--frobnicate"],
    ] {
        let output = Command::new(Bag::example().bin())
            .args(args)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {output:?}");
        let said = stderr(&output);
        assert!(said.starts_with("gobag: "), "{args:?}: {said}");
        assert_eq!(said.lines().count(), 1, "{args:?}: {said}");
        assert!(output.stdout.is_empty(), "{args:?}: {output:?}");
    }
}

#[test]
fn help_goes_to_standard_output() {
    let help = Bag::example().ok(["--help"]);
    for command in ["serve", "list", "verify", "digest", "unpack", "version"] {
        assert!(help.contains(command), "{command}: {help}");
        let more = Bag::example().ok([command, "--help"]);
        assert!(more.contains(command), "{more}");
    }
}

#[test]
fn what_cannot_be_written_is_one_line_and_exit_code_1() {
    let output = Bag::example().run(["unpack", "/dev/null/folder"]);
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(
        said.starts_with("gobag: ") && said.contains("/dev/null"),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1, "{said}");
}

#[test]
fn unpack_leaves_a_full_folder_alone() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("mine.txt"), "mine").unwrap();
    let output = Bag::example().run(["unpack", dir.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("not empty"), "{output:?}");
    let names = |dir: &Path| std::fs::read_dir(dir).unwrap().count();
    assert_eq!(names(dir.path()), 1);
}
