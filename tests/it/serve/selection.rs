//! Which versions `go` selects, since we list only what is complete:
//! <https://go.dev/ref/mod#version-queries>.

use crate::support::go::Go;
use crate::support::public_bags::requests;
use crate::support::zoo;

fn go_get(module: &str) -> (Go, String) {
    let gobag = zoo::serve();
    let go = Go::new(gobag.url());
    go.requires("1.21", &[]);
    let said = go.says(&format!("get {module}"));
    (go, said)
}

#[track_caller]
fn selects(module: &str, version: &str) {
    let (go, said) = go_get(module);
    let path = module.split('@').next().unwrap();
    let line = format!("{path} {version}");
    assert!(
        go.read("go.mod").contains(&line),
        "{}{said}",
        go.read("go.mod")
    );
}

#[test]
fn get_latest_passes_over_versions_that_are_only_in_the_graph() {
    selects("zoo.test/graph@latest", "v1.0.0");
}

#[test]
fn lists_only_complete_versions() {
    let gobag = zoo::serve();
    assert_eq!(gobag.text("/zoo.test/graph/@v/list"), "v1.0.0\n");
}

#[test]
fn installs_a_version_below_one_that_is_only_in_the_graph() {
    let gobag = zoo::serve();
    let go = Go::new(gobag.url());
    go.ok("install zoo.test/graph/cmd/hi@v1.0.0");
    let refused = gobag
        .log()
        .into_iter()
        .filter(|line| line.contains(" 404 "));
    for line in refused {
        let prefix = [
            "/zoo.test/graph/cmd/hi/@v/",
            "/zoo.test/graph/cmd/@v/",
            "/zoo.test/@v/",
        ]
        .iter()
        .any(|prefix| line.contains(prefix));
        assert!(prefix, "only the probes of prefixes are refused: {line}");
    }
}

#[test]
fn answers_the_mod_alone_of_a_version_in_the_graph() {
    let gobag = zoo::serve();
    assert_eq!(gobag.status("/zoo.test/graph/@v/v1.9.0.mod"), 200);
    assert_eq!(gobag.status("/zoo.test/graph/@v/v1.9.0.zip"), 404);
    let latest = gobag.get("/zoo.test/graph/@latest").json();
    assert_eq!(latest["Version"], "v1.0.0");
}

#[test]
fn lists_nothing_for_pseudo_versions_and_names_the_newest_as_latest() {
    let gobag = zoo::serve();
    assert_eq!(gobag.text("/zoo.test/pseudo/@v/list"), "");
    let latest = gobag.get("/zoo.test/pseudo/@latest").json();
    assert_eq!(latest["Version"], "v0.0.0-20250601000000-bbbbbbbbbbbb");
    assert_eq!(latest["Time"], "2025-06-01T00:00:00Z");
    selects(
        "zoo.test/pseudo@latest",
        "v0.0.0-20250601000000-bbbbbbbbbbbb",
    );
}

#[test]
fn installs_a_pseudo_version() {
    let gobag = zoo::serve();
    let go = Go::new(gobag.url());
    go.ok("install zoo.test/pseudo/cmd/hi@v1.0.1-0.20240101000000-aaaaaaaaaaaa");
    go.ok("install zoo.test/pseudo/cmd/hi@latest");
}

#[test]
fn selects_the_highest_pre_release_where_there_is_no_release() {
    let gobag = zoo::serve();
    let list = gobag.text("/zoo.test/pre/@v/list");
    assert_eq!(list, "v1.0.0-alpha.1\nv1.0.0-beta.2\nv1.0.0-beta.11\n");
    let latest = gobag.get("/zoo.test/pre/@latest").json();
    assert_eq!(latest["Version"], "v1.0.0-beta.11");
    selects("zoo.test/pre@latest", "v1.0.0-beta.11");
}

#[test]
fn selects_the_highest_release_before_any_pre_release() {
    let latest = zoo::serve().get("/zoo.test/mixed/@latest").json();
    assert_eq!(latest["Version"], "v1.10.0");
    selects("zoo.test/mixed@latest", "v1.10.0");
    selects("zoo.test/mixed@<v1.10.0", "v1.9.0");
    selects("zoo.test/mixed@v1.0", "v1.0.0");
}

