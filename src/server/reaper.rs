//! The reaper: shuts down connections that ask for too long or lie idle.

use std::collections::HashMap;
use std::net::{Shutdown, SocketAddr};
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

use socket2::Socket;

use crate::server::sockets;

/// How long a client may take to send a request, from its first byte on.
const REQUEST_TIME: Duration = Duration::from_secs(7);

/// How much a client may send before it gets an answer, in bytes. What go sends stays below a
/// thousandth of that; tiny_http keeps a header of any length in memory.
const MAX_REQUEST_BYTES: u64 = 1 << 20;

/// With this many answers under way at once, a client that waits is not to blame.
const BUSY: usize = 32;

/// How long a connection may lie idle.
const IDLE_TIME: Duration = Duration::from_secs(120);

/// What the kernel counts of a connection (`tcp_info` in linux/tcp.h).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Counts {
    /// Bytes that came from the peer.
    received: u64,
    /// Bytes that the peer acknowledged.
    acked: u64,
    /// Bytes that were given to the kernel and are not acknowledged.
    pending: u64,
}

/// What was seen of a connection before.
#[derive(Debug, Clone, Copy)]
struct Seen {
    counts: Counts,
    /// How much had been received when an answer last went out.
    answered: u64,
    /// Since when the peer waits for an answer, or has not finished asking.
    asking_since: Option<Instant>,
    /// When anything was last received or acknowledged.
    moved: Instant,
}

/// What a look at the connections showed.
#[derive(Debug, Default)]
pub struct Look {
    /// The clients that never finished a request and were shut down.
    pub cut: Vec<SocketAddr>,
    /// True when a client sent something since before the last look and nobody has begun to
    /// answer it: it has not finished asking, or nobody reads what it asks.
    pub waiting: bool,
}

/// Shuts down connections that ask for too long or lie idle.
#[derive(Debug)]
pub struct Reaper {
    port: u16,
    seen: HashMap<u64, Seen>,
}

impl Reaper {
    /// Watches the connections to this local port.
    pub fn new(port: u16) -> Self {
        Reaper {
            port,
            seen: HashMap::new(),
        }
    }

    /// Looks at every connection once. `answering` are the clients that are being answered:
    /// they wait for us, and when there are many of them, so may others.
    pub fn look(&mut self, answering: &[Option<SocketAddr>]) -> Look {
        let now = Instant::now();
        let mut kept = HashMap::new();
        let mut look = Look::default();
        for socket in sockets::open::sockets() {
            let Some((cookie, peer, counts)) = self.connection(&socket) else {
                continue;
            };
            let seen = next(self.seen.get(&cookie).copied(), counts, now);
            let answered_now = answering.contains(&Some(peer));
            match verdict(&seen, now, answered_now || answering.len() >= BUSY) {
                Verdict::Keep => {
                    look.waiting |=
                        seen.asking_since.is_some_and(|since| since < now) && !answered_now;
                    kept.insert(cookie, seen);
                }
                verdict => {
                    let _ = socket.shutdown(Shutdown::Both);
                    if verdict == Verdict::AskedTooLong && !look.cut.contains(&peer) {
                        look.cut.push(peer);
                    }
                }
            }
        }
        self.seen = kept;
        look
    }

