//! Requests that nobody meant, from their first bytes to the reply: a head is read the same however
//! it comes in, and whatever it asks for, the reply is one that a client can read.

use std::fs;
use std::io::Read;
use std::sync::OnceLock;

use bag::checked::Checked;
use bag::compact::Places;
use bag::packing::{Plan, plan};
use bag::{Bag, Invalid, Options};
use mutated::{Bytes, frugal};
use proptest::prelude::*;
use sumdb::own::{build_own_log, own_signer};

use super::*;
use crate::proxy::body::Body;
use crate::proxy::form::Forms;
use crate::proxy::reply::{Reply, reply};
use crate::proxy::site::Site;

/// The files of three modules; of one version there is only what the module graph needs.
const MODULES: [(&str, &str); 7] = [
    ("example.com/!m@v1.0.0/go.mod", "module example.com/M\n"),
    ("example.com/!m@v1.0.0/m.go", "package m\n"),
    (
        "example.com/!m@v1.1.0-rc.1/go.mod",
        "module example.com/M\n",
    ),
    (
        "example.com/!m/v2@v2.0.0/go.mod",
        "module example.com/M/v2\n",
    ),
    (
        "c.example/d@v0.0.0-20261103091500-5eedfaceb0de/d.go",
        "package d\n",
    ),
    (
        "c.example/d@v0.0.0-20261103091500-5eedfaceb0de/LICENSE",
        "Do as you like.\n",
    ),
    ("c.example/e/@v/v1.0.0.mod", "module c.example/e\n"),
];

const TARGETS: [&str; 15] = [
    "/",
    "/example.com/!m/@v/list",
    "/example.com/!m/@latest",
    "/example.com/!m/@v/v1.0.0.info",
    "/example.com/!m/@v/v1.0.0.mod?x=y#z",
    "/example.com/!m/v2/@v/v2.0.0.zip",
    "/c.example/d/@v/5eedfaceb0de.info",
    "/c.example/e/@v/v1.0.0.zip",
    "/c.example/%65/@v/v1.0.0.mod",
    "http://host:8080/no.example/m/@v/v1.2.3.info",
    "/github.com/a/@v/list",
    "/sumdb/sum.golang.org/supported",
    "/../a/./b//c",
    "/mod/example.com/!m/@v/list",
    "/small/example.com/!m/v2/@v/v2.0.0.zip",
];

/// What reply may be told with.
const STATUSES: [u16; 6] = [200, 206, 304, 404, 405, 416];

/// What may be said of a head that is refused.
const REFUSALS: [u16; 6] = [400, 413, 414, 417, 431, 505];

/// A bag that is packed as every other, with a log of its own; at the root, below `/mod` with zips in
/// their stored form, and below `/small` compact.
fn sites() -> &'static [Site; 3] {
    static SITES: OnceLock<[Site; 3]> = OnceLock::new();
    SITES.get_or_init(|| {
        let (modules, scratch) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for (path, content) in MODULES {
            let file = modules.path().join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, content).unwrap();
        }
        let options = Options {
            scratch: scratch.path(),
            checked: &Checked::nothing(),
            invalid: Invalid::Refuse,
        };
        let mut plan = plan(&[modules.path().to_owned()], options).unwrap();
        let records = plan.expected();
        let signer = own_signer(&records, [7; 32]).unwrap();
        let log = build_own_log(&signer, &records).unwrap();
        plan.add_database(&log, true).unwrap();
        let written = |plan: &Plan| -> &'static [u8] {
            let mut archive = std::io::Cursor::new(Vec::new());
            plan.write(&mut archive).unwrap();
            archive.into_inner().leak()
        };
        let plain = written(&plan);
        let [kept, work] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let places = Places {
            kept: kept.path().to_owned(),
            work: work.path().to_owned(),
        };
        plan.compact(&places, || ()).unwrap();
        assert!(plan.manifest().about().is_compact());
        let compact = written(&plan);
        [("", plain), ("/mod", plain), ("/small", compact)].map(|(base, archive)| {
            let bag = Bag::open(archive).unwrap();
            let mut site = Site::new(bag, base.to_owned(), "Modules.\n".to_owned());
            if base == "/mod" {
                site.forms = Forms::Stored;
            }
            site
        })
    })
}

