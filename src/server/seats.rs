//! The seats of a server: who gets one, waits a moment for one, or has to go without.

use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use crate::feeds::counters::Counters;
use crate::server::budget::LEAVING;
use crate::server::connection::Connection;
use crate::server::slots::State;
use crate::server::table::Table;

/// How often answers are looked at that finish after a stop: one of which nothing was sent meanwhile
/// stands still.
const LOOK_TIME: Duration = Duration::from_secs(2);

/// How long a newcomer waits for the next to be done, where one after the other is.
const TURN_TIME: Duration = Duration::from_millis(2);

/// How long one who gives way may take to go.
const LEAVE_TIME: Duration = Duration::from_millis(100);

/// Seats for a number of connections.
pub struct Seats {
    /// How many.
    pub connections: usize,
    /// What is counted of them.
    pub counters: Arc<Counters>,
    table: Mutex<Table>,
    /// A connection has gone.
    left: Condvar,
    began: Instant,
}

impl Seats {
    /// Seats for so many.
    pub fn new(connections: usize, counters: Arc<Counters>) -> Self {
        counters.most_connections.add(connections as u64);
        Seats {
            connections,
            counters,
            table: Mutex::default(),
            left: Condvar::new(),
            began: Instant::now(),
        }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(|p| p.into_inner())
    }

    /// How many threads have a connection at once, those on their way out among them.
    pub fn most_threads(&self) -> usize {
        self.connections + LEAVING
    }

    /// Milliseconds since the first was there.
    pub fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX >> 2)
    }

    /// Makes room for a connection and takes it in.
    ///
    /// # Errors
    /// Nobody can give way, or who does has not gone; which, in a few words.
    pub fn admit(&self, connection: &Arc<Connection>) -> Result<(), &'static str> {
        let mut table = self.table();
        while table.held.len() >= self.connections {
            if table.make_room(connection, self.now()) {
                self.counters.gave_way.add(1);
                continue;
            }
            // Where nobody goes, nobody is to wait behind this one in vain.
            if !mem::take(&mut table.somebody_left) {
                return Err("and nobody gives way");
            }
            let waited = self
                .left
                .wait_timeout_while(table, TURN_TIME, |table| !table.somebody_left);
            table = waited.unwrap_or_else(|p| p.into_inner()).0;
        }
        let full = |table: &mut Table| table.living >= self.most_threads();
        if full(&mut table) {
            let waited = self.left.wait_timeout_while(table, LEAVE_TIME, full);
            let (now, waited) = waited.unwrap_or_else(|p| p.into_inner());
            table = now;
            if waited.timed_out() {
                return Err("and those who give way have not gone");
            }
        }
        table.take_in(connection);
        self.counters.connections.add(1);
        Ok(())
    }

    /// Has somebody give way to one that is seated already; false where nobody can.
    pub fn make_room(&self, newcomer: &Arc<Connection>) -> bool {
        let made = self.table().make_room(newcomer, self.now());
        self.counters.gave_way.add(made.into());
        made
    }

    /// One has gone.
    pub fn leave(&self, connection: &Arc<Connection>) {
        self.table().leave(connection);
        self.counters.connections.take(1);
        self.left.notify_all();
    }

    /// Lets answers finish as [`Seats::settle`] does, and cuts what is left at `end`.
    pub fn finish(&self, end: Instant) {
        self.settle(end);
        let table = self.table();
        for connection in &table.held {
            connection.shut_down();
        }
        // What they did last is yet to be told; who does not come back from it is not waited for.
        let living = |table: &mut Table| table.living > 0;
        let _ = self.left.wait_timeout_while(table, LEAVE_TIME, living);
    }

    /// Ends what is idle, waits for answers until `end`, and cuts those that stand still.
    pub fn settle(&self, end: Instant) {
        let mut before: Vec<(Arc<Connection>, State)> = Vec::new();
        let mut table = self.table();
        while table.living > 0 && Instant::now() < end {
            for connection in &table.held {
                let state = connection.state();
                let known = |(c, s): &(_, State)| Arc::ptr_eq(c, connection) && *s == state;
                match (state, before.iter().any(known)) {
                    // Who has just come has a request on the way.
                    (State::Idle { spoken: false, .. }, false) => {}
                    (State::Idle { .. }, _) => connection.end_idle(),
                    (_, true) => connection.shut_down(),
                    (State::Answering { .. }, false) => {}
                }
            }
            let held = table.held.iter();
            before = held.map(|c| (c.clone(), c.state())).collect();
            let living = |table: &mut Table| table.living > 0;
            let time = LOOK_TIME.min(end.saturating_duration_since(Instant::now()));
            let waited = self.left.wait_timeout_while(table, time, living);
            table = waited.unwrap_or_else(|p| p.into_inner()).0;
        }
    }
}
