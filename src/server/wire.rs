//! An answer on the wire: the bytes before the body, and how both are sent.

use std::io::Write;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;

use crate::proxy::reply::Reply;

/// How much of a body is written at once.
const PIECE_BYTES: usize = 256 << 10;

/// A client must read at least this many bytes a second, counted after [`GRACE`].
const MIN_BYTES_PER_SECOND: u64 = 4 << 10;

/// How long a client may read at any speed.
const GRACE: Duration = Duration::from_secs(60);

/// Status line and headers of a reply; `reason` is the status in words, and `last` says that no
/// further request is answered on this connection.
pub fn head(reply: &Reply, reason: &str, last: bool) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {} {reason}\r\nServer: gobag\r\n", reply.status);
    // A clock that stands before the year 1 or after 9999 has no date in HTTP.
    if let Ok(date) = DateTimePrinter::new().timestamp_to_rfc9110_string(&Timestamp::now()) {
        head += &format!("Date: {date}\r\n");
    }
    for (name, value) in &reply.headers {
        head += &format!("{name}: {value}\r\n");
    }
    if reply.status != 304 {
        head += &format!("Content-Length: {}\r\n", reply.body.len());
    }
    if last {
        head += "Connection: close\r\n";
    }
    head += "\r\n";
    head.into_bytes()
}

/// Sends head and content; returns how many bytes of the content went out. Less than all of
/// them when the client went away, stopped reading or reads too slowly.
pub fn send(writer: &mut dyn Write, head: &[u8], content: &[u8]) -> u64 {
    let begin = Instant::now();
    if writer.write_all(head).is_err() {
        return 0;
    }
    let mut sent = 0;
    for piece in content.chunks(PIECE_BYTES) {
        if writer.write_all(piece).is_err() {
            return sent;
        }
        sent += piece.len() as u64;
        let late = begin.elapsed().saturating_sub(GRACE).as_secs();
        if sent < late.saturating_mul(MIN_BYTES_PER_SECOND) {
            return sent;
        }
    }
    match writer.flush() {
        Ok(()) => sent,
        Err(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_the_date_as_http_has_it() {
        let reply = Reply {
            status: 304,
            headers: vec![("ETag", "\"x\"".into())],
            body: Default::default(),
            miss: None,
        };
        let head = String::from_utf8(head(&reply, "Not Modified", true)).unwrap();
        let lines: Vec<&str> = head.split("\r\n").collect();
        assert_eq!(lines[0], "HTTP/1.1 304 Not Modified");
        assert_eq!(lines[3..], ["ETag: \"x\"", "Connection: close", "", ""]);
        let date = lines[2].strip_prefix("Date: ").unwrap();
        assert!(date.ends_with(" GMT") && date.len() == 29, "{date}");
        let told = jiff::fmt::rfc2822::parse(date).unwrap().timestamp();
        assert!(
            Timestamp::now().as_second() - told.as_second() < 60,
            "{date}"
        );
    }
}
