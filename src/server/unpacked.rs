//! What the bag holds as frames, sent as it is unpacked, as it is or coded as gzip.
//!
//! A frame is in memory only while the system takes some of it; a client is waited for with a small
//! piece. What is coded for a client that is waited for is coded smaller: the time is there. Coded, each frame is in a chunk of its own and refers to nothing before, so that one that is
//! sent in parts can be made again; all of them are one member of gzip (RFC 1952), as curl wants it.

use std::io::{self, ErrorKind};
use std::net::TcpStream;

use flate2::{Compress, Compression, Crc, FlushCompress};

use super::wire;
use crate::proxy::unpacked::Unpacked;

/// How much is kept while the client is waited for, in bytes.
const WAITING_BYTES: usize = 16 << 10;

/// How an answer is coded on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// As it is.
    Identity,
    /// As gzip, in chunks.
    Gzip,
}

/// Sends head and body. `progress` hears each time how many bytes of the body are sent so far, and
/// whether the client had to be waited for.
///
/// # Errors
/// As [`wire::send`]; the frames are damaged, or cannot be read.
pub fn send(
    stream: &TcpStream,
    head: &[u8],
    zip: &Unpacked,
    coding: Coding,
    mut progress: impl FnMut(u64, bool),
) -> io::Result<()> {
    let table = zip.table()?;
    let _sending = zip.decoders().begin();
    let mut waiting = head.to_vec();
    // How much of the content is sent, and how much of the chunk that comes next.
    let (mut at, mut of_chunk) = (0, 0);
    let (mut sent, mut of_body) = (0, 0);
    let mut crc = Crc::new();
    let (mut level, mut slow) = (Compression::fast(), false);
    loop {
        let waited = of_body > 0;
        wire::send(stream, &waiting, &[], |_| ())?;
        sent += of_body;
        progress(sent, waited);
        if at == zip.len() {
            return Ok(());
        }
        let before = &crc;
        // A chunk that is made again is the same.
        if of_chunk == 0 {
            level = match slow {
                true => Compression::default(),
                false => Compression::fast(),
            };
            slow = false;
        }
        let code = |content: &[u8], chunk: &mut Vec<u8>| match coding {
            Coding::Identity => Ok(()),
            Coding::Gzip => {
                let last = at + content.len() as u64 == zip.len();
                write_chunk(content, level, before, last, chunk)
            }
        };
        stream.set_nonblocking(true)?;
        let moved = zip.piece(&table, at, code, |content, chunk| -> io::Result<_> {
            let piece = match coding {
                Coding::Identity => content,
                Coding::Gzip => chunk,
            };
            let rest = piece.get(of_chunk..).ok_or(ErrorKind::InvalidData)?;
            let taken = take(stream, rest)?;
            let rest = &rest[taken..];
            slow |= !rest.is_empty();
            waiting.clear();
            waiting.extend_from_slice(&rest[..rest.len().min(WAITING_BYTES)]);
            let moved = taken + waiting.len();
            let next = match coding {
                Coding::Identity => (moved as u64, 0, None),
                Coding::Gzip if rest.len() == waiting.len() => {
                    (content.len() as u64, 0, Some(joined(before, content)))
                }
                Coding::Gzip => (0, of_chunk + moved, None),
            };
            Ok((taken as u64, next))
        });
        stream.set_nonblocking(false)?;
        let (taken, (of_content, next, known)) = moved??;
        (at, of_chunk) = (at + of_content, next);
        crc = known.unwrap_or(crc);
        (sent, of_body) = (sent + taken, waiting.len() as u64);
        progress(sent, false);
    }
}

/// What is known of content once more of it is.
fn joined(before: &Crc, content: &[u8]) -> Crc {
    let mut crc = Crc::new();
    crc.combine(before);
    crc.update(content);
    crc
}

/// Sends what the system takes at once, and returns how much.
fn take(stream: &TcpStream, bytes: &[u8]) -> io::Result<usize> {
    let mut taken = 0;
    match wire::send(stream, &[], bytes, |so_far| taken = so_far as usize) {
        Err(e) if e.kind() != ErrorKind::WouldBlock => Err(e),
        _ => Ok(taken),
    }
}

