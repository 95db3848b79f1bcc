//! What is counted while a server runs: each a number that any thread adds to, and none waits for.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::kind::{KINDS, Kind};

/// The statuses that a server answers with, and 0 for any other.
pub const STATUSES: [u16; 20] = [
    200, 206, 304, 400, 401, 403, 404, 405, 408, 413, 414, 416, 417, 429, 431, 500, 503, 505, 501,
    0,
];

/// The upper ends of what answers take, in microseconds; what takes longer is in none of them.
pub const TIMES: [u64; 14] = [
    50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 50_000, 100_000, 500_000, 1_000_000, 5_000_000,
    30_000_000,
];

/// A number that only grows, or is put back by who added to it.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds so much.
    pub fn add(&self, number: u64) {
        self.0.fetch_add(number, Ordering::Relaxed);
    }

    /// Takes so much of what was added before.
    pub fn take(&self, number: u64) {
        self.0.fetch_sub(number, Ordering::Relaxed);
    }

    /// What it is now.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What is counted while a server runs.
#[derive(Debug)]
pub struct Counters {
    /// Requests by kind and status, in the order of [`KINDS`] and [`STATUSES`].
    pub requests: [[Counter; STATUSES.len()]; KINDS.len()],
    /// Bytes of bodies that were sent.
    pub sent_bytes: Counter,
    /// How many answers took up to each of [`TIMES`] and longer than the one before; and longer than
    /// all.
    pub took: [Counter; TIMES.len() + 1],
    /// How long all answers together took, in nanoseconds.
    pub took_nanos: Counter,
    /// Clients that are connected now.
    pub connections: Counter,
    /// The most that may be.
    pub most_connections: Counter,
    /// Clients that were turned away as all connections were taken.
    pub turned_away: Counter,
    /// Connections that were ended to give way to another.
    pub gave_way: Counter,
    /// Requests by those who may not read.
    pub refused_by_guard: Counter,
    /// Requests that could not be read, or are of a kind that is not answered.
    pub refused_by_head: Counter,
    /// Lines of the log that were dropped.
    pub dropped_lines: Counter,
    /// True once a stop was asked for.
    pub stopping: AtomicBool,
    /// When counting began.
    pub began: SystemTime,
}

impl Default for Counters {
    fn default() -> Self {
        Counters {
            requests: Default::default(),
            sent_bytes: Counter::default(),
            took: Default::default(),
            took_nanos: Counter::default(),
            connections: Counter::default(),
            most_connections: Counter::default(),
            turned_away: Counter::default(),
            gave_way: Counter::default(),
            refused_by_guard: Counter::default(),
            refused_by_head: Counter::default(),
            dropped_lines: Counter::default(),
            stopping: AtomicBool::default(),
            began: SystemTime::now(),
        }
    }
}

impl Counters {
    /// A request for `name` was answered with this status, of which so many bytes were sent, and took
    /// so long.
    pub fn answered(&self, name: Option<&str>, status: u16, bytes: u64, took: Duration) {
        let known = STATUSES.iter().position(|known| *known == status);
        let status = known.unwrap_or(STATUSES.len() - 1);
        self.requests[Kind::of(name) as usize][status].add(1);
        self.sent_bytes.add(bytes);
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        let longer = TIMES.partition_point(|most| most * 1000 < nanos);
        self.took[longer].add(1);
        self.took_nanos.add(nanos);
    }

    /// From now on this server is not ready for more.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// True once a stop was asked for.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// When counting began, in seconds since 1970.
    pub fn began_seconds(&self) -> f64 {
        let since = self.began.duration_since(UNIX_EPOCH);
        since.map_or(0.0, |since| since.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_counted_by_how_long_it_took() {
        for (nanos, want) in [
            (0, 0),
            (50_000, 0),
            (50_001, 1),
            (1_000_000, 4),
            (30_000_000_000, 13),
            (30_000_000_001, 14),
            (u64::MAX, 14),
        ] {
            let counters = Counters::default();
            counters.answered(None, 200, 1, Duration::from_nanos(nanos));
            let at = counters.took.iter().position(|count| count.get() == 1);
            assert_eq!(at, Some(want), "{nanos}");
        }
    }

    #[test]
    fn a_status_that_nobody_knows_is_counted_as_such() {
        for (status, want) in [(200, 0), (505, 17), (0, 19), (299, 19), (u16::MAX, 19)] {
            let counters = Counters::default();
            counters.answered(Some("m/@v/list"), status, 0, Duration::ZERO);
            assert_eq!(counters.requests[Kind::List as usize][want].get(), 1);
        }
        assert!(TIMES.is_sorted());
    }
}
