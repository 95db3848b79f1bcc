//! Clients that mean no good, or know no better.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::serve::serving::large_bag;
use crate::support::go::Go;
use crate::support::gobag::{Gobag, PATIENCE, within};
use crate::support::http;
use crate::support::zoo;

const LIST: &str = "/zoo.test/mixed/@v/list";

fn still_serves(gobag: &Gobag) {
    // Sooner than the server parts with those who say nothing.
    let status = within(Duration::from_secs(5), || gobag.status(LIST));
    assert_eq!(status, 200);
}

/// Sends bytes, reads what comes, if anything, and hangs up.
fn send(gobag: &Gobag, bytes: &[u8]) -> String {
    let mut stream = http::connect(gobag.address());
    // The server may hang up before it has read all.
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn a_body_said_to_be_endless_takes_no_memory() {
    let gobag = zoo::serve();
    for length in [
        "4611686018427387904",
        "18446744073709551615",
        "18446744073709551616",
        "-1",
        "x",
        "99999999999",
    ] {
        for method in ["GET", "HEAD", "POST"] {
            let request =
                format!("{method} {LIST} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n");
            send(&gobag, request.as_bytes());
            still_serves(&gobag);
        }
    }
    let (status, log) = gobag.terminate();
    assert_eq!(status.code(), Some(0), "{log:#?}");
    assert!(
        !log.iter().any(|line| line.contains("panicked")),
        "{log:#?}"
    );
}

#[test]
fn what_is_no_request_does_no_harm() {
    let gobag = zoo::serve();
    let long_line = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(200_000));
    let long_header = format!("GET {LIST} HTTP/1.1\r\nX: {}\r\n\r\n", "a".repeat(200_000));
    let many_headers = format!("GET {LIST} HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(20_000));
    for bytes in [
        &b""[..],
        b"\r\n\r\n",
        b"\0\0\0\0\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET http://other.test/zoo.test/mixed/@v/list HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET * HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET zoo.test HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n",
        b"GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        long_line.as_bytes(),
        long_header.as_bytes(),
        many_headers.as_bytes(),
    ] {
        let answer = send(&gobag, bytes);
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(60)]);
        // Versions that are not spoken alone are the server's matter.
        let fault = answer.starts_with("HTTP/1.1 5") && !answer.starts_with("HTTP/1.1 505 ");
        assert!(!fault, "{shown}: {answer}");
        still_serves(&gobag);
    }
    let (_, log) = gobag.terminate();
    assert!(
        !log.iter().any(|line| line.contains("panicked")),
        "{log:#?}"
    );
}

