//! A file that goes away while it is served: what cannot be read costs that answer.
//!
//! Linux lets nobody write to a program that runs. One that the loader was told to run, as its
//! argument, can be written to: that stands for a stick that is pulled out.

use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

use crate::support::bag::{Bag, stderr, text};
use crate::support::gobag::Gobag;
use crate::support::http;
use crate::support::tree::{Tree, go_mod};

/// The loader that a program names.
fn interpreter(program: &Path) -> PathBuf {
    let bytes = std::fs::read(program).unwrap();
    let number = |at: usize| u64::from_le_bytes(*bytes[at..].first_chunk().unwrap()) as usize;
    let entries = (0..usize::from(bytes[56])).map(|i| number(32) + i * 56);
    let mut entries = entries.filter(|at| bytes[*at..].starts_with(&[3, 0, 0, 0]));
    let entry = entries.next().expect("a program that a loader loads");
    let name = &bytes[number(entry + 8)..][..number(entry + 32) - 1];
    PathBuf::from(std::str::from_utf8(name).unwrap())
}

/// Modules of which the last is long.
fn tree() -> Tree {
    let tree = Tree::new();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut noise = String::from("package p\n");
    for _ in 0..200_000 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        noise += &format!("// {state:x}\n");
    }
    let go_mod = go_mod("z.test/long");
    let files = [("go.mod", &*go_mod), ("p.go", &*noise)];
    tree.module("a.test/short", "v1.0.0");
    tree.proxied("z.test/long", "v1.0.0", &files);
    tree
}

/// A bag whose last answer is long, and where that begins in its file.
fn bag() -> (Bag, u64) {
    let tree = tree();
    let zip = std::fs::read(tree.path().join("z.test/long/@v/v1.0.0.zip")).unwrap();
    let bag = tree.plain_bag();
    let bytes = std::fs::read(bag.bin()).unwrap();
    let at = bytes.windows(64).rposition(|w| w == &zip[..64]);
    (bag, at.expect("the file is in the bag as it is") as u64)
}

const LONG: &str = "/z.test/long/@v/v1.0.0.zip";

/// Starts to serve `bag` in a way that lets its file be cut.
fn start(bag: &Bag, args: &[&str]) -> Gobag {
    let mut command = Command::new(interpreter(bag.bin()));
    command
        .arg(bag.bin())
        .args(["serve", "--listen", "127.0.0.1:0"]);
    command.args(args);
    Gobag::start(command)
}

fn cut(bag: &Bag, len: u64) {
    let file = OpenOptions::new().write(true).open(bag.bin()).unwrap();
    file.set_len(len).unwrap();
}

