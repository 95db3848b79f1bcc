//! Between plain data and the wire, by the types and the writer of tiny_http.
//!
//! Its `Response` writes status line and headers; the body is sent from where it lies, by one
//! call for each large piece, so that a page of it that cannot be read is an error of that call; or
//! it is written or unpacked as it is sent.

use std::cell::RefCell;
use std::io::{self, BufWriter, ErrorKind, IoSlice, Read, Write};

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use tiny_http::{HTTPVersion, Header, Response, StatusCode};

use crate::proxy::body::{Body, StoredZip};
use crate::proxy::reply::Reply;
use crate::proxy::request::{Request, Secret, names_html};

/// How much of a body is sent at once, in bytes.
const PIECE_BYTES: usize = 128 << 10;

/// A reply with this `body` as tiny_http has it, chunked where its length is not known.
pub fn response<B: Read>(reply: &Reply, body: B) -> Response<B> {
    let own = [("Server", "gobag"), ("Date", &date())].map(|(name, value)| header(name, value));
    let given = reply
        .headers
        .iter()
        .map(|(name, value)| header(name, value));
    let headers = own.into_iter().chain(given).flatten().collect();
    let len = match reply.body {
        Body::Gzip(_) => None,
        _ => usize::try_from(reply.body.len()).ok(),
    };
    Response::new(StatusCode(reply.status), headers, body, len, None)
        .with_chunked_threshold(usize::MAX)
}

/// A header; none where its value is not ASCII, which nothing here sends.
fn header(name: &str, value: &str) -> Option<Header> {
    Header::from_bytes(name, value).ok()
}

/// A request as tiny_http has read it.
pub fn request(incoming: &tiny_http::Request) -> Request {
    let header = |name: &'static str| {
        // The last is by who is nearest.
        let mut headers = incoming.headers().iter().rev();
        let found = headers.find(|h| h.field.equiv(name));
        found.map(|h| h.value.as_str().to_string())
    };
    Request {
        method: incoming.method().as_str().to_string(),
        target: incoming.url().to_string(),
        host: header("Host"),
        wants_html: header("Accept").is_some_and(|value| names_html(&value)),
        forwarded_https: header("X-Forwarded-Proto")
            .is_some_and(|p| p.eq_ignore_ascii_case("https")),
        if_none_match: header("If-None-Match"),
        if_range: header("If-Range"),
        range: header("Range"),
        authorization: header("Authorization").map(Secret),
        forwarded_for: header("X-Forwarded-For"),
        client: incoming.remote_addr().map(|client| client.ip()),
        ..Request::default()
    }
}

/// This moment as RFC 9110 has it; the first that it can tell where a clock stands outside the
/// years 1 to 9999. It is made once a second in each thread.
fn date() -> String {
    thread_local! {
        static LAST: RefCell<(i64, String)> = const { RefCell::new((i64::MIN, String::new())) };
    }
    let now = Timestamp::now();
    LAST.with_borrow_mut(|(second, text)| {
        if *second != now.as_second() {
            *second = now.as_second();
            *text = DateTimePrinter::new()
                .timestamp_to_rfc9110_string(&now)
                .unwrap_or_else(|_| "Thu, 01 Jan 1970 00:00:00 GMT".to_string());
        }
        text.clone()
    })
}

/// Status line and headers of a reply, up to the blank line. `last` says that no further request is
/// answered on its connection.
pub fn head(reply: &Reply, last: bool) -> Vec<u8> {
    let mut head = Vec::with_capacity(512);
    let version = HTTPVersion(1, 1);
    // Nothing can fail that writes to memory.
    let _ = response(reply, io::empty()).raw_print(&mut head, version, &[], true, None);
    if reply.status == 304 {
        // Some clients wait for the chunks of an answer that has none.
        remove(&mut head, b"Transfer-Encoding: chunked\r\n");
    }
    if last {
        // tiny_http leaves a Connection header out.
        head.truncate(head.len().saturating_sub(2));
        head.extend(b"Connection: close\r\n\r\n");
    }
    head
}

/// Removes a line of a head.
fn remove(head: &mut Vec<u8>, line: &[u8]) {
    if let Some(at) = memchr::memmem::find(head, line) {
        head.drain(at..at + line.len());
    }
}

