//! The head of a request, from bytes to plain data; what is no request that is answered here gets
//! the status that says so.

use httparse::{Error, Status};

use crate::proxy::reply::Reply;
use crate::proxy::request::{Request, Secret, names_gzip, names_html};

/// The longest head, in bytes.
pub const MAX_BYTES: usize = 16 << 10;

/// The longest request target, in bytes.
const MAX_TARGET_BYTES: usize = 8 << 10;

/// The most headers.
const MAX_HEADERS: usize = 100;

/// What some bytes are the beginning of.
#[derive(Debug)]
pub enum Head {
    /// A head that is not there in full.
    Partial,
    /// A request.
    Whole {
        /// The request.
        request: Box<Request>,
        /// How many bytes it takes.
        len: usize,
        /// True where the client wants no further answer on this connection.
        last: bool,
    },
    /// Nothing that is answered here; no further request can be read from the connection.
    Refused(Refusal),
}

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// The status code.
    pub status: u16,
    /// Why, in a sentence for whoever sent it.
    pub why: &'static str,
}

impl Refusal {
    /// The reply that says so.
    pub fn reply(self) -> Reply {
        Reply::text(self.status, format!("{}\n", self.why))
    }
}

const fn refusal(status: u16, why: &'static str) -> Refusal {
    Refusal { status, why }
}

/// A client took too long to say what it wants.
pub const TOO_SLOW: Refusal = refusal(408, "the request did not come in time");

const MALFORMED: Refusal = refusal(400, "this is no HTTP request");
/// A client greets as TLS has it.
pub const TLS: Refusal = refusal(
    400,
    "this port speaks plain HTTP; GOPROXY must begin with http://",
);
const HOST: Refusal = refusal(400, "a request names its host once");
const LOGINS: Refusal = refusal(400, "a request has one login");
const LENGTHS: Refusal = refusal(
    400,
    "a request says once and in one way how long its body is",
);
const BODY: Refusal = refusal(413, "a request to a Go module proxy has no body");
const TARGET: Refusal = refusal(414, "no path of a Go module proxy is that long");
const EXPECT: Refusal = refusal(417, "no Expect header is understood here");
const HEADERS: Refusal = refusal(
    431,
    "the head of a request has at most 16 KiB and 100 headers",
);
const VERSION: Refusal = refusal(505, "HTTP/1.0 and HTTP/1.1 are spoken here");

/// True for the first byte of a TLS client's greeting, which begins no request.
fn is_tls(bytes: &[u8]) -> bool {
    bytes.first() == Some(&0x16)
}

/// Reads the head that `bytes` begin with (RFC 9112). There are no bodies: any length but one
/// plain 0 is refused, and so is what could be read in two ways.
pub fn read(bytes: &[u8]) -> Head {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut parsed = httparse::Request::new(&mut headers);
    let len = match parsed.parse(bytes) {
        Ok(Status::Complete(len)) if len <= MAX_BYTES => len,
        Ok(Status::Partial) if bytes.len() < MAX_BYTES => return Head::Partial,
        Ok(_) if !bytes.contains(&b'\n') => return Head::Refused(TARGET),
        Ok(_) | Err(Error::TooManyHeaders) => return Head::Refused(HEADERS),
        Err(Error::Version) => return Head::Refused(VERSION),
        Err(_) if is_tls(bytes) => return Head::Refused(TLS),
        Err(_) => return Head::Refused(MALFORMED),
    };
    match request(&parsed) {
        Ok((request, last)) => Head::Whole {
            request: Box::new(request),
            len,
            last,
        },
        Err(refusal) => Head::Refused(refusal),
    }
}

