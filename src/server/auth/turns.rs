//! Whose login is checked next: one at a time, those who failed of late last.
//!
//! An address takes a few places in the line, and one alone after it failed; when the line is
//! full, a better newcomer takes the worst one's place. So who guesses keeps out himself.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use super::Checked;
use super::failures::{Digest, Failures};
use crate::proxy::origin::Group;

/// How many checks wait, of all addresses.
const MAX_WAITING: usize = 32;

/// How many checks of one address wait or run, unless it failed of late: several users may
/// stand behind one address.
const MAX_OF_ORIGIN: usize = 8;

/// How many requests wait for the same check: a go command sends many at once.
const MAX_JOINED: usize = 64;

/// The same for an address that failed of late.
const MAX_JOINED_FAILED: usize = 4;

/// How many requests wait for checks of others, in all.
const MAX_JOINED_IN_ALL: usize = 256;

/// The checks that wait, in the order they came, and the one that runs.
#[derive(Debug, Default)]
pub struct Line {
    waiting: Vec<Place>,
    running: Option<Place>,
    last: u64,
}

/// A place in the line: one login from one address.
#[derive(Debug, Clone)]
pub struct Place {
    /// Its number, by which a place is known.
    pub number: u64,
    /// Where the login comes from.
    pub origin: Group,
    /// The login.
    pub login: Digest,
    /// How it went.
    pub outcome: Arc<OnceLock<Checked>>,
    /// How many of its address were before it when it came.
    before: usize,
    joined: usize,
}

/// How a login gets into the line.
#[derive(Debug)]
pub enum Entered {
    /// It has a place, and its turn comes or its outcome does.
    Waits(Place),
    /// The same is in the line already; this is how it will have gone.
    Joins(Arc<OnceLock<Checked>>),
    /// It does not get in.
    Refused(Checked),
}

/// How much a place is put behind others: failures first, then how many of its address were
/// before it, then when it came.
type Rank = (u32, usize, u64);

impl Line {
    /// Takes a place for a login from an address.
    pub fn enter(
        &mut self,
        origin: Group,
        login: Digest,
        failures: &Failures,
        now: Instant,
    ) -> Entered {
        let failed = failures.count(origin, now);
        let joined = self.places().map(|place| place.joined).sum::<usize>();
        let all = self.waiting.iter_mut().chain(&mut self.running);
        let mut same = all.filter(|place| place.origin == origin && place.login == login);
        if let Some(place) = same.next() {
            let most = if failed > 0 {
                MAX_JOINED_FAILED
            } else {
                MAX_JOINED
            };
            if place.joined >= most || joined >= MAX_JOINED_IN_ALL {
                return Entered::Refused(Checked::Busy);
            }
            place.joined += 1;
            return Entered::Joins(place.outcome.clone());
        }
        let delay = failures.delay(origin, now);
        if !delay.is_zero() {
            return Entered::Refused(Checked::Slowed(delay));
        }
        let before = self.places().filter(|p| p.origin == origin).count();
        if before >= if failed > 0 { 1 } else { MAX_OF_ORIGIN } {
            return Entered::Refused(Checked::Busy);
        }
        self.last += 1;
        if self.waiting.len() >= MAX_WAITING {
            let ranks = self
                .waiting
                .iter()
                .enumerate()
                .map(|(at, place)| (place.rank(failures, now), at));
            match ranks.max() {
                Some((rank, worst)) if rank > (failed, before, self.last) => {
                    let gone = self.waiting.remove(worst);
                    let _ = gone.outcome.set(Checked::Busy);
                }
                _ => return Entered::Refused(Checked::Busy),
            }
        }
        let place = Place {
            number: self.last,
            origin,
            login,
            outcome: Arc::default(),
            before,
            joined: 0,
        };
        self.waiting.push(place.clone());
        Entered::Waits(place)
    }

    fn places(&self) -> impl Iterator<Item = &Place> {
        self.waiting.iter().chain(&self.running)
    }

    /// Sends away those whose address has to wait by now, and lets the next one run if none does.
    pub fn advance(&mut self, failures: &Failures, now: Instant) {
        self.waiting.retain(|place| {
            let delay = failures.delay(place.origin, now);
            if !delay.is_zero() {
                let _ = place.outcome.set(Checked::Slowed(delay));
            }
            delay.is_zero()
        });
        if self.running.is_none() {
            let ranks = self
                .waiting
                .iter()
                .enumerate()
                .map(|(at, place)| (place.rank(failures, now), at));
            let next = ranks.min().map(|(_, at)| self.waiting.remove(at));
            self.running = next;
        }
    }

