//! Those whom an attack is to keep from their work: two loops of the real `go mod download`, a
//! reader of the largest zip, and clients with small requests, all from 127.0.0.1, all the time.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::thread::{self, Scope};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use crate::serve::attacks::asking::Asking;
use crate::serve::attacks::ground::{Ground, LARGE, SMALL, Server};
use crate::support::bag::stderr;
use crate::support::go::Go;

/// Loops of `go mod download`.
const DOWNLOADERS: usize = 2;

/// How many seconds one of them may take.
const DOWNLOAD_SECONDS: &str = "30";

/// Clients with small requests: half of them keep their connection, half make a new one each time.
const PROBERS: usize = 4;

/// How long from one small request to the next of the same client.
const PROBE_PACE: Duration = Duration::from_millis(10);

/// How long from the end of a download, or of the large zip, to the next.
const WORK_PACE: Duration = Duration::from_millis(150);

/// No more failures than this are kept as text.
const TOLD: usize = 5;

/// What came of their work.
#[derive(Debug, Default, Clone)]
pub struct Tally {
    /// Requests, small and large, and downloads of go, that were answered well.
    pub good: usize,
    /// Those that were not.
    pub failures: usize,
    /// What the first of these were.
    pub told: Vec<String>,
    /// How long small requests took: on new connections, and on kept ones.
    pub took: [Vec<Duration>; 2],
    /// How long it took on this machine at the same time to connect to a server that does nothing.
    pub machine: Vec<Duration>,
    /// How often each kind of work was begun and done.
    pub done: [usize; 4],
}

/// The kinds of work, as they stand in [`Tally::done`]; the first two are small requests, as they stand in [`Tally::took`].
#[derive(Clone, Copy)]
enum Kind {
    New,
    Kept,
    Large,
    Download,
}

impl Tally {
    /// Both together.
    pub fn and(mut self, other: Tally) -> Tally {
        self.good += other.good;
        self.failures += other.failures;
        self.told.extend(other.told);
        self.told.truncate(TOLD);
        for (own, more) in self.took.iter_mut().zip(other.took) {
            own.extend(more);
        }
        self.machine.extend(other.machine);
        for (own, more) in self.done.iter_mut().zip(other.done) {
            *own += more;
        }
        self
    }

    /// How long all small requests took.
    pub fn small(&self) -> Vec<Duration> {
        self.took.concat()
    }

    /// True when each kind of work was done at least once.
    pub fn is_complete(&self) -> bool {
        self.done.iter().all(|&done| done > 0)
    }
}

/// The time that all but one in a hundred took no longer than.
pub fn p99(took: &[Duration]) -> Duration {
    let mut sorted = took.to_vec();
    sorted.sort();
    let at = sorted.len().saturating_sub(1) * 99 / 100;
    sorted.get(at).copied().unwrap_or_default()
}

/// Their work, going on.
pub struct Legit<'a> {
    ground: &'a Ground,
    server: &'a Server,
    stop: AtomicBool,
    /// Odd while the server is stopped by a signal, so that nobody can be answered in time.
    stalls: AtomicU64,
    tally: Mutex<Tally>,
}