#[test]
fn selects_an_incompatible_version_where_no_version_has_a_go_mod() {
    let gobag = zoo::serve();
    let go_mod = gobag.text("/zoo.test/incompatible/@v/v1.0.0.mod");
    assert_eq!(go_mod, "module zoo.test/incompatible\n");
    let latest = gobag.get("/zoo.test/incompatible/@latest").json();
    assert_eq!(latest["Version"], "v2.0.0+incompatible");
    selects("zoo.test/incompatible@latest", "v2.0.0+incompatible");
}

#[test]
fn selects_a_compatible_version_where_it_has_a_go_mod() {
    let latest = zoo::serve().get("/zoo.test/compatible/@latest").json();
    assert_eq!(latest["Version"], "v1.0.0");
    selects("zoo.test/compatible@latest", "v1.0.0");
}

#[test]
fn passes_over_a_retracted_version() {
    selects("zoo.test/retracted@latest", "v1.0.0");
    let gobag = zoo::serve();
    let go = Go::new(gobag.url());
    let told = go.ok("list -m -retracted -f {{.Version}}{{.Retracted}} zoo.test/retracted@v1.1.0");
    assert_eq!(told, "v1.1.0[published by accident]\n");
    assert_eq!(
        go.ok("list -m -versions zoo.test/retracted"),
        "zoo.test/retracted v1.0.0\n"
    );
}

#[test]
fn finds_no_version_where_all_are_retracted() {
    let gobag = zoo::serve();
    let go = Go::new(gobag.url());
    go.requires("1.21", &[]);
    let said = go.fails("get zoo.test/withdrawn@latest");
    assert!(said.contains("no matching versions"), "{said}");
}

#[test]
fn go_get_prints_a_deprecation() {
    let (_, said) = go_get("zoo.test/old");
    let line = "go: module zoo.test/old is deprecated: use zoo.test/mixed.";
    assert!(said.contains(line), "{said}");
}

#[test]
fn go_list_finds_updates_of_the_whole_bag() {
    let bag = zoo::ZOO.ok(["list", "--json"]);
    let listed: serde_json::Value = serde_json::from_str(&bag).unwrap();
    let mut lowest = std::collections::BTreeMap::new();
    for entry in listed.as_array().unwrap() {
        let (path, version) = (&entry["path"], &entry["version"]);
        // Not v1.9.0 of zoo.test/graph, which is in the graph alone.
        lowest
            .entry(path.as_str().unwrap())
            .or_insert(version.as_str().unwrap());
    }
    let gobag = zoo::serve();
    let go = Go::new(gobag.url()).with("GOFLAGS", "-modcacherw -mod=mod");
    let all = lowest
        .iter()
        .map(|(path, version)| format!("{path} {version}"));
    let all: Vec<String> = all.collect();
    assert!(all.len() > 15, "{all:?}");
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    go.requires("1.21", &all);
    let told = go.ok("list -m -u all");
    assert!(told.contains("zoo.test/mixed v1.0.0 [v1.10.0]"), "{told}");
    assert!(told.contains("zoo.test/old v1.0.0 (deprecated)"), "{told}");
    for line in requests(gobag) {
        assert!(
            !line.ends_with(" 404"),
            "nothing that go asks for is missing: {line}"
        );
    }
}

#[test]
fn go_get_updates_a_project() {
    let gobag = zoo::serve();
    let go = Go::new(gobag.url());
    go.requires("1.21", &["zoo.test/mixed v1.0.0", "zoo.test/two/v2 v2.0.0"]);
    go.write(
        "main.go",
        "package main\n\nimport (\n\tp \"zoo.test/mixed\"\n\tq \"zoo.test/two/v2\"\n)\n\nfunc main() { println(p.Path, q.Path) }\n",
    );
    go.ok("mod tidy");
    assert!(go.read("go.mod").contains("zoo.test/mixed v1.0.0"));
    go.ok("get -u ./...");
    let go_mod = go.read("go.mod");
    assert!(go_mod.contains("zoo.test/mixed v1.10.0"), "{go_mod}");
    assert!(go_mod.contains("zoo.test/two/v2 v2.1.0"), "{go_mod}");
    go.ok("build ./...");
}

#[test]
fn go_list_shows_the_versions_in_order() {
    let gobag = zoo::serve();
    let go = Go::new(gobag.url());
    let told = go.ok("list -m -versions zoo.test/mixed zoo.test/pseudo");
    assert_eq!(
        told,
        "zoo.test/mixed v1.0.0 v1.9.0 v1.10.0 v1.11.0-rc.1\nzoo.test/pseudo\n"
    );
}
