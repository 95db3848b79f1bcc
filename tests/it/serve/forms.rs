//! The forms in which the zip of a module is sent: as it lies in the bag, and with nothing in it
//! compressed.

use std::io::{Cursor, Write};
use std::net::TcpStream;

use crate::support::bag::{Bag, text as path};
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
    tree.plain_bag()
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
fn a_tag_is_that_of_its_form_and_of_a_part_there_is_none() {
    let gobag = bag(9000).serve_with(["--wire", "auto"]);
    let (small, stored) = (ask(&gobag, &[]), ask(&gobag, &[GO]));
    let [small_tag, tag] = [&small, &stored].map(|reply| reply.header("etag").unwrap());
    assert!(stored.body.len() > small.body.len() * 10 && small_tag != tag);
    assert_eq!(small.header("accept-ranges"), Some("bytes"));
    assert_eq!(stored.header("accept-ranges"), Some("none"));
    let range = ("Range", "bytes=100-");
    for headers in [&[GO, range][..], &[GO, range, ("If-Range", tag)]] {
        let whole = ask(&gobag, headers);
        assert!(whole.status == 200 && whole.body == stored.body);
    }
    assert_eq!(ask(&gobag, &[range]).status, 206);
    assert_eq!(ask(&gobag, &[GO, ("If-None-Match", tag)]).status, 304);
    assert_eq!(ask(&gobag, &[GO, ("If-None-Match", small_tag)]).status, 200);
}

#[test]
fn a_zip_that_go_refuses_is_sent_as_it_is() {
    let tree = Tree::new();
    let text = "package m\n".repeat(99);
    let go_mod = go_mod("a.test/m");
    let files = [("go.mod", &*go_mod), ("m.go", &*text), ("M.go", &*text)];
    tree.proxied("a.test/m", "v1.0.0", &files);
    let made = tempfile::tempdir().unwrap();
    let file = made.path().join("bag");
    let arguments = ["--import", path(tree.path()), "--invalid", "keep"];
    let (kept, said) = Bag::packed(&arguments, file);
    let small = kept.serve().get(ZIP);
    assert!(small.status == 200 && !is_stored(&small.body), "{said}");
    let gobag = kept.serve_with(["--wire", "stored"]);
    assert_eq!(ask(&gobag, &[GO]).body, small.body);
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
