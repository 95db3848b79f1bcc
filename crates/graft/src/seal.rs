//! The seal: a digest of the whole file, at its end.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::{Engine, GraftError};

/// Length of a seal in bytes.
pub const SEAL_LEN: u64 = 48;

/// How a seal starts. Its number changes with the format.
const MAGIC: [u8; 16] = *b"gobag seal 1\n\0\0\0";

/// The file is hashed in pieces of this many bytes, several at once.
const PIECE_LEN: u64 = 1 << 20;

/// What the end of a file says of all that stands before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seal {
    /// There is none: nothing was grafted, or before there were seals.
    None,
    /// Every byte is as it was when the file was written.
    Intact,
    /// Something is not, be it the seal itself or the header that tells of the archive.
    Broken,
}

impl Engine {
    /// Compares the seal of `file`, which this was read from, with all of its bytes.
    ///
    /// All cores work on it, and each needs memory for one piece of a mebibyte.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn seal(&self, file: &File) -> Result<Seal, GraftError> {
        let reading = GraftError::io("read it");
        let Some(archive) = self.archive() else {
            // Headers that were changed may hide an archive.
            return Ok(match has_seal(file).map_err(&reading)? {
                true => Seal::Broken,
                false => Seal::None,
            });
        };
        let len = file.metadata().map_err(&reading)?.len();
        let end = archive.offset + archive.len;
        let behind = len.saturating_sub(end);
        if behind == 0 {
            return Ok(Seal::None);
        }
        if behind != SEAL_LEN {
            return Ok(Seal::Broken);
        }
        let mut seal = [0; SEAL_LEN as usize];
        read_at(file, end, &mut seal).map_err(&reading)?;
        Ok(match seal == seal_of(file, end).map_err(&reading)? {
            true => Seal::Intact,
            false => Seal::Broken,
        })
    }
}

/// True where `file` ends as one that was grafted does, whatever its headers say.
///
/// # Errors
/// The file cannot be read.
pub fn has_seal(file: &File) -> io::Result<bool> {
    let Some(end) = file.metadata()?.len().checked_sub(SEAL_LEN) else {
        return Ok(false);
    };
    let mut magic = [0; MAGIC.len()];
    read_at(file, end, &mut magic)?;
    Ok(magic == MAGIC)
}

/// Writes the seal of all that `file` holds so far to its end.
pub fn write(file: &mut File) -> io::Result<()> {
    let len = file.metadata()?.len();
    let seal = seal_of(file, len)?;
    file.seek(SeekFrom::Start(len))?;
    file.write_all(&seal)
}

/// The seal of the first `len` bytes: the magic number, and the SHA-256 of the SHA-256s of their
/// pieces.
fn seal_of(file: &File, len: u64) -> io::Result<[u8; SEAL_LEN as usize]> {
    let sum = |buffer: &mut Vec<u8>, piece: u64| -> io::Result<[u8; 32]> {
        let begin = piece * PIECE_LEN;
        buffer.resize((len - begin).min(PIECE_LEN) as usize, 0);
        read_at(file, begin, buffer)?;
        Ok(Sha256::digest(buffer).into())
    };
    let pieces = (0..len.div_ceil(PIECE_LEN)).into_par_iter();
    let sums: io::Result<Vec<[u8; 32]>> = pieces.map_init(Vec::new, sum).collect();
    let mut seal = [0; SEAL_LEN as usize];
    seal[..16].copy_from_slice(&MAGIC);
    seal[16..].copy_from_slice(&Sha256::digest(sums?.concat()));
    Ok(seal)
}

/// Fills `bytes` from a place of a file, by any number of threads at once.
#[cfg(unix)]
fn read_at(file: &File, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset)
}

/// Fills `bytes` from a place of a file, by any number of threads at once.
#[cfg(windows)]
fn read_at(file: &File, mut offset: u64, mut bytes: &mut [u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        let read = std::os::windows::fs::FileExt::seek_read(file, bytes, offset)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        bytes = &mut bytes[read..];
        offset += read as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_is_the_digest_of_the_digests_of_mebibytes() {
        let bytes: Vec<u8> = (0..(2 << 20) + 7_u32).map(|i| (i % 251) as u8).collect();
        for len in [0, 1, 1 << 20, (1 << 20) + 1, (2 << 20) + 7] {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(&bytes[..len]).unwrap();
            write(&mut file).unwrap();
            let sums = bytes[..len].chunks(1 << 20).map(Sha256::digest);
            let mut whole = Sha256::new();
            sums.for_each(|sum| whole.update(sum));
            let mut seal = [0; 48];
            read_at(&file, len as u64, &mut seal).unwrap();
            assert_eq!(seal[..16], *b"gobag seal 1\n\0\0\0");
            assert_eq!(seal[16..], *whole.finalize(), "{len}");
            assert_eq!(file.metadata().unwrap().len(), len as u64 + 48);
        }
    }
}
