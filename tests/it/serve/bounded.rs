//! What a client may take of a server, and who gives way.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};

use crate::serve::serving::large_bag;
use crate::support::bag::stderr;
use crate::support::go::Go;
use crate::support::gobag::{Gobag, PATIENCE};
use crate::support::http;
use crate::support::zoo;

const LIST: &str = "/zoo.test/mixed/@v/list";

/// A connection from this address of loopback.
fn connect_from(own: [u8; 4], gobag: &Gobag) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from((own, 0)).into()).unwrap();
    let address: SocketAddr = gobag.address().parse().unwrap();
    socket.connect(&address.into()).unwrap();
    let stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// True once the other side has ended the connection.
fn is_ended(stream: &mut TcpStream, patience: Duration) -> bool {
    stream.set_read_timeout(Some(patience)).unwrap();
    // Ended, or ended at once; else nothing came in time.
    matches!(stream.read(&mut [0]), Ok(0)) || stream.take_error().is_ok_and(|error| error.is_some())
}

#[test]
fn the_client_that_holds_most_gives_way() {
    let gobag = zoo::ZOO.serve_with(["--max-connections", "4"]);
    let ask = |stream: &mut TcpStream| {
        let request = format!("GET {LIST} HTTP/1.1\r\nHost: x\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        http::read_one(stream).status
    };
    let mut modest = connect_from([127, 0, 0, 3], &gobag);
    assert_eq!(ask(&mut modest), 200);
    let mut crowd: Vec<TcpStream> = (0..3)
        .map(|_| connect_from([127, 0, 0, 2], &gobag))
        .collect();
    for stream in &mut crowd {
        assert_eq!(ask(stream), 200);
    }
    // A newcomer takes the place of one of those who hold most: the one that idles longest, but who
    // was answered a moment ago may still count as busy where the cores are.
    let mut newcomer = connect_from([127, 0, 0, 4], &gobag);
    assert_eq!(ask(&mut newcomer), 200);
    let begin = Instant::now();
    let ended = |stream: &mut TcpStream| is_ended(stream, Duration::from_millis(20));
    let gone = loop {
        match crowd.iter_mut().position(ended) {
            Some(gone) => break gone,
            None => assert!(begin.elapsed() < PATIENCE, "nobody gives way"),
        }
    };
    crowd.remove(gone);
    for stream in crowd.iter_mut().chain([&mut modest, &mut newcomer]) {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        assert_eq!(ask(stream), 200);
    }
}

#[test]
fn slow_readers_give_way_as_well() {
    let bag = large_bag();
    let gobag = bag.serve_with(["--max-connections", "2"]);
    let slow: Vec<TcpStream> = (0..2)
        .map(|_| {
            let mut stream = connect_from([127, 0, 0, 2], &gobag);
            let request = b"GET /large.test/m/@v/v1.0.0.zip HTTP/1.1\r\nHost: x\r\n\r\n";
            stream.write_all(request).unwrap();
            stream.read_exact(&mut [0]).unwrap();
            stream
        })
        .collect();
    // Who has just begun to read is not slow yet; a newcomer is told to come back.
    let mut turned_away = 0;
    loop {
        let reply = gobag.get("/large.test/m/@v/list");
        if reply.status == 200 {
            break;
        }
        assert_eq!(reply.status, 503);
        assert_eq!(reply.header("retry-after"), Some("1"));
        turned_away += 1;
    }
    let told = turned_away == 0
        || gobag
            .logged("turned away")
            .contains(": all 2 are in use, and ");
    assert!(told, "{turned_away}");
    drop(slow);
}

#[test]
fn nothing_is_kept_for_a_reader_that_was_cut() {
    let gobag = large_bag().serve_with(["--max-connections", "1"]);
    let port = gobag.address().rsplit_once(':').unwrap().1.to_owned();
    let mut slow = connect_from([127, 0, 0, 2], &gobag);
    let request = b"GET /large.test/m/@v/v1.0.0.zip HTTP/1.1\r\nHost: x\r\n\r\n";
    slow.write_all(request).unwrap();
    slow.read_exact(&mut [0]).unwrap();
    while gobag.get("/large.test/m/@v/list").status != 200 {}
    // What the system would go on sending (proc_net_tcp(5)): state 4 is FIN_WAIT1.
    let port = format!(":{:04X} ", port.parse::<u16>().unwrap());
    let begin = Instant::now();
    loop {
        let sockets = std::fs::read_to_string("/proc/net/tcp").unwrap();
        let kept = sockets.lines().filter(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            format!("{} ", words[1]).ends_with(&port) && words[3] == "04"
        });
        match kept.count() {
            0 => break,
            _ => assert!(begin.elapsed() < Duration::from_secs(5), "{sockets}"),
        }
    }
    drop(slow);
}

#[test]
fn a_head_that_does_not_come_to_an_end_is_answered() {
    let gobag = zoo::serve();
    let mut stream = http::connect(gobag.address());
    stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
}

