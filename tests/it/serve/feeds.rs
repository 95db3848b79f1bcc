//! What a server tells of its bag and of itself beside the answers to go.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::serve::serving::large_bag;
use crate::support::go::Go;
use crate::support::gobag::{Gobag, PATIENCE};
use crate::support::http;
use crate::support::tree::{Tree, go_mod, package};
use crate::support::zoo;

const FEEDS: [&str; 7] = [
    "healthz", "readyz", "version", "catalog", "index", "-/sbom", "metrics",
];

/// What can be downloaded from the zoo, `path@version` each.
fn all() -> BTreeSet<String> {
    let listed = zoo::ZOO.ok(["list", "--json"]);
    let rows: Value = serde_json::from_str(&listed).unwrap();
    let rows = rows.as_array().unwrap().iter();
    let held = rows.filter(|row| !row["zip"].is_null());
    let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    held.map(|row| format!("{}@{}", text(row, "path"), text(row, "version")))
        .collect()
}

/// The rows of a page of `/index`: `path@version` and the time.
fn index(gobag: &Gobag, query: &str) -> Vec<(String, String)> {
    let text = gobag.text(&format!("/index?{query}"));
    let rows = text.lines().map(|line| {
        let row: Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| row[name].as_str().unwrap().to_owned();
        (
            format!("{}@{}", text("Path"), text("Version")),
            text("Timestamp"),
        )
    });
    rows.collect()
}

