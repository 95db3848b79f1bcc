//! A signed note: a text with signature lines under it.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;

use crate::key::{SignerKey, VerifierKey};

/// Most signature lines of a note, so that a hostile one cannot ask for endless work.
pub const MAX_SIGNATURES: usize = 100;

/// Most bytes of a note.
pub const MAX_BYTES: usize = 1_000_000;

/// What every signature line begins with: an em dash and a space.
const LINE_START: &str = "\u{2014} ";

/// A text and its signatures, none of them verified by reading it.
///
/// Written as the text, which ends in a newline, an empty line, and per signature the line
/// `— NAME BASE64(KEYHASH SIGNATURE)`. No control character but the newline.
///
/// Source: <https://pkg.go.dev/golang.org/x/mod/sumdb/note>, <https://c2sp.org/signed-note>.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedNote {
    text: String,
    signatures: Vec<Signature>,
}

/// One signature line.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Signature {
    name: String,
    /// Hash of the key that is said to have signed, see [`VerifierKey::key_hash`].
    key_hash: u32,
    /// The signature proper, of an algorithm that only the key tells.
    bytes: Vec<u8>,
}

/// Why a note is refused.
#[derive(Debug, Error, PartialEq, Eq)]
#[allow(missing_docs, reason = "each message says what the fields mean")]
pub enum NoteError {
    /// Not a note, or one in another spelling than its own.
    #[error("malformed note: {0}")]
    Malformed(&'static str),
    /// The key is said to have signed and has not.
    #[error("invalid signature of key \"{name}+{key_hash:08x}\"")]
    Signature {
        name: String,
        /// Hash of the key.
        key_hash: u32,
    },
    /// The key has not signed.
    #[error("the note is not signed by \"{0}\"")]
    Unsigned(String),
}

impl SignedNote {
    /// Reads a note. Accepts what [`Display`](fmt::Display) prints and nothing else.
    ///
    /// # Errors
    /// [`NoteError::Malformed`].
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        let malformed = NoteError::Malformed;
        if bytes.len() > MAX_BYTES {
            return Err(malformed("longer than 1000000 bytes"));
        }
        let note = std::str::from_utf8(bytes).map_err(|_| malformed("not UTF-8"))?;
        if note.contains(|c: char| c < ' ' && c != '\n') {
            return Err(malformed("control character"));
        }
        let (before, lines) = note
            .rsplit_once("\n\n")
            .ok_or(malformed("no signatures after an empty line"))?;
        let lines = lines
            .strip_suffix('\n')
            .ok_or(malformed("no newline at its end"))?;
        let mut signatures = Vec::new();
        for line in lines.split('\n') {
            if signatures.len() == MAX_SIGNATURES {
                return Err(malformed("more than 100 signatures"));
            }
            signatures.push(Signature::parse(line).ok_or(malformed(
                "a signature line is not of the form \"\u{2014} NAME BASE64\"",
            ))?);
        }
        let parsed = Self {
            text: format!("{before}\n"),
            signatures,
        };
        if parsed.to_string() == note {
            Ok(parsed)
        } else {
            Err(malformed("not in canonical form"))
        }
    }

    /// Signs `text`, which must end in a newline and hold no other control character.
    ///
    /// # Errors
    /// [`NoteError::Malformed`].
    pub fn sign(text: &str, signer: &SignerKey) -> Result<Self, NoteError> {
        let key = signer.verifier();
        let signature = Signature {
            name: key.name().to_owned(),
            key_hash: key.key_hash(),
            bytes: signer.sign(text.as_bytes()).to_vec(),
        };
        let note = format!("{text}\n{signature}");
        let signed = Self::parse(note.as_bytes())?;
        if signed.text == text {
            Ok(signed)
        } else {
            Err(NoteError::Malformed("text without a newline at its end"))
        }
    }

    /// The text without the signatures.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Checks that `key` has signed the text. Signatures by other keys are ignored, and so is a
    /// second one by this key.
    ///
    /// # Errors
    /// [`NoteError::Signature`] and [`NoteError::Unsigned`].
    pub fn verify(&self, key: &VerifierKey) -> Result<(), NoteError> {
        let (name, key_hash) = (key.name(), key.key_hash());
        let mut signatures = self.signatures.iter();
        let signature = signatures
            .find(|signature| signature.name == name && signature.key_hash == key_hash)
            .ok_or_else(|| NoteError::Unsigned(name.to_owned()))?;
        if key.verifies(self.text.as_bytes(), &signature.bytes) {
            return Ok(());
        }
        let name = name.to_owned();
        Err(NoteError::Signature { name, key_hash })
    }
}