impl<'a> Legit<'a> {
    /// Those who work with `server`.
    pub fn new(ground: &'a Ground, server: &'a Server) -> Legit<'a> {
        Legit {
            ground,
            server,
            stop: AtomicBool::new(false),
            stalls: AtomicU64::new(0),
            tally: Mutex::default(),
        }
    }

    /// Lets them work until [`Legit::stop`].
    pub fn work<'scope>(&'scope self, scope: &'scope Scope<'scope, '_>) {
        for number in 0..PROBERS {
            scope.spawn(move || self.probe(number % 2 == 0));
        }
        for _ in 0..DOWNLOADERS {
            scope.spawn(|| self.repeat(Kind::Download, WORK_PACE, || self.download()));
        }
        scope.spawn(|| self.read_large());
        scope.spawn(|| self.measure_the_machine());
    }

    /// Ends their work.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// What came of it since this was last asked.
    pub fn take(&self) -> Tally {
        std::mem::take(&mut *self.tally())
    }

    /// Stops the server by a signal, does something, and lets it continue. Requests meanwhile
    /// must be answered, but count for no time.
    pub fn stalled<T>(&self, work: impl FnOnce() -> T) -> T {
        self.stalls.fetch_add(1, Ordering::SeqCst);
        self.server.signal("STOP");
        let done = work();
        self.server.signal("CONT");
        self.stalls.fetch_add(1, Ordering::SeqCst);
        done
    }

    fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().expect("nobody panics with it")
    }

    fn goes_on(&self) -> bool {
        !self.stop.load(Ordering::Relaxed)
    }

    /// Does a kind of work again and again.
    fn repeat(&self, kind: Kind, pace: Duration, mut work: impl FnMut() -> Result<(), String>) {
        while self.goes_on() {
            let stalls = self.stalls.load(Ordering::SeqCst);
            let begin = Instant::now();
            let done = work();
            let took = begin.elapsed();
            let stalled = stalls % 2 == 1 || stalls != self.stalls.load(Ordering::SeqCst);
            let mut tally = self.tally();
            tally.done[kind as usize] += 1;
            if let Some(small) = tally.took.get_mut(kind as usize).filter(|_| !stalled) {
                small.push(took);
            }
            match done {
                Ok(()) => tally.good += 1,
                Err(fault) => {
                    tally.failures += 1;
                    if tally.told.len() < TOLD {
                        tally.told.push(fault);
                    }
                }
            }
            drop(tally);
            let next = match kind {
                Kind::New | Kind::Kept => begin + pace,
                Kind::Large | Kind::Download => Instant::now() + pace,
            };
            thread::park_timeout(next.saturating_duration_since(Instant::now()));
        }
    }

    fn probe(&self, keep: bool) {
        let kind = if keep { Kind::Kept } else { Kind::New };
        let mut asking = Asking::new(self.server.address, keep);
        let mut paths = SMALL.iter().cycle();
        self.repeat(kind, PROBE_PACE, || {
            let path = paths.next().expect("a cycle");
            let body = asking.get(path)?;
            let same = body == self.ground.files[*path];
            same.then_some(())
                .ok_or_else(|| format!("{path}: another answer"))
        });
    }

    fn read_large(&self) {
        let expected = Sha256::digest(&self.ground.files[LARGE]);
        let mut asking = Asking::new(self.server.address, false);
        self.repeat(Kind::Large, WORK_PACE, || {
            let same = Sha256::digest(asking.get(LARGE)?) == expected;
            same.then_some(())
                .ok_or_else(|| format!("{LARGE}: another SHA-256"))
        });
    }

    /// One download of all small modules into an empty cache, and a look at what came.
    fn download(&self) -> Result<(), String> {
        let url = format!("http://{}", self.server.address);
        let go = Go::new(&url).through(&["timeout", "--kill-after=1", DOWNLOAD_SECONDS]);
        let output = go.run(&format!("mod download {}", self.ground.modules().join(" ")));
        if !output.status.success() {
            let (said, code) = (stderr(&output), output.status);
            return Err(format!("go mod download: {code}: {}", said.trim()));
        }
        let cache = go.modcache().join("cache/download");
        for (path, bytes) in &self.ground.files {
            let named = path.ends_with(".zip") || path.ends_with(".mod");
            if named && path.starts_with("/small.test/") {
                let got = std::fs::read(cache.join(&path[1..]));
                if !got.is_ok_and(|got| got == *bytes) {
                    return Err(format!("go mod download: {path} is another one"));
                }
            }
        }
        Ok(())
    }

    /// Connects to a server that does nothing, at the pace of the probers.
    fn measure_the_machine(&self) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("its address");
        thread::scope(|scope| {
            scope.spawn(|| {
                for stream in listener.incoming() {
                    let mut byte = [0];
                    let read = stream.and_then(|mut s| s.read(&mut byte).map(|count| (s, count)));
                    match read {
                        // Its client was the last one.
                        Ok((_, 0)) => break,
                        Ok((mut stream, _)) => drop(stream.write_all(&byte)),
                        Err(_) => {}
                    }
                }
            });
            while self.goes_on() {
                let begin = Instant::now();
                let asked = TcpStream::connect(address).and_then(|mut stream| {
                    stream.write_all(b"x")?;
                    stream.read_exact(&mut [0])
                });
                if asked.is_ok() {
                    self.tally().machine.push(begin.elapsed());
                }
                let next = begin + PROBE_PACE;
                thread::park_timeout(next.saturating_duration_since(Instant::now()));
            }
            drop(TcpStream::connect(address));
        });
    }
}
