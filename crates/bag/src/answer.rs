//! An answer as a bag holds it: bytes that are sent as they lie there, or the frames of what is sent.

use std::io::{self, Cursor, Read, Seek, SeekFrom};

use crate::frames;

/// What answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer<'a> {
    /// These bytes.
    Plain(&'a [u8]),
    /// What these [frames] hold, and how many bytes that is.
    Frames(&'a [u8], u64),
}

impl<'a> Answer<'a> {
    /// How many bytes answer.
    #[allow(clippy::len_without_is_empty, reason = "nobody asks")]
    pub fn len(&self) -> u64 {
        match self {
            Answer::Plain(bytes) => bytes.len() as u64,
            Answer::Frames(_, len) => *len,
        }
    }

    /// The bytes that lie in the bag.
    pub fn held(&self) -> &'a [u8] {
        match self {
            Answer::Plain(bytes) | Answer::Frames(bytes, _) => bytes,
        }
    }

    /// The bytes that answer, where they lie there as they are.
    pub fn plain(&self) -> Option<&'a [u8]> {
        match self {
            Answer::Plain(bytes) => Some(bytes),
            Answer::Frames(..) => None,
        }
    }

    /// Reads what answers; of what is kept as frames no more than one is in memory.
    ///
    /// # Errors
    /// The frames are damaged.
    pub fn reader(&self) -> io::Result<Reader<Cursor<&'a [u8]>>> {
        self.read_by(Cursor::new)
    }

    /// The same, where what lies in the bag is read by what `open` makes of it.
    ///
    /// # Errors
    /// The frames are damaged, or cannot be read.
    pub fn read_by<R: Read + Seek>(
        &self,
        open: impl FnOnce(&'a [u8]) -> R,
    ) -> io::Result<Reader<R>> {
        Ok(match self {
            Answer::Plain(bytes) => Reader::Plain(open(bytes)),
            Answer::Frames(packed, len) => {
                let size = packed.len() as u64;
                let frames = frames::Reader::new(open(packed), size, *len)?;
                Reader::Frames(Box::new(frames))
            }
        })
    }
}

/// Reads an answer.
#[derive(Debug)]
pub enum Reader<R> {
    /// Bytes that are there.
    Plain(R),
    /// What is unpacked on the way.
    Frames(Box<frames::Reader<R>>),
}

impl<R: Read + Seek> Read for Reader<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        match self {
            Reader::Plain(bytes) => bytes.read(to),
            Reader::Frames(frames) => frames.read(to),
        }
    }
}

impl<R: Read + Seek> Seek for Reader<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match self {
            Reader::Plain(bytes) => bytes.seek(to),
            Reader::Frames(frames) => frames.seek(to),
        }
    }
}