/// A time as the index tells it, a little later, within its second.
fn moved(time: &str, nanoseconds: u32) -> String {
    let time = time.trim_end_matches('Z');
    let (second, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let fraction: u32 = format!("{fraction:0<9}").parse().unwrap();
    format!("{second}.{:09}Z", fraction + nanoseconds)
}

#[test]
fn each_is_one_path_for_get_and_head() {
    for base in ["", "/any/prefix"] {
        let gobag = zoo::ZOO.serve_with(["--base-path", base]);
        for (name, kind, kept) in [
            ("healthz", "text/plain; charset=utf-8", "no-store"),
            ("readyz", "text/plain; charset=utf-8", "no-store"),
            ("version", "application/json", "public, max-age=60"),
            ("catalog", "application/json", "public, max-age=60"),
            ("index", "text/plain; charset=utf-8", "public, max-age=60"),
            (
                "-/sbom",
                "application/vnd.cyclonedx+json; version=1.6",
                "public, max-age=60",
            ),
            (
                "metrics",
                "text/plain; version=0.0.4; charset=utf-8",
                "no-store",
            ),
        ] {
            let path = format!("{base}/{name}");
            let get = gobag.get(&path);
            assert_eq!(get.status, 200, "{path}");
            assert_eq!(get.header("content-type"), Some(kind), "{path}");
            assert_eq!(get.header("cache-control"), Some(kept), "{path}");
            assert_eq!(get.content_length(), get.body.len(), "{path}");
            let head = http::request(gobag.address(), "HEAD", &path, &[]);
            assert_eq!((head.status, head.body.len()), (200, 0), "{path}");
            // What is counted grows meanwhile.
            if name != "metrics" {
                assert_eq!(head.content_length(), get.body.len(), "{path}");
            }
            let post = http::request(gobag.address(), "POST", &path, &[]);
            assert_eq!(post.status, 405, "{path}");
            for other in ["/", "/@v/list", "/@latest"] {
                assert_eq!(
                    gobag.status(&format!("{path}{other}")),
                    404,
                    "{path}{other}"
                );
            }
        }
        let told: Value = gobag.get(&format!("{base}/version")).json();
        let own: Value = serde_json::from_str(&zoo::ZOO.ok(["version", "--json"])).unwrap();
        assert_eq!(told, own);
        let bill = gobag.text(&format!("{base}/-/sbom"));
        assert_eq!(bill, zoo::ZOO.ok(["sbom"]));
    }
}

#[test]
fn who_tries_another_name_is_told_what_there_is() {
    let gobag = zoo::serve();
    for path in [
        "/metric",
        "/health",
        "/ready",
        "/status",
        "/modules",
        "/index.html",
        "/sbom",
        "/-/",
        "/-/sbom.json",
        "/-/m",
        "/Metrics",
    ] {
        let reply = gobag.get(path);
        assert_eq!(reply.status, 404, "{path}");
        // A slash at the end names nothing.
        if !path.ends_with('/') {
            let text = reply.text();
            assert_eq!(text.lines().count(), 1, "{path}: {text}");
            assert!(
                FEEDS.iter().all(|name| text.contains(name)),
                "{path}: {text}"
            );
        }
    }
    for path in [
        "/zoo.test",
        "/index/@v/list",
        "/metrics/@latest",
        "/zoo.test/mixed/@v/x",
    ] {
        let text = gobag.get(path).text();
        assert!(
            path == "/zoo.test" || !text.contains("readyz"),
            "{path}: {text}"
        );
    }
}

#[test]
fn the_index_is_walked_without_a_loss_or_a_loop() {
    let gobag = zoo::serve();
    let whole = index(&gobag, "");
    let names: BTreeSet<String> = whole.iter().map(|(name, _)| name.clone()).collect();
    assert_eq!(names, all());
    assert_eq!(names.len(), whole.len());
    let told = |name: &str| whole.iter().find(|(known, _)| known == name).unwrap();
    let (_, time) = told("zoo.test/pseudo@v0.0.0-20250601000000-bbbbbbbbbbbb");
    assert!(time.starts_with("2025-06-01T00:00:00"), "{time}");
    // More than a page of folders tell no time, and so the same.
    let timeless = whole
        .iter()
        .filter(|(_, time)| time.starts_with("0001-01-01T00:00:00"));
    assert!(timeless.count() > 7, "{whole:#?}");
    // As some readers go on: from the last time on, of which they know a line already; from a moment
    // later; from a microsecond later, which is as exact as index.golang.org is.
    for nanoseconds in [0, 1, 1000] {
        let (mut walked, mut since) = (Vec::new(), String::new());
        for _ in 0..2 * whole.len() {
            let page = index(&gobag, &format!("limit=5&since={since}"));
            assert!(page.len() <= 5);
            let new = page.into_iter().filter(|row| !walked.contains(row));
            let new: Vec<_> = new.collect();
            let Some((_, last)) = new.last() else { break };
            since = moved(last, nanoseconds);
            walked.extend(new);
        }
        assert_eq!(walked, whole, "{nanoseconds}");
    }
}

#[test]
fn versions_of_one_time_are_more_than_a_page_and_none_is_lost() {
    let tree = Tree::new();
    for number in 0..40 {
        let path = format!("same.test/m{number}");
        let (go_mod, package) = (go_mod(&path), package(&path));
        tree.proxied(&path, "v1.0.0", &[("go.mod", &go_mod), ("p.go", &package)]);
    }
    let gobag = tree.bag().serve();
    let mut names = BTreeSet::new();
    let mut since = String::new();
    loop {
        let page = index(&gobag, &format!("limit=3&since={since}"));
        let before = names.len();
        names.extend(page.iter().map(|(name, _)| name.clone()));
        since = page.last().unwrap().1.clone();
        assert!(since.starts_with("2025-06-01T12:00:00"), "{since}");
        if names.len() == before {
            break;
        }
    }
    assert_eq!(names.len(), 40);
}

#[test]
fn the_catalog_is_turned_page_by_page() {
    let gobag = zoo::serve();
    let (mut names, mut token) = (BTreeSet::new(), String::new());
    for pages in 1.. {
        // As a client that knows how a query is written.
        let token_word = token.replace('+', "%2B").replace('@', "%40");
        let page = gobag
            .get(&format!("/catalog?pagesize=7&token={token_word}"))
            .json();
        let rows = page["modules"].as_array().unwrap();
        assert!((1..=7).contains(&rows.len()), "{page}");
        for row in rows {
            let (path, version) = (row["module"].as_str(), row["version"].as_str());
            assert!(names.insert(format!("{}@{}", path.unwrap(), version.unwrap())));
        }
        match page["next"].as_str() {
            Some(next) => token = next.to_owned(),
            None => break,
        }
        assert!(pages < 100, "{token}");
    }
    assert_eq!(names, all());
}

#[test]
fn what_cannot_be_meant_is_told_in_a_line() {
    let gobag = zoo::serve();
    let long = format!("/catalog?token={}", "x".repeat(7000));
    for (path, status) in [
        ("/index?since=yesterday", 400),
        ("/index?since=%00", 400),
        ("/index?since=%ff", 400),
        ("/index?limit=-1", 400),
        ("/index?limit=99999999999999999999", 200),
        ("/catalog?pagesize=x", 400),
        ("/catalog?pagesize=0", 400),
        ("/catalog?token=%0a%0a", 200),
        (&long, 200),
        ("/metrics?name[]=up", 200),
    ] {
        let reply = gobag.get(path);
        assert_eq!(reply.status, status, "{path}");
        if status == 400 {
            assert_eq!(reply.text().lines().count(), 1, "{path}: {}", reply.text());
        }
    }
}

#[test]
fn metrics_are_what_promtool_takes_and_count_what_was_asked() {
    let gobag = zoo::serve();
    let go = Go::new(gobag.url());
    go.ok("mod download zoo.test/mixed@v1.0.0 zoo.test/mixed@latest");
    gobag.status("/zoo.test/mixed/@v/v9.9.9.zip");
    gobag.status("/a\u{7f}b/{}\"\\n");
    http::request(gobag.address(), "BREW", "/", &[]);
    http::raw(gobag.address(), b"none\r\n\r\n");
    let mut promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("this test needs promtool: apt-get install prometheus");
    let wanted = [
        "gobag_requests_total{kind=\"zip\",status=\"200\"} 2",
        "gobag_requests_total{kind=\"zip\",status=\"404\"} 1",
        "gobag_requests_total{kind=\"page\",status=\"405\"} 1",
        "gobag_requests_total{kind=\"other\",status=\"400\"} 2",
        "gobag_refusals_total{by=\"head\"} 2",
        "gobag_refusals_total{by=\"guard\"} 0",
        "gobag_log_lines_dropped_total 0",
    ];
    // What was answered is counted when it was sent.
    let begin = Instant::now();
    let text = loop {
        let text = gobag.text("/metrics");
        if wanted
            .iter()
            .all(|line| text.lines().any(|known| known == *line))
        {
            break text;
        }
        assert!(begin.elapsed() < Duration::from_secs(10), "{text}");
    };
    promtool
        .stdin
        .take()
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    let checked = promtool.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&[checked.stdout, checked.stderr].concat()).into_owned();
    assert!(
        checked.status.success() && said.trim().is_empty(),
        "{said}\n{text}"
    );
    let number = |name: &str| -> f64 {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_else(|| panic!("{name}: {text}"))
            .trim()
            .parse()
            .unwrap()
    };
    assert_eq!(number("gobag_bag_versions "), all().len() as f64);
    // One that was answered may not have gone yet.
    assert!(number("gobag_connections ") >= 1.0);
    assert!(number("gobag_sent_bytes_total ") > 1000.0);
    // What was counted between the two is one of them.
    let requests = text
        .lines()
        .filter(|line| line.starts_with("gobag_requests_total{"));
    let requests = requests.map(|line| line.rsplit_once(' ').unwrap().1.parse::<f64>().unwrap());
    let more = number("gobag_request_duration_seconds_count ") - requests.sum::<f64>();
    assert!((0.0..=1.0).contains(&more), "{text}");
}

