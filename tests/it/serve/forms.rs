//! The forms in which the zip of a module is sent: as it lies in the bag, and with nothing in it
//! compressed.

use std::io::{Cursor, Write};
use std::net::TcpStream;

use crate::support::bag::Bag;
use crate::support::go::Go;
use crate::support::gobag::Gobag;
use crate::support::http::{self, Reply};
use crate::support::tree::{Tree, go_mod};

const ZIP: &str = "/a.test/m/@v/v1.0.0.zip";
const GO: (&str, &str) = ("User-Agent", "Go-http-client/1.1");

/// A bag with one module that compresses well, of `lines` lines.
fn bag(lines: usize) -> Bag {
    let tree = Tree::new();
    let text = "package m\n".to_owned() + &"// the same again\n".repeat(lines);
    let go_mod = go_mod("a.test/m");
    tree.proxied(
        "a.test/m",
        "v1.0.0",
        &[("go.mod", &go_mod), ("m.go", &text), ("d/empty", "")],
    );
    tree.bag()
}

fn ask(gobag: &Gobag, headers: &[(&str, &str)]) -> Reply {
    http::request(gobag.address(), "GET", ZIP, headers)
}

/// True for a zip that has nothing compressed in it.
fn is_stored(zip: &[u8]) -> bool {
    let mut zip = zip::ZipArchive::new(Cursor::new(zip)).unwrap();
    (0..zip.len()).all(|i| {
        let entry = zip.by_index(i).unwrap();
        entry.compression() == zip::CompressionMethod::Stored
    })
}

#[test]
fn who_asks_gets_the_form_that_is_his() {
    let bag = bag(9000);
    let direct: &[(&str, &str)] = &[GO];
    let relayed: &[(&str, &str)] = &[GO, ("X-Forwarded-For", "10.0.0.1")];
    let through: &[(&str, &str)] = &[GO, ("Via", "1.1 front")];
    let other: &[(&str, &str)] = &[("User-Agent", "curl/8.0")];
    for (args, stored) in [
        (&[][..], [false; 4]),
        (&["--wire", "small"], [false; 4]),
        (&["--wire", "auto"], [true, false, false, false]),
        (&["--wire", "stored"], [true; 4]),
    ] {
        let gobag = bag.serve_as(args);
        let first = ask(&gobag, &[]);
        for (headers, stored) in [direct, relayed, through, other].into_iter().zip(stored) {
            let reply = ask(&gobag, headers);
            assert_eq!(reply.status, 200);
            assert_eq!(is_stored(&reply.body), stored, "{args:?} {headers:?}");
            assert_eq!(reply.content_length(), reply.body.len());
            let near = args.contains(&"auto") && headers.len() < 2;
            let vary = near.then_some("User-Agent");
            assert_eq!(reply.header("vary"), vary, "{args:?} {headers:?}");
            let same = first.header("etag") == reply.header("etag");
            assert_eq!(same, first.body == reply.body, "{args:?} {headers:?}");
            let head = http::request(gobag.address(), "HEAD", ZIP, headers);
            assert_eq!(head.content_length(), reply.body.len());
            assert_eq!(head.header("etag"), reply.header("etag"));
        }
        // Nothing else has another form.
        for path in ["/a.test/m/@v/list", "/a.test/m/@v/v1.0.0.mod"] {
            let go = http::request(gobag.address(), "GET", path, direct);
            assert_eq!(go.body, gobag.get(path).body);
        }
    }
}

#[test]
fn a_go_command_takes_each_for_the_same_module() {
    let bag = bag(9000);
    let sums = ["small", "auto"].map(|wire| {
        let gobag = bag.serve_with(["--wire", wire]);
        let go = Go::new(gobag.url());
        let told = go.ok("mod download -json a.test/m@v1.0.0");
        let told: serde_json::Value = serde_json::from_str(&told).unwrap();
        let zip = std::fs::read(told["Zip"].as_str().unwrap()).unwrap();
        assert_eq!(is_stored(&zip), wire == "auto");
        [&told["Sum"], &told["GoModSum"]].map(|sum| sum.as_str().unwrap().to_owned())
    });
    assert_eq!(sums[0], sums[1]);
}

#[test]
fn parts_and_tags_are_those_of_its_form() {
    let gobag = bag(9000).serve_with(["--wire", "auto"]);
    let (small, stored) = (ask(&gobag, &[]), ask(&gobag, &[GO]));
    let [small_tag, tag] = [&small, &stored].map(|reply| reply.header("etag").unwrap());
    let len = stored.body.len();
    assert!(len > small.body.len() * 10 && small_tag != tag);
    for (value, from, to) in [
        ("bytes=0-0".to_owned(), 0, 1),
        ("bytes=100-100000".to_owned(), 100, 100_001),
        (format!("bytes={}-", len - 30), len - 30, len),
        ("bytes=-70000".to_owned(), len - 70_000, len),
    ] {
        let part = ask(&gobag, &[GO, ("Range", &value), ("If-Range", tag)]);
        assert_eq!((part.status, part.content_length()), (206, to - from));
        assert!(part.body == stored.body[from..to], "{value}");
        let told = format!("bytes {from}-{}/{len}", to - 1);
        assert_eq!(part.header("content-range"), Some(told.as_str()));
        // A part of the other form is of no use.
        let whole = ask(&gobag, &[GO, ("Range", &value), ("If-Range", small_tag)]);
        assert!(whole.status == 200 && whole.body == stored.body);
    }
    let past = format!("bytes={len}-");
    assert_eq!(ask(&gobag, &[GO, ("Range", &past)]).status, 416);
    assert_eq!(ask(&gobag, &[GO, ("If-None-Match", tag)]).status, 304);
    assert_eq!(ask(&gobag, &[GO, ("If-None-Match", small_tag)]).status, 200);
}

#[test]
fn no_more_than_64_are_written_at_once_and_whoever_comes_then_gets_the_zip_as_it_is() {
    // Longer than what the system takes for one who does not read.
    let gobag = bag(2_000_000).serve_with(["--wire", "auto"]);
    let stored = ask(&gobag, &[GO]);
    assert!(is_stored(&stored.body));
    let unread: Vec<TcpStream> = (0..64)
        .map(|_| {
            let mut stream = http::connect(gobag.address());
            let asked = format!(
                "GET {ZIP} HTTP/1.1\r\nHost: x\r\n{}: {}\r\n\r\n",
                GO.0, GO.1
            );
            stream.write_all(asked.as_bytes()).unwrap();
            // Its answer has begun.
            stream.peek(&mut [0]).unwrap();
            stream
        })
        .collect();
    let next = ask(&gobag, &[GO]);
    assert!(next.status == 200 && !is_stored(&next.body));
    drop(unread);
    crate::support::gobag::within(crate::support::gobag::PATIENCE, || {
        while !is_stored(&ask(&gobag, &[GO]).body) {}
    });
}
