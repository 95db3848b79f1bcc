//! What an answer holds: bytes that are there, or a zip that is written in its stored form as it is
//! sent.

use std::borrow::Cow;
use std::io::{self, Write};

use gomod::modzip::Stored;

use super::form::Encoder;
use crate::process::memory::Mapped;

/// The body of a reply.
#[derive(Debug)]
pub enum Body {
    /// Bytes that are there.
    Bytes(Cow<'static, [u8]>),
    /// The stored form of a zip.
    Stored(Box<StoredZip>),
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
    /// How many bytes are sent.
    pub fn len(&self) -> u64 {
        match self {
            Body::Bytes(bytes) => bytes.len() as u64,
            Body::Stored(zip) => zip.form.len(),
        }
    }

    /// What is there; nothing of what is written as it is sent.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Body::Bytes(bytes) => bytes,
            Body::Stored(_) => &[],
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
