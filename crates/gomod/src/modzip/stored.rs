//! The stored form of a zip: the same entries with the same content in the same order, none of them
//! compressed. Its `h1:` is that of the zip, since that covers what a zip holds and not how; whoever
//! reads it has nothing to inflate.
//!
//! It is written as it is sent, from the zip, so that nothing of it is kept; its length and every
//! byte of it follow from the zip alone.

use std::io::{self, ErrorKind, Read, Seek, Write};
use std::ops::Range;

use super::MAX_ZIP_BYTES;
use super::content::{Content, LOCAL_HEADER_LEN};
use super::directory::{self, END_LEN, Entry, HEADER_LEN, Most};

/// What a directory may hold where many are in memory at once, so that one takes little more than a
/// megabyte. Among the modules of real programs hardly any has more.
const MOST: Most = Most {
    entries: 8192,
    name_bytes: 512 << 10,
};

/// How much content is inflated at once, in bytes.
const PIECE_BYTES: usize = 64 << 10;

/// The 1st of January 1980, the first day that a zip can tell.
const DAY: u16 = 1 << 5 | 1;

/// A name is UTF-8.
const UTF8: u16 = 1 << 11;

/// A zip as it would be if nothing in it were compressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    entries: Vec<Entry>,
    directory: Range<u64>,
}

impl Stored {
    /// The stored form of the zip in the `size` bytes of `reader`. None where it would be no other
    /// or larger than Go allows, where there are more entries than are worth it, or where the zip
    /// cannot be read.
    pub fn of(size: u64, reader: &mut (impl Read + Seek)) -> Option<Self> {
        match Form::within(size, reader, &MOST)? {
            Form::Stored(stored) => Some(stored),
            Form::Same => None,
        }
    }

    /// Its length in bytes.
    #[allow(clippy::len_without_is_empty, reason = "a zip has an end at least")]
    pub fn len(&self) -> u64 {
        self.directory.end + END_LEN as u64
    }

    /// Writes it, from the zip that it is the form of.
    ///
    /// # Errors
    /// `out` takes no more, or the zip is damaged: what was written then is too short.
    pub fn write(&self, zip: &mut (impl Read + Seek), out: &mut impl Write) -> io::Result<()> {
        let mut piece = vec![0; PIECE_BYTES];
        for entry in &self.entries {
            out.write_all(&local_header(entry))?;
            if entry.is_folder() {
                continue;
            }
            let mut content = Content::open(zip, entry)?;
            loop {
                match content.read(&mut piece) {
                    Ok(0) => break,
                    Ok(read) => out.write_all(&piece[..read])?,
                    Err(e) if e.kind() == ErrorKind::Interrupted => {}
                    Err(e) => return Err(e),
                }
            }
        }
        let mut begin = 0;
        for entry in &self.entries {
            out.write_all(&header(entry, begin))?;
            begin += LOCAL_HEADER_LEN + entry.name.len() as u64 + entry.size;
        }
        out.write_all(&self.end())
    }

    fn end(&self) -> Vec<u8> {
        let count = self.entries.len() as u16;
        let mut end = b"PK\x05\x06\0\0\0\0".to_vec();
        end.extend([count, count].map(u16::to_le_bytes).concat());
        let size = self.directory.end - self.directory.start;
        end.extend((size as u32).to_le_bytes());
        end.extend((self.directory.start as u32).to_le_bytes());
        end.extend([0, 0]);
        end
    }
}

/// The stored form of a zip, whatever it takes to have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// Another one than the zip.
    Stored(Stored),
    /// The zip itself: nothing in it is compressed.
    Same,
}

impl Form {
    /// That of the zip in the `size` bytes of `reader`. None where it would be larger than Go allows,
    /// or where the zip cannot be read.
    pub fn of(size: u64, reader: &mut (impl Read + Seek)) -> Option<Self> {
        Form::within(size, reader, &directory::MOST)
    }

    fn within(size: u64, reader: &mut (impl Read + Seek), most: &Most) -> Option<Self> {
        let entries = directory::read(reader, size, most).ok()?;
        if entries.iter().all(|e| e.method == 0) {
            return Some(Form::Same);
        }
        // From here on a directory has another kind of end.
        if entries.len() >= usize::from(u16::MAX) {
            return None;
        }
        let (mut begin, mut headers) = (0_u64, 0_u64);
        for entry in &entries {
            let name = u64::from(u16::try_from(entry.name.len()).ok()?);
            let read = matches!(entry.method, 0 | 8);
            // A folder with content is a fault that stays one.
            if !read || (entry.is_folder() && entry.size != 0) {
                return None;
            }
            begin = begin.checked_add(LOCAL_HEADER_LEN + name)?;
            begin = begin.checked_add(entry.size)?;
            headers += HEADER_LEN as u64 + name;
        }
        let stored = Stored {
            entries,
            directory: begin..begin.checked_add(headers)?,
        };
        (stored.len() <= MAX_ZIP_BYTES).then_some(Form::Stored(stored))
    }
}

/// What both headers of an entry say: version, flags, method, time, CRC, sizes, name's length.
fn shared(entry: &Entry) -> Vec<u8> {
    let ascii = entry.name.is_ascii() || std::str::from_utf8(&entry.name).is_err();
    let flags = if ascii { 0 } else { UTF8 };
    let mut shared = [20, flags, 0, 0, DAY].map(u16::to_le_bytes).concat();
    let sizes = [entry.crc32, entry.size as u32, entry.size as u32];
    shared.extend(sizes.map(u32::to_le_bytes).concat());
    shared.extend((entry.name.len() as u16).to_le_bytes());
    shared
}

fn local_header(entry: &Entry) -> Vec<u8> {
    [b"PK\x03\x04", &shared(entry)[..], &[0; 2], &entry.name].concat()
}

fn header(entry: &Entry, begin: u64) -> Vec<u8> {
    let begin = (begin as u32).to_le_bytes();
    // No extra fields, comment, disk or attributes.
    let (first, shared) = (b"PK\x01\x02\x14\0", shared(entry));
    [first, &shared[..], &[0; 12], &begin, &entry.name].concat()
}
