//! The closing digest: the end of an archive, which says what the part before it must be.
//!
//! It stands in the comment of the zip, and is the SHA-256 of all bytes from the text of
//! `SHA256SUMS` on, up to its own 64 digits: the sums, the zip's directory, and the words before
//! the digits. As the sums tell every entry, it stands for all that the archive answers, and is
//! compared whenever one is opened. What it finds is accidents: whoever changes an archive can
//! write another.

use std::cell::Cell;
use std::io::{self, Read, Seek, SeekFrom, Write};

use crate::digest::{self, hex, sha256, unhex};

/// The words before the digits.
const WORDS: &str = "SHA-256 from the text of SHA256SUMS up to here: ";

/// How many digits there are.
const DIGITS: usize = 64;

/// The comment of an archive before its digest is known.
pub fn placeholder() -> String {
    format!("{WORDS}{}", "0".repeat(DIGITS))
}

/// What the comment of an archive says: its digest, or `None` for a comment of other words.
pub fn parse(comment: &[u8]) -> Option<[u8; 32]> {
    unhex(std::str::from_utf8(comment).ok()?.strip_prefix(WORDS)?)
}

/// The digest of an archive of `len` bytes, which has one, and whose sums begin at `sums`.
///
/// # Errors
/// Those of reading.
pub fn read(mut archive: impl Read + Seek, sums: u64, len: u64) -> io::Result<[u8; 32]> {
    archive.seek(SeekFrom::Start(sums))?;
    let end = len.saturating_sub(DIGITS as u64);
    digest::copy(archive.take(end.saturating_sub(sums)), io::sink())
}

/// Where an archive is written to: keeps what is written from the moment on that `keeps` is set.
#[derive(Debug)]
pub struct Closing<'a, W> {
    out: W,
    at: u64,
    keeps: &'a Cell<bool>,
    /// Where what is kept begins.
    begin: Option<u64>,
    kept: Vec<u8>,
}

impl<'a, W: Write + Seek> Closing<'a, W> {
    /// Writes to `out`, from its position on.
    ///
    /// # Errors
    /// The position cannot be told.
    pub fn new(mut out: W, keeps: &'a Cell<bool>) -> io::Result<Self> {
        Ok(Closing {
            at: out.stream_position()?,
            out,
            keeps,
            begin: None,
            kept: Vec::new(),
        })
    }

    /// Writes the digest of what was kept over the last digits.
    ///
    /// # Errors
    /// Those of writing.
    pub fn close(mut self) -> io::Result<()> {
        let digest = sha256(&self.kept[..self.kept.len().saturating_sub(DIGITS)]);
        self.out.seek(SeekFrom::End(-(DIGITS as i64)))?;
        self.out.write_all(hex(&digest).as_bytes())?;
        self.out.flush()
    }
}

impl<W: Write> Write for Closing<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        if self.keeps.get() {
            let begin = *self.begin.get_or_insert(self.at);
            // The header before what is kept is written once more.
            if let Some(place) = self.at.checked_sub(begin) {
                let place = place as usize;
                let end = place + written;
                self.kept.resize(self.kept.len().max(end), 0);
                self.kept[place..end].copy_from_slice(&bytes[..written]);
            }
        }
        self.at += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl<W: Seek> Seek for Closing<'_, W> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = self.out.seek(to)?;
        Ok(self.at)
    }
}
