//! One client of a crowd: a socket that never blocks.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use socket2::{Domain, SockRef, Socket, Type};

/// When a socket that could not be written to, or has nothing to read, is tried again.
const AGAIN: Duration = Duration::from_millis(10);

/// How often a client that has nothing to do looks whether the server has parted with it.
const LOOK: Duration = Duration::from_millis(500);

/// The receive buffer of who reads slowly or never, so that the kernel does not read instead.
const SMALL_BUFFER: usize = 4096;

/// What a server begins to say that has no room.
const BUSY: &[u8] = b"HTTP/1.1 503";

/// So many bytes at a time, and how long until the next.
#[derive(Debug, Clone, Copy)]
pub struct Pace(pub usize, pub Duration);

/// All that there is, as soon as it is there.
pub const FULL: Pace = Pace(1 << 18, Duration::ZERO);

/// Nothing at all.
pub const NEVER: Pace = Pace(0, LOOK);

/// How a client goes that has said all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It stays until the server parts with it or the attack is over.
    Stays,
    /// It goes when the answer has begun.
    Answered,
    /// It says that it will say no more, and stays.
    HalfCloses,
    /// It goes at once, and what is on its way is void.
    Resets,
}

/// How the clients of a crowd behave.
#[derive(Debug, Clone)]
pub struct Manners {
    /// What is said again and again after the words, and how many bytes of it.
    pub more: Option<(Arc<[u8]>, usize)>,
    /// How fast it sends.
    pub send: Pace,
    /// How fast it reads.
    pub read: Pace,
    /// How it goes.
    pub end: End,
}

/// A client.
pub struct Client {
    stream: TcpStream,
    words: Arc<[u8]>,
    sent: usize,
    answered: bool,
    said_all: bool,
    speaks: Instant,
    reads: Instant,
    /// When there is something to do.
    pub due: Instant,
    /// The server parted with it.
    pub parted: bool,
}

impl Client {
    /// One that is on its way; none where the system has no more sockets.
    pub fn new(
        from: Ipv4Addr,
        to: SocketAddr,
        words: Arc<[u8]>,
        manners: &Manners,
    ) -> Option<Client> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).ok()?;
        socket.bind(&SocketAddr::from((from, 0)).into()).ok()?;
        if manners.read.0 < FULL.0 {
            socket.set_recv_buffer_size(SMALL_BUFFER).ok()?;
        }
        socket.set_nonblocking(true).ok()?;
        // It is under way: the first word tells whether it arrived.
        let _ = socket.connect(&to.into());
        let now = Instant::now();
        Some(Client {
            stream: socket.into(),
            words,
            sent: 0,
            answered: false,
            said_all: false,
            speaks: now,
            reads: now,
            due: now,
            parted: false,
        })
    }

    /// Does what is due; false where it goes.
    pub fn acts(&mut self, manners: &Manners, now: Instant, buffer: &mut [u8]) -> bool {
        if !self.said_all && now >= self.speaks {
            let Ok(wait) = self.speak(manners) else {
                self.parted = true;
                return false;
            };
            self.speaks = now + wait;
            if self.said_all {
                match manners.end {
                    End::Resets => {
                        let _ = SockRef::from(&self.stream).set_linger(Some(Duration::ZERO));
                        return false;
                    }
                    End::HalfCloses => {
                        let _ = self.stream.shutdown(Shutdown::Write);
                    }
                    End::Stays | End::Answered => {}
                }
            }
        }
        if now >= self.reads {
            let Ok(wait) = self.read(manners, buffer) else {
                self.parted = true;
                return false;
            };
            self.reads = now + wait;
        }
        self.due = if self.said_all {
            self.reads
        } else {
            self.reads.min(self.speaks)
        };
        !(self.answered && manners.end == End::Answered)
    }

    /// Whether it got anything, read or not.
    pub fn was_answered(&self) -> bool {
        self.answered || self.stream.peek(&mut [0]).is_ok_and(|count| count > 0)
    }

    /// Says what it may say now; returns how long until more.
    fn speak(&mut self, manners: &Manners) -> Result<Duration, ()> {
        let mut may = manners.send.0;
        let all = self.words.len() + manners.more.as_ref().map_or(0, |(_, bytes)| *bytes);
        while may > 0 && self.sent < all {
            let piece = match &manners.more {
                Some((more, _)) if self.sent >= self.words.len() => {
                    &more[(self.sent - self.words.len()) % more.len()..]
                }
                _ => &self.words[self.sent..],
            };
            let piece = &piece[..piece.len().min(may).min(all - self.sent)];
            match (&self.stream).write(piece) {
                Ok(count) => {
                    self.sent += count;
                    may -= count;
                }
                Err(error) if is_early(&error) => return Ok(AGAIN),
                Err(_) => return Err(()),
            }
        }
        self.said_all = self.sent == all;
        Ok(manners.send.1)
    }

    /// Reads what it may read now; returns how long until more. An error where the server parted.
    fn read(&mut self, manners: &Manners, buffer: &mut [u8]) -> Result<Duration, ()> {
        let Pace(most, every) = manners.read;
        // Who reads nothing looks whether there is anything that it does not read.
        let got = match most {
            0 => self.stream.peek(&mut buffer[..BUSY.len()]),
            _ => (&self.stream).read(&mut buffer[..most]),
        };
        match got {
            Ok(0) => Err(()),
            // Who is turned away has nothing to hold, and comes again.
            Ok(count) if most == 0 && buffer[..count] == *BUSY => Err(()),
            Ok(_) => {
                self.answered = true;
                Ok(every)
            }
            // Who is idle costs a look now and then; who waits for an answer looks at once.
            Err(error) if is_early(&error) => Ok(match self.sent {
                0 => LOOK,
                _ => every.max(AGAIN),
            }),
            Err(_) => Err(()),
        }
    }
}

/// Nothing can be done yet: the connection is not made, or its buffer is full or empty.
fn is_early(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::WouldBlock | ErrorKind::NotConnected | ErrorKind::Interrupted
    )
}