fn header(reply: &Reply, name: &str) -> Option<String> {
    let mut headers = reply.headers.iter();
    headers
        .find(|(known, _)| *known == name)
        .map(|(_, value)| value.to_string())
}

fn ask(site: &Site, method: &str, target: &str) -> Reply {
    let request = Request {
        method: method.to_owned(),
        target: target.to_owned(),
        ..Request::default()
    };
    reply(site, &request)
}

/// Heads: one for each target and for each answer of the bag, with all that can stand in one.
fn heads() -> Vec<String> {
    let [site, ..] = sites();
    let answers = site.bag.answers().map(|(name, _)| format!("/{name}"));
    let targets = TARGETS.map(str::to_owned).into_iter().chain(answers);
    let heads = targets.enumerate().map(|(number, target)| {
        let tag = header(&ask(site, "GET", &target), "ETag").unwrap_or("\"x\"".into());
        let more = match number % 8 {
            0 => "Accept-Encoding: gzip\r\n".into(),
            1 => "Range: bytes=2-5\r\n".into(),
            2 => format!("Range: bytes=-3\r\nIf-Range: {tag}\r\n"),
            3 => "range:bytes=99999999-\r\nAccept-Encoding: br, gzip;q=0.5\r\n".into(),
            4 => format!("If-None-Match: W/{tag}, \"y\"\r\n"),
            5 => "Connection: keep-alive, close\r\nContent-Length: 0\r\n".into(),
            6 => "Expect: 100-continue\r\nContent-Length: 12\r\n".into(),
            _ => "Transfer-Encoding: chunked\r\nUser-Agent: Go-http-client/1.1\r\n".into(),
        };
        let method = ["GET", "GET", "HEAD", "GET", "PUT"][number % 5];
        let version = ["1.1", "1.1", "1.0"][number % 3];
        format!("{method} {target} HTTP/{version}\r\nHost: h:8080\r\n{more}\r\n")
    });
    heads.collect()
}

fn read_frugally(bytes: &[u8]) -> Head {
    frugal(bytes.len(), || read(bytes))
}

/// That a reply can be sent as it is: no header has a line end in it, and no text that is made up
/// is more than go shows.
fn check(site: &Site, request: &Request) -> std::result::Result<(), TestCaseError> {
    let reply = frugal(request.target.len(), || reply(site, request));
    prop_assert!(STATUSES.contains(&reply.status), "{}", reply.status);
    for (name, value) in &reply.headers {
        let plain = |text: &str| text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        prop_assert!(plain(name) && plain(value), "{name}: {value:?}");
    }
    if let Some(miss) = &reply.miss {
        prop_assert!(reply.status == 404 && miss.contains('@'));
    }
    let answers = site.bag.answers();
    let longest = answers.map(|(_, answer)| answer.len()).max().unwrap();
    match reply.status {
        404 | 405 => {
            let text = std::str::from_utf8(reply.body.bytes()).unwrap();
            let shown = |line: &str| {
                !line.trim().is_empty() && line.bytes().all(|byte| (b' '..=b'~').contains(&byte))
            };
            prop_assert!(
                text.lines().count() <= 8 && text.lines().all(shown),
                "{text:?}"
            );
            prop_assert!(text.ends_with('\n') && text.len() <= 16 << 10);
        }
        206 => {
            let range = header(&reply, "Content-Range").unwrap();
            let part = range
                .strip_prefix("bytes ")
                .and_then(|rest| rest.split_once('/'));
            let (part, len) = part.unwrap();
            let (first, last) = part.split_once('-').unwrap();
            let number = |text: &str| text.parse::<u64>().unwrap();
            let (first, last, len) = (number(first), number(last), number(len));
            prop_assert!(first <= last && last < len && len <= longest, "{range}");
            prop_assert_eq!(reply.body.len(), last - first + 1);
        }
        416 => prop_assert!(reply.body.len() == 0),
        _ => match &reply.body {
            Body::Bytes(bytes) => prop_assert!(bytes.len() as u64 <= longest),
            Body::Page { bytes, .. } => prop_assert!(bytes.starts_with(b"<!DOCTYPE html>")),
            Body::Stored(zip) => {
                let mut written = Vec::new();
                zip.write(&mut written).unwrap();
                prop_assert_eq!(written.len() as u64, reply.body.len());
            }
            Body::Unpacked(zip) => {
                let mut read = Vec::new();
                zip.reader().unwrap().read_to_end(&mut read).unwrap();
                prop_assert_eq!(read.len() as u64, reply.body.len());
            }
            Body::Gzip(zip) => {
                prop_assert!(request.takes_gzip && zip.len() <= longest);
                let coding = header(&reply, "Content-Encoding");
                prop_assert_eq!(coding.as_deref(), Some("gzip"));
            }
        },
    }
    Ok(())
}

