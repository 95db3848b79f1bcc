//! What follows the engine in a grafted file, and says how to get it back.

use crate::GraftError;
use crate::elf::{ENTRY_LEN, ProgramHeader};
use crate::table::ALIGN;

/// Length of a trailer in bytes.
pub(crate) const TRAILER_LEN: usize = 32 + ENTRY_LEN;

/// How a trailer starts. Its number changes with the format.
const MAGIC: [u8; 16] = *b"gobag graft 1\n\0\0";

/// What is needed to get the engine back from a grafted file, besides the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Trailer {
    /// Length of the engine in bytes.
    pub engine_len: u64,
    /// Index of the entry that was given up, in the engine's program header table.
    pub spare: u64,
    /// The entry that was given up.
    pub note: ProgramHeader,
}

impl Trailer {
    /// Reads a trailer. What it says is not checked against the file.
    pub fn parse(bytes: &[u8; TRAILER_LEN]) -> Result<Trailer, GraftError> {
        let (words, note) = bytes.split_at(TRAILER_LEN - ENTRY_LEN);
        let ([magic, numbers], []) = words.as_chunks::<16>() else {
            unreachable!("32 bytes are twice 16")
        };
        if *magic != MAGIC {
            return Err(GraftError::damaged(
                "there is no trailer before the archive",
            ));
        }
        let ([engine_len, spare], []) = numbers.as_chunks::<8>() else {
            unreachable!("16 bytes are twice 8")
        };
        let Some(note) = note.first_chunk() else {
            unreachable!("the trailer ends with an entry")
        };
        Ok(Trailer {
            engine_len: u64::from_le_bytes(*engine_len),
            spare: u64::from_le_bytes(*spare),
            note: ProgramHeader::parse(note),
        })
    }

    /// The bytes that stand for this trailer.
    pub fn to_bytes(self) -> [u8; TRAILER_LEN] {
        let mut bytes = [0; TRAILER_LEN];
        bytes[..16].copy_from_slice(&MAGIC);
        bytes[16..24].copy_from_slice(&self.engine_len.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.spare.to_le_bytes());
        bytes[32..].copy_from_slice(&self.note.to_bytes());
        bytes
    }
}

/// Where the archive starts behind an engine of `engine_len` bytes; `None` if no file can be that
/// long.
pub(crate) fn archive_offset(engine_len: u64) -> Option<u64> {
    engine_len
        .checked_add(TRAILER_LEN as u64)?
        .checked_next_multiple_of(ALIGN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trailer_prints_back_as_it_was_read() {
        let mut bytes: [u8; TRAILER_LEN] = std::array::from_fn(|i| i as u8);
        assert!(Trailer::parse(&bytes).is_err());
        bytes[..16].copy_from_slice(b"gobag graft 1\n\0\0");
        assert_eq!(Trailer::parse(&bytes).unwrap().to_bytes(), bytes);
    }

    #[test]
    fn the_archive_starts_at_a_multiple_of_64_kib_with_room_for_the_trailer() {
        let table = [
            (0, Some(65536)),
            (65536 - 88, Some(65536)),
            (65536 - 87, Some(131_072)),
            (65536, Some(131_072)),
            (u64::MAX - 65536, None),
            (u64::MAX, None),
        ];
        for (engine_len, offset) in table {
            assert_eq!(archive_offset(engine_len), offset, "{engine_len}");
        }
    }
}
