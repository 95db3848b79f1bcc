//! Who holds a connection, and who gives way when all are taken.

use crate::proxy::origin::Group;
use std::collections::HashMap;

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
        /// When more of it was taken the last time, or it began.
        moved: u64,
        /// True where the client is known to read.
        reads: bool,
    },
}

/// How long an answer may stand still before its reader counts as slow, in milliseconds.
const SLOW_MS: u64 = 250;

/// The same for one who is not known to have read anything, in milliseconds.
const UNREAD_MS: u64 = 100;

/// How long it may take until the first request of a connection is here, in milliseconds.
const FIRST_MS: u64 = 3;

/// How long a connection may idle before it gives way, whoever it is of, in milliseconds.
const IDLE_MS: u64 = 1000;

/// A client that holds as many times what the newcomer holds is in its way, where it is a crowd.
const FAR_MORE: usize = 4;

/// The go commands of one host seldom have more connections than this.
const MODEST: usize = 64;

/// True where one who holds `more` of `all` connections is in the way of one who holds `less`.
pub fn is_far_more(more: usize, less: usize, all: usize) -> bool {
    more > FAR_MORE * less && is_crowd(more, all)
}

/// True for so many connections of one client as few go commands have, or more than a quarter of
/// `all`.
fn is_crowd(held: usize, all: usize) -> bool {
    held > MODEST || FAR_MORE * held > all
}

