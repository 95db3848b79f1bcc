//! Tables for the rules of modules.

use super::super::graph;
use super::super::project::tests::project;
use super::*;
use crate::carried::sample::bag;

/// What is found; every `.mod` that the bag has requires nothing.
fn found(go_mod: &str, go_sum: &str, manifest: &Manifest) -> Vec<String> {
    let project = project(go_mod, go_sum);
    let graph = graph::load(&project, |path, version| {
        manifest.version(path, version).map(|_| Default::default())
    });
    let found = check(&project, &graph, manifest, false, None);
    found.iter().map(ToString::to_string).collect()
}

const MAIN: &str = "module m\ngo 1.21\nrequire a.example v1.2.0\n";
const SUMS: &str = "a.example v1.2.0 h1:z\na.example v1.2.0/go.mod h1:m\n";

#[test]
fn nothing_is_found_where_all_is_there() {
    let manifest = bag(&["a.example v1.2.0 h1:z"]);
    assert_eq!(found(MAIN, SUMS, &manifest), [] as [&str; 0]);
}

#[test]
fn a_missing_version_is_named_with_the_nearest() {
    let pack = "pack the project again where there is a network";
    let lacking = "error: a.example@v1.2.0 is not in this bag, and go.mod requires it";
    for (held, want) in [
        (&["b.example v1.0.0 h1:z"][..], format!("{lacking}; {pack}")),
        (
            &[
                "a.example v1.0.0 h1:z",
                "a.example v1.1.0 h1:z",
                "a.example v1.1.1 -",
                "a.example v1.10.0 h1:z",
                "a.example v1.11.0 h1:z",
            ],
            format!(
                "{lacking}; {pack}, or take what this bag has, v1.1.0 and v1.10.0: gobag exec -- go get a.example@v1.1.0"
            ),
        ),
        (
            &["a.example v1.2.0 -"],
            format!(
                "error: of a.example@v1.2.0 this bag has only the go.mod, and go.mod requires it; {pack}"
            ),
        ),
    ] {
        assert_eq!(found(MAIN, SUMS, &bag(held)), [want]);
    }
}

#[test]
fn a_zip_that_no_package_needs_is_not_asked_for() {
    let main = "module m\ngo 1.21\nrequire a.example v1.2.0 // indirect\n";
    let manifest = bag(&["a.example v1.2.0 -"]);
    let mods = "a.example v1.2.0/go.mod h1:m\n";
    assert_eq!(found(main, mods, &manifest), [] as [&str; 0]);
    assert_eq!(found(main, SUMS, &manifest).len(), 1);
}

#[test]
fn old_zips_in_go_sum_are_a_note() {
    let manifest = bag(&["a.example v1.2.0 h1:z"]);
    let sums = format!("{SUMS}a.example v1.1.0 h1:y\na.example v1.0.0/go.mod h1:x\n");
    assert_eq!(
        found(MAIN, &sums, &manifest),
        ["note: go.sum lists 1 zip that neither the build nor this bag has: a.example@v1.1.0"]
    );
}

#[test]
fn hashes_must_agree() {
    let manifest = bag(&["a.example v1.2.0 h1:other"]);
    let found = found(MAIN, SUMS, &manifest);
    assert_eq!(found.len(), 1);
    assert!(
        found[0].starts_with(
            "error: a.example@v1.2.0: go.sum says h1:z, this bag has h1:other; one of them"
        ),
        "{found:?}"
    );
}

#[test]
fn a_replacement_stands_for_what_it_replaces() {
    let main = format!("{MAIN}replace a.example => b.example v1.0.0\n");
    let sums = "b.example v1.0.0 h1:z\nb.example v1.0.0/go.mod h1:m\n";
    let all = bag(&["b.example v1.0.0 h1:z"]);
    assert_eq!(found(&main, sums, &all), [] as [&str; 0]);
    let none = found(&main, sums, &bag(&["a.example v1.2.0 h1:z"]));
    assert!(
        none[0].starts_with("error: b.example@v1.0.0 (for a.example) is not in this bag"),
        "{none:?}"
    );
}

#[test]
fn the_graph_of_an_old_project_must_be_whole() {
    let manifest = bag(&["a.example v1.2.0 h1:z"]);
    for (go, level) in [("1.16", "error"), ("1.21", "")] {
        let main = MAIN.replace("1.21", go);
        let project = project(&main, SUMS);
        let graph = graph::load(&project, |path, _| {
            let text = "module a.example\nrequire b.example v1.0.0\n";
            (path == "a.example").then(|| gomod::modfile::ModFile::parse(text.as_bytes()).unwrap())
        });
        let found = check(&project, &graph, &manifest, false, None);
        // A module without a go line is older than 1.17, whoever requires it.
        let want = if level.is_empty() { "warning" } else { level };
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].level.to_string(), want);
        assert!(
            found[0]
                .what
                .contains("b.example@v1.0.0 (of a.example@v1.2.0)")
        );
    }
}

#[test]
fn a_vendor_folder_needs_no_module() {
    let project = project(MAIN, SUMS);
    let graph = graph::load(&project, |_, _| None);
    let found = check(&project, &graph, &Manifest::default(), true, None);
    assert!(found.iter().all(|f| f.level != Level::Error), "{found:?}");
}