/// The request, and whether it is the last of its connection.
fn request(parsed: &httparse::Request<'_, '_>) -> Result<(Request, bool), Refusal> {
    let method = parsed.method.unwrap_or_default();
    let target = parsed.path.unwrap_or_default();
    if target.len() > MAX_TARGET_BYTES {
        return Err(TARGET);
    }
    let older = parsed.version == Some(0);
    let mut request = Request {
        method: method.to_string(),
        target: target.to_string(),
        is_direct: !older,
        ..Request::default()
    };
    let (mut hosts, mut lengths, mut logins, mut last) = (0, 0, 0, older);
    let (mut body, mut coded, mut expects) = (false, false, false);
    for header in parsed.headers.iter() {
        let is = |name: &str| header.name.eq_ignore_ascii_case(name);
        // Bytes that are no text match nothing.
        let value = || String::from_utf8_lossy(header.value).into_owned();
        if is("Host") {
            hosts += 1;
            request.host = Some(value());
        } else if is("Content-Length") {
            lengths += 1;
            body = header.value != b"0";
            if !header.value.iter().all(u8::is_ascii_digit) || header.value.is_empty() {
                return Err(LENGTHS);
            }
        } else if is("Transfer-Encoding") {
            coded = true;
        } else if is("Expect") {
            expects = true;
        } else if is("Connection") {
            let value = value();
            let mut words = value.split(',').map(str::trim);
            last |= words.any(|word| word.eq_ignore_ascii_case("close"));
        } else if is("Authorization") {
            logins += 1;
            request.authorization = Some(Secret(value()));
        } else if is("X-Forwarded-For") {
            // The last is by who is nearest.
            request.forwarded_for = Some(value());
            request.is_direct = false;
        } else if is("Via") || is("Forwarded") {
            request.is_direct = false;
        } else if is("X-Forwarded-Proto") {
            request.forwarded_https = value().trim().eq_ignore_ascii_case("https");
        } else if is("Accept") {
            request.wants_html |= names_html(&value());
        } else if is("User-Agent") {
            request.is_go = header.value.starts_with(b"Go-http-client/");
        } else if is("Accept-Encoding") {
            request.takes_gzip |= !older && names_gzip(&value());
        } else if is("If-None-Match") {
            // A list may come in several lines.
            let before = request.if_none_match.take().map(|tags| tags + ", ");
            request.if_none_match = Some(before.unwrap_or_default() + &value());
        } else if is("If-Range") {
            request.if_range = Some(value());
        } else if is("Range") {
            request.range = Some(value());
        }
    }
    match () {
        () if hosts > 1 || (hosts == 0 && !older) => Err(HOST),
        () if lengths > 1 || (lengths > 0 && coded) => Err(LENGTHS),
        () if logins > 1 => Err(LOGINS),
        () if expects => Err(EXPECT),
        () if !body && !coded => Ok((request, last)),
        () if ["GET", "HEAD"].contains(&method) => Err(BODY),
        // It is refused for its method, and its body not read.
        () => Ok((request, true)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(bytes: &[u8]) -> String {
        match read(bytes) {
            Head::Partial => "partial".into(),
            Head::Refused(refusal) => refusal.status.to_string(),
            Head::Whole { request, len, last } => {
                let end = if last { " last" } else { "" };
                format!("{} {} {len}{end}", request.method, request.target)
            }
        }
    }

    #[test]
    fn tells_go_commands_and_servers_in_between() {
        for (version, more, want) in [
            ("1.1", "", (false, true)),
            ("1.1", "User-Agent: Go-http-client/1.1\r\n", (true, true)),
            ("1.1", "user-agent: Go-http-client\r\n", (false, true)),
            ("1.0", "", (false, false)),
            ("1.1", "via: 1.1 x\r\n", (false, false)),
            ("1.1", "Forwarded: for=10.0.0.1\r\n", (false, false)),
            ("1.1", "X-Forwarded-For: 10.0.0.1\r\n", (false, false)),
        ] {
            let head = format!("GET /m HTTP/{version}\r\nHost: x\r\n{more}\r\n");
            let Head::Whole { request, .. } = read(head.as_bytes()) else {
                panic!("{head}");
            };
            assert_eq!((request.is_go, request.is_direct), want, "{head}");
        }
    }

    #[test]
    fn tells_requests_from_what_is_none() {
        let get = |more: &str| format!("GET /m HTTP/1.1\r\nHost: x\r\n{more}\r\n");
        let url = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(9000));
        let endless = "GET /".to_string() + &"a".repeat(MAX_BYTES);
        let long = get(&format!("A: {}\r\n", "b".repeat(MAX_BYTES)));
        let many = get(&"A: b\r\n".repeat(101));
        let most = get(&"A: b\r\n".repeat(99));
        let len = |request: &str| format!("GET /m {}", request.len());
        for (request, want) in [
            (get(""), len(&get(""))),
            (get("") + "GET /n HTTP", len(&get(""))),
            (most.clone(), len(&most)),
            (get("Content-Length: 0\r\n"), "GET /m 47".into()),
            (get("Connection: keep-alive\r\n"), "GET /m 52".into()),
            (get("Connection: a, Close\r\n"), "GET /m 50 last".into()),
            ("GET /m HTTP/1.0\r\n\r\n".into(), "GET /m 19 last".into()),
            (
                "\r\nHEAD / HTTP/1.0\r\n\r\n".into(),
                "HEAD / 21 last".into(),
            ),
            (String::new(), "partial".into()),
            ("GET /m HTTP/1.1\r\nHost: x\r\n".into(), "partial".into()),
            ("GET /m HTTP/1.1\r\n\r\n".into(), "400".into()),
            (get("Host: y\r\n"), "400".into()),
            (
                get("Content-Length: 0\r\nContent-Length: 0\r\n"),
                "400".into(),
            ),
            (get("Content-Length: +0\r\n"), "400".into()),
            (get("Content-Length: 0, 0\r\n"), "400".into()),
            (get("Content-Length:\r\n"), "400".into()),
            (get("Content-Length: 00\r\n"), "413".into()),
            (get("Content-Length: 1\r\n"), "413".into()),
            (
                get("Content-Length: 99999999999999999999\r\n"),
                "413".into(),
            ),
            (get("Transfer-Encoding: chunked\r\n"), "413".into()),
            (
                get("Transfer-Encoding: x\r\nContent-Length: 0\r\n"),
                "400".into(),
            ),
            (
                get("Expect: 100-continue\r\nContent-Length: 3\r\n"),
                "417".into(),
            ),
            (
                get("").replace("GET", "PUT"),
                len(&get("")).replace("GET", "PUT"),
            ),
            (
                get("Content-Length: 5\r\n").replace("GET", "PUT"),
                "PUT /m 47 last".into(),
            ),
            (get("A: b\r\n c\r\n"), "400".into()),
            (get("A : b\r\n"), "400".into()),
            (get("no colon\r\n"), "400".into()),
            (get("A: b\0c\r\n"), "400".into()),
            (get("A: b\rc\r\n"), "400".into()),
            ("GET\r\n\r\n".into(), "400".into()),
            ("GET / HTTP/2.0\r\n\r\n".into(), "505".into()),
            ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".into(), "505".into()),
            ("GET / HTTP/9.9\r\n\r\n".into(), "505".into()),
            ("\u{16}\u{3}\u{1}".into(), "400".into()),
            (url, "414".into()),
            (endless, "414".into()),
            (long, "431".into()),
            (many, "431".into()),
        ] {
            let shown = &request[..request.len().min(80)];
            assert_eq!(told(request.as_bytes()), want, "{shown:?}");
        }
    }
}

#[cfg(test)]
#[path = "fuzz_tests.rs"]
mod fuzz;
