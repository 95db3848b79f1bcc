//! Who holds a connection, and who gives way when all are taken.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};

/// The addresses that count as one client: an IPv4 address, or the 64 bits of an IPv6 network, of
/// which one host may have as many addresses as it likes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Group(IpAddr);

impl Group {
    /// The group of an address.
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(ip) => {
                let [a, b, c, d, ..] = ip.segments();
                Group(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into())
            }
            v4 => Group(v4),
        }
    }
}

/// What a connection does. Times are milliseconds on one clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// No request of it is being answered.
    Idle {
        /// Since when.
        since: u64,
        /// True after an answer: a client then knows that the connection may end.
        spoken: bool,
    },
    /// An answer is on its way.
    Answering {
        /// Since when.
        since: u64,
        /// How much of its body is sent, in bytes.
        sent: u64,
    },
}

/// How long an answer may take before its reader counts as slow, in milliseconds.
const SLOW_MS: u64 = 1000;

/// How long a connection may be silent at first, where others of its client come, in milliseconds.
const SILENT_MS: u64 = 1000;

/// The place in `held` of the connection that gives way to one of `newcomer` at the time `now`,
/// when all are taken.
///
/// It is one of the client that holds most: the one that idled longest, else the slowest reader.
/// None where that client is the newcomer itself, and each of its connections is at work.
pub fn gives_way(held: &[(Group, State)], newcomer: Group, now: u64) -> Option<usize> {
    let mut counts: HashMap<Group, usize> = HashMap::new();
    for (group, _) in held {
        *counts.entry(*group).or_default() += 1;
    }
    let most = *counts.values().max()?;
    let own = counts.get(&newcomer) == Some(&most);
    let of_most = |(_, (group, _)): &(usize, &(Group, State))| {
        counts[group] == most && (!own || *group == newcomer)
    };
    let idle = held.iter().enumerate().filter(of_most);
    let idle = idle.filter_map(|(at, (_, state))| match *state {
        State::Idle { since, spoken } => {
            let fresh = own && !spoken && now.saturating_sub(since) < SILENT_MS;
            (!fresh).then_some((since, at))
        }
        State::Answering { .. } => None,
    });
    if let Some((_, at)) = idle.min() {
        return Some(at);
    }
    let slow = held.iter().enumerate().filter(of_most);
    let slow = slow.filter_map(|(at, (_, state))| match *state {
        State::Answering { since, sent } => {
            let took = now.saturating_sub(since);
            (took >= SLOW_MS).then(|| (sent.saturating_mul(1000) / took, at))
        }
        State::Idle { .. } => None,
    });
    slow.min().map(|(_, at)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(text: &str) -> Group {
        Group::of(text.parse().unwrap())
    }

    #[test]
    fn a_network_is_one_client() {
        for (one, other, same) in [
            ("10.0.0.1", "10.0.0.1", true),
            ("10.0.0.1", "10.0.0.2", false),
            ("::ffff:10.0.0.1", "10.0.0.1", true),
            ("2001:db8::1", "2001:db8::ffff:1", true),
            ("2001:db8::1", "2001:db8:0:1::1", false),
        ] {
            assert_eq!(group(one) == group(other), same, "{one} {other}");
        }
    }

    #[test]
    fn who_holds_most_gives_way() {
        let (a, b, c) = (group("10.0.0.1"), group("10.0.0.2"), group("10.0.0.3"));
        let idle = |group, since| {
            (
                group,
                State::Idle {
                    since,
                    spoken: true,
                },
            )
        };
        let silent = |group, since| {
            (
                group,
                State::Idle {
                    since,
                    spoken: false,
                },
            )
        };
        let busy = |group, since, sent| (group, State::Answering { since, sent });
        let now = 10_000;
        let table = [
            (vec![], a, None),
            // The longest idle one, of the client with most.
            (vec![idle(b, 1), idle(a, 5), idle(a, 3)], c, Some(2)),
            // An idle one before a slow one.
            (vec![busy(a, 1, 0), idle(a, 9_999), idle(b, 1)], b, Some(1)),
            // The slowest reader, where none idles.
            (
                vec![busy(a, 0, 9_000), busy(a, 0, 100), idle(b, 1)],
                c,
                Some(1),
            ),
            (
                vec![busy(a, 0, 9_000), busy(a, 8_000, 100), idle(b, 1)],
                c,
                Some(1),
            ),
            // Nobody who is answered at once is in the way for long.
            (
                vec![busy(a, 9_500, 0), busy(a, 9_500, 0), idle(b, 1)],
                c,
                None,
            ),
            // One that said nothing yet gives way to others, and to its own after a while.
            (vec![silent(a, 9_999), silent(a, 9_998)], b, Some(1)),
            (vec![silent(a, 9_999), silent(a, 9_998)], a, None),
            (vec![silent(a, 9_999), silent(a, 8_000)], a, Some(1)),
            // Where two hold as many, one's own connections go first.
            (vec![idle(a, 1), idle(b, 2)], b, Some(1)),
            (vec![idle(a, 1), idle(b, 2)], c, Some(0)),
        ];
        for (number, (held, newcomer, want)) in table.iter().enumerate() {
            assert_eq!(gives_way(held, *newcomer, now), *want, "row {number}");
        }
    }
}