/// The connection of `held`, each with its number, that gives way to one of `newcomer` at the time
/// `now`, when all are taken. `counts` is how many each client holds.
///
/// It is, the first that there is of these, and of each kind the one that has been so for longest:
/// 1. of the client that holds most, one that idles;
/// 2. of anybody, one that idles for a while: its client loses nothing;
/// 3. of the client that holds most, an answer that stands still: at once if it holds far more than
///    the newcomer, for a while if it is the newcomer's own, and it is a crowd;
/// 4. of anybody, an answer that stands still for a shorter while and of which the client is not known
///    to have read anything, unless the newcomer holds far more;
/// 5. of anybody, an answer that stands still for a while, unless the newcomer holds far more;
/// 6. of anybody, one that has not said anything yet.
pub fn gives_way(
    held: impl Iterator<Item = (usize, Group, State)>,
    counts: &HashMap<Group, usize>,
    newcomer: Group,
    now: u64,
) -> Option<usize> {
    let count = |group: &Group| counts.get(group).copied().unwrap_or(0);
    let most = counts.values().copied().max()?;
    let own = count(&newcomer) == most;
    let all: usize = counts.values().sum();
    let far_more = is_far_more(most, count(&newcomer) + 1, all);
    let own_crowd = own && is_crowd(most, all);
    // The longest of each kind, and which it is.
    let mut longest: [Option<(u64, usize)>; 6] = [None; 6];
    for (at, group, state) in held {
        let of_most = match own {
            true => group == newcomer,
            false => count(&group) == most,
        };
        let (took, is) = match state {
            State::Idle { since, spoken } => {
                let took = now.saturating_sub(since);
                let idles = spoken || took >= IDLE_MS || far_more;
                let long = took >= IDLE_MS;
                let first = !spoken && took >= FIRST_MS;
                (took, [of_most && idles, long, false, false, false, first])
            }
            State::Answering { moved, reads } => {
                let took = now.saturating_sub(moved);
                let slow = took >= SLOW_MS;
                let still = far_more || (own_crowd && slow);
                let may_yield = !is_far_more(count(&newcomer), count(&group), all);
                let unread = may_yield && !reads && took >= UNREAD_MS;
                let yields = may_yield && slow;
                (
                    took,
                    [false, false, of_most && still, unread, yields, false],
                )
            }
        };
        for (longest, _) in longest.iter_mut().zip(is).filter(|(_, is)| *is) {
            if longest.is_none_or(|(other, _)| took > other) {
                *longest = Some((took, at));
            }
        }
    }
    longest.into_iter().flatten().next().map(|(_, at)| at)
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
            let spoken = true;
            (group, State::Idle { since, spoken })
        };
        let silent = |group, since| {
            let spoken = false;
            (group, State::Idle { since, spoken })
        };
        let answering = |group, moved, reads| (group, State::Answering { moved, reads });
        let busy = |group, moved| answering(group, moved, true);
        // So many clients with one answer each.
        let singles = |count: u8, moved| -> Vec<_> {
            let groups = (0..count).map(|n| group(&format!("10.0.1.{n}")));
            groups.map(|group| busy(group, moved)).collect()
        };
        let now = 10_000;
        let table = [
            (vec![], a, None),
            // The longest idle one, of the client with most.
            (vec![idle(b, 1), idle(a, 5), idle(a, 3)], c, Some(2)),
            // Anybody's that idled for a while, before a reader is cut.
            (vec![busy(a, 0), busy(a, 0), idle(b, 1)], c, Some(2)),
            (vec![busy(a, 0), idle(b, 1), idle(c, 9_500)], a, Some(1)),
            // Where two hold as many, one's own connections go first.
            (vec![idle(a, 1), idle(b, 2)], b, Some(1)),
            (vec![idle(a, 1), idle(b, 2)], c, Some(0)),
            // An answer that stands still, where none idles for long.
            (
                vec![busy(a, 8_000), busy(a, 7_000), idle(b, 9_500)],
                c,
                Some(1),
            ),
            (
                vec![busy(b, 9_999), busy(a, 8_000), busy(b, 9_999)],
                b,
                Some(1),
            ),
            (vec![answering(b, 9_890, false)], c, Some(0)),
            (vec![answering(b, 9_890, true)], c, None),
            // One that is known to read is not cut before one that may never have.
            (
                vec![
                    busy(a, 8_000),
                    answering(b, 9_000, false),
                    answering(b, 9_990, false),
                ],
                c,
                Some(1),
            ),
            // Who holds most makes room for himself before others do, however slow they are.
            (
                vec![busy(b, 1_000), busy(a, 8_500), busy(a, 8_000)],
                a,
                Some(2),
            ),
            (
                [vec![busy(b, 1_000)], vec![busy(a, 9_900); 5]].concat(),
                a,
                None,
            ),
            // Nobody who takes what he gets is cut, unless he has far too many.
            (
                vec![busy(a, 9_990), busy(a, 9_990), idle(b, 9_500)],
                c,
                None,
            ),
            (vec![busy(a, 9_990); 4], b, None),
            (vec![busy(a, 9_990); 5], b, Some(0)),
            // A client with a few more than each of many others is no crowd, whoever comes.
            (
                [vec![busy(a, 9_990); 5], singles(15, 9_990)].concat(),
                b,
                None,
            ),
            (
                [vec![busy(a, 9_990); 6], singles(15, 9_990)].concat(),
                b,
                Some(0),
            ),
            (
                [vec![busy(a, 9_500); 5], singles(15, 9_600)].concat(),
                a,
                Some(0),
            ),
            (
                [vec![busy(a, 9_600); 5], singles(15, 9_500)].concat(),
                a,
                Some(5),
            ),
            (
                [
                    vec![busy(a, 9_990); 65],
                    singles(250, 9_980),
                    singles(250, 9_980),
                ]
                .concat(),
                b,
                Some(0),
            ),
            // Nor does one of several crowds cut who has one answer.
            (
                [
                    vec![busy(a, 9_900); 65],
                    singles(250, 9_000),
                    vec![busy(b, 9_900); 65],
                ]
                .concat(),
                a,
                None,
            ),
            (vec![busy(a, 9_900); 5], a, None),
            // One that said nothing yet, after a while, at once in a crowd, or where nothing else is left.
            (vec![silent(a, 9_999), idle(b, 9_998)], c, Some(1)),
            (vec![silent(a, 9_999), silent(a, 8_000)], a, Some(1)),
            (vec![silent(a, 9_999), silent(a, 8_000)], b, Some(1)),
            (vec![silent(a, 9_999); 5], b, Some(0)),
            (
                vec![silent(a, 9_990), busy(a, 9_999), busy(b, 9_000)],
                c,
                Some(2),
            ),
            (
                vec![silent(a, 9_990), busy(a, 9_999), busy(b, 9_900)],
                c,
                Some(0),
            ),
        ];
        for (number, (held, newcomer, want)) in table.iter().enumerate() {
            let mut counts: HashMap<Group, usize> = HashMap::new();
            for (group, _) in held {
                *counts.entry(*group).or_default() += 1;
            }
            let held = held.iter().enumerate();
            let held = held.map(|(at, (group, state))| (at, *group, *state));
            let found = gives_way(held, &counts, *newcomer, now);
            assert_eq!(found, *want, "row {number}");
        }
    }
}