#[test]
fn what_has_a_body_is_refused_and_its_connection_ends() {
    let gobag = zoo::serve();
    for (header, status) in [
        ("Content-Length: 5", 413),
        ("Content-Length: 99999999999999", 413),
        ("Transfer-Encoding: chunked", 413),
        ("Expect: 100-continue", 417),
        ("Content-Length: 0\r\nContent-Length: 0", 400),
        ("Host: y", 400),
    ] {
        let request = format!("GET {LIST} HTTP/1.1\r\nHost: x\r\n{header}\r\n\r\n");
        let reply = http::raw(gobag.address(), request.as_bytes());
        assert_eq!(reply.status, status, "{header}");
        assert_eq!(reply.header("connection"), Some("close"), "{header}");
    }
    // The same by the usual program, which sends what it says.
    let url = format!("{}{LIST}", gobag.url());
    let words = [
        "--data-binary",
        "@/bin/sh",
        "-X",
        "GET",
        "-w",
        "%{http_code}",
    ];
    let mut curl = std::process::Command::new("curl");
    let said = curl.arg("-s").args(words).arg(&url).output().unwrap();
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(said.ends_with("417") || said.ends_with("413"), "{said}");
}

#[test]
fn every_interface_is_heard_by_both_protocols() {
    let mut command = std::process::Command::new(zoo::ZOO.bin());
    command.args(["serve", "--listen", ":0"]);
    let gobag = Gobag::start(command);
    let port = gobag.address().rsplit(':').next().unwrap().to_owned();
    for host in ["127.0.0.1", "[::1]"] {
        assert_eq!(
            http::request(&format!("{host}:{port}"), "GET", LIST, &[]).status,
            200,
            "{host}"
        );
    }
    // What is to be typed elsewhere names an address that others reach, where there is one.
    let line = gobag.logged("export GOPROXY=");
    let shown = line.split("http://").nth(1).unwrap();
    let shown = shown.trim_end_matches('\'');
    assert_eq!(http::request(shown, "GET", LIST, &[]).status, 200, "{line}");
    let mut own = std::process::Command::new("ip");
    let routes = own.args(["route", "get", "192.0.2.1"]).output().unwrap();
    if routes.status.success() {
        assert!(!shown.starts_with("127."), "{line}");
    }
}

#[test]
fn a_number_of_connections_is_at_least_one() {
    let output = zoo::ZOO.run(["serve", "--max-connections", "0"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("would serve nobody"));
}

#[test]
fn the_journal_holds_what_a_person_may_want() {
    let dir = tempfile::tempdir().unwrap();
    let journal = dir.path().join("misses");
    let gobag = zoo::ZOO.serve_with(["--misses", journal.to_str().unwrap()]);
    let go = Go::new(gobag.url());
    go.requires("1.21", &[]);
    go.fails("get github.com/nobody/nothing/pkg/deep@v1.0.0");
    gobag.terminate();
    let text = std::fs::read_to_string(&journal).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert!(
        lines.contains(&"github.com/nobody/nothing@v1.0.0"),
        "{text}"
    );
    let tried =
        |line: &&str| line.starts_with("github.com@") || line.starts_with("github.com/nobody@");
    assert!(!lines.iter().any(tried), "{text}");
}

#[test]
fn a_journal_that_is_a_pipe_is_refused_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let pipe = dir.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let output = zoo::ZOO.run(["serve", "--misses", pipe.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("is no file; name one for --misses"));
}

#[test]
fn the_stock_server_answers_calm_clients() {
    let gobag = zoo::ZOO.serve_with(["--stock"]);
    let go = Go::new(gobag.url());
    go.requires("1.21", &["zoo.test/big v1.0.0", "zoo.test/two/v2 v2.1.0"]);
    go.ok("mod download all");
    let (stock, own) = (&gobag, zoo::serve());
    for path in [
        LIST,
        "/",
        "/zoo.test/big/@v/v1.0.0.zip",
        "/nobody.test/@v/list",
        "/%2e",
    ] {
        for (method, headers) in [
            ("GET", vec![]),
            ("HEAD", vec![]),
            ("GET", vec![("If-None-Match", "*")]),
            ("GET", vec![("Range", "bytes=1-3")]),
            ("GET", vec![("TE", "chunked")]),
            ("PUT", vec![]),
        ] {
            let ask = |gobag: &Gobag| {
                let mut reply = http::request(gobag.address(), method, path, &headers);
                reply
                    .headers
                    .retain(|(name, _)| name != "date" && name != "connection");
                let text = String::from_utf8_lossy(&reply.body);
                let plain = text.replace(gobag.url(), "");
                (reply.status, plain.len(), reply.headers)
            };
            assert_eq!(ask(stock), ask(&own), "{method} {path} {headers:?}");
        }
    }
    // Both count. What was answered is counted when it was sent.
    let begin = Instant::now();
    let line = "gobag_requests_total{kind=\"list\",status=\"405\"} 2\n";
    for gobag in [stock, &own] {
        while !gobag.text("/metrics").contains(line) {
            assert!(begin.elapsed() < PATIENCE);
        }
    }
}
