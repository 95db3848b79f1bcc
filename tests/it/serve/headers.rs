//! What the headers of an answer say of it.

use crate::support::http;
use crate::support::zoo;

const TEXT: &str = "text/plain; charset=utf-8";

#[test]
fn each_kind_of_file_has_its_content_type() {
    let gobag = zoo::serve();
    for (path, kind) in [
        ("/zoo.test/mixed/@v/list", TEXT),
        ("/zoo.test/pseudo/@v/list", TEXT),
        ("/zoo.test/mixed/@v/v1.0.0.mod", TEXT),
        ("/zoo.test/graph/@v/v1.9.0.mod", TEXT),
        ("/zoo.test/mixed/@v/v1.0.0.info", "application/json"),
        ("/zoo.test/origin/@v/main.info", "application/json"),
        ("/zoo.test/mixed/@latest", "application/json"),
        ("/zoo.test/mixed/@v/v1.0.0.zip", "application/zip"),
    ] {
        let reply = gobag.get(path);
        assert_eq!(reply.status, 200, "{path}");
        assert_eq!(reply.header("content-type"), Some(kind), "{path}");
    }
}

#[test]
fn what_never_changes_may_be_kept_for_good() {
    let gobag = zoo::serve();
    for end in ["info", "mod", "zip"] {
        let reply = gobag.get(&format!("/zoo.test/mixed/@v/v1.0.0.{end}"));
        let cache = reply.header("cache-control").unwrap();
        assert!(cache.starts_with("public, max-age="), "{end}: {cache}");
        assert!(cache.ends_with(", immutable"), "{end}: {cache}");
    }
}

#[test]
fn what_another_bag_may_answer_otherwise_is_not_immutable() {
    let gobag = zoo::serve();
    for path in [
        "/zoo.test/mixed/@v/list",
        "/zoo.test/mixed/@latest",
        "/zoo.test/origin/@v/main.info",
        "/zoo.test/commits/@v/0f0f0f0f.info",
        "/zoo.test/incompatible/@v/v2.0.0.info",
        "/zoo.test/mixed/@v/v1.7.0.info",
    ] {
        let reply = gobag.get(path);
        let cache = reply.header("cache-control").unwrap_or("");
        assert!(!cache.contains("immutable"), "{path}: {cache}");
    }
}

#[test]
fn an_etag_saves_the_second_answer() {
    let gobag = zoo::serve();
    for path in [
        "/zoo.test/mixed/@v/list",
        "/zoo.test/mixed/@latest",
        "/zoo.test/mixed/@v/v1.0.0.info",
        "/zoo.test/mixed/@v/v1.0.0.mod",
        "/zoo.test/mixed/@v/v1.0.0.zip",
    ] {
        let first = gobag.get(path);
        let etag = first
            .header("etag")
            .unwrap_or_else(|| panic!("{path} has no ETag"));
        assert!(
            etag.len() > 2 && etag.starts_with('"') && etag.ends_with('"'),
            "{etag}"
        );
        let ask =
            |value: &str| http::request(gobag.address(), "GET", path, &[("If-None-Match", value)]);
        for value in [
            etag,
            "*",
            &format!("W/{etag}"),
            &format!("\"other\", {etag}"),
        ] {
            let second = ask(value);
            assert_eq!(second.status, 304, "{path} {value}");
            assert!(second.body.is_empty(), "{path}");
            assert_eq!(second.header("etag"), Some(etag), "{path}");
        }
        let other = ask("\"other\"");
        assert_eq!((other.status, &other.body), (200, &first.body), "{path}");
    }
}

#[test]
fn etags_of_different_bytes_differ() {
    let gobag = zoo::serve();
    let mut seen = std::collections::HashSet::new();
    for path in [
        "/zoo.test/cgo/@v/v1.0.0.mod",
        "/zoo.test/!c!g!o/@v/v1.0.0.mod",
        "/zoo.test/cgo/@v/v1.0.0.zip",
        "/zoo.test/!c!g!o/@v/v1.0.0.zip",
    ] {
        let reply = gobag.get(path);
        assert!(
            seen.insert(reply.header("etag").unwrap().to_owned()),
            "{path}"
        );
    }
}

#[test]
fn a_kept_connection_goes_on_after_a_304() {
    use std::io::Write;
    let gobag = zoo::serve();
    let mut stream = http::connect(gobag.address());
    let path = "/zoo.test/mixed/@v/list";
    let both = format!(
        "GET {path} HTTP/1.1\r\nHost: x\r\nIf-None-Match: *\r\n\r\nGET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(both.as_bytes()).unwrap();
    let mut answers = String::new();
    std::io::Read::read_to_string(&mut stream, &mut answers).unwrap();
    assert!(answers.starts_with("HTTP/1.1 304 "), "{answers}");
    let (_, second) = answers.split_once("\r\n\r\n").unwrap();
    assert!(second.starts_with("HTTP/1.1 200 "), "{answers}");
    assert!(second.ends_with("v1.11.0-rc.1\n"), "{answers}");
}