/// What is the same each time.
mod once {
    use super::*;

    #[test]
    fn what_is_changed_asks_for_everything() {
        let statuses = heads().into_iter().map(|head| match read(head.as_bytes()) {
            Head::Whole { request, .. } => reply(&sites()[0], &request).status,
            Head::Refused(refusal) => refusal.status,
            Head::Partial => panic!("{head:?} is a whole head"),
        });
        let found: std::collections::BTreeSet<u16> = statuses.collect();
        for status in STATUSES.into_iter().chain([413, 417]) {
            assert!(found.contains(&status), "{status} is not in {found:?}");
        }
    }
}

proptest! {
    #![proptest_config(mutated::config())]

    #[test]
    fn a_head_is_read_the_same_however_it_comes_in(
        bytes in mutated::bytes(heads()),
        behind in mutated::bytes(heads()),
    ) {
        let joined = Bytes([&bytes[..], &behind[..]].concat());
        match read_frugally(&bytes) {
            Head::Partial => prop_assert!(bytes.len() < MAX_BYTES),
            Head::Refused(refusal) => {
                prop_assert!(REFUSALS.contains(&refusal.status));
                prop_assert!(matches!(read(&joined), Head::Refused(_)), "refused, and then not");
            }
            Head::Whole { request, len, last } => {
                prop_assert!(len <= bytes.len().min(MAX_BYTES));
                prop_assert!(bytes[..len].ends_with(b"\n"));
                let Head::Whole { request: again, len: taken, last: end } = read(&joined) else {
                    return Err(TestCaseError::fail("read, and then not"));
                };
                prop_assert_eq!((taken, end), (len, last));
                prop_assert_eq!(format!("{again:?}"), format!("{request:?}"));
                // Of a long head, parts: each is read from its beginning.
                for cut in (0..len).step_by(1 + len / 200).chain([len - 1]) {
                    let part = read(&bytes[..cut]);
                    prop_assert!(matches!(part, Head::Partial), "{cut} of {len}: {part:?}");
                }
                for site in sites() {
                    check(site, &request)?;
                }
            }
        }
    }

    #[test]
    fn every_target_and_range_has_a_reply(
        target in mutated::text(TARGETS),
        range in proptest::option::of(mutated::text(["bytes=0-0", "bytes=5-", "bytes=-7"])),
        tags in mutated::text(["\"a\", W/\"b\"", "*", ""]),
        head: bool,
    ) {
        let method = if head { "HEAD" } else { "GET" };
        for (site, target) in sites().iter().flat_map(|site| {
            let answers = site.bag.answers().map(|(name, _)| format!("{}/{name}", site.base_path));
            answers.take(3).chain([target.clone()]).map(move |target| (site, target))
        }) {
            let request = Request {
                method: method.to_owned(),
                target,
                if_none_match: (tags != "*").then(|| tags.clone()),
                if_range: range.is_none().then(|| tags.clone()),
                range: range.clone(),
                ..Request::default()
            };
            check(site, &request)?;
        }
    }
}
