//! Who is connected, counted by client.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use crate::proxy::origin::Group;
use crate::server::connection::Connection;
use crate::server::slots::{gives_way, is_far_more};

/// How many of those who seem to idle may turn out to have asked for something just now.
const LOOKS: usize = 32;

/// Who is connected.
#[derive(Default)]
pub struct Table {
    /// Those who may stay.
    pub held: Vec<Arc<Connection>>,
    /// How many of them each client has.
    counts: HashMap<Group, usize>,
    /// Threads with a connection, of those who had to give way as well.
    pub living: usize,
    /// Somebody has left since this was last taken.
    pub somebody_left: bool,
}

impl Table {
    /// Takes one in.
    pub fn take_in(&mut self, connection: &Arc<Connection>) {
        *self.counts.entry(connection.group).or_default() += 1;
        self.held.push(connection.clone());
        self.living += 1;
    }

    /// Has one give way to `newcomer`, another than itself; false where nobody can.
    pub fn make_room(&mut self, newcomer: &Arc<Connection>, now: u64) -> bool {
        for _ in 0..LOOKS {
            let others = self.held.iter().enumerate();
            let others = others.filter(|(_, c)| !Arc::ptr_eq(c, newcomer));
            let others = others.map(|(at, c)| (at, c.group, c.state()));
            let Some(at) = gives_way(others, &self.counts, newcomer.group, now) else {
                return false;
            };
            // One of a crowd loses its place though it asked just now.
            if self.holds_far_more(self.held[at].group, newcomer.group)
                || !self.held[at].was_just_asked(now)
            {
                self.remove(at).shut_down();
                return true;
            }
        }
        false
    }

    /// True where a client holds far more than `newcomer` would.
    fn holds_far_more(&self, client: Group, newcomer: Group) -> bool {
        let count = |group| self.counts.get(&group).copied().unwrap_or(0);
        is_far_more(count(client), count(newcomer) + 1, self.held.len())
    }

    /// One has gone.
    pub fn leave(&mut self, connection: &Arc<Connection>) {
        let mut held = self.held.iter();
        // Who gave way is there no more.
        if let Some(at) = held.position(|held| Arc::ptr_eq(held, connection)) {
            self.remove(at);
        }
        self.living -= 1;
        self.somebody_left = true;
    }

    fn remove(&mut self, at: usize) -> Arc<Connection> {
        let connection = self.held.swap_remove(at);
        if let Entry::Occupied(mut count) = self.counts.entry(connection.group) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
        connection
    }
}
