//! Parts of files, as a download asks for that goes on where it broke off.

use crate::support::gobag::Gobag;
use crate::support::http::{self, Reply};
use crate::support::zoo;

const ZIP: &str = "/zoo.test/big/@v/v1.0.0.zip";

fn range(gobag: &Gobag, value: &str) -> Reply {
    http::request(gobag.address(), "GET", ZIP, &[("Range", value)])
}

#[test]
fn a_range_is_answered_with_its_bytes() {
    let gobag = zoo::serve();
    let whole = gobag.get(ZIP);
    assert_eq!(whole.header("accept-ranges"), Some("bytes"));
    let (bytes, end) = (whole.body, whole.headers.len());
    assert!(end > 0);
    let size = bytes.len();
    for (value, from, to) in [
        ("bytes=0-0".to_owned(), 0, 1),
        ("bytes=10-99".to_owned(), 10, 100),
        ("bytes=100000-".to_owned(), 100_000, size),
        ("bytes=-5".to_owned(), size - 5, size),
        (format!("bytes=-{}", size * 2), 0, size),
        (format!("bytes=7-{}", size * 2), 7, size),
        (format!("bytes={}-", size - 1), size - 1, size),
    ] {
        let part = range(&gobag, &value);
        assert_eq!(part.status, 206, "{value}");
        assert_eq!(part.content_length(), to - from, "{value}");
        assert_eq!(part.body, bytes[from..to], "{value}");
        let told = format!("bytes {from}-{}/{size}", to - 1);
        assert_eq!(part.header("content-range"), Some(told.as_str()), "{value}");
        assert_eq!(part.header("content-type"), Some("application/zip"));
    }
}

#[test]
fn a_range_past_the_end_cannot_be_satisfied() {
    let gobag = zoo::serve();
    let size = gobag.get(ZIP).body.len();
    for value in [
        format!("bytes={size}-"),
        "bytes=99999999-".to_owned(),
        "bytes=-0".to_owned(),
    ] {
        let reply = range(&gobag, &value);
        assert_eq!(reply.status, 416, "{value}");
        let told = format!("bytes */{size}");
        assert_eq!(
            reply.header("content-range"),
            Some(told.as_str()),
            "{value}"
        );
        assert_eq!(reply.content_length(), reply.body.len());
    }
}

#[test]
fn a_range_that_is_none_gets_the_whole_file() {
    let gobag = zoo::serve();
    let whole = gobag.get(ZIP).body;
    for value in [
        "bytes=9-3",
        "bytes=a-b",
        "lines=1-2",
        "bytes=",
        "bytes=-",
        "1-2",
        "bytes=0-1,5-6",
        "bytes=18446744073709551616-",
    ] {
        let reply = range(&gobag, value);
        assert!(
            matches!(reply.status, 200 | 416),
            "{value}: {}",
            reply.status
        );
        if reply.status == 200 {
            assert_eq!(reply.body, whole, "{value}");
        }
    }
}

#[test]
fn a_range_holds_only_if_the_file_is_still_the_same() {
    let gobag = zoo::serve();
    let whole = gobag.get(ZIP);
    let etag = whole.header("etag").unwrap();
    let ask = |value: &str| {
        let headers = [("Range", "bytes=0-9"), ("If-Range", value)];
        http::request(gobag.address(), "GET", ZIP, &headers)
    };
    assert_eq!(ask(etag).status, 206);
    for value in [
        "\"other\"",
        &format!("W/{etag}"),
        "Sat, 01 Jan 2022 00:00:00 GMT",
    ] {
        let reply = ask(value);
        assert_eq!(
            (reply.status, reply.body.len()),
            (200, whole.body.len()),
            "{value}"
        );
    }
}

#[test]
fn head_ignores_a_range_or_tells_of_it_without_a_body() {
    let gobag = zoo::serve();
    let reply = http::request(gobag.address(), "HEAD", ZIP, &[("Range", "bytes=0-9")]);
    assert!(matches!(reply.status, 200 | 206), "{}", reply.status);
    assert!(reply.body.is_empty());
}

#[test]
fn curl_goes_on_where_a_download_broke_off() {
    let gobag = zoo::serve();
    let whole = gobag.get(ZIP).body;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("m.zip");
    std::fs::write(&file, &whole[..1000]).unwrap();
    let url = format!("{}{ZIP}", gobag.url());
    let output = http::curl(["-C", "-", "-o", file.to_str().unwrap(), &url]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(std::fs::read(&file).unwrap(), whole);
}
