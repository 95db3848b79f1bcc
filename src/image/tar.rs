//! Entries of a tar archive, as streams: what is written may be larger than memory.
//!
//! Source: [pax(1), ustar](https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html), and
//! [tar(5)](https://man.freebsd.org/cgi/man.cgi?tar(5)) for lengths of 8 GiB and more. By hand, since one
//! kind of header is all that is needed.

use std::io::{self, Cursor, Read};

/// Length of a header in bytes, and what the length of content is rounded up to.
const BLOCK: u64 = 512;

/// Lengths that eight gigabytes are the first not to fit: 11 octal digits.
const OCTAL_END: u64 = 1 << 33;

/// Length in bytes of an archive with one entry for content of each of these lengths.
pub fn len_of(contents: impl IntoIterator<Item = u64>) -> u64 {
    let entries = contents.into_iter().map(|len| BLOCK + padded(len));
    entries.sum::<u64>() + 2 * BLOCK
}

/// A plain file of `len` bytes that belongs to root and is of 1970. `name` has at most 100 bytes.
///
/// It fails with `UnexpectedEof` where `content` has fewer bytes; what it has more is left out.
pub fn entry(name: &str, mode: u32, len: u64, content: impl Read) -> impl Read {
    let content = Exactly {
        content: content.take(len),
        left: len,
    };
    let padding = io::repeat(0).take(padded(len) - len);
    Cursor::new(header(name, mode, len))
        .chain(content)
        .chain(padding)
}

/// What an archive ends with: two empty blocks.
pub fn end() -> impl Read {
    io::repeat(0).take(2 * BLOCK)
}

fn padded(len: u64) -> u64 {
    len.next_multiple_of(BLOCK)
}

/// The header of a plain file, as [`entry`] begins.
pub fn header(name: &str, mode: u32, len: u64) -> [u8; BLOCK as usize] {
    let mut header = [0; BLOCK as usize];
    let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &name.as_bytes()[..name.len().min(100)]);
    put(100, format!("{mode:07o}").as_bytes());
    // Owner and group.
    put(108, b"0000000");
    put(116, b"0000000");
    match len {
        0..OCTAL_END => put(124, format!("{len:011o}").as_bytes()),
        // A number of base 256, which its highest bit tells.
        OCTAL_END.. => {
            put(124, &[0x80]);
            put(128, &len.to_be_bytes());
        }
    }
    put(136, b"00000000000");
    // A plain file; the name that a link leads to stands between, and is empty.
    put(156, b"0");
    put(257, b"ustar\x0000");
    // Of all bytes, where the sum itself is eight blanks.
    put(148, b"        ");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header
}

/// Content that has as many bytes as were told of it.
struct Exactly<R> {
    content: R,
    left: u64,
}

impl<R: Read> Read for Exactly<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.content.read(buffer)?;
        self.left = self.left.saturating_sub(n as u64);
        if n == 0 && !buffer.is_empty() && self.left > 0 {
            let text = format!(
                "{} bytes are missing, the file changed meanwhile",
                self.left
            );
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, text));
        }
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(mut content: impl Read) -> Vec<u8> {
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn content_is_padded_to_whole_blocks() {
        for (content, blocks) in [(0, 1), (1, 2), (512, 2), (513, 3)] {
            let content = vec![b'x'; content];
            let len = content.len() as u64;
            let archive = entry("a/b", 0o644, len, &content[..]).chain(end());
            let archive = bytes(archive);
            assert_eq!(archive.len() as u64, len_of([len]));
            assert_eq!(archive.len(), 512 * (blocks + 2));
            assert_eq!(archive[512..][..content.len()], content);
            assert!(archive[512 + content.len()..].iter().all(|b| *b == 0));
        }
        assert_eq!(len_of([1, 600]), 512 * (2 + 3 + 2));
    }

    #[test]
    fn a_length_is_octal_as_long_as_that_fits() {
        for (len, want) in [
            (0, &b"00000000000\0"[..]),
            (8, b"00000000010\0"),
            ((8 << 30) - 1, b"77777777777\0"),
            (8 << 30, b"\x80\0\0\0\0\0\0\x02\0\0\0\0"),
            (64 << 30, b"\x80\0\0\0\0\0\0\x10\0\0\0\0"),
        ] {
            assert_eq!(header("a", 0o755, len)[124..136], *want, "{len}");
        }
    }

    #[test]
    fn content_that_is_too_short_is_an_error() {
        for (content, len, whole) in [("ab", 2, true), ("abc", 2, true), ("a", 2, false)] {
            let mut entry = entry("a", 0o644, len, content.as_bytes());
            let read = io::copy(&mut entry, &mut io::sink());
            assert_eq!(read.is_ok(), whole, "{content} {len}");
        }
    }
}
