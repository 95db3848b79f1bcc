//! Status codes, and what `go` makes of them when it probes: <https://go.dev/ref/mod#resolve-pkg-mod>.

use crate::support::go::Go;
use crate::support::http;
use crate::support::zoo;

#[test]
fn an_unknown_module_is_not_found_in_plain_text() {
    let gobag = zoo::serve();
    for end in [
        "@v/list",
        "@v/v1.0.0.info",
        "@v/v1.0.0.mod",
        "@v/v1.0.0.zip",
        "@latest",
    ] {
        let reply = gobag.get(&format!("/nobody.test/nothing/{end}"));
        assert_eq!(reply.status, 404, "{end}");
        let kind = reply.header("content-type");
        assert_eq!(kind, Some("text/plain; charset=utf-8"), "{end}");
        assert!(
            reply.text().contains("nobody.test/nothing"),
            "{}",
            reply.text()
        );
    }
}

#[test]
fn a_longer_prefix_that_is_unknown_does_not_break_go_get() {
    let gobag = zoo::serve();
    let go = Go::new(gobag.url());
    go.requires("1.21", &[])
        .ok("get zoo.test/quote/buggy@v1.5.2");
    assert!(go.read("go.mod").contains("zoo.test/quote v1.5.2"));
    let probe = gobag.logged("/zoo.test/quote/buggy/@v/v1.5.2.info");
    assert!(probe.contains(" 404 "), "{probe}");
}

#[test]
fn a_module_without_the_package_is_told_from_an_unknown_one() {
    let gobag = zoo::serve();
    let go = Go::new(gobag.url());
    let said = go
        .requires("1.21", &[])
        .fails("get solo.test/missing@latest");
    let found =
        "module solo.test@latest found (v1.0.0), but does not contain package solo.test/missing";
    assert!(said.contains(found), "{said}");
}

#[test]
fn the_next_proxy_is_asked_for_what_is_missing() {
    let first = zoo::serve();
    let second = crate::support::bag::Bag::example().serve();
    let both = format!("{},{}", first.url(), second.url());
    let go = Go::new(&both);
    go.requires("1.21", &[])
        .ok("get example.com/gobag/hello@v1.0.0 zoo.test/mixed@v1.0.0");
    let log = second.log();
    let served_first = log
        .iter()
        .any(|line| line.contains("/zoo.test/mixed/@v/v1.0.0.zip"));
    assert!(
        !served_first,
        "what the first has is not asked of the second: {log:#?}"
    );
}

#[test]
fn a_dead_proxy_is_passed_over_only_where_the_user_says_so() {
    let gobag = zoo::serve();
    // A port that was free a moment ago and that nobody listens on.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let dead = format!("http://{}", port.local_addr().unwrap());
    drop(port);
    let comma = Go::new(&format!("{dead},{}", gobag.url()));
    let said = comma.fails("mod download zoo.test/mixed@v1.0.0");
    assert!(said.contains("connection refused"), "{said}");
    let bar = Go::new(&format!("{dead}|{}", gobag.url()));
    bar.ok("mod download zoo.test/mixed@v1.0.0");
}

#[test]
fn a_missing_version_is_explained_in_lines_that_go_prints() {
    let gobag = zoo::serve();
    let reply = gobag.get("/zoo.test/mixed/@v/v1.7.0.info");
    assert_eq!(reply.status, 404);
    let text = reply.text();
    let lines: Vec<&str> = text.lines().collect();
    assert!((1..=8).contains(&lines.len()), "{text}");
    assert!(text.len() <= 648, "go prints no more: {text}");
    assert!(lines.iter().all(|line| !line.trim().is_empty()), "{text}");
    let printable = |letter: char| letter == '\n' || !letter.is_control();
    assert!(text.chars().all(printable), "{text}");
    assert!(text.contains("zoo.test/mixed@v1.7.0"), "{text}");
    for version in ["v1.0.0", "v1.9.0", "v1.10.0"] {
        assert!(text.contains(version), "{text}");
    }
    let go = Go::new(gobag.url());
    let said = go.requires("1.21", &[]).fails("get zoo.test/mixed@v1.7.0");
    assert!(said.contains("server response:"), "{said}");
    assert!(said.contains(lines[0]), "{said}");
}