    fn connection(&self, socket: &Socket) -> Option<(u64, SocketAddr, Counts)> {
        let local = socket.local_addr().ok()?.as_socket()?;
        let peer = socket.peer_addr().ok()?.as_socket()?;
        if local.port() != self.port {
            return None;
        }
        Some((socket.cookie().ok()?, peer, counts(socket)?))
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Keep,
    AskedTooLong,
    Idle,
}

fn next(before: Option<Seen>, counts: Counts, now: Instant) -> Seen {
    // The peer acknowledges the handshake as if it were a byte.
    let first = Counts {
        received: 0,
        acked: 1,
        pending: 0,
    };
    let before = before.unwrap_or(Seen {
        counts: first,
        answered: 0,
        asking_since: None,
        moved: now,
    });
    let sends = counts.acked > before.counts.acked || counts.pending > 0;
    let answered = if sends {
        counts.received
    } else {
        before.answered
    };
    let asking = counts.received > answered;
    Seen {
        counts,
        answered,
        asking_since: asking.then(|| before.asking_since.unwrap_or(now)),
        moved: if counts == before.counts {
            before.moved
        } else {
            now
        },
    }
}

fn verdict(seen: &Seen, now: Instant, waits_for_us: bool) -> Verdict {
    let asked = seen.asking_since.map(|since| now - since);
    let too_much = seen.counts.received.saturating_sub(seen.answered) > MAX_REQUEST_BYTES;
    if (too_much || asked.is_some_and(|time| time >= REQUEST_TIME)) && !waits_for_us {
        Verdict::AskedTooLong
    } else if seen.counts.pending == 0 && now - seen.moved >= IDLE_TIME {
        Verdict::Idle
    } else {
        Verdict::Keep
    }
}

fn counts(socket: &Socket) -> Option<Counts> {
    let mut info = [0u8; 256];
    let mut len = info.len() as libc::socklen_t;
    #[allow(
        unsafe_code,
        reason = "TCP_INFO is a socket option that no safe crate reads"
    )]
    // SAFETY: the kernel writes at most `len` bytes to `info`, which has that many, and
    // puts into `len` how many it wrote; any bytes are valid for an array of bytes.
    let status = unsafe {
        let info = info.as_mut_ptr().cast();
        libc::getsockopt(
            socket.as_raw_fd(),
            libc::IPPROTO_TCP,
            libc::TCP_INFO,
            info,
            &mut len,
        )
    };
    // Offsets of struct tcp_info, whose layout only ever grows.
    let u32_at = |at: usize| Some(u32::from_ne_bytes(info.get(at..at + 4)?.try_into().ok()?));
    let u64_at = |at: usize| Some(u64::from_ne_bytes(info.get(at..at + 8)?.try_into().ok()?));
    let (unacked, acked, received, notsent) =
        (u32_at(24)?, u64_at(120)?, u64_at(128)?, u32_at(144)?);
    (status == 0 && len >= 148).then_some(Counts {
        received,
        acked,
        pending: u64::from(unacked) + u64::from(notsent),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(received: u64, acked: u64, pending: u64) -> Counts {
        Counts {
            received,
            acked,
            pending,
        }
    }

    #[test]
    fn cuts_who_asks_too_long_or_lies_idle() {
        let begin = Instant::now();
        type Steps<'a> = &'a [(u64, Counts)];
        let table: [(Steps<'_>, bool, Verdict); 10] = [
            (&[(0, counts(2 << 20, 0, 0))], false, Verdict::AskedTooLong),
            (&[(0, counts(2 << 20, 0, 0))], true, Verdict::Keep),
            (
                &[(0, counts(0, 1, 0)), (119, counts(0, 1, 0))],
                false,
                Verdict::Keep,
            ),
            (
                &[(0, counts(0, 1, 0)), (120, counts(0, 1, 0))],
                false,
                Verdict::Idle,
            ),
            (
                &[(0, counts(9, 0, 0)), (4, counts(9, 0, 0))],
                false,
                Verdict::Keep,
            ),
            (
                &[(0, counts(9, 0, 0)), (7, counts(9, 0, 0))],
                false,
                Verdict::AskedTooLong,
            ),
            (
                &[(0, counts(9, 0, 0)), (7, counts(9, 0, 0))],
                true,
                Verdict::Keep,
            ),
            (
                &[
                    (0, counts(1, 0, 0)),
                    (3, counts(2, 0, 0)),
                    (7, counts(3, 0, 0)),
                ],
                false,
                Verdict::AskedTooLong,
            ),
            (
                &[
                    (0, counts(9, 0, 0)),
                    (4, counts(9, 500, 0)),
                    (60, counts(9, 500, 0)),
                ],
                false,
                Verdict::Keep,
            ),
            (
                &[
                    (0, counts(9, 0, 0)),
                    (4, counts(9, 500, 99)),
                    (600, counts(9, 500, 99)),
                ],
                false,
                Verdict::Keep,
            ),
        ];
        for (steps, answering, want) in table {
            let mut seen = None;
            let mut now = begin;
            for (seconds, counts) in steps {
                now = begin + Duration::from_secs(*seconds);
                seen = Some(next(seen, *counts, now));
            }
            assert_eq!(verdict(&seen.unwrap(), now, answering), want, "{steps:?}");
        }
    }
}
