//! Starting, logging and ending.

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use crate::support::bag::{Bag, stderr, text};
use crate::support::go::Go;
use crate::support::gobag::Gobag;
use crate::support::http;
use crate::support::namespace::Namespace;
use crate::support::tree::Tree;
use crate::support::zoo;

#[test]
fn the_first_lines_say_what_is_inside_and_what_to_type() {
    let gobag = Bag::example().serve();
    gobag.logged("  go build ./...");
    let log = gobag.log().join("\n");
    let modules = Bag::example().ok(["list"]).lines().count();
    assert!(log.contains(&format!("{modules} versions")), "{log}");
    assert!(log.contains(" modules, "), "{log}");
    assert!(log.contains("kB"), "the size: {log}");
    let export = format!("export GOPROXY={}", gobag.url());
    assert!(log.lines().any(|line| line.trim() == export), "{log}");
}

#[test]
fn a_browser_is_told_what_the_first_lines_tell() {
    let tree = Tree::new();
    tree.module("serving.test/a", "v1.0.0");
    let dir = tempfile::tempdir().unwrap();
    let pack = |name: &str, args: &[&str]| Bag::packed(args, dir.path().join(name)).0;
    let modules = text(tree.path());
    let plain = pack("plain", &["--import", modules]);
    let own = pack("own", &["--import", modules, "--own-log"]);
    let nothing = dir.path().join("nothing");
    std::fs::create_dir(&nothing).unwrap();
    let empty = pack("empty", &["--import", text(&nothing)]);
    for (bag, no_sum_db) in [(&plain, true), (&own, true), (&empty, false)] {
        for base in ["", "/mod"] {
            let gobag = bag.serve_with(["--base-path", base]);
            let told = gobag.told_alike(&[]);
            assert_eq!(told[0], format!("  export GOPROXY={}", gobag.url()));
            let set = told
                .iter()
                .any(|line| line.starts_with("  export GONOSUMDB="));
            assert_eq!(set, no_sum_db, "{told:?}");
        }
        bag.serve_with(["--stock"]).told_alike(&[]);
    }
}

#[test]
fn without_a_command_it_serves_loopback_at_8080() {
    let namespace = Namespace::new();
    let gobag = Gobag::start(namespace.command(Bag::example().bin()));
    assert_eq!(gobag.url(), "http://127.0.0.1:8080");
    let go = Go::new(gobag.url()).through(&namespace.words());
    go.ok("mod download example.com/gobag/hello@latest");
}

#[test]
fn all_interfaces_are_listened_on_only_where_one_says_so() {
    let namespace = Namespace::new();
    let mut command = namespace.command(Bag::example().bin());
    command.args(["serve", "--listen", ":8080"]);
    let gobag = Gobag::start(command);
    let line = gobag.logged("listening on");
    assert!(
        line.contains("every interface") || line.contains("all interfaces"),
        "{line}"
    );
    let default = Bag::example().serve().logged("listening on");
    assert!(!default.contains("interface"), "{default}");
}

#[test]
fn it_listens_on_ipv6() {
    let mut command = Command::new(Bag::example().bin());
    command.args(["serve", "--listen", "[::1]:0"]);
    let gobag = Gobag::start(command);
    assert!(gobag.url().starts_with("http://[::1]:"), "{}", gobag.url());
    let go = Go::new(gobag.url());
    go.ok("mod download example.com/gobag/hello@latest");
}

#[test]
fn a_request_is_a_line_of_text() {
    let gobag = zoo::serve();
    let length = gobag.get("/zoo.test/mixed/@v/list").body.len().to_string();
    let line = gobag.logged(" /zoo.test/mixed/@v/list ");
    let words: Vec<&str> = line.split_whitespace().collect();
    let [time, client, method, path, status, bytes, ms] = words[..] else {
        panic!("seven words: {line}");
    };
    assert!(time.contains('T') && time.ends_with('Z'), "{line}");
    assert!(client.starts_with("127.0.0.1"), "{line}");
    assert_eq!(
        (method, path, status),
        ("GET", "/zoo.test/mixed/@v/list", "200"),
        "{line}"
    );
    assert_eq!(bytes, length, "{line}");
    assert!(ms.parse::<f64>().unwrap() >= 0.0, "{line}");
    gobag.get("/nobody.test/@v/list");
    assert!(gobag.logged("/nobody.test/@v/list").contains(" 404 "));
}