#[test]
fn the_explanation_stays_short_whatever_is_asked() {
    let gobag = zoo::serve();
    let long = format!("/zoo.test/mixed/@v/v1.0.0-{}.info", "x".repeat(2000));
    let deep = format!("/zoo.test/{}/@v/list", "deep/".repeat(400));
    for path in [
        long.as_str(),
        deep.as_str(),
        "/zoo.test/mixed/@v/%0a%0a%07.info",
    ] {
        let reply = gobag.get(path);
        assert!(
            matches!(reply.status, 400 | 404),
            "{path}: {}",
            reply.status
        );
        let text = reply.text();
        assert!(text.len() <= 648 && text.lines().count() <= 8, "{text}");
        assert!(
            text.chars()
                .all(|letter| letter == '\n' || !letter.is_control()),
            "{text:?}"
        );
    }
}

#[test]
fn refuses_other_methods_and_says_which_it_knows() {
    let gobag = zoo::serve();
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"] {
        let reply = http::request(gobag.address(), method, "/zoo.test/mixed/@v/list", &[]);
        assert_eq!(reply.status, 405, "{method}");
        assert_eq!(reply.header("allow"), Some("GET, HEAD"), "{method}");
    }
    let body = b"PUT /zoo.test/mixed/@v/list HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello";
    assert_eq!(http::raw(gobag.address(), body).status, 405);
}

#[test]
fn head_has_the_headers_of_get_and_no_body() {
    let gobag = zoo::serve();
    for path in [
        "/zoo.test/mixed/@v/list",
        "/zoo.test/mixed/@latest",
        "/zoo.test/mixed/@v/v1.0.0.info",
        "/zoo.test/mixed/@v/v1.0.0.mod",
        "/zoo.test/big/@v/v1.0.0.zip",
        "/nobody.test/@v/list",
        "/",
    ] {
        let get = gobag.get(path);
        let head = http::request(gobag.address(), "HEAD", path, &[]);
        assert_eq!(head.status, get.status, "{path}");
        assert!(head.body.is_empty(), "{path}");
        assert_eq!(head.content_length(), get.body.len(), "{path}");
        let but_date = |reply: &http::Reply| {
            let mut headers = reply.headers.clone();
            headers.retain(|(name, _)| name != "date");
            headers.sort();
            headers
        };
        assert_eq!(but_date(&head), but_date(&get), "{path}");
    }
}

#[test]
fn what_browsers_and_robots_ask_for_is_no_error_of_ours() {
    let gobag = zoo::serve();
    for path in [
        "/",
        "/favicon.ico",
        "/robots.txt",
        "/index.html",
        "/zoo.test",
        "/zoo.test/mixed",
    ] {
        assert!(gobag.status(path) < 500, "{path}");
    }
    for path in [
        "/zoo.test/mixed/@v/",
        "/zoo.test/mixed/@v",
        "/zoo.test/mixed/@v/v1.0.0.txt",
        "/@v/list",
        "/@latest",
    ] {
        let reply = gobag.get(path);
        assert_eq!(
            reply.status, 404,
            "never a page where go looks for a module: {path}"
        );
    }
}

#[test]
fn a_slash_at_the_end_of_goproxy_does_no_harm() {
    let gobag = zoo::serve();
    let go = Go::new(&format!("{}/", gobag.url()));
    go.ok("mod download zoo.test/mixed@v1.0.0");
    let doubled = gobag.status("//zoo.test/mixed/@v/list");
    assert!(matches!(doubled, 200 | 404), "{doubled}");
    let inside = gobag.status("/zoo.test//mixed/@v/list");
    assert!(matches!(inside, 200 | 404), "{inside}");
}

#[test]
fn a_base_path_is_told_served_and_the_only_one() {
    let gobag = zoo::ZOO.serve_with(["--base-path", "/any/prefix"]);
    assert!(gobag.url().ends_with("/any/prefix"), "{}", gobag.url());
    let go = Go::new(gobag.url());
    go.ok("mod download zoo.test/CGO@v1.0.0");
    let slash = Go::new(&format!("{}/", gobag.url()));
    slash.ok("mod download zoo.test/mixed@latest");
    assert_eq!(gobag.status("/any/prefix/zoo.test/mixed/@v/list"), 200);
    assert_eq!(gobag.status("/any/prefixes/zoo.test/mixed/@v/list"), 404);
    assert_eq!(gobag.status("/any/zoo.test/mixed/@v/list"), 404);
}
