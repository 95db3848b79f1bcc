//! Input that nobody meant, for the tests of whatever reads input: any bytes, and valid ones that
//! were changed; and a measure of what reading them may take.
//!
//! No part of the program: the crates and the program have it for their tests alone.

mod change;

use std::fmt;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::Config;

/// Longer input is cut.
const MAX_BYTES: usize = 64 << 10;

/// What reading may allocate at once whatever the input: buffers, names as long as 16 bits can
/// tell.
const ALWAYS: u64 = 512 << 10;

/// What it may allocate at once, besides, for each byte of the input: a JSON object of seven bytes
/// takes a node of 632.
const EACH: u64 = 256;

/// How these tests run: as many inputs as `PROPTEST_CASES` says, 256 where it says nothing. An input
/// that fails is printed, as small as it can be made, and kept in no file: it becomes a row of a
/// table.
pub fn config() -> Config {
    Config {
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..Config::default()
    }
}

/// Bytes, shown as they are written in a program.
#[derive(Clone, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b\"{}\"", self.0.escape_ascii())
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

/// Any bytes; or, mostly, one of `seeds`, of which there is at least one, after some changes.
pub fn bytes<S: AsRef<[u8]>>(seeds: impl IntoIterator<Item = S>) -> impl Strategy<Value = Bytes> {
    let seeds = seeds.into_iter().map(|seed| seed.as_ref().to_vec());
    let seeds: Arc<Vec<Vec<u8>>> = Arc::new(seeds.collect());
    // Many changes at once make most formats unreadable.
    let changes = prop_oneof![3 => vec(change::changes(), 1..3), 1 => vec(change::changes(), 0..9)];
    let changed = (0..seeds.len(), changes).prop_map(move |(seed, changes)| {
        let mut bytes = seeds[seed].clone();
        for change in &changes {
            change.apply(&mut bytes, &seeds);
            bytes.truncate(MAX_BYTES);
        }
        bytes
    });
    prop_oneof![1 => vec(any::<u8>(), 0..200), 9 => changed].prop_map(Bytes)
}

/// Any text; or, mostly, one of `seeds` after some changes, with U+FFFD for what is no text any
/// more.
pub fn text<S: AsRef<[u8]>>(seeds: impl IntoIterator<Item = S>) -> impl Strategy<Value = String> {
    let changed = bytes(seeds).prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    prop_oneof![1 => any::<String>(), 9 => changed]
}

/// `seed` with a number that nothing is as long as at every place, one after another: for the tests
/// that no length is believed.
pub fn claims(seed: &[u8]) -> impl Iterator<Item = Bytes> {
    let numbers = [u64::MAX, u64::MAX >> 1, 1 << 60].map(|number| number.to_le_bytes().to_vec());
    let shorter = [u32::MAX, u32::MAX >> 1].map(|number| number.to_le_bytes().to_vec());
    let shortest = u16::MAX.to_le_bytes().to_vec();
    let numbers: Vec<Vec<u8>> = numbers
        .into_iter()
        .chain(shorter)
        .chain([shortest])
        .collect();
    (0..seed.len()).flat_map(move |at| {
        let claim = |number: &Vec<u8>| {
            let mut bytes = seed.to_vec();
            let end = seed.len().min(at + number.len());
            bytes[at..end].copy_from_slice(&number[..end - at]);
            Bytes(bytes)
        };
        numbers.iter().map(claim).collect::<Vec<_>>()
    })
}

/// `seed`, a text, with any two of its lines as often as 32 KiB have room for them: for the tests that
/// no line costs more the more there are of another.
pub fn swollen(seed: &str) -> impl Iterator<Item = String> {
    let lines: Vec<&str> = seed.split_inclusive('\n').collect();
    let pairs = (0..lines.len()).flat_map(move |a| (a..lines.len()).map(move |b| (a, b)));
    let lines: Vec<&str> = seed.split_inclusive('\n').collect();
    pairs.map(move |(a, b)| {
        let times = |at: usize| {
            if at == a || at == b {
                MAX_BYTES / 2 / lines[at].len()
            } else {
                1
            }
        };
        lines
            .iter()
            .enumerate()
            .map(|(at, line)| line.repeat(times(at)))
            .collect()
    })
}

/// What `read` returns of an input of `len` bytes.
///
/// # Panics
/// It had more memory at once than half a MiB and 256 times its input; or it panics itself.
pub fn frugal<T>(len: usize, read: impl FnOnce() -> T) -> T {
    let mut read = Some(read);
    let mut outcome = None;
    let info = allocation_counter::measure(|| {
        // A panic must not pass through the measure, which would go on.
        let read = || read.take().map(|read| read());
        outcome = catch_unwind(AssertUnwindSafe(read)).transpose();
    });
    let value = outcome.map(|outcome| outcome.unwrap_or_else(|panic| resume_unwind(panic)));
    let most = ALWAYS + EACH * len as u64;
    let had = info.bytes_max;
    assert!(had <= most, "{had} bytes at once for an input of {len}");
    value.expect("it was called once")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_too_much_is_told() {
        let takes = |len: usize, bytes: usize| {
            catch_unwind(|| frugal(len, || vec![0_u8; bytes].len())).is_ok()
        };
        assert!(takes(0, 512 << 10));
        assert!(!takes(0, (512 << 10) + 1));
        assert!(takes(1000, 700 << 10));
        for _ in 0..100 {
            assert!(catch_unwind(|| frugal(0, || panic!("as it should"))).is_err());
        }
    }

    #[test]
    fn bytes_are_shown_as_they_are_written() {
        assert_eq!(
            format!("{:?}", Bytes(b"a\"\0\xff".to_vec())),
            r#"b"a\"\x00\xff""#
        );
    }

    #[test]
    fn any_two_lines_swell() {
        let texts: Vec<String> = swollen("a\nbc\n\n").collect();
        assert_eq!(texts.len(), 6);
        assert_eq!(texts[0], "a\n".repeat(16 << 10) + "bc\n\n");
        assert_eq!(
            texts[2],
            "a\n".repeat(16 << 10) + "bc\n" + &"\n".repeat(32 << 10)
        );
    }

    #[test]
    fn a_claim_is_made_at_every_place() {
        let claims: Vec<Bytes> = claims(b"abcdefgh!").collect();
        assert_eq!(claims.len(), 9 * 6);
        assert_eq!(claims[2], Bytes(b"\0\0\0\0\0\0\0\x10!".to_vec()));
        assert_eq!(claims[53], Bytes(b"abcdefgh\xff".to_vec()));
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn no_input_is_longer_than_it_may_be(bytes in bytes(["seed".repeat(10_000)])) {
            prop_assert!(bytes.len() <= MAX_BYTES);
        }
    }
}
