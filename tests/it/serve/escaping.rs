//! How paths and versions are spelled: `EscapePath` of golang.org/x/mod/module.

use crate::support::go::Go;
use crate::support::zoo;

#[test]
fn an_exclamation_mark_may_be_percent_encoded() {
    let gobag = zoo::serve();
    assert_eq!(gobag.text("/zoo.test/%21c%21g%21o/@v/list"), "v1.0.0\n");
    assert_eq!(gobag.text("/zoo.test/!c!g!o/@v/list"), "v1.0.0\n");
    assert_eq!(gobag.text("/zoo.test/!%63!g%21%6f/%40v/list"), "v1.0.0\n");
}

#[test]
fn a_capital_in_the_escaped_form_is_not_found() {
    let gobag = zoo::serve();
    for path in [
        "/zoo.test/CGO/@v/list",
        "/Zoo.test/mixed/@v/list",
        "/zoo.test/mixed/@v/V1.0.0.info",
    ] {
        assert_eq!(gobag.status(path), 404, "{path}");
    }
}

#[test]
fn an_exclamation_mark_must_be_followed_by_a_small_letter() {
    let gobag = zoo::serve();
    for name in ["!1", "cgo!", "!!c!g!o", "!C!G!O", "!c!g!", "!-cgo"] {
        let path = format!("/zoo.test/{name}/@v/list");
        assert_eq!(gobag.status(&path), 404, "{path}");
        let path = format!("/zoo.test/cgo/@v/v1.0.0{name}.info");
        assert_eq!(gobag.status(&path), 404, "{path}");
    }
}

#[test]
fn versions_are_escaped_like_paths() {
    let gobag = zoo::serve();
    let info = gobag.get("/zoo.test/%21q%21u%21o%21t%21e/@v/v1.5.3-%21p%21r%21e.info");
    assert_eq!(info.json()["Version"], "v1.5.3-PRE");
    assert_eq!(gobag.text("/zoo.test/!q!u!o!t!e/@v/list"), "v1.5.3-PRE\n");
    Go::new(gobag.url()).ok("mod download zoo.test/QUOTE@v1.5.3-PRE");
}

#[test]
fn a_plus_may_be_percent_encoded() {
    let gobag = zoo::serve();
    for version in [
        "v2.0.0+incompatible",
        "v2.0.0%2Bincompatible",
        "v2.0.0%2bincompatible",
    ] {
        let path = format!("/zoo.test/incompatible/@v/{version}.info");
        assert_eq!(gobag.get(&path).json()["Version"], "v2.0.0+incompatible");
    }
}

#[test]
fn a_path_that_leaves_its_folder_is_refused() {
    let gobag = zoo::serve();
    let long = format!("/{}/@v/list", "a".repeat(10_000));
    for path in [
        "/../etc/passwd",
        "/zoo.test/../zoo.test/mixed/@v/list",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/zoo.test/mixed/@v/..%2f..%2fetc%2fpasswd",
        "/zoo.test%2fmixed/@v/list",
        "/zoo.test/mixed/@v%2flist",
        "/zoo.test/mixed/@v/v1.0.0.info%00",
        "/zoo.test/mi%00xed/@v/list",
        "/zoo.test/mixed/@v/%zz.info",
        "/zoo.test/mixed/@v/%.info",
        "/zoo.test/mixed/@v/%ff%fe.info",
        "/zoo.test\\mixed/@v/list",
        long.as_str(),
    ] {
        let status = gobag.status(path);
        assert!(matches!(status, 400 | 404 | 414), "{path}: {status}");
    }
    assert_eq!(
        gobag.status("/zoo.test/mixed/@v/list"),
        200,
        "it still serves"
    );
}

#[test]
fn a_module_may_be_its_host_alone() {
    let gobag = zoo::serve();
    assert_eq!(gobag.text("/solo.test/@v/list"), "v1.0.0\n");
    Go::new(gobag.url()).ok("mod download solo.test@latest");
}

#[test]
fn a_path_is_split_at_its_last_version_folder() {
    let gobag = zoo::serve();
    for path in [
        "/zoo.test/mixed/@v/zoo.test/mixed/@v/list",
        "/zoo.test/@v/mixed/@v/v1.0.0.info",
        "/zoo.test/mixed/@v/list/@latest",
        "/zoo.test/mixed/@latest/@v/list",
    ] {
        assert_eq!(gobag.status(path), 404, "{path}");
    }
}

#[test]
fn modules_that_differ_in_case_alone_are_two() {
    let gobag = zoo::serve();
    let upper = gobag.text("/zoo.test/!c!g!o/@v/v1.0.0.mod");
    let lower = gobag.text("/zoo.test/cgo/@v/v1.0.0.mod");
    assert!(upper.starts_with("module zoo.test/CGO\n"), "{upper}");
    assert!(lower.starts_with("module zoo.test/cgo\n"), "{lower}");
    let go = Go::new(gobag.url());
    go.ok("mod download zoo.test/CGO@v1.0.0 zoo.test/cgo@v1.0.0");
}

#[test]
fn an_odd_query_is_not_found_rather_than_an_error() {
    let gobag = zoo::serve();
    for rev in [
        "a%20b",
        "%c3%a9t%c3%a9",
        "feature%2Fx",
        "v1",
        "~",
        "HEAD",
        "@",
        "a=b&c",
        "%",
        "",
    ] {
        let path = format!("/zoo.test/mixed/@v/{rev}.info");
        let status = gobag.status(&path);
        assert!(matches!(status, 400 | 404), "{path}: {status}");
    }
    assert_eq!(gobag.status("/zoo.test/mixed/@v/a%20b.info"), 404);
    assert_eq!(gobag.status("/zoo.test/mixed/@v/%c3%a9t%c3%a9.info"), 404);
}
