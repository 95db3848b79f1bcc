//! A table of names that is made when a bag is packed, and read where it lies.
//!
//! As in the index of a pack of git, records of one length are sorted by a hash of their name, and
//! a fan-out tells where those begin that share their first bits. So a name is found by a few
//! reads, however many there are, and nothing is parsed before the first one. Numbers are
//! little-endian:
//!
//! | part | of |
//! |---|---|
//! | fan-out | 2^b + 1 times 4 bytes: how many records have a hash whose first b bits are less; b is that of the smallest power of two that is no less than the number of records, and at most 24 |
//! | records | 80 bytes each, sorted by hash and name: see [`encode`] |
//! | names | one behind the other |

use std::io;

use crate::digest::sha256;
use crate::entry::Entry;

/// The bytes of one record.
const RECORD_BYTES: usize = 80;

/// The most bits that the fan-out tells apart.
const MOST_BITS: u32 = 24;

/// What stands for the length of what is unpacked where nothing is.
const NOT_PACKED: u64 = u64::MAX;

/// A table that lies in memory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Table<'a> {
    fanout: &'a [[u8; 4]],
    records: &'a [[u8; RECORD_BYTES]],
    names: &'a [u8],
}

impl<'a> Table<'a> {
    /// The table of `count` names of `names` bytes that `bytes` begin with, and what follows it;
    /// none where they are too few.
    pub fn split(bytes: &'a [u8], (count, names): (usize, usize)) -> Option<(Self, &'a [u8])> {
        if count > bytes.len() {
            return None;
        }
        let (fanout, rest) = bytes.split_at_checked((1 << bits(count)) * 4 + 4)?;
        let (records, rest) = rest.split_at_checked(count.checked_mul(RECORD_BYTES)?)?;
        let (names, rest) = rest.split_at_checked(names)?;
        let table = Table {
            fanout: fanout.as_chunks().0,
            records: records.as_chunks().0,
            names,
        };
        Some((table, rest))
    }

    /// The entry with this name.
    pub fn find(&self, name: &str) -> Option<Entry> {
        let key = key(name);
        let from = prefix(key, bits(self.records.len())) as usize;
        let place = |at: usize| Some(u32::from_le_bytes(*self.fanout.get(at)?) as usize);
        let records = self.records.get(place(from)?..place(from + 1)?)?;
        let first = records.partition_point(|record| number(record, 0) < key);
        let same = records.get(first..)?.iter();
        let mut same = same.take_while(|record| number(record, 0) == key);
        let found = same.find(|record| self.name(record) == Some(name.as_bytes()))?;
        Some(decode(found))
    }

    /// True where the names share no bytes: else a table of some megabytes could have terabytes of
    /// them. To be asked before [`Table::rows`].
    pub fn is_sound(&self) -> bool {
        let lens = self.records.iter().map(|record| number(record, 8) >> 32);
        lens.sum::<u64>() == self.names.len() as u64
    }

