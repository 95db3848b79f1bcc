//! Frames: content that is kept compressed, in pieces that can be read one by one.
//!
//! Each piece is a Zstandard frame (RFC 8878) of at most [`FRAME_BYTES`] of content; behind the last
//! is a skippable frame with the length of each, as the seekable format of zstd has it
//! (`contrib/seekable_format` there). So any tool for Zstandard unpacks it, and what is somewhere in
//! the content is read without what is before. The same content makes the same bytes.

use std::io::{self, ErrorKind, Read, Seek, SeekFrom};

use zstd::zstd_safe::compress_bound;

mod reader;
mod writer;

pub use reader::{Decoder, Reader};
pub use writer::{Content, Writer, recipe};

/// How much content a frame has at most, in bytes.
pub const FRAME_BYTES: usize = 1 << 20;

/// A skippable frame: this, and the length of what follows.
const SKIPPABLE: u32 = 0x184d_2a5e;
/// The last four bytes of a table.
const SEEKABLE: u32 = 0x8f92_eab1;
/// The table before its rows and behind them, in bytes.
const HEAD_BYTES: u64 = 8;
const END_BYTES: u64 = 9;
/// A row: the length of a frame and that of its content.
const ROW_BYTES: u64 = 8;

/// Where a frame lies, and what of the content it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Frame {
    /// Where it begins among the frames, and its length.
    at: u64,
    packed: u32,
    /// Where its content begins, and the length of that.
    begin: u64,
    len: u32,
}

/// The frames of some content, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table(Vec<Frame>);

impl Table {
    /// The table at the end of the `packed_len` bytes of `packed`, which hold `len` bytes of content.
    ///
    /// # Errors
    /// Those of reading; the table does not fit them.
    pub fn read(packed: &mut (impl Read + Seek), packed_len: u64, len: u64) -> io::Result<Self> {
        let count = len.div_ceil(FRAME_BYTES as u64);
        let table_len = HEAD_BYTES + count * ROW_BYTES + END_BYTES;
        let begin = packed_len.checked_sub(table_len).ok_or_else(unfit)?;
        packed.seek(SeekFrom::Start(begin))?;
        let mut bytes = vec![0; table_len as usize];
        packed.read_exact(&mut bytes)?;
        Table::parse(&bytes, begin, len).ok_or_else(unfit)
    }

    /// A table of as many rows as `len` bytes of content need, behind frames of `packed_len` bytes.
    /// All frames but the last are full.
    fn parse(bytes: &[u8], packed_len: u64, len: u64) -> Option<Self> {
        let u32_at = |at: usize| {
            let word = bytes.get(at..at + 4)?;
            Some(u32::from_le_bytes(word.try_into().ok()?))
        };
        let rows = bytes.get(HEAD_BYTES as usize..bytes.len().checked_sub(END_BYTES as usize)?)?;
        let count = rows.len() / ROW_BYTES as usize;
        let end = HEAD_BYTES as usize + rows.len();
        let is_table = u32_at(0)? == SKIPPABLE
            && u64::from(u32_at(4)?) == rows.len() as u64 + END_BYTES
            && u32_at(end)? == count as u32
            && bytes.get(end + 4) == Some(&0)
            && u32_at(end + 5)? == SEEKABLE;
        if !is_table {
            return None;
        }
        let (mut at, mut begin, mut frames) = (0_u64, 0_u64, Vec::with_capacity(count));
        for row in 0..count {
            let place = HEAD_BYTES as usize + row * ROW_BYTES as usize;
            let frame = Frame {
                at,
                packed: u32_at(place)?,
                begin,
                len: u32_at(place + 4)?,
            };
            let full = u64::from(frame.len) == (len - begin).min(FRAME_BYTES as u64);
            let small = frame.packed as usize <= compress_bound(FRAME_BYTES);
            if !full || !small {
                return None;
            }
            at += u64::from(frame.packed);
            begin += u64::from(frame.len);
            frames.push(frame);
        }
        (at == packed_len && begin == len).then_some(Table(frames))
    }

