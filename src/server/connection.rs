//! One connection: what it does now, and the next request of it.

use std::cell::Cell;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use socket2::SockRef;

use crate::proxy::body::Body;
use crate::proxy::origin::Group;
use crate::proxy::reply::Reply;
use crate::proxy::request::Request;
use crate::server::head::{self, Head, Refusal};
use crate::server::slots::State;
use crate::server::socket;
use crate::server::unpacked::{self, Coding};
use crate::server::wire;

/// How long a client may say nothing between two requests.
const IDLE_TIME: Duration = Duration::from_secs(60);

/// How long a head may take from its first byte.
const HEAD_TIME: Duration = Duration::from_secs(10);

/// How long an answer may wait for a client that reads nothing.
const STALL_TIME: Duration = Duration::from_secs(30);

/// How much is read at once, in bytes.
const PIECE_BYTES: usize = 4 << 10;

/// A client that connected.
#[derive(Debug)]
pub struct Connection {
    /// Its socket, which the one who answers writes to and any thread may shut down.
    stream: TcpStream,
    /// Its address.
    pub peer: SocketAddr,
    /// True where that is this host.
    pub is_near: bool,
    /// Who it is counted with.
    pub group: Group,
    /// Milliseconds on the server's clock, shifted by two bits that say what it does.
    state: AtomicU64,
}

const SILENT: u64 = 0;
const SPOKEN: u64 = 1;
const ANSWERING: u64 = 2;
const READING: u64 = 3;

/// How long after its beginning more of an answer must be sent until its client is known to read, in
/// milliseconds: what the system takes for one that does not is sent before.
const READS_MS: u64 = 20;

/// What comes next from a client.
#[derive(Debug)]
pub enum Next {
    /// A request, and whether it is the last.
    Request(Box<Request>, bool),
    /// What is none, and ends the connection.
    Refused(Refusal),
    /// Nothing more.
    End,
}

impl Connection {
    /// A client that connected at the time `now`, in milliseconds.
    ///
    /// # Errors
    /// The socket takes no time-outs: it is closed already.
    pub fn new(stream: TcpStream, peer: SocketAddr, now: u64) -> io::Result<Self> {
        stream.set_read_timeout(Some(IDLE_TIME))?;
        stream.set_write_timeout(Some(STALL_TIME))?;
        // One that came by IPv4 to a socket for both is called as it calls itself.
        let canonical = |address: SocketAddr| address.ip().to_canonical();
        let is_own = || {
            stream
                .local_addr()
                .is_ok_and(|own| canonical(own) == canonical(peer))
        };
        Ok(Connection {
            is_near: canonical(peer).is_loopback() || is_own(),
            stream,
            peer: SocketAddr::new(canonical(peer), peer.port()),
            group: Group::of(peer.ip()),
            state: AtomicU64::new(now << 2 | SILENT),
        })
    }

    /// What it does.
    pub fn state(&self) -> State {
        let state = self.state.load(Ordering::Relaxed);
        let since = state >> 2;
        match state & 3 {
            kind @ (SILENT | SPOKEN) => State::Idle {
                since,
                spoken: kind == SPOKEN,
            },
            kind => State::Answering {
                moved: since,
                reads: kind == READING,
            },
        }
    }

    /// An answer begins.
    pub fn begin(&self, now: u64) {
        self.state.store(now << 2 | ANSWERING, Ordering::Relaxed);
    }

    /// More of the answer was taken that began at the time `began`.
    fn moves(&self, began: u64, now: u64) {
        let kind = match now.saturating_sub(began) >= READS_MS {
            true => READING,
            false => ANSWERING,
        };
        self.state.store(now << 2 | kind, Ordering::Relaxed);
    }

    /// The answer goes on, and nothing else is known of its client than before.
    fn stays(&self, now: u64) {
        let kind = self.state.load(Ordering::Relaxed) & 3;
        self.state.store(now << 2 | kind, Ordering::Relaxed);
    }

    /// The answer has ended.
    pub fn end(&self, now: u64) {
        self.state.store(now << 2 | SPOKEN, Ordering::Relaxed);
    }

