//! The content of an entry, checked while it is read.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom, Take};

use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::directory::{Entry, u16_at, u32_at};
use super::fault::ZipRule;

/// Reads an entry's content. Yields never more than the directory says; the end is reached only if
/// the length and the CRC are right, so who reads to the end has read what was packed.
pub(super) struct Content<'a, R> {
    source: Source<BufReader<Take<&'a mut R>>>,
    entry: &'a Entry,
    data_end: u64,
    crc: Crc,
    len: u64,
    checked: bool,
}

enum Source<B> {
    Stored(B),
    Deflated(Box<Inflate<B>>),
}

struct Inflate<B> {
    input: B,
    state: Decompress,
    ended: bool,
}

/// The length of what stands before an entry's name, in bytes.
pub(super) const LOCAL_HEADER_LEN: u64 = 30;

impl<'a, R: Read + Seek> Content<'a, R> {
    /// Opens the entry of a file.
    pub(super) fn open(reader: &'a mut R, entry: &'a Entry) -> io::Result<Content<'a, R>> {
        let start = data_start(reader, entry)?;
        let data_end = start
            .checked_add(entry.compressed_size)
            .ok_or_else(|| broken(ZipRule::LocalHeader))?;
        reader.seek(SeekFrom::Start(start))?;
        let data = BufReader::new(reader.take(entry.compressed_size));
        let source = match entry.method {
            0 => Source::Stored(data),
            8 => Source::Deflated(Box::new(Inflate {
                input: data,
                state: Decompress::new(false),
                ended: false,
            })),
            other => return Err(broken(ZipRule::Method(other))),
        };
        Ok(Content {
            source,
            entry,
            data_end,
            crc: Crc::new(),
            len: 0,
            checked: false,
        })
    }

    fn check_end(&mut self) -> io::Result<()> {
        if self.len != self.entry.size {
            return Err(broken(ZipRule::TooShort(self.entry.size)));
        }
        let crc32 = self.crc.sum();
        let right = if self.entry.has_descriptor {
            self.descriptor_crc32()? == self.entry.crc32 && crc32 == self.entry.crc32
        } else {
            // Go takes a zero for a checksum that was never filled in.
            self.entry.crc32 == 0 || crc32 == self.entry.crc32
        };
        self.checked = right;
        if right {
            Ok(())
        } else {
            Err(broken(ZipRule::Checksum))
        }
    }

    /// The CRC behind the data, with or without a signature in front.
    fn descriptor_crc32(&mut self) -> io::Result<u32> {
        let reader = match &mut self.source {
            Source::Stored(data) => data.get_mut().get_mut(),
            Source::Deflated(inflate) => inflate.input.get_mut().get_mut(),
        };
        reader.seek(SeekFrom::Start(self.data_end))?;
        let mut bytes = [0; 16];
        read_whole(reader, &mut bytes[..4], ZipRule::Checksum)?;
        let at = if bytes.starts_with(b"PK\x07\x08") {
            0
        } else {
            4
        };
        read_whole(reader, &mut bytes[at..12], ZipRule::Checksum)?;
        Ok(u32_at(&bytes, 0))
    }
}

/// Checks that a directory has no content; its bytes, if there are any, are not looked at.
pub(super) fn check_directory<R: Read + Seek>(reader: &mut R, entry: &Entry) -> io::Result<()> {
    data_start(reader, entry)?;
    if entry.size == 0 {
        Ok(())
    } else {
        Err(broken(ZipRule::DirectoryContent))
    }
}

impl<R: Read + Seek> Read for Content<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.checked || buffer.is_empty() {
            return Ok(0);
        }
        let n = match &mut self.source {
            Source::Stored(data) => data.read(buffer)?,
            Source::Deflated(inflate) => inflate.read(buffer, self.entry.size)?,
        };
        if n == 0 {
            self.check_end()?;
        }
        self.len += n as u64;
        if self.len > self.entry.size {
            return Err(broken(ZipRule::TooLong(self.entry.size)));
        }
        self.crc.update(&buffer[..n]);
        Ok(n)
    }
}

impl<B: BufRead> Inflate<B> {
    fn read(&mut self, buffer: &mut [u8], size: u64) -> io::Result<usize> {
        while !self.ended {
            let input = self.input.fill_buf()?;
            let at_end = input.is_empty();
            let (had_in, had_out) = (self.state.total_in(), self.state.total_out());
            let status = self
                .state
                .decompress(input, buffer, FlushDecompress::None)
                .map_err(|_| broken(ZipRule::Corrupt))?;
            let consumed = (self.state.total_in() - had_in) as usize;
            let produced = (self.state.total_out() - had_out) as usize;
            self.input.consume(consumed);
            self.ended = status == Status::StreamEnd;
            if produced > 0 {
                return Ok(produced);
            }
            if at_end && !self.ended {
                return Err(broken(ZipRule::TooShort(size)));
            }
            if consumed == 0 && !self.ended {
                return Err(broken(ZipRule::Corrupt));
            }
        }
        Ok(0)
    }
}

fn data_start(reader: &mut (impl Read + Seek), entry: &Entry) -> io::Result<u64> {
    let offset = u64::try_from(entry.header_offset).map_err(|_| broken(ZipRule::LocalHeader))?;
    reader.seek(SeekFrom::Start(offset))?;
    let mut header = [0; LOCAL_HEADER_LEN as usize];
    read_whole(reader, &mut header, ZipRule::LocalHeader)?;
    if !header.starts_with(b"PK\x03\x04") {
        return Err(broken(ZipRule::LocalHeader));
    }
    let lens = u64::from(u16_at(&header, 26)) + u64::from(u16_at(&header, 28));
    offset
        .checked_add(LOCAL_HEADER_LEN + lens)
        .ok_or_else(|| broken(ZipRule::LocalHeader))
}

/// Fills the buffer; breaks `rule` if the zip ends before.
fn read_whole(reader: &mut impl Read, buffer: &mut [u8], rule: ZipRule) -> io::Result<()> {
    reader.read_exact(buffer).map_err(|e| match e.kind() {
        ErrorKind::UnexpectedEof => broken(rule),
        _ => e,
    })
}

fn broken(rule: ZipRule) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, rule)
}
