//! Addresses that logins failed from, which are slowed.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use subtle::ConstantTimeEq;

use crate::proxy::origin::Group;

/// A login under the key of this process.
pub type Digest = [u8; 32];

/// No more addresses than this are known; the one that failed longest ago is forgotten first.
const MAX_ORIGINS: usize = 4096;

/// How long a failure counts.
const MEMORY: Duration = Duration::from_secs(600);

/// How long an address waits after its first failure; twice as long after each further one.
const FIRST_DELAY: Duration = Duration::from_millis(250);

/// It never waits longer than this.
const MAX_DELAY: Duration = Duration::from_secs(4);

/// The failures of late, by address.
#[derive(Debug, Default)]
pub struct Failures(HashMap<Group, Failed>);

#[derive(Debug)]
struct Failed {
    count: u32,
    last: Instant,
    /// What was wrong then.
    login: Digest,
}

impl Failures {
    /// Notes that `login` was wrong.
    pub fn note(&mut self, origin: Group, login: Digest, now: Instant) {
        let count = self.count(origin, now) + 1;
        if self.0.len() >= MAX_ORIGINS && !self.0.contains_key(&origin) {
            let oldest = self.0.iter().min_by_key(|(_, failed)| failed.last);
            if let Some(oldest) = oldest.map(|(origin, _)| *origin) {
                self.0.remove(&oldest);
            }
        }
        let failed = Failed {
            count,
            last: now,
            login,
        };
        self.0.insert(origin, failed);
    }

    /// Forgets what failed, after a login that was right.
    pub fn forgive(&mut self, origin: Group) {
        self.0.remove(&origin);
    }

    /// How often logins failed of late.
    pub fn count(&self, origin: Group, now: Instant) -> u32 {
        let failed = self.0.get(&origin);
        let recent = failed.filter(|f| now.saturating_duration_since(f.last) < MEMORY);
        recent.map_or(0, |f| f.count)
    }

    /// How long until the next login may be tried.
    pub fn delay(&self, origin: Group, now: Instant) -> Duration {
        let (Some(failed), Some(more)) =
            (self.0.get(&origin), self.count(origin, now).checked_sub(1))
        else {
            return Duration::ZERO;
        };
        let delay = FIRST_DELAY
            .saturating_mul(2u32.saturating_pow(more))
            .min(MAX_DELAY);
        delay.saturating_sub(now.saturating_duration_since(failed.last))
    }

    /// True when this very login was the last to fail: it is wrong again, whoever checks it. So
    /// a program with an old password is told so without a check, and slows nobody.
    pub fn knows(&self, origin: Group, login: &Digest) -> bool {
        let failed = self.0.get(&origin);
        failed.is_some_and(|f| bool::from(f.login.ct_eq(login)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(address: &str) -> Group {
        Group::of(address.parse().unwrap())
    }

    #[test]
    fn slows_an_address_more_and_more() {
        let (mut failures, begin) = (Failures::default(), Instant::now());
        let (bad, good) = (origin("192.0.2.1"), origin("192.0.2.2"));
        let mut delays = Vec::new();
        for wrong in 0..7 {
            failures.note(bad, [wrong; 32], begin);
            delays.push(failures.delay(bad, begin).as_millis());
        }
        assert_eq!(delays, [250, 500, 1000, 2000, 4000, 4000, 4000]);
        assert!(failures.knows(bad, &[6; 32]) && !failures.knows(bad, &[5; 32]));
        assert!(!failures.knows(good, &[6; 32]));
        assert_eq!(failures.delay(good, begin), Duration::ZERO);
        let later = begin + Duration::from_secs(3);
        assert_eq!(failures.delay(bad, later).as_millis(), 1000);
        assert_eq!(failures.delay(bad, begin + MAX_DELAY), Duration::ZERO);
        assert_eq!(failures.count(bad, begin + MAX_DELAY), 7);
        assert_eq!(failures.count(bad, begin + MEMORY), 0);
        failures.forgive(bad);
        assert_eq!(failures.count(bad, begin), 0);
    }

    #[test]
    fn ipv6_counts_by_its_first_half() {
        assert_eq!(origin("2001:db8::1"), origin("2001:db8::ffff:0:0:1"));
        assert_ne!(origin("2001:db8::1"), origin("2001:db8:0:1::1"));
        assert_eq!(origin("::ffff:192.0.2.1"), origin("192.0.2.1"));
        assert_ne!(origin("192.0.2.1"), origin("192.0.2.2"));
    }

    #[test]
    fn knows_so_many_addresses_and_no_more() {
        let (mut failures, begin) = (Failures::default(), Instant::now());
        for number in 0..2 * MAX_ORIGINS as u32 {
            let client = Group::of(std::net::Ipv4Addr::from_bits(number).into());
            let now = begin + Duration::from_millis(number.into());
            failures.note(client, [0; 32], now);
        }
        assert_eq!(failures.0.len(), MAX_ORIGINS);
        assert!(!failures.0.contains_key(&origin("0.0.0.0")));
    }
}