#[test]
fn a_request_is_a_json_object_for_programs() {
    let gobag = zoo::ZOO.serve_with(["--log", "json"]);
    http::request(
        gobag.address(),
        "HEAD",
        "/zoo.test/mixed/@v/v1.0.0.zip",
        &[],
    );
    let line = gobag.logged("/zoo.test/mixed/@v/v1.0.0.zip");
    let value: serde_json::Value = serde_json::from_str(&line).expect(&line);
    let mut keys: Vec<&String> = value.as_object().unwrap().keys().collect();
    keys.sort();
    assert_eq!(
        keys,
        ["bytes", "client", "method", "ms", "path", "status", "time"]
    );
    assert_eq!(value["method"], "HEAD");
    assert_eq!(value["status"], 200);
    assert_eq!(value["bytes"], 0);
    assert!(value["ms"].is_number(), "{line}");
}

#[test]
fn a_request_leaves_no_line_where_logging_is_off() {
    let gobag = zoo::ZOO.serve_with(["--log", "off"]);
    gobag.text("/zoo.test/mixed/@v/list");
    let (_, log) = gobag.terminate();
    assert!(
        !log.iter().any(|line| line.contains("/zoo.test/mixed")),
        "{log:#?}"
    );
}

#[test]
fn a_request_cannot_forge_a_line() {
    let gobag = zoo::serve();
    http::raw(
        gobag.address(),
        b"GET /a\x1b[31m/@v/list HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    );
    gobag.get("/%0aforged%1b/@v/list");
    gobag.logged("forged");
    let control = |line: &String| line.chars().any(|letter| letter.is_control());
    assert!(!gobag.log().iter().any(control), "{:#?}", gobag.log());
}

#[test]
fn a_taken_port_is_one_clear_line() {
    let first = Bag::example().serve();
    let output = Bag::example().run(["serve", "--listen", first.address()]);
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.starts_with("gobag: "), "{said}");
    assert!(said.contains(first.address()), "{said}");
    assert!(said.contains("--listen"), "{said}");
}

#[test]
fn what_stands_behind_the_bag_in_goproxy_hides_what_it_says() {
    let gobag = Bag::example().serve();
    let asked = "list -m nowhere.test/x@v1.0.0";
    let said = Go::new(gobag.url()).fails(asked);
    assert!(said.contains("list shows what is"), "{said}");
    let said = Go::new(&format!("{},off", gobag.url())).fails(asked);
    assert!(said.contains("disabled by GOPROXY=off"), "{said}");
    assert!(!said.contains("list shows what is"), "{said}");
}

#[test]
fn both_signals_end_it_well() {
    for signal in ["TERM", "INT"] {
        let gobag = zoo::serve();
        gobag.text("/zoo.test/mixed/@v/list");
        gobag.signal(signal);
        let (status, log) = gobag.ended();
        assert_eq!(status.code(), Some(0), "{signal}: {log:#?}");
    }
}

#[test]
fn a_running_answer_is_finished_before_it_ends() {
    let bag = large_bag();
    let gobag = bag.serve();
    let mut stream = http::connect(gobag.address());
    stream
        .write_all(
            b"GET /large.test/m/@v/v1.0.0.zip HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        )
        .unwrap();
    let mut answer = vec![0; 1000];
    stream.read_exact(&mut answer).unwrap();
    gobag.signal("TERM");
    stream.read_to_end(&mut answer).unwrap();
    let (status, _) = gobag.ended();
    assert_eq!(status.code(), Some(0));
    let head = String::from_utf8_lossy(&answer[..1000]).into_owned();
    let (head, _) = head.split_once("\r\n\r\n").unwrap();
    let length = head.to_lowercase();
    let (_, length) = length.split_once("content-length: ").unwrap();
    let length: usize = length.split("\r\n").next().unwrap().parse().unwrap();
    assert!(length > 8 << 20, "{length}");
    assert_eq!(answer.len(), head.len() + 4 + length);
}

#[test]
fn a_log_that_nobody_reads_does_not_end_it() {
    let mut child = Command::new(zoo::ZOO.bin())
        .args(["serve", "--listen", "127.0.0.1:0"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut head = [0; 200];
    let mut pipe = child.stderr.take().unwrap();
    let mut text = String::new();
    while !text.contains("go build") {
        let count = pipe.read(&mut head).unwrap();
        assert!(count > 0, "{text}");
        text.push_str(&String::from_utf8_lossy(&head[..count]));
    }
    drop(pipe);
    let (_, rest) = text.split_once("listening on http://").unwrap();
    let address = rest.split_whitespace().next().unwrap();
    for _ in 0..3 {
        let reply = http::request(address, "GET", "/zoo.test/mixed/@v/list", &[]);
        assert_eq!(reply.status, 200);
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

/// A bag with a zip that fits into no socket buffer.
pub fn large_bag() -> Bag {
    let tree = Tree::new();
    let noise = zoo::noise(16 << 20);
    tree.module("large.test/m", "v1.0.0")
        .file("large.test/m@v1.0.0/noise.txt", noise);
    tree.bag()
}
