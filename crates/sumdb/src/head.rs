//! A tree head: how many records a database has and what they hash to.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::hash::Hash;
use crate::key::{SignerKey, VerifierKey};
use crate::note::{NoteError, SignedNote};

/// The first line of a head's text.
const FIRST_LINE: &str = "go.sum database tree";

/// The size and hash of a tree, written as three lines: `go.sum database tree`, the size, the hash.
///
/// Source: <https://pkg.go.dev/golang.org/x/mod/sumdb/tlog#FormatTree>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Number of records, at most `i64::MAX`.
    pub size: u64,
    /// Hash of the tree over them.
    pub hash: Hash,
}

/// A head whose signature was verified, and the note that proves it. There is no other way to have
/// one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedHead {
    head: Head,
    note: String,
}

/// Why a head is refused.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum HeadError {
    /// The text is not that of a head.
    #[error("malformed tree head {0:?}")]
    Malformed(String),
    /// The note around it is malformed or not signed by the key.
    #[error("reading tree head: {0}")]
    Note(#[from] NoteError),
}

impl SignedHead {
    /// Reads a note and verifies it with `key`.
    ///
    /// # Errors
    /// When the note is malformed, not validly signed by `key`, or no head.
    pub fn open(key: &VerifierKey, note: &[u8]) -> Result<Self, HeadError> {
        let note = SignedNote::parse(note)?;
        note.verify(key)?;
        Ok(Self {
            head: note.text().parse()?,
            note: note.to_string(),
        })
    }

    /// Signs `head`.
    ///
    /// # Errors
    /// When its size is beyond `i64::MAX`.
    pub fn sign(head: &Head, signer: &SignerKey) -> Result<Self, HeadError> {
        let note = SignedNote::sign(&head.to_string(), signer)?;
        Ok(Self {
            head: note.text().parse()?,
            note: note.to_string(),
        })
    }

    /// The head.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// The note as it was read: what stands under a record in a lookup answer, and what cmd/go
    /// keeps as `latest`.
    pub fn note_bytes(&self) -> &[u8] {
        self.note.as_bytes()
    }
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FIRST_LINE}\n{}\n{}", self.size, self.hash)
    }
}

impl FromStr for Head {
    type Err = HeadError;

    /// Accepts what [`Display`](fmt::Display) prints, and lines after it: those are ignored, as
    /// every Go client does, so that heads may one day say more.
    fn from_str(text: &str) -> Result<Self, HeadError> {
        let parse = || {
            let (first, rest) = text.split_once('\n')?;
            let (size, rest) = rest.split_once('\n')?;
            let (hash, _) = rest.split_once('\n')?;
            let head = Self {
                size: size.parse().ok()?,
                hash: hash.parse().ok()?,
            };
            let fits = first == FIRST_LINE
                && i64::try_from(head.size).is_ok()
                && head.size.to_string() == size;
            fits.then_some(head)
        };
        parse().ok_or_else(|| HeadError::Malformed(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;
    use crate::hash::EMPTY_TREE;
    use crate::key::SUM_GOLANG_ORG;

    const NOTE: &str = "go.sum database tree\n63096908\n8lHrQPRYe4KT4WQ9/Qk8/taKnD6IRHbFgfN7vQE2Y54=\n\n\u{2014} sum.golang.org Az3gri/oVBN1jAhNZ/iS+W31psFAWRT20/GyrhpU6taFwulQGetBkH5S7wpGXdS935jiIGiUUAXBVHzT/P6fYhqAmAk=\n";

    #[test]
    fn a_real_head_is_verified() {
        let key: VerifierKey = SUM_GOLANG_ORG.parse().unwrap();
        let signed = SignedHead::open(&key, NOTE.as_bytes()).unwrap();
        assert_eq!(signed.head().size, 63_096_908);
        assert_eq!(
            signed.head().hash.to_string(),
            "8lHrQPRYe4KT4WQ9/Qk8/taKnD6IRHbFgfN7vQE2Y54="
        );
        assert_eq!(signed.note_bytes(), NOTE.as_bytes());
        assert!(NOTE.starts_with(&signed.head().to_string()));
    }

    #[test]
    fn no_bit_of_a_real_head_can_be_changed() {
        let key: VerifierKey = SUM_GOLANG_ORG.parse().unwrap();
        for bit in 0..NOTE.len() * 8 {
            let mut note = NOTE.as_bytes().to_vec();
            note[bit / 8] ^= 1 << (bit % 8);
            assert!(SignedHead::open(&key, &note).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn a_head_has_one_spelling() {
        let hash = EMPTY_TREE;
        let good = |size: &str| format!("go.sum database tree\n{size}\n{hash}\n");
        for size in ["0", "1", "9223372036854775807"] {
            let head: Head = good(size).parse().unwrap();
            assert_eq!(head.to_string(), good(size));
            assert_eq!(format!("{head}more\n").parse::<Head>().unwrap(), head);
        }
        for text in [
            String::new(),
            good("+1"),
            good("01"),
            good("-1"),
            good(""),
            good("9223372036854775808"),
            good("18446744073709551616"),
            good("1").replace("tree", "forest"),
            good("1").trim_end().to_owned(),
            good("1").replace("U=", "V="),
        ] {
            let error = text.parse::<Head>().unwrap_err();
            assert_eq!(error.to_string(), format!("malformed tree head {text:?}"));
        }
    }

    #[test]
    fn an_impossible_size_is_not_signed() {
        let signer = SignerKey::from_seed("a.example", [1; 32]).unwrap();
        assert!(
            SignedHead::sign(
                &Head {
                    size: u64::MAX,
                    hash: EMPTY_TREE
                },
                &signer
            )
            .is_err()
        );
    }
}
