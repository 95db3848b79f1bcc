//! What an answer holds: bytes that are there, or a zip that is written in its stored form as it is
//! sent.

use std::borrow::Cow;
use std::io::{self, Write};
use std::ops::Range;

use gomod::modzip::Stored;

use super::form::Seat;
use crate::process::memory::Mapped;

/// The body of a reply.
#[derive(Debug)]
pub enum Body {
    /// Bytes that are there.
    Bytes(Cow<'static, [u8]>),
    /// A part of the stored form of a zip.
    Stored(Box<Recoded>),
}

/// A part of the stored form of a zip in the bag.
#[derive(Debug)]
pub struct Recoded {
    form: Stored,
    zip: &'static [u8],
    part: Range<u64>,
    /// Taken for as long as this is sent.
    _seat: Seat,
}

impl Recoded {
    /// All of the stored form of `zip`; none where it has none or cannot be read.
    pub fn of(zip: &'static [u8], seat: Seat) -> Option<Self> {
        let form = Stored::of(zip.len() as u64, &mut Mapped::new(zip))?;
        Some(Recoded {
            part: 0..form.len(),
            form,
            zip,
            _seat: seat,
        })
    }

    /// Writes it.
    ///
    /// # Errors
    /// `out` takes no more, or the zip is damaged or cannot be read.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let zip = &mut Mapped::new(self.zip);
        self.form.write(self.part.clone(), zip, out)
    }
}

impl Body {
    /// How many bytes are sent.
    pub fn len(&self) -> u64 {
        match self {
            Body::Bytes(bytes) => bytes.len() as u64,
            Body::Stored(recoded) => recoded.part.end - recoded.part.start,
        }
    }

    /// The bytes `part` of what is all of it yet.
    pub fn cut(self, part: Range<u64>) -> Self {
        match self {
            Body::Stored(recoded) => Body::Stored(Box::new(Recoded { part, ..*recoded })),
            Body::Bytes(Cow::Borrowed(bytes)) => {
                let part = part.start as usize..part.end as usize;
                bytes.get(part).unwrap_or_default().into()
            }
            Body::Bytes(Cow::Owned(mut bytes)) => {
                bytes.truncate(part.end as usize);
                Body::Bytes(bytes.split_off(part.start as usize).into())
            }
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