#[test]
fn many_requests_may_be_sent_at_once() {
    let gobag = zoo::serve();
    let one = format!("GET {LIST} HTTP/1.1\r\nHost: x\r\n\r\n");
    let last = format!("GET {LIST} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let mut stream = http::connect(gobag.address());
    stream
        .write_all((one.repeat(50) + &last).as_bytes())
        .unwrap();
    let mut answers = String::new();
    stream.read_to_string(&mut answers).unwrap();
    assert_eq!(answers.matches("HTTP/1.1 200 ").count(), 51, "{answers}");
}

#[test]
fn slow_readers_do_not_hold_up_others() {
    let gobag = large_bag().serve();
    let slow: Vec<TcpStream> = (0..40)
        .map(|_| {
            let mut stream = http::connect(gobag.address());
            stream
                .write_all(b"GET /large.test/m/@v/v1.0.0.zip HTTP/1.1\r\nHost: x\r\n\r\n")
                .unwrap();
            // It has begun to answer when the first byte is here.
            stream.read_exact(&mut [0]).unwrap();
            stream
        })
        .collect();
    let zip = within(Duration::from_secs(10), || {
        assert_eq!(gobag.status("/large.test/m/@v/list"), 200);
        gobag.get("/large.test/m/@v/v1.0.0.zip")
    });
    assert_eq!(zip.content_length(), zip.body.len());
    drop(slow);
}

#[test]
fn idle_and_half_said_connections_do_not_hold_up_others() {
    let gobag = zoo::serve();
    let idle: Vec<TcpStream> = (0..200)
        .map(|number| {
            let mut stream = http::connect(gobag.address());
            let said = [
                "",
                "G",
                "GET / HTTP/1.1\r\n",
                "GET / HTTP/1.1\r\nHost: x\r\n",
            ][number % 4];
            stream.write_all(said.as_bytes()).unwrap();
            stream
        })
        .collect();
    still_serves(&gobag);
    Go::new(gobag.url()).ok("mod download zoo.test/mixed@v1.0.0");
    drop(idle);
}

#[test]
fn clients_that_hang_up_leave_nothing_behind() {
    // In its box it shows its descriptors to root alone.
    let gobag = large_bag().serve_with(["--sandbox", "off"]);
    let open = |gobag: &Gobag| {
        std::fs::read_dir(format!("/proc/{}/fd", gobag.pid()))
            .unwrap()
            .count()
    };
    let before = open(&gobag);
    for _ in 0..100 {
        let mut stream = http::connect(gobag.address());
        stream
            .write_all(b"GET /large.test/m/@v/v1.0.0.zip HTTP/1.1\r\nHost: x\r\n\r\n")
            .unwrap();
        stream.read_exact(&mut [0; 100]).unwrap();
    }
    // Each of the answers is logged when it has ended.
    let deadline = Instant::now() + PATIENCE;
    loop {
        assert_eq!(gobag.status("/large.test/m/@v/list"), 200);
        let ended = gobag
            .log()
            .iter()
            .filter(|line| line.contains("v1.0.0.zip"))
            .count();
        if ended == 100 && open(&gobag) <= before + 5 {
            break;
        }
        assert!(
            Instant::now() < deadline,
            "{ended} of 100 ended, {} files open",
            open(&gobag)
        );
    }
}

#[test]
fn a_tls_client_on_the_plain_port_fails_at_once() {
    let gobag = zoo::serve();
    let url = format!("https://{}{LIST}", gobag.address());
    let output = within(Duration::from_secs(9), || {
        http::curl(["-k", "--max-time", "120", &url])
    });
    let code = output.status.code();
    assert!(
        code.is_some_and(|code| code != 0 && code != 28),
        "28 is a time-out: {code:?}"
    );
    still_serves(&gobag);
}

#[test]
fn a_goproxy_without_http_fails_at_once_and_the_log_says_why() {
    let gobag = zoo::serve();
    let go = Go::new(gobag.address());
    // One greeting in fifty holds a line end by chance: it is refused at once, and without a word.
    for _ in 0..3 {
        within(Duration::from_secs(20), || {
            go.fails("mod download zoo.test/mixed@v1.0.0")
        });
    }
    let hint = gobag.logged("TLS");
    assert!(hint.contains("http://"), "{hint}");
}

#[test]
fn no_file_is_opened_after_it_listens() {
    let dir = tempfile::tempdir().unwrap();
    let trace = dir.path().join("trace");
    let mut command = Command::new("strace");
    // -D: the traced process is the one that we start, and so the one that we end.
    command.args([
        "-f",
        "-D",
        "-s",
        "200",
        "-e",
        "trace=file,write,seccomp",
        "-o",
    ]);
    command.arg(&trace).arg(zoo::ZOO.bin());
    command.args(["serve", "--listen", "127.0.0.1:0"]);
    assert!(
        Command::new("strace").arg("-V").output().is_ok(),
        "this test needs strace: apt-get install strace"
    );
    let gobag = Gobag::start(command);
    let go = Go::new(gobag.url());
    go.ok("mod download zoo.test/mixed@v1.0.0 zoo.test/big@v1.0.0 zoo.test/pseudo@latest");
    go.fails("mod download nobody.test/nothing@latest");
    for path in [
        "/",
        "/zoo.test/mixed/@v/../../../etc/passwd",
        "/zoo.test/origin/@v/0123456.info",
        "/readyz",
        "/version",
        "/catalog",
        "/index",
        "/metrics",
    ] {
        gobag.get(path);
    }
    let (status, log) = gobag.terminate();
    assert_eq!(status.code(), Some(0), "{log:#?}");
    let trace = std::fs::read_to_string(trace).unwrap();
    // An ordinary user's strace cannot read what is written from inside the box, which is entered
    // just before that line.
    let (before, after) = trace
        .split_once("seccomp(SECCOMP_SET_MODE_FILTER")
        .or_else(|| trace.split_once("listening on http://"))
        .expect("the box, or the line, is in the trace");
    assert!(before.contains("execve("), "{before}");
    let answers = log.iter().filter(|line| line.contains(" GET /")).count();
    // What is logged at one time is written at once.
    let mut lines = after.lines();
    assert!(
        answers > 5 && lines.any(|line| line.contains("write(2, ")),
        "the log is in the trace: {after}"
    );
    let calls = [
        "open", "stat", "access(", "readlink", "creat(", "unlink", "rename", "exec",
    ];
    for line in after.lines() {
        let call = line.split_whitespace().nth(1).unwrap_or("");
        let touches = calls.iter().any(|name| call.starts_with(name));
        assert!(!touches, "a file was touched: {line}");
    }
}
