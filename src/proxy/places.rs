//! How many pages are in memory at once: made, or waiting for a client that reads slowly.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use super::origin::Group;

/// How many pages there are at once.
const MOST: usize = 32;

/// How many of them one client has.
const MOST_OF_ONE: usize = 8;

/// Places for pages.
#[derive(Debug, Default)]
pub struct Places(Arc<Mutex<HashMap<Group, usize>>>);

/// One of them, taken until it is dropped.
#[derive(Debug)]
pub struct Place {
    taken: Arc<Mutex<HashMap<Group, usize>>>,
    client: Group,
}

fn lock(taken: &Mutex<HashMap<Group, usize>>) -> MutexGuard<'_, HashMap<Group, usize>> {
    taken
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}

impl Places {
    /// Takes one for a client; none where as many are taken as may be, by all or by this one.
    pub fn take(&self, client: Group) -> Option<Place> {
        let mut taken = lock(&self.0);
        let own = taken.get(&client).copied().unwrap_or(0);
        let is_full = own >= MOST_OF_ONE || taken.values().sum::<usize>() >= MOST;
        (!is_full).then(|| {
            taken.insert(client, own + 1);
            Place {
                taken: self.0.clone(),
                client,
            }
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = lock(&self.taken);
        match taken.get_mut(&self.client) {
            Some(own) if *own > 1 => *own -= 1,
            _ => {
                taken.remove(&self.client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_takes_all_and_all_take_no_more_than_there_are() {
        let places = Places::default();
        let client = |last: u8| Group::of([127, 0, 0, last].into());
        let mut held = Vec::new();
        for last in 1..=4 {
            held.extend((0..MOST_OF_ONE).map(|_| places.take(client(last)).unwrap()));
            assert!(places.take(client(last)).is_none());
        }
        assert!(places.take(client(9)).is_none());
        held.pop();
        assert!(places.take(client(9)).is_some());
        held.clear();
        assert!(lock(&places.0).is_empty());
    }
}
