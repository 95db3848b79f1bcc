//! What `.info` answers to versions, commits and branches: <https://go.dev/ref/mod#version-queries>.

use crate::support::go::Go;
use crate::support::zoo;

#[test]
fn every_info_names_its_version_and_no_time_but_in_utc() {
    let gobag = zoo::serve();
    let listed: serde_json::Value = serde_json::from_str(&zoo::ZOO.ok(["list", "--json"])).unwrap();
    for entry in listed.as_array().unwrap() {
        let (path, version) = (&entry["path"], &entry["version"]);
        let (path, version) = (path.as_str().unwrap(), version.as_str().unwrap());
        if (path, version) == ("zoo.test/graph", "v1.9.0") {
            continue;
        }
        let (path, version) = (
            crate::support::tree::escape(path),
            crate::support::tree::escape(version),
        );
        let info = gobag.get(&format!("/{path}/@v/{version}.info")).json();
        assert_eq!(info["Version"], entry["version"]);
        // Nobody knows when a source folder's version was made, and it is not made up.
        let known = &info["Time"];
        if let Some(time) = known.as_str() {
            assert_eq!(time.len(), "2025-06-01T12:00:00Z".len(), "{time}");
            assert!(time.ends_with('Z'), "{time}");
        }
        assert!(known.is_string() || known.is_null(), "{known}");
        let origin = &info["Origin"];
        assert!(origin.is_null() || origin.is_object(), "{origin}");
    }
}

#[test]
fn the_time_of_a_pseudo_version_is_the_one_in_it() {
    let gobag = zoo::serve();
    let path = "/zoo.test/commits/@v/v0.0.0-20250103000000-0f0f0f0f0f0f.info";
    assert_eq!(gobag.get(path).json()["Time"], "2025-01-03T00:00:00Z");
}

#[test]
fn the_time_of_a_captured_version_is_kept() {
    let info = zoo::serve().get("/zoo.test/origin/@v/v1.2.0.info").json();
    assert_eq!(info["Time"], "2025-03-04T05:06:07Z");
}

#[test]
fn the_beginning_of_a_commit_finds_its_version() {
    let gobag = zoo::serve();
    let version = |path: &str| gobag.get(path).json()["Version"].clone();
    let first = "v0.0.0-20250101000000-abcdef123456";
    assert_eq!(version("/zoo.test/commits/@v/abcdef12.info"), first);
    assert_eq!(version("/zoo.test/commits/@v/abcdef123456.info"), first);
    let third = "v0.0.0-20250103000000-0f0f0f0f0f0f";
    assert_eq!(version("/zoo.test/commits/@v/0f0f0f0.info"), third);
    let longer = format!("/zoo.test/commits/@v/0f0f0f0f0f0f{}.info", "1".repeat(28));
    assert_eq!(version(&longer), third);
    let hash = zoo::ORIGIN_HASH;
    for length in [7, 12, 39, 40] {
        let path = format!("/zoo.test/origin/@v/{}.info", &hash[..length]);
        assert_eq!(version(&path), "v1.2.0", "{path}");
    }
}

#[test]
fn too_little_of_a_commit_finds_nothing() {
    let gobag = zoo::serve();
    for rev in [
        "abcdef1", "abcdef", "0f0f0f", "0f0f0f1", "0f0f0fg", "0123456",
    ] {
        let path = format!("/zoo.test/commits/@v/{rev}.info");
        assert_eq!(gobag.status(&path), 404, "{path}");
    }
    let long = format!("/zoo.test/origin/@v/{}0.info", zoo::ORIGIN_HASH);
    assert_eq!(gobag.status(&long), 404);
    assert_eq!(gobag.status("/zoo.test/commits/@v/abcdef12.mod"), 404);
    assert_eq!(gobag.status("/zoo.test/commits/@v/abcdef12.zip"), 404);
}

#[test]
fn go_get_takes_a_commit() {
    let gobag = zoo::serve();
    let go = Go::new(gobag.url());
    go.requires("1.21", &[])
        .ok("get zoo.test/commits@0f0f0f0f zoo.test/origin@0123456789");
    let go_mod = go.read("go.mod");
    assert!(
        go_mod.contains("zoo.test/commits v0.0.0-20250103000000-0f0f0f0f0f0f"),
        "{go_mod}"
    );
    assert!(go_mod.contains("zoo.test/origin v1.2.0"), "{go_mod}");
}

#[test]
fn a_branch_answers_what_it_was_when_it_was_captured() {
    let gobag = zoo::serve();
    let info = gobag.get("/zoo.test/origin/@v/main.info").json();
    assert_eq!(info["Version"], "v1.2.0");
    let go = Go::new(gobag.url());
    go.requires("1.21", &[]).ok("get zoo.test/origin@main");
    assert!(go.read("go.mod").contains("zoo.test/origin v1.2.0"));
    assert_eq!(gobag.status("/zoo.test/origin/@v/dev.info"), 404);
    assert_eq!(gobag.text("/zoo.test/origin/@v/list"), "v1.2.0\n");
}

#[test]
fn v2_of_a_path_without_v2_is_the_incompatible_one() {
    let gobag = zoo::serve();
    let info = gobag.get("/zoo.test/incompatible/@v/v2.0.0.info").json();
    assert_eq!(info["Version"], "v2.0.0+incompatible");
    let go = Go::new(gobag.url());
    go.requires("1.21", &[])
        .ok("get zoo.test/incompatible@v2.0.0");
    assert!(
        go.read("go.mod")
            .contains("zoo.test/incompatible v2.0.0+incompatible")
    );
    assert_eq!(gobag.status("/zoo.test/incompatible/@v/v2.0.0.mod"), 404);
}

#[test]
fn the_origin_of_a_captured_version_is_an_object_or_left_out() {
    let info = zoo::serve().get("/zoo.test/origin/@v/v1.2.0.info").json();
    let origin = &info["Origin"];
    assert!(
        origin.is_null() || origin["Hash"] == zoo::ORIGIN_HASH,
        "{origin}"
    );
}
