//! Zips that the bag holds as frames: what is sent of them, and to how many at once.

use std::io::{Cursor, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::support::bag::{Bag, text as path};
use crate::support::go::Go;
use crate::support::gobag::{PATIENCE, within};
use crate::support::http;
use crate::support::tree::{Tree, go_mod};

const ZIP: &str = "/a.test/m/@v/v1.0.0.zip";

/// A module whose content has `lines` lines, each another one.
fn tree(lines: usize) -> Tree {
    let tree = Tree::new();
    let lines = (0..lines).map(|line| format!("// {line} and the same again\n"));
    let text = "package m\n".to_owned() + &lines.collect::<String>();
    let go_mod = go_mod("a.test/m");
    let files = [("go.mod", &*go_mod), ("m.go", &*text), ("d/empty", "")];
    tree.proxied("a.test/m", "v1.0.0", &files);
    tree
}

/// It, packed as it is and compact.
fn bags(lines: usize) -> (Bag, Bag, tempfile::TempDir) {
    let tree = tree(lines);
    let made = tempfile::tempdir().unwrap();
    let args = ["--compact", "--import", path(tree.path())];
    let (compact, _) = Bag::packed(&args, made.path().join("compact"));
    (tree.plain_bag(), compact, made)
}

/// The names in a zip and what they hold; none of it may be compressed if it `is_stored`.
fn files(zip: &[u8], is_stored: bool) -> Vec<(String, Vec<u8>)> {
    let mut zip = zip::ZipArchive::new(Cursor::new(zip)).unwrap();
    let count = zip.len();
    let file = |i| {
        let mut entry = zip.by_index(i).unwrap();
        let stored = entry.compression() == zip::CompressionMethod::Stored;
        assert!(stored || !is_stored);
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        (entry.name().unwrap().into_owned(), content)
    };
    (0..count).map(file).collect()
}

#[test]
fn what_is_sent_is_the_same_module() {
    let (plain, compact, _made) = bags(120_000);
    let (small, sent) = (plain.serve().get(ZIP), compact.serve().get(ZIP));
    assert_eq!((sent.status, sent.content_length()), (200, sent.body.len()));
    assert!(sent.body.len() > 2 << 20, "several frames");
    assert!(files(&small.body, false) == files(&sent.body, true));
    let sums = [&plain, &compact].map(|bag| {
        let gobag = bag.serve();
        let go = Go::new(gobag.url());
        let told = go.ok("mod download -json a.test/m@v1.0.0");
        let told: serde_json::Value = serde_json::from_str(&told).unwrap();
        [&told["Sum"], &told["GoModSum"]].map(|sum| sum.as_str().unwrap().to_owned())
    });
    assert_eq!(sums[0], sums[1]);
}

#[test]
fn whoever_asks_gets_the_same_by_any_server() {
    let (_, compact, _made) = bags(120_000);
    let gobag = compact.serve();
    let sent = gobag.get(ZIP);
    let tag = sent.header("etag").unwrap();
    for (args, headers) in [
        (&["--stock"][..], &[][..]),
        (&["--wire", "auto"], &[("User-Agent", "Go-http-client/1.1")]),
        (&["--wire", "small"], &[("Via", "1.1 front")]),
        (&["--wire", "stored"], &[]),
    ] {
        let other = compact.serve_as(args);
        let reply = http::request(other.address(), "GET", ZIP, headers);
        assert!(reply.status == 200 && reply.body == sent.body, "{args:?}");
        assert_eq!(reply.header("etag"), Some(tag), "{args:?}");
    }
}

/// An answer in chunks, coded as gzip, unpacked, and the headers before it.
fn coded(address: &str, headers: &str) -> (String, Vec<u8>) {
    let mut stream = http::connect(address);
    let asked = format!("GET {ZIP} HTTP/1.1\r\nHost: x\r\n{headers}Connection: close\r\n\r\n");
    stream.write_all(asked.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let head = answer.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
    let told = String::from_utf8(answer[..head].to_vec()).unwrap();
    let (unpacked, behind) = joined(&answer[head..]);
    assert!(behind.is_empty(), "{} bytes behind the end", behind.len());
    (told, unpacked)
}

/// What chunks hold that are coded as gzip, and what comes behind them.
fn joined(mut rest: &[u8]) -> (Vec<u8>, &[u8]) {
    let mut coded = Vec::new();
    loop {
        let end = rest.windows(2).position(|w| w == b"\r\n").unwrap();
        let len = std::str::from_utf8(&rest[..end]).unwrap();
        let len = usize::from_str_radix(len, 16).unwrap();
        coded.extend_from_slice(&rest[end + 2..][..len]);
        assert_eq!(&rest[end + 2 + len..][..2], b"\r\n");
        rest = &rest[end + 4 + len..];
        if len == 0 {
            break;
        }
    }
    let mut unpacked = Vec::new();
    let mut member = flate2::bufread::GzDecoder::new(&coded[..]);
    member.read_to_end(&mut unpacked).unwrap();
    assert!(member.into_inner().is_empty());
    (unpacked, rest)
}

#[test]
fn on_another_host_it_is_coded_for_who_takes_that() {
    let (_, compact, _made) = bags(120_000);
    // What came through a server in between is from another host.
    let gobag = compact.serve();
    let whole = gobag.get(ZIP);
    let far = ("X-Forwarded-For", "10.0.0.1");
    let gzip = ("Accept-Encoding", "gzip");
    for (headers, is_coded, vary) in [
        (&[gzip][..], false, None),
        (&[far], false, Some("Accept-Encoding")),
        (&[far, gzip], true, Some("Accept-Encoding")),
        (
            &[far, ("Accept-Encoding", "gzip;q=0")],
            false,
            Some("Accept-Encoding"),
        ),
    ] {
        let head = http::request(gobag.address(), "HEAD", ZIP, headers);
        let coding = head.header("content-encoding");
        assert_eq!(coding, is_coded.then_some("gzip"), "{headers:?}");
        assert_eq!(
            head.header("content-length").is_none(),
            is_coded,
            "{headers:?}"
        );
        assert_eq!(head.header("vary"), vary, "{headers:?}");
        let same = head.header("etag") == whole.header("etag");
        assert_eq!(same, !is_coded, "{headers:?}");
    }
    let lines = "X-Forwarded-For: 10.0.0.1\r\nAccept-Encoding: gzip\r\n";
    let (told, unpacked) = coded(gobag.address(), lines);
    assert!(told.contains("Transfer-Encoding: chunked\r\n"), "{told}");
    assert!(unpacked == whole.body);
    let tag = told
        .lines()
        .find_map(|line| line.strip_prefix("ETag: "))
        .unwrap();
    let known = [far, gzip, ("If-None-Match", tag)];
    assert_eq!(
        http::request(gobag.address(), "GET", ZIP, &known).status,
        304
    );
    // Of what is coded there is no part, and by HTTP/1.0 none is coded.
    let (told, unpacked) = coded(gobag.address(), &format!("{lines}Range: bytes=5-\r\n"));
    assert!(told.contains(" 200 ") && unpacked == whole.body, "{told}");
    let older = format!("GET {ZIP} HTTP/1.0\r\n{lines}\r\n");
    assert!(http::raw(gobag.address(), older.as_bytes()).body == whole.body);
    let stored = compact.serve_with(["--wire", "stored"]);
    let reply = http::request(stored.address(), "GET", ZIP, &[far, gzip]);
    assert!(reply.body == whole.body);
}

#[test]
fn go_and_curl_take_what_is_coded() {
    let (_, compact, made) = bags(120_000);
    let gobag = compact.serve();
    let whole = compact.serve().get(ZIP);
    let url = format!("{}{ZIP}", gobag.url());
    let file = made.path().join("curled");
    let args = ["--compressed", "-H", "Via: 1.1 a", "-o", path(&file), &url];
    assert!(http::curl(args).status.success());
    assert!(std::fs::read(&file).unwrap() == whole.body);
    let go = Go::new(&http::front(gobag.address(), "Via: 1.1 front\r\n"));
    let told = go.ok("mod download -json a.test/m@v1.0.0");
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    let zip = std::fs::read(told["Zip"].as_str().unwrap()).unwrap();
    assert!(zip == whole.body);
    // It came in chunks: a line of the log tells fewer bytes.
    let logged = gobag.logged("v1.0.0.zip");
    assert!(!logged.contains(&whole.body.len().to_string()), "{logged}");
}

#[test]
fn a_part_is_that_part_wherever_frames_end() {
    let (_, compact, _made) = bags(120_000);
    let gobag = compact.serve();
    let whole = gobag.get(ZIP);
    assert_eq!(whole.header("accept-ranges"), Some("bytes"));
    let (tag, len, frame) = (whole.header("etag").unwrap(), whole.body.len(), 1 << 20);
    let ask = |method: &str, headers: &[(&str, &str)]| {
        http::request(gobag.address(), method, ZIP, headers)
    };
    for (first, last) in [
        (0, 0),
        (0, frame - 1),
        (frame - 1, frame),
        (frame, frame),
        (100, 2 * frame + 100),
        (len - 1, len - 1),
        (0, len - 1),
    ] {
        let range = format!("bytes={first}-{last}");
        let part = ask("GET", &[("Range", &range), ("If-Range", tag)]);
        assert_eq!(part.status, 206, "{range}");
        assert!(part.body == whole.body[first..=last], "{range}");
        let told = format!("bytes {first}-{last}/{len}");
        assert_eq!(part.header("content-range"), Some(&*told));
    }
    let beyond = format!("bytes={len}-");
    assert_eq!(ask("GET", &[("Range", &beyond)]).status, 416);
    let other = ask("GET", &[("Range", "bytes=0-0"), ("If-Range", "\"x\"")]);
    assert!(other.status == 200 && other.body == whole.body);
    assert_eq!(ask("GET", &[("If-None-Match", tag)]).status, 304);
    let head = ask("HEAD", &[]);
    assert_eq!((head.content_length(), head.body.len()), (len, 0));
    assert_eq!(head.header("etag"), Some(tag));
}

/// A client that asked for the zip and reads nothing but the beginning.
fn unread(address: &str) -> TcpStream {
    let mut stream = http::connect(address);
    let asked = format!("GET {ZIP} HTTP/1.1\r\nHost: x\r\n\r\n");
    stream.write_all(asked.as_bytes()).unwrap();
    stream.peek(&mut [0]).unwrap();
    stream
}

#[test]
fn who_does_not_read_holds_up_nobody_and_no_memory() {
    // Longer than what the system takes for one who does not read.
    let (_, compact, _made) = bags(1_000_000);
    let gobag = compact.serve();
    let resident = || {
        let status = std::fs::read_to_string(format!("/proc/{}/status", gobag.pid())).unwrap();
        let line = status.lines().find(|line| line.starts_with("RssAnon:"));
        let kilobytes = line.unwrap().split_ascii_whitespace().nth(1).unwrap();
        kilobytes.parse::<u64>().unwrap() >> 10
    };
    let whole = gobag.get(ZIP);
    let before = resident();
    let mut held: Vec<TcpStream> = (0..200).map(|_| unread(gobag.address())).collect();
    let next = within(Duration::from_secs(5), || gobag.get(ZIP));
    assert!(next.status == 200 && next.body == whole.body);
    // 64 frames, what they are made from, and a stack for each client.
    let most = 64 * 3 + 200 / 4;
    assert!(
        resident() < before + most,
        "{before} and now {}",
        resident()
    );
    // Whoever reads on gets the rest of it.
    let mut last = held.pop().unwrap();
    let reply = http::read_one(&mut last);
    assert!(reply.body == whole.body);
    drop(held);
    let deadline = Instant::now() + PATIENCE;
    while resident() > before + 20 {
        assert!(
            Instant::now() < deadline,
            "{before} and still {}",
            resident()
        );
        std::thread::yield_now();
    }
}

#[test]
fn a_slow_reader_gets_all_of_what_is_coded() {
    // Hardly less when it is coded, so that each chunk is sent in parts.
    let tree = Tree::new();
    let mut state = 1_u64;
    let mut text = String::from("package m\n");
    while text.len() < 12 << 20 {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        text += &format!("// {state:x}\n");
    }
    let go_mod = go_mod("a.test/m");
    tree.proxied(
        "a.test/m",
        "v1.0.0",
        &[("go.mod", &go_mod), ("m.go", &text)],
    );
    let made = tempfile::tempdir().unwrap();
    let args = ["--compact", "--import", path(tree.path())];
    let (compact, _) = Bag::packed(&args, made.path().join("compact"));
    let gobag = compact.serve();
    let whole = gobag.get(ZIP).body;
    // Two requests on one connection, and then one for something else.
    let mut stream = http::connect(gobag.address());
    let far = "Host: x\r\nVia: 1.1 front\r\nAccept-Encoding: gzip\r\n\r\n";
    let asked = format!("GET {ZIP} HTTP/1.1\r\n{far}");
    let list = "GET /a.test/m/@v/list HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let head = format!("HEAD {ZIP} HTTP/1.1\r\n{far}");
    stream
        .write_all([&*asked, &head, &asked, list].concat().as_bytes())
        .unwrap();
    let mut answers = Vec::new();
    let mut piece = [0; 30_000];
    loop {
        match stream.read(&mut piece).unwrap() {
            0 => break,
            read => answers.extend_from_slice(&piece[..read]),
        }
        std::thread::yield_now();
    }
    let mut rest = &answers[..];
    for has_body in [true, false, true] {
        let head = rest.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
        assert!(rest.starts_with(b"HTTP/1.1 200 OK\r\n"));
        rest = &rest[head..];
        if has_body {
            let (unpacked, behind) = joined(rest);
            assert!(unpacked == whole);
            rest = behind;
        }
    }
    assert!(rest.starts_with(b"HTTP/1.1 200 OK\r\n") && rest.ends_with(b"\r\n\r\nv1.0.0\n"));
}

#[test]
fn slow_readers_get_all_of_it_at_once() {
    let (_, compact, _made) = bags(300_000);
    let gobag = compact.serve();
    let whole = gobag.get(ZIP).body;
    std::thread::scope(|scope| {
        for _ in 0..100 {
            scope.spawn(|| {
                let mut stream = unread(gobag.address());
                // In small pieces, each of which lets the system take a little more.
                let mut answer = Vec::new();
                let mut piece = [0; 20_000];
                let mut end = None;
                while end.is_none_or(|end| answer.len() < end) {
                    let read = stream.read(&mut piece).unwrap();
                    assert!(read > 0, "it ends early");
                    answer.extend_from_slice(&piece[..read]);
                    let head = answer.windows(4).take(1000).position(|w| w == b"\r\n\r\n");
                    end = head.map(|head| head + 4 + whole.len());
                    std::thread::yield_now();
                }
                assert!(answer.ends_with(&whole));
            });
        }
    });
}
