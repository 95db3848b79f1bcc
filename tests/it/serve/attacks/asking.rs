//! A well-behaved client that tells what went wrong instead of ending the test.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// How long an answer may take before it is a failure.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// A client with at most one connection.
pub struct Asking {
    address: SocketAddr,
    keep: bool,
    kept: Option<TcpStream>,
    /// How often a kept connection was found closed, which any client answers with a new one.
    pub renewed: usize,
}

impl Asking {
    /// One that keeps its connection between two requests, or makes a new one for each.
    pub fn new(address: SocketAddr, keep: bool) -> Asking {
        Asking {
            address,
            keep,
            kept: None,
            renewed: 0,
        }
    }

    /// The body of `path`, which must be there.
    ///
    /// A kept connection may be closed by the server at any time between two requests. As in
    /// go's client, a request that meets this is sent once more on a new connection.
    pub fn get(&mut self, path: &str) -> Result<Vec<u8>, String> {
        let end = Instant::now() + PATIENCE;
        if let Some(stream) = self.kept.take() {
            match self.ask(stream, path, end) {
                Err((_, true)) => self.renewed += 1,
                other => return other.map_err(|(fault, _)| fault),
            }
        }
        let stream = TcpStream::connect_timeout(&self.address, PATIENCE)
            .map_err(|error| format!("{path}: cannot connect: {error}"))?;
        stream.set_nodelay(true).expect("an open socket");
        self.ask(stream, path, end).map_err(|(fault, _)| fault)
    }

    /// The same on this connection. The error says whether it was closed before any answer.
    fn ask(
        &mut self,
        mut stream: TcpStream,
        path: &str,
        end: Instant,
    ) -> Result<Vec<u8>, (String, bool)> {
        let last = if self.keep {
            ""
        } else {
            "Connection: close\r\n"
        };
        let head = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\n{last}\r\n",
            self.address
        );
        let mut answer = Vec::new();
        let mut buffer = vec![0; 1 << 16];
        let mut whole = None;
        let fault = loop {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break format!("no whole answer within {PATIENCE:?}");
            }
            stream.set_read_timeout(Some(left)).expect("an open socket");
            stream
                .set_write_timeout(Some(left))
                .expect("an open socket");
            if answer.is_empty() && whole.is_none() {
                whole = Some(usize::MAX);
                if let Err(error) = stream.write_all(head.as_bytes()) {
                    return Err((format!("{path}: cannot ask: {error}"), true));
                }
            }
            let count = match stream.read(&mut buffer) {
                Ok(0) => break "the connection was closed".to_owned(),
                Ok(count) => count,
                Err(error) => break error.to_string(),
            };
            answer.extend_from_slice(&buffer[..count]);
            if whole == Some(usize::MAX)
                && let Some(length) = whole_length(&answer).map_err(|f| (f, false))?
            {
                whole = Some(length);
                answer.reserve(length.saturating_sub(answer.len()));
            }
            if Some(answer.len()) == whole {
                return self
                    .taken(stream, &answer)
                    .map_err(|fault| (format!("{path}: {fault}"), false));
            }
        };
        let timed_out = end <= Instant::now();
        let fault = format!("{path}: {fault} after {} bytes", answer.len());
        Err((fault, answer.is_empty() && !timed_out))
    }

    /// The body of a whole answer.
    fn taken(&mut self, stream: TcpStream, answer: &[u8]) -> Result<Vec<u8>, String> {
        let (head, body) = split(answer).expect("a whole answer");
        if !head.starts_with("HTTP/1.1 200 ") {
            return Err(format!("{:?}", head.lines().next().unwrap_or_default()));
        }
        if self.keep && !head.to_ascii_lowercase().contains("\r\nconnection: close") {
            self.kept = Some(stream);
        }
        Ok(body.to_vec())
    }
}

/// The head of an answer and what is there of its body, if the head is whole.
fn split(answer: &[u8]) -> Option<(&str, &[u8])> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    Some((
        std::str::from_utf8(&answer[..end]).ok()?,
        &answer[end + 4..],
    ))
}

/// How long the whole answer will be, once its head is there.
fn whole_length(answer: &[u8]) -> Result<Option<usize>, String> {
    let Some((head, body)) = split(answer) else {
        return Ok(None);
    };
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_length = name.eq_ignore_ascii_case("content-length");
        is_length
            .then(|| value.trim().parse::<usize>().ok())
            .flatten()
    });
    let length = length.ok_or_else(|| format!("an answer without a length: {head:?}"))?;
    Ok(Some(answer.len() - body.len() + length))
}