    /// Every entry with its name, in no order that means anything.
    pub fn rows(&self) -> impl Iterator<Item = (&'a str, Entry)> + use<'a> {
        let named = |(name, entry): (Name<'a>, Entry)| Some((name.text()?, entry));
        self.entries().filter_map(named)
    }

    /// Every entry, with a name that is not looked at yet.
    pub fn entries(&self) -> impl Iterator<Item = (Name<'a>, Entry)> + use<'a> {
        let table = *self;
        let records = table.records.iter();
        records.map(move |record| (Name(table.name(record)), decode(record)))
    }

    fn name(&self, record: &[u8; RECORD_BYTES]) -> Option<&'a [u8]> {
        let place = number(record, 8);
        let (at, len) = ((place & 0xffff_ffff) as usize, (place >> 32) as usize);
        self.names.get(at..)?.get(..len)
    }
}

/// A name that may be none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Name<'a>(Option<&'a [u8]>);

impl<'a> Name<'a> {
    /// It, if it lies in the table and is UTF-8.
    pub fn text(self) -> Option<&'a str> {
        std::str::from_utf8(self.0?).ok()
    }
}

/// A table as it is written.
#[derive(Debug)]
pub(crate) struct Built {
    /// All of it.
    pub bytes: Vec<u8>,
    /// How many names it has, and how many bytes those have.
    pub count: (usize, usize),
}

/// Makes the table of these names, each of which is another: of two that are the same, one is found.
///
/// # Errors
/// There are more than 4 GiB of names.
pub(crate) fn build(mut rows: Vec<(&str, Entry)>) -> io::Result<Built> {
    rows.sort_unstable_by_key(|(name, _)| *name);
    let (mut names, mut records) = (String::new(), Vec::with_capacity(rows.len()));
    for (name, entry) in rows {
        let place = (u32::try_from(names.len()), u32::try_from(name.len()));
        let (Ok(at), Ok(len)) = place else {
            return Err(io::Error::other("there are more than 4 GiB of names"));
        };
        names += name;
        records.push((key(name), encode(key(name), at, len, &entry)));
    }
    // Of one hash, those with the lesser names first, as they are.
    records.sort_by_key(|(key, _)| *key);
    let bits = bits(records.len());
    let mut bytes = Vec::new();
    for first_bits in 0..=1_u64 << bits {
        let less = records.partition_point(|(key, _)| prefix(*key, bits) < first_bits);
        let less = u32::try_from(less).map_err(io::Error::other)?;
        bytes.extend_from_slice(&less.to_le_bytes());
    }
    records
        .iter()
        .for_each(|(_, record)| bytes.extend_from_slice(record));
    bytes.extend_from_slice(names.as_bytes());
    Ok(Built {
        bytes,
        count: (records.len(), names.len()),
    })
}

/// What records are sorted by: nobody can choose many names with the same.
fn key(name: &str) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = sha256(name.as_bytes());
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// The first bits of a hash.
fn prefix(key: u64, bits: u32) -> u64 {
    key.checked_shr(u64::BITS - bits).unwrap_or(0)
}

fn bits(count: usize) -> u32 {
    count.next_power_of_two().trailing_zeros().min(MOST_BITS)
}

/// Hash, place and length of the name (4 bytes each), offset, length, unpacked length, 1 where the
/// entry is sound, SHA-256.
fn encode(key: u64, at: u32, len: u32, entry: &Entry) -> [u8; RECORD_BYTES] {
    let mut record = [0; RECORD_BYTES];
    let place = u64::from(at) | u64::from(len) << 32;
    let unpacked = entry.unpacked.unwrap_or(NOT_PACKED);
    let sound = u64::from(entry.sound);
    let numbers = [key, place, entry.offset, entry.len, unpacked, sound];
    let (head, sha256) = record.split_at_mut(48);
    for (to, number) in head.chunks_exact_mut(8).zip(numbers) {
        to.copy_from_slice(&number.to_le_bytes());
    }
    sha256.copy_from_slice(&entry.sha256);
    record
}

fn decode(record: &[u8; RECORD_BYTES]) -> Entry {
    let unpacked = number(record, 32);
    Entry {
        offset: number(record, 16),
        len: number(record, 24),
        unpacked: (unpacked != NOT_PACKED).then_some(unpacked),
        sound: number(record, 40) == 1,
        sha256: record.last_chunk().copied().unwrap_or_default(),
        part: 0,
    }
}

fn number(record: &[u8; RECORD_BYTES], at: usize) -> u64 {
    let number = record.get(at..).and_then(<[u8]>::first_chunk);
    number.map_or(0, |number| u64::from_le_bytes(*number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(number: u64) -> Entry {
        Entry {
            sha256: sha256(&number.to_le_bytes()),
            offset: number,
            len: number + 1,
            unpacked: number.is_multiple_of(3).then_some(number),
            sound: number.is_multiple_of(2),
            part: 0,
        }
    }

    #[test]
    fn finds_every_name_and_no_other() {
        for count in [0, 1, 2, 3, 4, 5, 255, 256, 257, 3000] {
            let names: Vec<String> = (0..count).map(|i| format!("example.com/m{i}/é")).collect();
            let rows = names
                .iter()
                .zip(0..)
                .map(|(name, i)| (name.as_str(), entry(i)));
            let Built { bytes, count } = build(rows.collect()).unwrap();
            let (table, rest) = Table::split(&bytes, count).unwrap();
            assert_eq!((count.0, rest.len()), (names.len(), 0));
            assert!(table.is_sound());
            for (name, i) in names.iter().zip(0..) {
                assert_eq!(table.find(name), Some(entry(i)), "{name} of {count:?}");
                assert_eq!(table.find(&name.replace('m', "n")), None);
            }
            let mut rows: Vec<_> = table.rows().map(|(name, e)| (e.offset, name)).collect();
            rows.sort_unstable();
            let want: Vec<_> = (0..).zip(names.iter().map(String::as_str)).collect();
            assert_eq!(rows, want);
            assert!(Table::split(&bytes[..bytes.len() - 1], count).is_none());
        }
    }

    #[test]
    fn the_order_of_rows_changes_nothing() {
        let rows = vec![("b", entry(1)), ("a", entry(2)), ("c", entry(3))];
        let reversed = rows.iter().rev().copied().collect();
        assert_eq!(build(rows).unwrap().bytes, build(reversed).unwrap().bytes);
    }

    #[test]
    fn names_that_share_bytes_are_noticed() {
        let Built { mut bytes, count } = build(vec![("aa", entry(1)), ("b", entry(2))]).unwrap();
        let names = bytes.len() - 3;
        let places = [names - 2 * RECORD_BYTES + 8, names - RECORD_BYTES + 8];
        for at in places {
            bytes[at..at + 8].copy_from_slice(&(3_u64 << 32).to_le_bytes());
        }
        let (table, _) = Table::split(&bytes, count).unwrap();
        assert!(table.rows().all(|(name, _)| name == "aab"));
        assert!(!table.is_sound());
    }

    #[test]
    fn no_number_of_a_table_is_believed() {
        let names: Vec<String> = (0..9).map(|i| i.to_string()).collect();
        let rows = names.iter().map(|name| (name.as_str(), entry(7)));
        let Built { bytes, count } = build(rows.collect()).unwrap();
        for at in 0..bytes.len() {
            for value in [0, 1, 0x7f, 0xff] {
                let mut bytes = bytes.clone();
                bytes[at] = value;
                let (table, _) = Table::split(&bytes, count).unwrap();
                let rows: Vec<_> = table.rows().collect();
                for name in &names {
                    let found = table.find(name).map(|entry| (name.as_str(), entry));
                    assert!(found.is_none_or(|found| rows.contains(&found)));
                }
            }
        }
    }
}
