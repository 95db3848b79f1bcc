//! What a browser shows: its pages, asked for as browsers and as go do.

mod module;
mod seen;

use crate::serve::auth::{ANNS, Users, basic};
use crate::support::bag::{Bag, text};
use crate::support::gobag::Gobag;
use crate::support::http::{Reply, request};

const BROWSER: (&str, &str) = ("Accept", "text/html,application/xhtml+xml,*/*;q=0.8");

fn shown(gobag: &Gobag, path: &str) -> Reply {
    request(gobag.address(), "GET", path, &[BROWSER])
}

#[test]
fn a_browser_is_shown_every_module_and_the_lines_for_each_shell() {
    let gobag = Bag::example().serve_with(["--base-path", "/mod"]);
    let reply = shown(&gobag, "/mod/");
    assert_eq!(
        reply.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    let policy = reply.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none';"), "{policy}");
    assert_eq!(reply.header("vary"), Some("Accept"));
    let page = reply.text();
    let url = gobag.url();
    for part in [
        "<b><a href=\"-/m/example.com/gobag/ASCII\">example.com/gobag/ASCII</a></b>".to_owned(),
        "<b><a href=\"-/m/example.com/gobag/greet\">example.com/gobag/greet</a></b><span>v1.1.0</span>\
         <span>2 versions</span>"
            .to_owned(),
        format!("export GOPROXY={url}\n"),
        format!("set -gx GOPROXY '{url}'\n"),
        format!("$env:GOPROXY = '{url}'\n"),
        format!("set &quot;GOPROXY={url}&quot;\n"),
    ] {
        assert!(page.contains(&part), "{part} in {page}");
    }
    assert!(
        !page.contains("src=\"http") && !page.contains("href=\"http"),
        "{page}"
    );
}

#[test]
fn go_is_answered_in_text_whatever_it_takes() {
    let gobag = Bag::example().serve();
    for headers in [
        &[][..],
        &[("Accept", "*/*")],
        &[("Accept", "text/html;q=0")],
    ] {
        let reply = request(gobag.address(), "GET", "/", headers);
        assert_eq!(
            reply.header("content-type"),
            Some("text/plain; charset=utf-8")
        );
        assert_eq!(reply.header("vary"), Some("Accept"));
    }
    for path in [
        "/example.com/gobag/greet/@v/list",
        "/example.com/gobag/none/@v/list",
    ] {
        let reply = shown(&gobag, path);
        assert_eq!(
            reply.header("content-type"),
            Some("text/plain; charset=utf-8")
        );
    }
}

#[test]
fn the_page_names_the_address_that_a_browser_used_and_no_other_text() {
    let gobag = Bag::example().serve();
    let own = gobag.url().to_owned();
    for (host, proto, want) in [
        ("build.example:8080", "http", "http://build.example:8080"),
        ("build.example", "https", "https://build.example"),
        ("x;id", "https", own.as_str()),
        ("x'$(id)", "http", own.as_str()),
        ("<b>", "http", own.as_str()),
    ] {
        let head = format!(
            "GET / HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\nX-Forwarded-Proto: {proto}\r\n\
             Connection: close\r\n\r\n"
        );
        let page = crate::support::http::raw(gobag.address(), head.as_bytes()).text();
        assert!(
            page.contains(&format!("export GOPROXY={want}\n")),
            "{host}: {page}"
        );
    }
}

#[test]
fn what_pages_are_dressed_in_is_named_after_its_content() {
    let gobag = Bag::example().serve();
    let page = shown(&gobag, "/").text();
    for name in ["-/page.css", "-/page.js"] {
        let (_, rest) = page.split_once(&format!("{name}?")).unwrap();
        let reply = gobag.get(&format!("/{name}?{}", &rest[..16]));
        assert_eq!(reply.status, 200);
        assert!(reply.header("cache-control").unwrap().contains("immutable"));
        let tag = reply.header("etag").unwrap().to_owned();
        assert_eq!(tag, format!("\"{}\"", &rest[..16]));
        let again = request(
            gobag.address(),
            "GET",
            &format!("/{name}"),
            &[("If-None-Match", &tag)],
        );
        assert_eq!(again.status, 304);
    }
}

#[test]
fn an_empty_bag_says_how_to_fill_it() {
    let folder = tempfile::tempdir().unwrap();
    let gobag = Bag::of(folder.path()).serve();
    let page = shown(&gobag, "/").text();
    assert!(
        page.contains("This bag is empty") && page.contains(" pack ./app"),
        "{page}"
    );
}

#[test]
fn who_must_log_in_is_told_how() {
    let users = Users::all();
    let gobag = Bag::example().serve_with(["--auth", text(&users.file())]);
    let basic = basic(ANNS);
    let login = ("Authorization", basic.as_str());
    let page = request(gobag.address(), "GET", "/", &[BROWSER, login]).text();
    assert!(
        page.contains("<p>A login is needed, which go sends over https alone"),
        "{page}"
    );
    assert_eq!(request(gobag.address(), "GET", "/", &[BROWSER]).status, 401);
}