#[test]
fn what_cannot_be_read_costs_that_answer_alone() {
    let (bag, long) = bag();
    let gobag = start(&bag, &[]);
    let bytes = std::fs::read(bag.bin()).unwrap();
    let text = bytes.windows(11).rposition(|w| w == b"\"modules\":[");
    let whole = gobag.get(LONG);
    assert_eq!(
        (whole.status, whole.body.len()),
        (200, whole.content_length())
    );
    let half = long + whole.body.len() as u64 / 2;
    cut(&bag, half);
    for _ in 0..3 {
        let reply = gobag.get(LONG);
        assert_eq!(reply.status, 200);
        assert_eq!(reply.content_length(), whole.body.len());
        let sent = reply.body.len();
        // A page is read as a whole, and what the file does not have of it is zeros.
        let most = whole.body.len() / 2 + 4096;
        assert!(
            sent <= most && sent + 65536 > most,
            "{sent} of at most {most}"
        );
        let read = sent.min(whole.body.len() / 2);
        assert!(reply.body[..read] == whole.body[..read], "{sent}");
        assert_eq!(gobag.text("/healthz"), "ok\n");
        assert_eq!(gobag.text("/a.test/short/@v/list"), "v1.0.0\n");
        assert_eq!(gobag.status("/a.test/short/@v/v1.0.0.zip"), 200);
        assert_eq!(gobag.status("/b.test/none/@v/list"), 404);
        let head = http::request(gobag.address(), "HEAD", LONG, &[]);
        assert_eq!(
            (head.status, head.content_length()),
            (200, whole.body.len())
        );
        let range = [("Range", "bytes=0-99")];
        let part = http::request(gobag.address(), "GET", LONG, &range);
        assert_eq!(
            (part.status, part.body.as_slice()),
            (206, &whole.body[..100])
        );
        // Nothing of it can be read: the connection ends.
        let mut stream = http::connect(gobag.address());
        let asked = format!("GET {LONG} HTTP/1.1\r\nHost: x\r\nRange: bytes=-100\r\n\r\n");
        stream.write_all(asked.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        assert!(!answer.windows(4).any(|w| w == b"\0\0\0\0"), "{answer:?}");
        assert!(answer.len() < 400, "{answer:?}");
    }
    // What it says of its modules is gone too; where each answer lies, and what is missing, it knows.
    let lacking = "/a.test/short/@v/v1.1.0.info";
    let told = gobag.get(lacking).text();
    assert!(told.contains("of a.test/short it has v1.0.0"), "{told}");
    cut(&bag, text.expect("a manifest") as u64);
    assert_eq!(gobag.get(lacking).text(), told);
    assert_eq!(gobag.status("/b.test/none/@v/list"), 404);
    assert_eq!(gobag.text("/a.test/short/@v/list"), "v1.0.0\n");
    // Pages have what is left: nothing was known of the modules before.
    let page = |name: &str| gobag.get(&format!("/-/m/z.test/long@v1.0.0/{name}"));
    let (module, file) = (page(""), page("p.go"));
    assert_eq!((module.status, file.status), (200, 200));
    assert!(
        module.text().contains("They cannot be shown: "),
        "{}",
        module.text()
    );
    assert!(
        file.text()
            .contains("The files of this version cannot be shown: ")
    );
    let html = [("Accept", "text/html")];
    let home = http::request(gobag.address(), "GET", "/", &html);
    assert!(home.status == 200 && home.text().contains("z.test/long"));
    assert_eq!(gobag.text("/healthz"), "ok\n");
    // What is derived of many entries is told in full or not at all; nor is it kept that it could not be read.
    let name = b"a.test/short/@v/list";
    let first = bytes.windows(name.len()).position(|w| w == name).unwrap();
    // What is left of a page is zeros, which is read.
    cut(&bag, (first - first % 4096) as u64);
    for _ in 0..2 {
        for path in ["/-/sbom", "/index", "/catalog"] {
            let reply = gobag.get(path);
            assert_eq!((reply.status, reply.text().lines().count()), (500, 1));
        }
        assert_eq!(gobag.text("/healthz"), "ok\n");
        assert_eq!(gobag.status("/version"), 200);
    }
    let mut back = OpenOptions::new().write(true).open(bag.bin()).unwrap();
    back.write_all(&bytes).unwrap();
    drop(back);
    for path in ["/index", "/catalog"] {
        assert_eq!(gobag.status(path), 200, "{path}");
    }
    assert_eq!(gobag.text("/-/sbom"), bag.serve().text("/-/sbom"));
}

#[test]
fn what_is_written_from_what_cannot_be_read_costs_that_answer_alone() {
    let (bag, long) = bag();
    let gobag = start(&bag, &["--wire", "stored"]);
    let small = bag.serve().get(LONG);
    let whole = gobag.get(LONG);
    assert!(whole.body.len() > small.body.len());
    // It has begun, and nobody reads it.
    let mut stream = http::connect(gobag.address());
    let asked = format!("GET {LONG} HTTP/1.1\r\nHost: x\r\n\r\n");
    stream.write_all(asked.as_bytes()).unwrap();
    stream.peek(&mut [0]).unwrap();
    cut(&bag, long + small.body.len() as u64 / 2);
    let mut answer = Vec::new();
    // The connection ends, in one way or another.
    let _ = stream.read_to_end(&mut answer);
    let head = answer.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
    let sent = &answer[head..];
    assert!(sent.len() < whole.body.len(), "{}", sent.len());
    assert!(whole.body.starts_with(sent));
    // What cannot be looked into has no other form, and cannot be sent as it is either.
    let reply = gobag.get(LONG);
    assert_eq!(
        (reply.status, reply.content_length()),
        (200, small.body.len())
    );
    assert!(reply.body.len() < small.body.len());
    assert_eq!(gobag.text("/healthz"), "ok\n");
    assert_eq!(gobag.status("/a.test/short/@v/v1.0.0.zip"), 200);
}

#[test]
fn what_is_unpacked_from_what_cannot_be_read_costs_that_answer_alone() {
    let tree = tree();
    let made = tempfile::tempdir().unwrap();
    let args = ["--compact", "--import", text(tree.path())];
    let (bag, _) = Bag::packed(&args, made.path().join("bag"));
    let bytes = std::fs::read(bag.bin()).unwrap();
    let name = b"z.test/long/@v/v1.0.0.zip.zst";
    let at = bytes.windows(name.len()).position(|w| w == name).unwrap();
    drop(bytes);
    let gobag = start(&bag, &[]);
    let whole = gobag.get(LONG);
    assert!(whole.status == 200 && whole.body.len() > 3 << 20);
    cut(&bag, at as u64 + 1_000_000);
    for range in ["bytes=0-", "bytes=-100"] {
        let mut stream = http::connect(gobag.address());
        let asked = format!("GET {LONG} HTTP/1.1\r\nHost: x\r\nRange: {range}\r\n\r\n");
        stream.write_all(asked.as_bytes()).unwrap();
        let mut answer = Vec::new();
        // The connection ends, in one way or another.
        let _ = stream.read_to_end(&mut answer);
        let head = answer.windows(4).position(|w| w == b"\r\n\r\n");
        let sent = head.map_or(&[][..], |head| &answer[head + 4..]);
        assert!(sent.len() < whole.body.len() && whole.body.starts_with(sent));
        assert_eq!(gobag.text("/healthz"), "ok\n");
        assert_eq!(gobag.status("/a.test/short/@v/v1.0.0.zip"), 200);
    }
}

#[test]
fn the_stock_server_ends_with_a_line_and_not_by_a_signal() {
    let (bag, long) = bag();
    let gobag = start(&bag, &["--stock"]);
    cut(&bag, long + 100_000);
    let mut stream = http::connect(gobag.address());
    let asked = format!("GET {LONG} HTTP/1.1\r\nHost: x\r\n\r\n");
    stream.write_all(asked.as_bytes()).unwrap();
    // It ends in the middle, however that reaches us.
    let _ = stream.read_to_end(&mut Vec::new());
    let (status, said) = gobag.ended();
    assert_eq!(status.code(), Some(1), "{status}: {said:#?}");
    let last = said.last().map(String::as_str).unwrap_or("");
    assert!(
        last.starts_with("gobag: a file that is in use can no longer be read: "),
        "{said:#?}"
    );
}

#[test]
fn where_nothing_tells_which_file_it_is_a_missing_page_is_one_line() {
    let (bag, long) = bag();
    cut(&bag, long + 100_000);
    let mut command = Command::new(interpreter(bag.bin()));
    let output = command.arg(bag.bin()).arg("list").output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = stderr(&output);
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.starts_with("gobag: a file that is in use"), "{said}");
    assert!(output.stdout.is_empty(), "{output:?}");
}

#[test]
fn who_reads_no_line_does_not_delay_the_end() {
    let (bag, long) = bag();
    cut(&bag, long + 100_000);
    let (_unread, mut full) = std::io::pipe().unwrap();
    let usual = fcntl_getfl(&full).unwrap();
    fcntl_setfl(&full, usual | OFlags::NONBLOCK).unwrap();
    while full.write(&[0]).is_ok() {}
    fcntl_setfl(&full, usual).unwrap();
    let mut command = Command::new(interpreter(bag.bin()));
    command.arg(bag.bin()).arg("list").stdout(Stdio::null());
    let mut child = command.stderr(full).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    let ended = loop {
        match child.try_wait().unwrap() {
            Some(ended) => break ended,
            None if Instant::now() > deadline => {
                child.kill().unwrap();
                panic!("it waits for a reader");
            }
            None => std::thread::yield_now(),
        }
    };
    assert_eq!(ended.code(), Some(1));
}
