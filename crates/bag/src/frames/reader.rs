//! From frames to content.

use std::io::{self, ErrorKind, Read, Seek, SeekFrom};

use zstd::bulk::Decompressor;

use super::{Frame, Table, unfit};

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
            SeekFrom::End(by) => self.table.content_len().checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