/// The begin of a member of gzip: deflate, and nothing else is told.
const GZIP: &[u8] = b"\x1f\x8b\x08\0\0\0\0\0\0\xff";

/// A block of deflate that is the last, and empty.
const LAST_BLOCK: &[u8] = b"\x03\0";

/// Writes a chunk of HTTP/1.1 (RFC 9112, 7.1) with what comes behind content of which `before` tells;
/// with the end of all behind the `last`.
fn write_chunk(
    content: &[u8],
    level: Compression,
    before: &Crc,
    last: bool,
    chunk: &mut Vec<u8>,
) -> io::Result<()> {
    const NO_LEN: &[u8] = b"00000000\r\n";
    // As much as most take; the rest is seen on the way.
    chunk.reserve(content.len() / 4 + 1024);
    chunk.extend_from_slice(NO_LEN);
    if before.amount() == 0 {
        chunk.extend_from_slice(GZIP);
    }
    let mut deflate = Compress::new(level, false);
    loop {
        let rest = &content[deflate.total_in() as usize..];
        deflate.compress_vec(rest, chunk, FlushCompress::Sync)?;
        // Where there is no room left there may be more.
        if chunk.len() < chunk.capacity() {
            break;
        }
        chunk.reserve(content.len() / 4);
    }
    if last {
        let crc = joined(before, content);
        chunk.extend_from_slice(LAST_BLOCK);
        chunk.extend([crc.sum(), crc.amount()].map(u32::to_le_bytes).concat());
    }
    let len = format!("{:08x}", chunk.len() - NO_LEN.len());
    chunk[..len.len()].copy_from_slice(len.as_bytes());
    chunk.extend_from_slice(if last { b"\r\n0\r\n\r\n" } else { b"\r\n" });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    /// What chunks hold.
    fn joined(chunks: &[Vec<u8>]) -> Vec<u8> {
        let mut coded = Vec::new();
        for chunk in chunks {
            let end = chunk.windows(2).position(|w| w == b"\r\n").unwrap();
            let len = std::str::from_utf8(&chunk[..end]).unwrap();
            let len = usize::from_str_radix(len, 16).unwrap();
            coded.extend_from_slice(&chunk[end + 2..][..len]);
        }
        coded
    }

    #[test]
    fn all_chunks_are_one_member() {
        // Bytes that compress well, and some that do not at all.
        let like: Vec<u8> = (0..1 << 20).map(|i| (i / 100) as u8).collect();
        let mut state = 1_u64;
        let unlike: Vec<u8> = std::iter::repeat_with(|| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) as u8
        })
        .take(1 << 20)
        .collect();
        for pieces in [
            &[&like[..]][..],
            &[&unlike],
            &[b"x"],
            &[&like, &unlike, b"x"],
            &[&unlike[..4096], &like, &like],
        ] {
            let chunk = |content: &[u8], before: &Crc, last: bool| {
                let mut chunk = Vec::new();
                // In any order of levels.
                let level = Compression::new(1 + before.amount() / 4096 % 6);
                write_chunk(content, level, before, last, &mut chunk).unwrap();
                chunk
            };
            let mut crc = Crc::new();
            let mut chunks = Vec::new();
            for (number, piece) in pieces.iter().enumerate() {
                let last = number + 1 == pieces.len();
                let once = chunk(piece, &crc, last);
                assert!(once == chunk(piece, &crc, last));
                assert_eq!(once.ends_with(b"\r\n0\r\n\r\n"), last);
                crc.update(piece);
                chunks.push(once);
            }
            let mut unpacked = Vec::new();
            let coded = joined(&chunks);
            let mut member = flate2::bufread::GzDecoder::new(&coded[..]);
            member.read_to_end(&mut unpacked).unwrap();
            assert!(unpacked == pieces.concat());
            assert!(member.into_inner().is_empty());
        }
    }
}