/// What a client hears that comes when all is taken.
pub fn busy() -> Vec<u8> {
    let mut reply = Reply::text(503, "too many clients at once; try again\n".to_string());
    reply.headers.push(("Retry-After", "1".into()));
    let mut answer = head(&reply, true);
    answer.extend_from_slice(reply.body.bytes());
    answer
}

/// True where a reply has a body on the wire.
pub fn has_body(method: &str, status: u16) -> bool {
    method != "HEAD" && status != 304
}

/// Sends head and body. `progress` hears each time how many bytes of the body are sent so far.
///
/// # Errors
/// The client went away, or read nothing for as long as the socket waits.
pub fn send(
    mut writer: impl Write,
    mut head: &[u8],
    body: &[u8],
    mut progress: impl FnMut(u64),
) -> io::Result<()> {
    let mut sent = 0;
    while !head.is_empty() || sent < body.len() {
        let piece = &body[sent..body.len().min(sent + PIECE_BYTES)];
        let written = match writer.write_vectored(&[IoSlice::new(head), IoSlice::new(piece)]) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(written) => written,
            Err(e) if e.kind() == ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        };
        let of_head = written.min(head.len());
        head = &head[of_head..];
        sent += written - of_head;
        progress(sent as u64);
    }
    Ok(())
}

/// Sends head and the stored form of a zip, which is written meanwhile; the same otherwise.
///
/// # Errors
/// As [`send`]; the zip is damaged, or cannot be read.
pub fn send_stored(
    writer: impl Write,
    head: &[u8],
    zip: &StoredZip,
    progress: impl FnMut(u64),
) -> io::Result<()> {
    let watched = Watched {
        writer,
        head: head.len() as u64,
        written: 0,
        progress,
    };
    let mut pieces = BufWriter::with_capacity(PIECE_BYTES, watched);
    let ended = pieces.write_all(head);
    let ended = ended.and_then(|()| zip.write(&mut pieces));
    let ended = ended.and_then(|()| pieces.flush());
    // Dropped, it would try once more to send what is left, and wait once more.
    let _ = pieces.into_parts();
    ended
}

/// A writer that tells how much of a body was written, behind its head.
struct Watched<W, P> {
    writer: W,
    head: u64,
    written: u64,
    progress: P,
}

impl<W: Write, P: FnMut(u64)> Write for Watched<W, P> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.writer.write(bytes)?;
        self.written += written as u64;
        (self.progress)(self.written.saturating_sub(self.head));
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_the_date_and_the_length() {
        let reply = Reply {
            status: 304,
            headers: vec![("ETag", "\"x\"".into())],
            body: b"12345".as_slice().into(),
            miss: None,
        };
        let head = String::from_utf8(head(&reply, true)).unwrap();
        let lines: Vec<&str> = head.split("\r\n").collect();
        assert_eq!(lines[0], "HTTP/1.1 304 Not Modified");
        let told = [
            "ETag: \"x\"",
            "Content-Length: 5",
            "Connection: close",
            "",
            "",
        ];
        assert_eq!(lines[3..], told);
        assert_eq!(lines[1], "Server: gobag");
        let date = lines[2].strip_prefix("Date: ").unwrap();
        assert!(date.ends_with(" GMT") && date.len() == 29, "{date}");
        let told = jiff::fmt::rfc2822::parse(date).unwrap().timestamp();
        assert!(
            Timestamp::now().as_second() - told.as_second() < 60,
            "{date}"
        );
    }

    #[test]
    fn sends_all_of_it_however_little_is_taken_at_once() {
        struct Slow(Vec<u8>, usize);
        impl Write for Slow {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                let taken = bytes.len().min(self.1);
                self.0.extend(&bytes[..taken]);
                Ok(taken)
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        for at_once in [1, 2, 3, 7, 100] {
            let (mut slow, mut told) = (Slow(Vec::new(), at_once), 0);
            send(&mut slow, b"head", b"body of it", |sent| told = sent).unwrap();
            assert_eq!((slow.0.as_slice(), told), (&b"headbody of it"[..], 10));
        }
        assert!(send(&mut Slow(Vec::new(), 0), b"x", b"", |_| ()).is_err());
    }
}