impl Signature {
    fn parse(line: &str) -> Option<Self> {
        let (name, base64) = line.strip_prefix(LINE_START)?.split_once(' ')?;
        let is_name = !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '+');
        let raw = STANDARD.decode(base64).ok()?;
        let (key_hash, bytes) = raw.split_first_chunk()?;
        if !is_name || bytes.is_empty() {
            return None;
        }
        Some(Self {
            name: name.to_owned(),
            key_hash: u32::from_be_bytes(*key_hash),
            bytes: bytes.to_vec(),
        })
    }
}

impl fmt::Display for SignedNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures
            .iter()
            .try_for_each(|signature| write!(f, "{signature}"))
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let raw = [&self.key_hash.to_be_bytes(), self.bytes.as_slice()].concat();
        writeln!(f, "{LINE_START}{} {}", self.name, STANDARD.encode(raw))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;

    fn key(name: &str, seed: u8) -> SignerKey {
        SignerKey::from_seed(name, [seed; 32]).unwrap()
    }

    #[test]
    fn a_note_is_signed_and_verified() {
        let signer = key("example.com/log", 1);
        let note = SignedNote::sign("one\n\ntwo\n", &signer).unwrap();
        let again = SignedNote::parse(note.to_string().as_bytes()).unwrap();
        assert_eq!(again, note);
        assert_eq!(again.text(), "one\n\ntwo\n");
        assert_eq!(again.verify(&signer.verifier()), Ok(()));
        for text in ["", "no end", "tab\tbed\n"] {
            assert!(SignedNote::sign(text, &signer).is_err(), "{text:?}");
        }
    }

    #[test]
    fn signatures_of_unknown_keys_are_ignored() {
        let ours = SignedNote::sign("text\n", &key("ours.example", 1))
            .unwrap()
            .to_string();
        let other = SignedNote::sign("other\n", &key("other.example", 2))
            .unwrap()
            .to_string();
        let (_, other_line) = other.split_once("\n\n").unwrap();
        let note = SignedNote::parse(format!("{ours}{other_line}").as_bytes()).unwrap();
        assert_eq!(note.verify(&key("ours.example", 1).verifier()), Ok(()));
        let error = note
            .verify(&key("other.example", 2).verifier())
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("invalid signature of key \"other.example+"),
            "{error}"
        );
        let error = note
            .verify(&key("ours.example", 3).verifier())
            .unwrap_err()
            .to_string();
        assert_eq!(error, "the note is not signed by \"ours.example\"");
    }

    #[test]
    fn malformed_notes_are_refused() {
        let good = SignedNote::sign("text\n", &key("a.example", 1))
            .unwrap()
            .to_string();
        let line = good.split_once("\n\n").unwrap().1;
        let many = |count| format!("text\n\n{}", line.repeat(count));
        assert!(SignedNote::parse(many(MAX_SIGNATURES).as_bytes()).is_ok());
        for (note, why) in [
            (String::new(), "no signatures after an empty line"),
            ("text\n".into(), "no signatures after an empty line"),
            ("text\n\n".into(), "no newline at its end"),
            (good.trim_end().into(), "no newline at its end"),
            (format!("{good}\n"), "no newline at its end"),
            (many(MAX_SIGNATURES + 1), "more than 100 signatures"),
            (good.replace("text", "te\rxt"), "control character"),
            (
                good.replace('\u{2014}', "-"),
                "a signature line is not of the form \"\u{2014} NAME BASE64\"",
            ),
            (
                good.replace("a.example", "a+b"),
                "a signature line is not of the form \"\u{2014} NAME BASE64\"",
            ),
            (
                "text\n\n\u{2014} a AAAAAA==\n".into(),
                "a signature line is not of the form \"\u{2014} NAME BASE64\"",
            ),
            ("x".repeat(MAX_BYTES + 1), "longer than 1000000 bytes"),
        ] {
            let error = SignedNote::parse(note.as_bytes()).unwrap_err();
            assert_eq!(error.to_string(), format!("malformed note: {why}"));
        }
        assert_eq!(
            SignedNote::parse(b"\xff").unwrap_err().to_string(),
            "malformed note: not UTF-8"
        );
    }
}
