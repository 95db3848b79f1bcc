//! From content to frames.

use std::io::{self, Write};

use sha2::{Digest, Sha256};
use zstd::bulk::Compressor;
use zstd::zstd_safe::{compress_bound, version_number};

use super::{END_BYTES, FRAME_BYTES, ROW_BYTES, SEEKABLE, SKIPPABLE};

/// Which of the ways of zstd packs, of 1 to 22: of those behind, the first that makes a module much
/// smaller takes nine times as long.
const LEVEL: i32 = 12;

/// By what another program or another way of packing is told from this one: both make other bytes.
pub fn recipe() -> String {
    format!("zstd-{}-{LEVEL}-{FRAME_BYTES}", version_number())
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
