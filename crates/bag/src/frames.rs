//! Frames: content that is kept compressed, in pieces that can be read one by one.
//!
//! Each piece is a Zstandard frame (RFC 8878) of at most [`FRAME_BYTES`] of content; behind the last
//! is a skippable frame with the length of each, as the seekable format of zstd has it
//! (`contrib/seekable_format` there). So any tool for Zstandard unpacks it, and what is somewhere in
//! the content is read without what is before. The same content makes the same bytes.

use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};

use sha2::{Digest, Sha256};
use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe::{compress_bound, version_number};

/// How much content a frame has at most, in bytes.
pub const FRAME_BYTES: usize = 1 << 20;

/// Which of the ways of zstd packs, of 1 to 22: of those behind, the first that makes a module much
/// smaller takes nine times as long.
const LEVEL: i32 = 12;

/// A skippable frame: this, and the length of what follows.
const SKIPPABLE: u32 = 0x184d_2a5e;
/// The last four bytes of a table.
const SEEKABLE: u32 = 0x8f92_eab1;
/// The table before its rows and behind them, in bytes.
const HEAD_BYTES: u64 = 8;
const END_BYTES: u64 = 9;
/// A row: the length of a frame and that of its content.
const ROW_BYTES: u64 = 8;

/// By what another program or another way of packing is told from this one: both make other bytes.
pub fn recipe() -> String {
    format!("zstd-{}-{LEVEL}", version_number())
}

/// Writes content as frames.
pub struct Writer<W> {
    out: W,
    frames: Compressor<'static>,
    piece: Vec<u8>,
    packed: Vec<u8>,
    rows: Vec<u8>,
    sha256: Sha256,
    content: Content,
}

/// What a [`Writer`] was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Content {
    /// How many bytes.
    pub len: u64,
    /// Their SHA-256.
    pub sha256: [u8; 32],
}

impl<W: Write> Writer<W> {
    /// One that writes to `out`.
    ///
    /// # Errors
    /// There is not enough memory.
    pub fn new(out: W) -> io::Result<Self> {
        let mut frames = Compressor::new(LEVEL)?;
        // Four bytes a frame, by which one that is damaged is not taken for another.
        frames.include_checksum(true)?;
        Ok(Writer {
            out,
            frames,
            piece: Vec::with_capacity(FRAME_BYTES),
            packed: Vec::with_capacity(compress_bound(FRAME_BYTES)),
            rows: Vec::new(),
            sha256: Sha256::new(),
            content: Content {
                len: 0,
                sha256: [0; 32],
            },
        })
    }

    /// Writes the last frame and the table.
    ///
    /// # Errors
    /// Those of writing.
    pub fn finish(mut self) -> io::Result<(W, Content)> {
        self.write_piece()?;
        let count = (self.rows.len() as u64 / ROW_BYTES) as u32;
        let rest = (self.rows.len() as u64 + END_BYTES) as u32;
        self.out.write_all(&SKIPPABLE.to_le_bytes())?;
        self.out.write_all(&rest.to_le_bytes())?;
        self.out.write_all(&self.rows)?;
        self.out.write_all(&count.to_le_bytes())?;
        // No checksums: each answer has a better one.
        self.out.write_all(&[0])?;
        self.out.write_all(&SEEKABLE.to_le_bytes())?;
        self.content.sha256 = self.sha256.finalize().into();
        Ok((self.out, self.content))
    }

    fn write_piece(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        self.packed.clear();
        self.frames
            .compress_to_buffer(&self.piece, &mut self.packed)?;
        self.out.write_all(&self.packed)?;
        let lens = [self.packed.len(), self.piece.len()];
        self.rows
            .extend(lens.map(|len| (len as u32).to_le_bytes()).concat());
        self.sha256.update(&self.piece);
        self.content.len += self.piece.len() as u64;
        self.piece.clear();
        Ok(())
    }
}

impl<W: Write> Write for Writer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.piece.len() == FRAME_BYTES {
            self.write_piece()?;
        }
        let taken = bytes.len().min(FRAME_BYTES - self.piece.len());
        self.piece.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

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
    pub fn len(&self) -> u64 {
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

/// Unpacks frames, one at a time, and keeps the last.
pub struct Decoder {
    frames: Decompressor<'static>,
    packed: Vec<u8>,
    piece: Vec<u8>,
    /// Whose frame it is that was unpacked last, and which.
    last: Option<(usize, Frame)>,
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Decoder")
    }
}

impl Decoder {
    /// One that has unpacked nothing.
    ///
    /// # Errors
    /// There is not enough memory.
    pub fn new() -> io::Result<Self> {
        Ok(Decoder {
            frames: Decompressor::new()?,
            packed: Vec::new(),
            piece: Vec::new(),
            last: None,
        })
    }

    /// True where [`Decoder::at`] would not have to unpack anything.
    pub fn has(&self, whose: usize, table: &Table, at: u64) -> bool {
        let wanted = table.holding(at).map(|frame| (whose, frame));
        wanted.is_some() && self.last == wanted
    }

    /// What the content of `packed` has from `at` on, up to the end of a frame; nothing at its end.
    /// `whose` tells one content from others.
    ///
    /// # Errors
    /// Those of reading; a frame is damaged.
    pub fn at(
        &mut self,
        packed: &mut (impl Read + Seek),
        whose: usize,
        table: &Table,
        at: u64,
    ) -> io::Result<&[u8]> {
        let Some(frame) = table.holding(at) else {
            return Ok(&[]);
        };
        if self.last != Some((whose, frame)) {
            self.last = None;
            self.unpack(packed, frame)?;
            self.last = Some((whose, frame));
        }
        Ok(&self.piece[(at - frame.begin) as usize..])
    }

    fn unpack(&mut self, packed: &mut (impl Read + Seek), frame: Frame) -> io::Result<()> {
        packed.seek(SeekFrom::Start(frame.at))?;
        self.packed.resize(frame.packed as usize, 0);
        packed.read_exact(&mut self.packed)?;
        self.piece.clear();
        self.piece.reserve_exact(frame.len as usize);
        let unpacked = self
            .frames
            .decompress_to_buffer(&self.packed, &mut self.piece);
        match unpacked {
            Ok(len) if len == frame.len as usize => Ok(()),
            Ok(_) => Err(unfit()),
            Err(e) => Err(io::Error::new(ErrorKind::InvalidData, e)),
        }
    }
}

/// Content that is unpacked as it is read.
#[derive(Debug)]
pub struct Reader<R> {
    packed: R,
    table: Table,
    decoder: Decoder,
    at: u64,
}

impl<R: Read + Seek> Reader<R> {
    /// Reads the content, `len` bytes, of the frames in the `packed_len` bytes of `packed`.
    ///
    /// # Errors
    /// As [`Table::read`]; there is not enough memory.
    pub fn new(mut packed: R, packed_len: u64, len: u64) -> io::Result<Self> {
        Ok(Reader {
            table: Table::read(&mut packed, packed_len, len)?,
            packed,
            decoder: Decoder::new()?,
            at: 0,
        })
    }
}

impl<R: Read + Seek> Read for Reader<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let left = self.decoder.at(&mut self.packed, 0, &self.table, self.at)?;
        let read = left.len().min(to.len());
        to[..read].copy_from_slice(&left[..read]);
        self.at += read as u64;
        Ok(read)
    }
}

impl<R> Seek for Reader<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.table.len().checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

fn unfit() -> io::Error {
    io::Error::new(ErrorKind::InvalidData, "its frames are damaged")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::sha256;
    use std::io::Cursor;

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
