//! What an answer holds: bytes that are there, a zip that is written in its stored form as it is sent, or
//! one that is unpacked meanwhile.

use std::borrow::Cow;
use std::io::{self, Read, Write};

use bag::Answer;
use gomod::modzip::Stored;

use super::form::Encoder;
use super::places::Place;
use super::unpacked::{Decoders, Unpacked};
use crate::process::memory::Mapped;

/// The body of a reply.
#[derive(Debug)]
pub enum Body {
    /// Bytes that are there.
    Bytes(Cow<'static, [u8]>),
    /// A page for a browser.
    Page {
        /// The page.
        bytes: Vec<u8>,
        /// Taken for as long as this is sent.
        _place: Place,
    },
    /// The stored form of a zip.
    Stored(Box<StoredZip>),
    /// What the bag holds as frames.
    Unpacked(Unpacked),
    /// The same, coded as gzip: how long that is nobody knows before it is sent.
    Gzip(Unpacked),
}

/// The stored form of a zip in the bag.
#[derive(Debug)]
pub struct StoredZip {
    form: Stored,
    zip: &'static [u8],
    /// Taken for as long as this is sent.
    _encoder: Encoder,
}

impl StoredZip {
    /// That of `zip`; none where it has none or cannot be read.
    pub fn of(zip: &'static [u8], encoder: Encoder) -> Option<Self> {
        let form = Stored::of(zip.len() as u64, &mut Mapped::new(zip))?;
        Some(StoredZip {
            form,
            zip,
            _encoder: encoder,
        })
    }

    /// Writes it.
    ///
    /// # Errors
    /// `out` takes no more, or the zip is damaged or cannot be read.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        self.form.write(&mut Mapped::new(self.zip), out)
    }
}

impl Body {
    /// How many bytes are sent, but for what is coded: that many it holds.
    pub fn len(&self) -> u64 {
        match self {
            Body::Bytes(bytes) => bytes.len() as u64,
            Body::Page { bytes, .. } => bytes.len() as u64,
            Body::Stored(zip) => zip.form.len(),
            Body::Unpacked(zip) | Body::Gzip(zip) => zip.len(),
        }
    }

    /// What answers, of an answer of the bag.
    pub fn of(answer: Answer<'static>, decoders: &Decoders) -> Self {
        match answer {
            Answer::Plain(bytes) => bytes.into(),
            Answer::Frames(packed, len) => Body::Unpacked(Unpacked::new(packed, len, decoders)),
        }
    }

    /// True where parts of it can be sent: to write or code one would be as much work as to do it with
    /// all up to there.
    pub fn has_parts(&self) -> bool {
        matches!(self, Body::Bytes(_) | Body::Unpacked(_))
    }

    /// The bytes from `first` to `last`, which lie in it; all of what has no parts.
    pub fn part(self, first: u64, last: u64) -> Self {
        match self {
            Body::Bytes(Cow::Borrowed(bytes)) => bytes[first as usize..=last as usize].into(),
            Body::Bytes(Cow::Owned(bytes)) => bytes[first as usize..=last as usize].to_vec().into(),
            Body::Unpacked(zip) => Body::Unpacked(zip.part(first, last)),
            other => other,
        }
    }

    /// Reads it: what is there, or is unpacked as it is read.
    ///
    /// # Errors
    /// Its frames are damaged; it is written or coded as it is sent.
    pub fn reader(&self) -> io::Result<Box<dyn Read + '_>> {
        Ok(match self {
            Body::Bytes(bytes) => Box::new(&bytes[..]),
            Body::Page { bytes, .. } => Box::new(&bytes[..]),
            Body::Unpacked(zip) => Box::new(zip.reader()?),
            Body::Stored(_) | Body::Gzip(_) => return Err(io::ErrorKind::Unsupported.into()),
        })
    }

    /// What is there; nothing of what is written or unpacked as it is sent.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Body::Bytes(bytes) => bytes,
            Body::Page { bytes, .. } => bytes,
            Body::Stored(_) | Body::Unpacked(_) | Body::Gzip(_) => &[],
        }
    }
}

impl From<&'static [u8]> for Body {
    fn from(bytes: &'static [u8]) -> Self {
        Body::Bytes(Cow::Borrowed(bytes))
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Body::Bytes(Cow::Owned(bytes))
    }
}
