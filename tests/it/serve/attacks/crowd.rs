//! A crowd of clients that mean no good: many sockets that never block, held by two threads.
//!
//! Every client of a crowd does the same, with words of its own: it comes, says something at some
//! pace, reads at some pace, and goes in some way. Where one goes another comes, as long as the
//! attack lasts.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crate::serve::attacks::client::{Client, End, FULL, Manners, Pace};

/// How many threads move a crowd.
const THREADS: usize = 2;

/// How many clients of a crowd come in a second, unless it is a burst. More would be an attack on
/// the two cores that everybody shares.
const RATE: usize = 2_000;

/// How much longer than its time an attack goes on until enough clients have come.
const GRACE: Duration = Duration::from_secs(10);

/// How long nothing is done where nothing is due.
const REST: Duration = Duration::from_millis(4);

/// How long at least, so that a crowd leaves something of the cores to others.
const SHORT_REST: Duration = Duration::from_micros(500);

/// The addresses of a crowd that is spread.
const ADDRESSES: usize = 250;

/// What a crowd does. Clients number `n` says `words[n % words.len()]`.
#[derive(Debug, Clone)]
pub struct Crowd {
    to: SocketAddr,
    net: u8,
    seats: usize,
    least: usize,
    time: Duration,
    rate: usize,
    addresses: usize,
    words: Vec<Arc<[u8]>>,
    manners: Manners,
}

/// What came of it.
#[derive(Debug, Default, Clone, Copy)]
pub struct Outcome {
    /// How many clients came.
    pub came: usize,
    /// How many of them got at least one byte.
    pub answered: usize,
    /// How many the server parted with.
    pub parted: usize,
}

impl Outcome {
    /// Counts a client that is gone, or is to go.
    fn left(&mut self, client: &mut Client) {
        self.answered += usize::from(client.was_answered());
        self.parted += usize::from(client.parted);
    }

    /// Both together.
    pub fn and(self, other: Outcome) -> Outcome {
        Outcome {
            came: self.came + other.came,
            answered: self.answered + other.answered,
            parted: self.parted + other.parted,
        }
    }
}

impl Crowd {
    /// `seats` clients at once, from the addresses of `127.0.net`, for some time: they say
    /// nothing, read what comes, and stay.
    pub fn new(to: SocketAddr, net: u8, seats: usize, time: Duration) -> Crowd {
        Crowd {
            to,
            net,
            seats,
            least: 0,
            time,
            rate: RATE,
            addresses: ADDRESSES,
            words: vec![Arc::from(&b""[..])],
            manners: Manners {
                more: None,
                send: FULL,
                read: FULL,
                end: End::Stays,
            },
        }
    }

    /// All from one address.
    pub fn one_address(self) -> Crowd {
        Crowd {
            addresses: 1,
            ..self
        }
    }

    /// It goes on until at least so many have come.
    pub fn at_least(self, least: usize) -> Crowd {
        Crowd { least, ..self }
    }

    /// It takes so long.
    pub fn lasts(self, time: Duration) -> Crowd {
        Crowd { time, ..self }
    }

    /// So many come in a second at most.
    pub fn rate(self, rate: usize) -> Crowd {
        Crowd { rate, ..self }
    }

    /// The words of each client in turn.
    pub fn says<W: Into<Vec<u8>>>(self, words: impl IntoIterator<Item = W>) -> Crowd {
        let words: Vec<Arc<[u8]>> = words.into_iter().map(|w| w.into().into()).collect();
        assert!(!words.is_empty());
        Crowd { words, ..self }
    }

    /// After its words a client says `more` again and again, `bytes` of it.
    pub fn goes_on(mut self, more: &[u8], bytes: usize) -> Crowd {
        // Large pieces: each is a system call.
        let piece = more.repeat((1 << 16) / more.len() + 1).into();
        self.manners.more = Some((piece, bytes));
        self
    }

    /// How fast a client sends.
    pub fn sends(mut self, send: Pace) -> Crowd {
        self.manners.send = send;
        self
    }

    /// How fast a client reads.
    pub fn reads(mut self, read: Pace) -> Crowd {
        self.manners.read = read;
        self
    }

    /// How a client goes.
    pub fn ends(mut self, end: End) -> Crowd {
        self.manners.end = end;
        self
    }

    /// Does it, and returns when the last client is gone.
    pub fn attack(&self) -> Outcome {
        let mut all = Outcome::default();
        thread::scope(|scope| {
            let parts: Vec<_> = (0..THREADS)
                .map(|part| scope.spawn(move || self.part(part)))
                .collect();
            for part in parts {
                all = all.and(part.join().expect("a crowd"));
            }
        });
        all
    }

    /// The share of one thread.
    fn part(&self, part: usize) -> Outcome {
        // One client is one, and not one a thread.
        let seats = (self.seats + THREADS - 1 - part) / THREADS;
        let least = if seats == 0 {
            0
        } else {
            self.least.div_ceil(THREADS)
        };
        let rate = (self.rate / THREADS) as f64;
        let begin = Instant::now();
        let mut outcome = Outcome::default();
        let mut clients: Vec<Client> = Vec::new();
        let mut buffer = vec![0; FULL.0];
        loop {
            let now = Instant::now();
            let gone = now - begin;
            let goes_on = gone < self.time || outcome.came < least;
            if !goes_on || gone >= self.time + GRACE {
                break;
            }
            let may_come = ((gone.as_secs_f64() * rate) as usize).saturating_add(1);
            // Who is here is not forgotten over who comes.
            let most = clients.len().saturating_add(500).min(seats);
            while clients.len() < most && outcome.came < may_come {
                let client = self.client(part + THREADS * outcome.came);
                outcome.came += 1;
                clients.extend(client);
            }
            clients.retain_mut(|client| {
                let stays = client.due > now || client.acts(&self.manners, now, &mut buffer);
                if !stays {
                    outcome.left(client);
                }
                stays
            });
            let next = clients.iter().map(|client| client.due).min();
            let rest = next.map_or(REST, |due| due.saturating_duration_since(Instant::now()));
            thread::park_timeout(rest.clamp(SHORT_REST, REST));
        }
        clients.iter_mut().for_each(|client| outcome.left(client));
        outcome
    }

    /// Client number `n`, on its way; none where the system has no more sockets.
    fn client(&self, n: usize) -> Option<Client> {
        let last = u8::try_from(n % self.addresses).expect("a small number") + 1;
        let from = Ipv4Addr::new(127, 0, self.net, last);
        assert_ne!(
            from,
            Ipv4Addr::LOCALHOST,
            "that is where the others come from"
        );
        let words = self.words[n % self.words.len()].clone();
        Client::new(from, self.to, words, &self.manners)
    }
}
