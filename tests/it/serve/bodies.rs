//! The bytes of what is served: <https://go.dev/ref/mod#goproxy-protocol>.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use crate::support::go::Go;
use crate::support::http;
use crate::support::zoo;

#[test]
fn a_mod_is_served_byte_for_byte() {
    let gobag = zoo::serve();
    assert_eq!(gobag.text("/zoo.test/bytes/@v/v1.0.0.mod"), zoo::ODD_GO_MOD);
    let go = Go::new(gobag.url());
    go.requires("1.21", &["zoo.test/bytes v1.0.0"]);
    go.ok("mod download zoo.test/bytes");
    let sum =
        crate::rules::source_folders::hash([("go.mod".to_owned(), zoo::ODD_GO_MOD.as_bytes())]);
    let line = format!("zoo.test/bytes v1.0.0/go.mod {sum}\n");
    assert!(go.read("go.sum").contains(&line), "{}", go.read("go.sum"));
}

#[test]
fn the_mod_of_a_module_without_one_is_a_single_line() {
    let gobag = zoo::serve();
    assert_eq!(
        gobag.text("/zoo.test/nomod/@v/v1.0.0.mod"),
        "module zoo.test/nomod\n"
    );
    Go::new(gobag.url()).ok("mod download zoo.test/nomod@v1.0.0");
}

#[test]
fn a_list_ends_in_a_newline_and_says_nothing_twice() {
    let gobag = zoo::serve();
    for module in [
        "zoo.test/mixed",
        "zoo.test/pre",
        "zoo.test/incompatible",
        "zoo.test/two/v2",
    ] {
        let list = gobag.text(&format!("/{module}/@v/list"));
        assert!(list.ends_with('\n'), "{list:?}");
        let mut seen = std::collections::HashSet::new();
        assert!(list.lines().all(|line| seen.insert(line)), "{list:?}");
    }
}

#[test]
fn every_answer_tells_its_exact_length_and_is_not_chunked() {
    let gobag = zoo::serve();
    for path in [
        "/zoo.test/mixed/@v/list",
        "/zoo.test/pseudo/@v/list",
        "/zoo.test/mixed/@latest",
        "/zoo.test/mixed/@v/v1.0.0.info",
        "/zoo.test/mixed/@v/v1.0.0.mod",
        "/zoo.test/mixed/@v/v1.0.0.zip",
        "/zoo.test/big/@v/v1.0.0.zip",
        "/zoo.test/mixed/@v/v9.9.9.zip",
        "/",
    ] {
        for encoding in ["identity", "gzip", "gzip, deflate, br"] {
            for te in ["", "chunked", "trailers, chunked;q=1.0"] {
                let headers = [("Accept-Encoding", encoding), ("TE", te)];
                let reply = http::request(gobag.address(), "GET", path, &headers);
                assert_eq!(
                    reply.content_length(),
                    reply.body.len(),
                    "{path} {headers:?}"
                );
            }
        }
    }
    let big = gobag.get("/zoo.test/big/@v/v1.0.0.zip");
    assert!(
        big.body.len() > 100_000,
        "large enough to show it: {}",
        big.body.len()
    );
}

#[test]
fn an_older_client_is_answered_as_well() {
    let gobag = zoo::serve();
    let mut stream = http::connect(gobag.address());
    stream
        .write_all(b"GET /zoo.test/big/@v/v1.0.0.zip HTTP/1.0\r\n\r\n")
        .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert!(answer.starts_with(b"HTTP/1."), "it closes when all is said");
    let zip = gobag.get("/zoo.test/big/@v/v1.0.0.zip").body;
    assert!(answer.ends_with(&zip));
}

#[test]
fn one_connection_serves_one_request_after_another() {
    let gobag = zoo::serve();
    let mut stream = http::connect(gobag.address());
    for path in [
        "/zoo.test/mixed/@v/list",
        "/nobody.test/@v/list",
        "/zoo.test/big/@v/v1.0.0.zip",
        "/zoo.test/mixed/@latest",
    ] {
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        let reply = http::read_one(&mut stream);
        assert_eq!(reply.body, gobag.get(path).body, "{path}");
    }
}

#[test]
fn curl_gets_what_go_gets() {
    let gobag = zoo::serve();
    let url = format!("{}/zoo.test/big/@v/v1.0.0.zip", gobag.url());
    let zip = gobag.get("/zoo.test/big/@v/v1.0.0.zip").body;
    assert_eq!(http::curl([&url]).stdout, zip);
    assert_eq!(http::curl(["--compressed", &url]).stdout, zip);
}

#[test]
fn a_connection_cut_inside_a_zip_is_an_error_and_the_next_try_works() {
    let gobag = zoo::serve();
    let go = Go::new(&cut_short(gobag.address().to_owned(), 50_000));
    let said = go.fails("mod download zoo.test/big@v1.0.0");
    assert!(said.contains("unexpected EOF"), "{said}");
    let go = go.with("GOPROXY", gobag.url());
    go.ok("mod download zoo.test/big@v1.0.0");
    go.requires("1.21", &["zoo.test/big v1.0.0"])
        .ok("mod verify");
}

/// A relay to `server` that passes on so many bytes of each answer and hangs up.
fn cut_short(server: String, bytes: u64) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let mut client: TcpStream = client.unwrap();
            let mut server = http::connect(&server);
            let mut request = Vec::new();
            let mut byte = [0];
            while !request.ends_with(b"\r\n\r\n") && client.read(&mut byte).unwrap_or(0) == 1 {
                request.push(byte[0]);
            }
            request.truncate(request.len().saturating_sub(2));
            request.extend(b"Connection: close\r\n\r\n");
            server.write_all(&request).unwrap();
            // The client may have hung up before.
            let _ = std::io::copy(&mut server.take(bytes), &mut client);
        }
    });
    url
}
