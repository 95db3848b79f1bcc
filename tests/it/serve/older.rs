//! `gobag serve --with`: what a server of several bags answers, and what it opens.

use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::process::Command;

use crate::support::bag::stderr;
use crate::support::chain::Chain;
use crate::support::gobag::Gobag;
use crate::support::http;
use crate::support::tree::Tree;

#[test]
fn the_newest_answers_and_versions_are_those_of_all() {
    let chain = Chain::example();
    let [first, second] = ["first", "second"].map(|name| chain.file(name));
    let gobag = chain
        .newest()
        .serve_with(["--with", &first, "--with", &second]);
    assert_eq!(
        gobag.text("/chain.test/m/@v/list"),
        "v1.2.0\nv1.9.0\nv1.10.0\n"
    );
    assert_eq!(
        gobag.text("/chain.test/m/@latest"),
        "{\"Version\":\"v1.10.0\"}"
    );
    for (at, name) in ["first", "second", "third"].iter().enumerate() {
        let path = format!("/chain.test/{name}/@v/v1.0.0.zip");
        let alone = chain.bags[at].serve();
        assert_eq!(gobag.get(&path).body, alone.get(&path).body, "{name}");
        assert_eq!(
            gobag.text(&format!("/chain.test/{name}/@v/list")),
            "v1.0.0\n"
        );
    }
    let newest = chain.newest();
    let all = newest.ok(["sbom", "--with", &first, "--with", &second]);
    assert_eq!(gobag.text("/-/sbom"), all);
    // It is another bill than that of the newest alone.
    let [all, own] = [all, newest.ok(["sbom"])].map(|text| {
        let bill: serde_json::Value = serde_json::from_str(&text).unwrap();
        bill["serialNumber"].to_string()
    });
    assert_ne!(all, own);
    let box_line = gobag.logged(" box");
    assert!(box_line.starts_with("in a box: no files, "), "{box_line}");
    let log = gobag.log();
    assert!(log[0].contains(": 4 modules, 6 versions, "), "{log:#?}");
    assert!(
        log.iter().all(|line| !line.contains("leaves out")),
        "{log:#?}"
    );
}

#[test]
fn a_server_of_the_new_bag_alone_says_what_it_leaves_out() {
    let chain = Chain::example();
    let gobag = chain.newest().serve();
    let line = "this bag leaves out what second and first have (2 older bags); ";
    let said = gobag.logged(line);
    assert!(said.starts_with(line), "{said}");
    // Who sees the page alone is told the same.
    let page = gobag.text("/");
    assert!(page.lines().any(|line| line == said), "{page}");
    let [first, second] = ["first", "second"].map(|name| chain.file(name));
    let all = chain
        .newest()
        .serve_with(["--with", &first, "--with", &second]);
    assert!(!all.text("/").contains("leaves out"));
    assert!(!all.text("/").contains("{lacking}"));
    assert_eq!(gobag.status("/chain.test/first/@v/v1.0.0.zip"), 404);
    assert_eq!(gobag.status("/chain.test/third/@v/v1.0.0.zip"), 200);
}

#[test]
fn no_file_is_opened_for_an_older_bag_after_it_listens() {
    let chain = Chain::example();
    let trace = tempfile::NamedTempFile::new().unwrap();
    let mut command = Command::new("strace");
    command.args(["-f", "-D", "-e", "trace=file,seccomp", "-o"]);
    command.arg(trace.path()).arg(chain.newest().bin());
    command.args(["serve", "--listen", "127.0.0.1:0"]);
    let [first, second] = ["first", "second"].map(|name| chain.file(name));
    command.args(["--with", &first, "--with", &second]);
    let gobag = Gobag::start(command);
    assert_eq!(gobag.status("/chain.test/first/@v/v1.0.0.zip"), 200);
    let (status, log) = gobag.terminate();
    assert_eq!(status.code(), Some(0), "{log:#?}");
    let trace = std::fs::read_to_string(trace.path()).unwrap();
    let (before, after) = trace.split_once("seccomp(SECCOMP_SET_MODE_FILTER").unwrap();
    assert!(
        before.contains(&first) && before.contains(&second),
        "{before}"
    );
    assert!(!after.contains("open"), "{after}");
}

#[test]
fn an_older_file_that_is_cut_short_costs_its_own_answers_alone() {
    let trees = [Tree::new(), Tree::new()];
    // More than a page, and nothing that shrinks.
    let noise: String = (0..20_000_u64)
        .map(|n| format!("// {:x}\n", n.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
        .collect();
    let package = format!("package p\n\n{noise}");
    let files = [
        ("go.mod", "module cut.test/old\n"),
        ("p.go", package.as_str()),
    ];
    trees[0].proxied("cut.test/old", "v1.0.0", &files);
    trees[1].module("cut.test/new", "v1.0.0");
    let chain = Chain::of(&trees, &[]);
    let file = chain.file("first");
    let gobag = chain.newest().serve_with(["--with", &file]);
    let path = "/cut.test/old/@v/v1.0.0.zip";
    let whole = gobag.get(path);
    assert_eq!(whole.content_length(), whole.body.len());
    let cut = OpenOptions::new().write(true).open(&file).unwrap();
    cut.set_len(0).unwrap();
    let mut stream = http::connect(gobag.address());
    write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert!(answer.len() < whole.body.len(), "{}", answer.len());
    assert_eq!(gobag.status("/cut.test/new/@v/v1.0.0.zip"), 200);
    // A start on such a file says so.
    let output = chain.newest().run(["exec", "--with", &file, "--", "true"]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains(&file) && said.lines().count() == 1, "{said}");
}
