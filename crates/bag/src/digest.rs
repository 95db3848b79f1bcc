//! SHA-256 of bytes, and how it is written.

use std::io::{self, Read, Write};

use gomod::dirhash;
use sha2::{Digest, Sha256};

/// The SHA-256 of `bytes`.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Writes all that `content` yields to `out`, and returns its SHA-256.
///
/// # Errors
/// Those of reading and writing.
pub fn copy(content: impl Read, out: impl Write) -> io::Result<[u8; 32]> {
    dirhash::sha256_of(Copied { content, out })
}

/// Content that is written as it is read.
struct Copied<R, W> {
    content: R,
    out: W,
}

impl<R: Read, W: Write> Read for Copied<R, W> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.content.read(buffer)?;
        self.out.write_all(&buffer[..n])?;
        Ok(n)
    }
}

/// `bytes` as lower-case hex digits.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from(b"0123456789abcdef"[usize::from(value)]);
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.extend([digit(byte >> 4), digit(byte & 15)]);
    }
    text
}

/// The SHA-256 that 64 lower-case hex digits write.
pub fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut sha256 = [0; 32];
    for (i, byte) in sha256.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * i..2 * i + 2)?, 16).ok()?;
    }
    (hex(&sha256) == text).then_some(sha256)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_has_one_spelling() {
        let digest = sha256(b"abc");
        let text = hex(&digest);
        assert_eq!(&text[..16], "ba7816bf8f01cfea");
        assert_eq!(unhex(&text), Some(digest));
        let long = format!("{text}0");
        for text in [&text[..62], &long, &text.to_uppercase(), "", "é"] {
            assert_eq!(unhex(text), None, "{text}");
        }
        assert_eq!(unhex(&text.replacen("ba", "+a", 1)), None);
    }

    #[test]
    fn copies_what_it_hashes() {
        let mut out = Vec::new();
        assert_eq!(copy(&b"abc"[..], &mut out).unwrap(), sha256(b"abc"));
        assert_eq!(out, b"abc");
    }
}