    /// True when it is this one's turn.
    pub fn is_running(&self, number: u64) -> bool {
        self.running.as_ref().is_some_and(|p| p.number == number)
    }

    /// Gives a place up, whether it waits or runs.
    pub fn leave(&mut self, number: u64) {
        self.waiting.retain(|place| place.number != number);
        self.running.take_if(|place| place.number == number);
    }
}

impl Place {
    fn rank(&self, failures: &Failures, now: Instant) -> Rank {
        (failures.count(self.origin, now), self.before, self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn origin(number: u32) -> Group {
        Group::of(std::net::Ipv4Addr::from_bits(number).into())
    }

    fn waits(entered: Entered) -> Place {
        match entered {
            Entered::Waits(place) => place,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_same_login_is_checked_once() {
        let (mut line, none, now) = (Line::default(), Failures::default(), Instant::now());
        let first = waits(line.enter(origin(1), [1; 32], &none, now));
        line.advance(&none, now);
        for _ in 0..MAX_JOINED {
            let second = line.enter(origin(1), [1; 32], &none, now);
            assert!(matches!(second, Entered::Joins(o) if Arc::ptr_eq(&o, &first.outcome)));
        }
        let more = line.enter(origin(1), [1; 32], &none, now);
        assert!(matches!(more, Entered::Refused(Checked::Busy)));
        // From elsewhere it is another one: who guesses must not slow others by their logins.
        waits(line.enter(origin(2), [1; 32], &none, now));
    }

    #[test]
    fn one_runs_and_each_address_has_its_turn() {
        let (mut line, none, now) = (Line::default(), Failures::default(), Instant::now());
        let mut enter = |from, login| waits(line.enter(origin(from), [login; 32], &none, now));
        let places = [enter(1, 1), enter(1, 2), enter(1, 3), enter(2, 4)];
        let mut order = Vec::new();
        while order.len() < places.len() {
            line.advance(&none, now);
            line.advance(&none, now);
            let running = places.iter().filter(|p| line.is_running(p.number));
            let running: Vec<_> = running.collect();
            assert_eq!(running.len(), 1);
            order.push(running[0].login[0]);
            line.leave(running[0].number);
        }
        assert_eq!(order, [1, 4, 2, 3]);
    }

    #[test]
    fn who_failed_is_sent_away_and_comes_last() {
        let (mut line, mut failures) = (Line::default(), Failures::default());
        let now = Instant::now();
        let places: Vec<Place> = (0..MAX_OF_ORIGIN as u8)
            .map(|login| waits(line.enter(origin(1), [login; 32], &failures, now)))
            .collect();
        let more = line.enter(origin(1), [99; 32], &failures, now);
        assert!(matches!(more, Entered::Refused(Checked::Busy)));
        line.advance(&failures, now);
        assert!(line.is_running(places[0].number));
        failures.note(origin(1), [0; 32], now);
        line.leave(places[0].number);
        line.advance(&failures, now);
        for place in &places[1..] {
            assert!(matches!(place.outcome.get(), Some(Checked::Slowed(_))));
        }
        let again = line.enter(origin(1), [1; 32], &failures, now);
        assert!(matches!(again, Entered::Refused(Checked::Slowed(_))));
        // Later it has one place, behind those who came after it.
        let later = now + Duration::from_secs(1);
        waits(line.enter(origin(1), [1; 32], &failures, later));
        let second = line.enter(origin(1), [2; 32], &failures, later);
        assert!(matches!(second, Entered::Refused(Checked::Busy)));
        let good = waits(line.enter(origin(2), [3; 32], &failures, later));
        line.advance(&failures, later);
        assert!(line.is_running(good.number));
    }

    #[test]
    fn a_full_line_has_room_for_who_did_not_fail() {
        let (mut line, mut failures) = (Line::default(), Failures::default());
        let now = Instant::now();
        let later = now + Duration::from_secs(1);
        let bad: Vec<Place> = (0..MAX_WAITING as u32)
            .map(|from| {
                failures.note(origin(from), [0; 32], now);
                waits(line.enter(origin(from), [1; 32], &failures, later))
            })
            .collect();
        failures.note(origin(100), [0; 32], now);
        let more = line.enter(origin(100), [1; 32], &failures, later);
        assert!(matches!(more, Entered::Refused(Checked::Busy)));
        let good = waits(line.enter(origin(200), [2; 32], &failures, later));
        let gone = bad.iter().filter(|place| place.outcome.get().is_some());
        assert_eq!(gone.count(), 1);
        line.advance(&failures, later);
        assert!(line.is_running(good.number));
    }
}
