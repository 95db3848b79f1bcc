//! One change of an input.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// A change. Places are told by an [`Index`], which fits an input of any length.
#[derive(Clone, Debug)]
pub enum Change {
    /// These bits of one byte are turned over.
    Flip(Index, u8),
    /// These bytes are written over what is there.
    Write(Index, Vec<u8>),
    /// These bytes are put in between.
    Insert(Index, Vec<u8>),
    /// The decimal number at or behind the place becomes this one.
    Number(Index, &'static str),
    /// The number of so many bytes (little-endian) at the place grows by this, there and wherever
    /// else it stands: lengths are often told twice.
    Grow(Index, usize, i64),
    /// So many bytes are taken out.
    Delete(Index, usize),
    /// So many bytes are put in at the second place, this many times.
    Repeat(Index, usize, Index, usize),
    /// From there on it is as another seed is from its second place on.
    Splice(Index, Index, Index),
    /// It ends there.
    Truncate(Index),
}

/// Numbers at which something turns over.
const NUMBERS: [u64; 16] = [
    0,
    1,
    0x7f,
    0x80,
    0xff,
    0x7fff,
    0xffff,
    0x1_0000,
    0x7fff_ffff,
    0xffff_fffe,
    0xffff_ffff,
    1 << 32,
    1 << 60,
    u64::MAX >> 1,
    u64::MAX - 1,
    u64::MAX,
];

/// The same in digits, and what is almost a number.
const DECIMALS: [&str; 15] = [
    "",
    "0",
    "1",
    "-1",
    "+1",
    "00",
    "255",
    "256",
    "65536",
    "4294967296",
    "1152921504606846976",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551616",
    "1e400",
];

/// What divides, ends or quotes in one format or another.
const SIGNS: [&str; 40] = [
    "\0",
    "\n",
    "\n\n",
    "\r\n",
    "\r\n\r\n",
    "\t",
    " ",
    "  ",
    "/",
    "//",
    "/*",
    "..",
    ".",
    "\\",
    "@",
    "!",
    "\"",
    "'",
    "`",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "=>",
    "+",
    "-",
    "~1",
    "%2e",
    "%",
    "v",
    "x",
    "\u{2014}",
    "\u{feff}",
    "\u{a0}",
    "\u{e9}",
    "\u{10ffff}",
];

/// Any change.
pub fn changes() -> impl Strategy<Value = Change> {
    let place = any::<Index>;
    let binary = (
        select(&NUMBERS[..]),
        select(&[1_usize, 2, 4, 8][..]),
        any::<bool>(),
    );
    let binary = binary.prop_map(|(number, width, big)| match big {
        true => number.to_be_bytes()[8 - width..].to_vec(),
        false => number.to_le_bytes()[..width].to_vec(),
    });
    let sign = select(&SIGNS[..]).prop_map(|sign| sign.as_bytes().to_vec());
    let new = prop_oneof![vec(any::<u8>(), 1..9), sign];
    // Few are long: most of what is found is found with short ones.
    let times = prop_oneof![9 => 1_usize..4, 1 => 4_usize..3000];
    prop_oneof![
        (place(), 1_u8..=255).prop_map(|(at, bits)| Change::Flip(at, bits)),
        (place(), binary).prop_map(|(at, new)| Change::Write(at, new)),
        (place(), new).prop_map(|(at, new)| Change::Insert(at, new)),
        (place(), select(&DECIMALS[..])).prop_map(|(at, new)| Change::Number(at, new)),
        (place(), select(&[1_usize, 2, 4, 8][..]), -9_i64..10)
            .prop_map(|(at, width, by)| Change::Grow(at, width, by)),
        (place(), 1_usize..40).prop_map(|(at, len)| Change::Delete(at, len)),
        (place(), 1_usize..80, place(), times)
            .prop_map(|(from, len, to, times)| Change::Repeat(from, len, to, times)),
        (place(), place(), place()).prop_map(|(at, seed, from)| Change::Splice(at, seed, from)),
        place().prop_map(Change::Truncate),
    ]
}

impl Change {
    /// Makes the change; an input that is too short for it stays as it is.
    pub fn apply(&self, bytes: &mut Vec<u8>, seeds: &[Vec<u8>]) {
        let len = bytes.len();
        // From the first byte to behind the last.
        let place = |at: &Index| at.index(len + 1);
        match self {
            Change::Flip(at, bits) => {
                if let Some(byte) = bytes.get_mut(place(at)) {
                    *byte ^= bits;
                }
            }
            Change::Write(at, new) => {
                let at = place(at);
                let end = len.min(at + new.len());
                bytes[at..end].copy_from_slice(&new[..end - at]);
            }
            Change::Insert(at, new) => {
                let at = place(at);
                bytes.splice(at..at, new.iter().copied());
            }
            Change::Number(at, new) => {
                let is_digit = |byte: &u8| byte.is_ascii_digit();
                let at = place(at);
                let Some(begin) = bytes[at..].iter().position(is_digit) else {
                    return;
                };
                let begin = at + begin;
                let digits = bytes[begin..].iter().take_while(|b| is_digit(b)).count();
                bytes.splice(begin..begin + digits, new.bytes());
            }
            Change::Grow(at, width, by) => {
                let at = place(at);
                let Some(old) = bytes.get(at..at + width).map(<[u8]>::to_vec) else {
                    return;
                };
                let mut number = [0; 8];
                number[..*width].copy_from_slice(&old);
                let new = u64::from_le_bytes(number)
                    .wrapping_add_signed(*by)
                    .to_le_bytes();
                let mut at = 0;
                while let Some(part) = bytes.get_mut(at..at + width) {
                    let same = part == old;
                    if same {
                        part.copy_from_slice(&new[..*width]);
                    }
                    at += if same { *width } else { 1 };
                }
            }
            Change::Delete(at, count) => {
                let at = place(at);
                bytes.drain(at..len.min(at + count));
            }
            Change::Repeat(from, count, to, times) => {
                let (from, to) = (place(from), place(to));
                let part = bytes[from..len.min(from + count)].repeat(*times);
                bytes.splice(to..to, part);
            }
            Change::Splice(at, seed, from) => {
                let seed = &seeds[seed.index(seeds.len())];
                bytes.truncate(place(at));
                bytes.extend(&seed[from.index(seed.len() + 1)..]);
            }
            Change::Truncate(at) => bytes.truncate(place(at)),
        }
    }
}