#[test]
fn who_is_turned_away_or_gives_way_is_counted() {
    let gobag = zoo::ZOO.serve_with(["--max-connections", "1"]);
    let idle = http::connect(gobag.address());
    let begin = Instant::now();
    // The one that idles gives way, and so does each that was answered, or who asks is turned away.
    loop {
        let reply = gobag.get("/metrics");
        let text = reply.text();
        if reply.status == 200 && !text.contains("gobag_connections_gave_way_total 0\n") {
            assert!(text.contains("gobag_connections_max 1\n"), "{text}");
            break;
        }
        assert!(begin.elapsed() < PATIENCE, "{text}");
    }
    drop(idle);
}

#[test]
fn a_server_that_stops_is_not_ready_and_finishes_what_it_began() {
    let bag = large_bag();
    let gobag = bag.serve();
    assert_eq!(gobag.text("/readyz"), "ready\n");
    let zip = gobag.get("/large.test/m/@v/v1.0.0.zip").body.len();
    let mut slow = http::connect(gobag.address());
    let request = b"GET /large.test/m/@v/v1.0.0.zip HTTP/1.1\r\nHost: x\r\n\r\n";
    slow.write_all(request).unwrap();
    let mut answer = vec![0; 1000];
    slow.read_exact(&mut answer).unwrap();
    gobag.signal("TERM");
    let begin = Instant::now();
    // The signal is heard a moment later.
    while gobag.status("/readyz") != 503 {
        assert!(begin.elapsed() < PATIENCE);
        // One that stands still is cut.
        let mut piece = vec![0; 64 << 10];
        slow.read_exact(&mut piece).unwrap();
        answer.extend(piece);
    }
    assert_eq!(gobag.status("/healthz"), 200);
    let list = gobag.get("/large.test/m/@v/list");
    assert_eq!((list.status, list.text().as_str()), (200, "v1.0.0\n"));
    assert_eq!(list.header("connection"), Some("close"));
    slow.read_to_end(&mut answer).unwrap();
    let head = answer.windows(4).position(|four| four == b"\r\n\r\n");
    assert_eq!(answer.len(), head.unwrap() + 4 + zip);
    let (status, log) = gobag.ended();
    assert_eq!(status.code(), Some(0), "{log:#?}");
}