    /// The next request. `buffer` holds what was read and not used; not more is read than is
    /// needed to have a head in full.
    pub fn next(&self, buffer: &mut Vec<u8>) -> Next {
        let mut stream = &self.stream;
        let mut late = None;
        let mut whole = !buffer.is_empty();
        loop {
            match whole.then(|| head::read(buffer)) {
                Some(Head::Whole { request, len, last }) => {
                    buffer.drain(..len);
                    if late.is_some() && stream.set_read_timeout(Some(IDLE_TIME)).is_err() {
                        return Next::End;
                    }
                    return Next::Request(request, last);
                }
                Some(Head::Refused(refusal)) => {
                    return Next::Refused(refusal);
                }
                Some(Head::Partial) | None => {}
            }
            if !buffer.is_empty() {
                let end = *late.get_or_insert_with(|| Instant::now() + HEAD_TIME);
                let left = end.saturating_duration_since(Instant::now());
                if left.is_zero() || stream.set_read_timeout(Some(left)).is_err() {
                    return Next::Refused(head::TOO_SLOW);
                }
            }
            let mut piece = [0; PIECE_BYTES];
            let read = match stream.read(&mut piece) {
                Ok(0) => return Next::End,
                Ok(read) => &piece[..read],
                Err(e) if e.kind() == ErrorKind::Interrupted => continue,
                Err(e) if timed_out(&e) && !buffer.is_empty() => {
                    return Next::Refused(head::TOO_SLOW);
                }
                Err(_) => return Next::End,
            };
            // A head that comes byte by byte is not looked through each time.
            let first = buffer.is_empty();
            buffer.extend_from_slice(read);
            whole = first || read.contains(&b'\n') || buffer.len() >= head::MAX_BYTES;
        }
    }

    /// Sends a reply; returns how much of its body was sent, and whether that is all of it. `now` is
    /// the server's clock.
    pub fn send(
        &self,
        method: &str,
        reply: &Reply,
        last: bool,
        now: impl Fn() -> u64,
    ) -> (u64, bool) {
        let body = wire::has_body(method, reply.status).then_some(&reply.body);
        let head = wire::head(reply, last);
        let sent = Cell::new(0);
        let began = now();
        let progress = |so_far| {
            sent.set(so_far);
            self.moves(began, now());
        };
        let unpacked = |zip, coding| {
            // To unpack takes time, which tells nothing of a client that was not waited for.
            let progress = |so_far, waited| {
                sent.set(so_far);
                if waited {
                    self.moves(began, now())
                } else {
                    self.stays(now())
                }
            };
            unpacked::send(&self.stream, &head, zip, coding, progress)
        };
        let ended = match body {
            Some(Body::Unpacked(zip)) => unpacked(zip, Coding::Identity),
            Some(Body::Gzip(zip)) => unpacked(zip, Coding::Gzip),
            Some(Body::Stored(zip)) => wire::send_stored(&self.stream, &head, zip, progress),
            body => {
                let bytes = body.map_or(&[][..], Body::bytes);
                wire::send(&self.stream, &head, bytes, progress)
            }
        };
        if ended.as_ref().is_err_and(is_given_up) {
            self.forget_unsent();
        }
        (sent.get(), ended.is_ok())
    }

    /// Ends it after the last answer: what the client still sends would otherwise make the system
    /// take the answer back. What is here already is read for that, and nothing waited for.
    pub fn close(&self) {
        let mut stream = &self.stream;
        if stream.shutdown(Shutdown::Write).is_err() || stream.set_nonblocking(true).is_err() {
            return;
        }
        let mut piece = [0; PIECE_BYTES];
        for _ in 0..16 {
            if !matches!(stream.read(&mut piece), Ok(1..)) {
                break;
            }
        }
    }

    /// True where a request waits to be read; it counts as one that is being answered from then on.
    pub fn was_just_asked(&self, now: u64) -> bool {
        let idle = matches!(self.state(), State::Idle { .. });
        let asked = idle && socket::has_bytes(&self.stream);
        if asked {
            self.begin(now);
        }
        asked
    }

    /// Says in bytes that are ready why this client is not served now, and ends it; nothing is
    /// waited for.
    pub fn turn_away(&self, answer: &[u8]) {
        // Who does not hear it has gone.
        let _ = self.stream.set_nonblocking(true);
        let _ = (&self.stream).write(answer);
        self.close();
    }

    /// Makes whoever reads or writes here end at once.
    pub fn shut_down(&self) {
        // One that has ended already is no error.
        let _ = self.stream.shutdown(Shutdown::Both);
    }

    /// Has the system forget what it has not sent of an answer that was given up, once this is closed:
    /// it would otherwise keep it, for minutes, for a client that does not read.
    fn forget_unsent(&self) {
        let _ = SockRef::from(&self.stream).set_linger(Some(Duration::ZERO));
    }

    /// Makes whoever waits for a request end; an answer that begins just then is still sent.
    pub fn end_idle(&self) {
        // Windows wakes no reader by the first.
        let quietly = if cfg!(windows) {
            Shutdown::Both
        } else {
            Shutdown::Read
        };
        let _ = self.stream.shutdown(quietly);
    }
}

/// True where the client reads nothing, or had to give way; not where what is sent cannot be read.
fn is_given_up(error: &io::Error) -> bool {
    timed_out(error) || error.kind() == ErrorKind::BrokenPipe
}

fn timed_out(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}