    /// How long the content is, in bytes.
    fn content_len(&self) -> u64 {
        self.0
            .last()
            .map_or(0, |last| last.begin + u64::from(last.len))
    }

    /// The frame that holds what is at `at`.
    fn holding(&self, at: u64) -> Option<Frame> {
        let frame = self.0.get((at / FRAME_BYTES as u64) as usize)?;
        (at - frame.begin < u64::from(frame.len)).then_some(*frame)
    }
}

fn unfit() -> io::Error {
    io::Error::new(ErrorKind::InvalidData, "its frames are damaged")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::sha256;
    use std::io::{Cursor, Write};

    fn content(len: usize) -> Vec<u8> {
        (0..len as u64).map(|i| (i * i / 977) as u8).collect()
    }

    fn packed(content: &[u8]) -> Vec<u8> {
        let mut writer = Writer::new(Vec::new()).unwrap();
        writer.write_all(content).unwrap();
        let (packed, told) = writer.finish().unwrap();
        assert_eq!(told.len, content.len() as u64);
        assert_eq!(told.sha256, sha256(content));
        packed
    }

    #[test]
    fn content_comes_back_from_anywhere() {
        for len in [
            0,
            1,
            FRAME_BYTES - 1,
            FRAME_BYTES,
            FRAME_BYTES + 1,
            3 * FRAME_BYTES + 7,
        ] {
            let content = content(len);
            let packed = packed(&content);
            let size = packed.len() as u64;
            let mut reader = Reader::new(Cursor::new(&packed), size, len as u64).unwrap();
            let mut all = Vec::new();
            reader.read_to_end(&mut all).unwrap();
            assert!(all == content, "{len}");
            for at in [0, len / 2, len.saturating_sub(1), len, len + 5] {
                reader.seek(SeekFrom::Start(at as u64)).unwrap();
                let mut rest = Vec::new();
                reader.read_to_end(&mut rest).unwrap();
                assert!(rest == content[at.min(len)..], "{len} from {at}");
            }
            assert_eq!(reader.seek(SeekFrom::End(0)).unwrap(), len as u64);
            assert!(reader.seek(SeekFrom::End(-(len as i64) - 1)).is_err());
        }
    }

    #[test]
    fn any_tool_unpacks_them() {
        let content = content(2 * FRAME_BYTES + 100);
        let packed = packed(&content);
        assert!(packed.len() < content.len() / 2);
        assert!(zstd::stream::decode_all(&packed[..]).unwrap() == content);
    }

    #[test]
    fn a_table_that_does_not_fit_is_refused() {
        let content = content(FRAME_BYTES + 100);
        let len = content.len() as u64;
        let sound = packed(&content);
        let read = |packed: &[u8], len: u64| {
            let size = packed.len() as u64;
            Reader::new(Cursor::new(packed), size, len).is_ok()
        };
        assert!(read(&sound, len));
        for wrong in [0, 1, len - 1, len + 1, 10 * len, u64::MAX] {
            assert!(!read(&sound, wrong), "{wrong}");
        }
        let table = sound.len() - (HEAD_BYTES + 2 * ROW_BYTES + END_BYTES) as usize;
        for at in table..sound.len() {
            let mut changed = sound.clone();
            changed[at] ^= 0x10;
            assert!(!read(&changed, len), "byte {at}");
        }
        assert!(!read(&sound[1..], len) && !read(b"", 0) && !read(&[0; 17], 0));
    }

    #[test]
    fn a_damaged_frame_is_an_error() {
        let content = content(FRAME_BYTES);
        let sound = packed(&content);
        for at in (0..sound.len() - 25).step_by(sound.len() / 200) {
            let mut changed = sound.clone();
            changed[at] ^= 1;
            let (size, len) = (changed.len() as u64, content.len() as u64);
            let mut reader = Reader::new(Cursor::new(changed), size, len).unwrap();
            let mut all = Vec::new();
            // A bit of the header says nothing.
            let read = reader.read_to_end(&mut all);
            assert!(read.is_err() || all == content, "byte {at}");
        }
    }
}
