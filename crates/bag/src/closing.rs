//! The closing digest: the end of an archive, which says what the part before it must be.
//!
//! It stands in the comment of the zip, and is the SHA-256 of all bytes from the text of
//! `SHA256SUMS` on, up to its own 64 digits: the sums, the index, the zip's directory, and the words
//! before the digits. As the sums tell every entry, it stands for all that the archive answers. It is
//! compared whenever the directory is read, and that is where there is no index, and by `verify`.
//! What it finds is accidents: whoever changes an archive can write another.

use std::cell::Cell;
use std::io::{self, Seek, SeekFrom, Write};

use crate::digest::{hex, sha256, unhex};

/// The words before the digits.
const WORDS: &str = "SHA-256 from the text of SHA256SUMS up to here: ";

/// How many digits there are.
const DIGITS: usize = 64;

/// How long the comment is.
const COMMENT_BYTES: usize = WORDS.len() + DIGITS;

/// The comment of an archive before its digest is known.
pub fn placeholder() -> String {
    format!("{WORDS}{}", "0".repeat(DIGITS))
}

/// What the comment of an archive says: its digest, or `None` for a comment of other words.
pub fn parse(comment: &[u8]) -> Option<[u8; 32]> {
    unhex(std::str::from_utf8(comment).ok()?.strip_prefix(WORDS)?)
}

/// The digest that `archive`, which has one, must have where its sums begin at `sums`.
pub fn digest(archive: &[u8], sums: usize) -> Option<[u8; 32]> {
    Some(sha256(
        archive.get(sums..archive.len().checked_sub(DIGITS)?)?,
    ))
}

/// Where the directory of the zip begins in an archive with such a comment, and that comment, by the
/// end of the directory (APPNOTE.TXT of PKWARE, 4.3.14 to 4.3.16).
pub fn end(archive: &[u8]) -> Option<(usize, &[u8])> {
    let (before, comment) = archive.split_at_checked(archive.len().checked_sub(COMMENT_BYTES)?)?;
    let (before, end) = before.split_last_chunk::<22>()?;
    if !end.starts_with(b"PK\x05\x06") || end[20..] != (COMMENT_BYTES as u16).to_le_bytes() {
        return None;
    }
    let wide = before
        .last_chunk::<20>()
        .filter(|end| end.starts_with(b"PK\x06\x07"));
    let at = match wide {
        None => u64::from(u32::from_le_bytes(*end[16..].first_chunk()?)),
        Some(locator) => {
            let at = u64::from_le_bytes(*locator[8..].first_chunk()?);
            let end = archive.get(usize::try_from(at).ok()?..)?;
            let end = end.strip_prefix(b"PK\x06\x06")?;
            u64::from_le_bytes(*end.get(44..)?.first_chunk()?)
        }
    };
    Some((usize::try_from(at).ok()?, comment))
}

/// Where an archive is written to: keeps what is written from the moment on that `keeps` is set.
#[derive(Debug)]
pub struct Closing<'a, W> {
    out: W,
    at: &'a Cell<u64>,
    keeps: &'a Cell<bool>,
    /// Where what is kept begins.
    begin: Option<u64>,
    kept: Vec<u8>,
}

impl<'a, W: Write + Seek> Closing<'a, W> {
    /// Writes to `out`, from its position on. Where it is then, `at` always tells.
    ///
    /// # Errors
    /// The position cannot be told.
    pub fn new(mut out: W, at: &'a Cell<u64>, keeps: &'a Cell<bool>) -> io::Result<Self> {
        at.set(out.stream_position()?);
        Ok(Closing {
            at,
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
            let begin = *self.begin.get_or_insert(self.at.get());
            // The header before what is kept is written once more.
            if let Some(place) = self.at.get().checked_sub(begin) {
                let place = place as usize;
                let end = place + written;
                self.kept.resize(self.kept.len().max(end), 0);
                self.kept[place..end].copy_from_slice(&bytes[..written]);
            }
        }
        self.at.set(self.at.get() + written as u64);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl<W: Seek> Seek for Closing<'_, W> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at.set(self.out.seek(to)?);
        Ok(self.at.get())
    }
}
