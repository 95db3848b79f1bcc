//! A record: what a database says about one version of a module.

use thiserror::Error;

use crate::hash::{Hash, record_hash};

/// A leaf of the tree: its position and its text.
///
/// The text has one line for the zip, `PATH VERSION h1:…`, and one for the go.mod file,
/// `PATH VERSION/go.mod h1:…`. It is UTF-8 without control characters, has no empty line and ends
/// in a newline.
///
/// Source: <https://pkg.go.dev/golang.org/x/mod/sumdb/tlog#FormatRecord>.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Position in the tree, counted from 0, below `i64::MAX`.
    pub id: u64,
    /// Text that the leaf is the hash of.
    pub text: String,
}

/// Why a lookup answer or a record is refused.
#[derive(Debug, Error, PartialEq, Eq)]
#[allow(missing_docs, reason = "each message says what the fields mean")]
pub enum RecordError {
    /// The first line is not a position.
    #[error("malformed record id {0:?}")]
    Id(String),
    /// No empty line between record and note.
    #[error("malformed record: no empty line after its text")]
    NoEnd,
    /// The text breaks a rule.
    #[error("malformed record: {0}")]
    Text(&'static str),
    /// A line is absent.
    #[error("record {id} has no line \"{line} h1:\u{2026}\"")]
    NoLine {
        id: u64,
        /// Module and version that the line should be about.
        line: String,
    },
    /// A line is there twice.
    #[error("record {id} has more than one line \"{line} h1:\u{2026}\"")]
    TwoLines {
        id: u64,
        /// Module and version that the lines are about.
        line: String,
    },
    /// A sum is not `h1:` and the base64 of 32 bytes.
    #[error("record {id} gives {line:?} the malformed sum {sum:?}")]
    Sum {
        id: u64,
        /// Module and version that the line is about.
        line: String,
        /// What stands in the place of the sum.
        sum: String,
    },
}

impl Record {
    /// Checks the rules of position and text.
    ///
    /// # Errors
    /// [`RecordError::Id`] and [`RecordError::Text`].
    pub fn new(id: u64, text: &str) -> Result<Self, RecordError> {
        if id >= i64::MAX as u64 {
            return Err(RecordError::Id(id.to_string()));
        }
        check_text(text).map_err(RecordError::Text)?;
        Ok(Self {
            id,
            text: text.to_owned(),
        })
    }

    /// Reads a lookup answer: a line with the position, the text, an empty line, and a signed note,
    /// which is returned as it is.
    ///
    /// # Errors
    /// When it is not what [`answer`](Self::answer) writes.
    pub fn parse_answer(bytes: &[u8]) -> Result<(Self, &[u8]), RecordError> {
        let end = bytes
            .windows(2)
            .position(|pair| pair == b"\n\n")
            .ok_or(RecordError::NoEnd)?;
        let record =
            std::str::from_utf8(&bytes[..=end]).map_err(|_| RecordError::Text("not UTF-8"))?;
        // The byte at `end` is a newline, so the record has at least one.
        let (id, text) = record.split_once('\n').ok_or(RecordError::NoEnd)?;
        let wrong = || RecordError::Id(id.to_owned());
        let number: u64 = id.parse().map_err(|_| wrong())?;
        if number.to_string() != id {
            return Err(wrong());
        }
        Ok((Self::new(number, text)?, &bytes[end + 2..]))
    }

    /// The lookup answer that consists of this record and `note`.
    pub fn answer(&self, note: &[u8]) -> Vec<u8> {
        [
            self.id.to_string().as_bytes(),
            b"\n",
            self.text.as_bytes(),
            b"\n",
            note,
        ]
        .concat()
    }

    /// The leaf hash, over the text alone.
    pub fn hash(&self) -> Hash {
        record_hash(&self.text)
    }

    /// The sums of the zip and of the go.mod file of `path` at `version`. Both must be there, each
    /// once: since Go 1.26.3 a client refuses a version that misses the one it asks for. Other
    /// lines are of no concern.
    ///
    /// # Errors
    /// [`RecordError::NoLine`], [`RecordError::TwoLines`] and [`RecordError::Sum`].
    pub fn lines(&self, path: &str, version: &str) -> Result<(&str, &str), RecordError> {
        Ok((
            self.sum(format!("{path} {version}"))?,
            self.mod_line(path, version)?,
        ))
    }

    /// The sum of the go.mod file of `path` at `version`, for records that need not have one for
    /// the zip.
    ///
    /// # Errors
    /// As [`lines`](Self::lines).
    pub fn mod_line(&self, path: &str, version: &str) -> Result<&str, RecordError> {
        self.sum(format!("{path} {version}/go.mod"))
    }

    /// The sum behind `line`, the module and version that it is about.
    fn sum(&self, line: String) -> Result<&str, RecordError> {
        let id = self.id;
        let lines = self.text.lines();
        let mut sums = lines.filter_map(|text| text.strip_prefix(&line)?.strip_prefix(' '));
        let mut next = || sums.find(|sum| sum.starts_with("h1:"));
        match (next(), next()) {
            (None, _) => Err(RecordError::NoLine { id, line }),
            (_, Some(_)) => Err(RecordError::TwoLines { id, line }),
            (Some(sum), None) if is_h1(sum) => Ok(sum),
            (Some(sum), None) => {
                let sum = sum.to_owned();
                Err(RecordError::Sum { id, line, sum })
            }
        }
    }
}

/// Whether `sum` is `h1:` and a hash in its one spelling.
pub(crate) fn is_h1(sum: &str) -> bool {
    sum.strip_prefix("h1:")
        .is_some_and(|hash| hash.parse::<Hash>().is_ok())
}

fn check_text(text: &str) -> Result<(), &'static str> {
    if text.contains(|c: char| c < ' ' && c != '\n') {
        return Err("control character");
    }
    if text.starts_with('\n') || text.contains("\n\n") {
        return Err("empty line");
    }
    if text.ends_with('\n') {
        Ok(())
    } else {
        Err("no newline at its end")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;

    const ZIP: &str = "h1:w5fcysjrx7yqtD/aO+QwRjYZOKnaM9Uh2b40tElTs3Y=";
    const MOD: &str = "h1:LzX7hefJvL54yjefDEDHNONDjII0t9xZLPXsUe+TKr0=";

    fn record(text: &str) -> Record {
        Record::new(7, text).unwrap()
    }

    #[test]
    fn a_lookup_answer_is_printed_as_it_was_read() {
        let answer = format!(
            "7\nrsc.io/quote v1.5.2 {ZIP}\nrsc.io/quote v1.5.2/go.mod {MOD}\n\nnote\n\nmore\n"
        );
        let (record, note) = Record::parse_answer(answer.as_bytes()).unwrap();
        assert_eq!(note, b"note\n\nmore\n");
        assert_eq!(record.id, 7);
        assert_eq!(record.lines("rsc.io/quote", "v1.5.2"), Ok((ZIP, MOD)));
        assert_eq!(record.answer(note), answer.as_bytes());
    }

    #[test]
    fn malformed_lookup_answers_are_refused() {
        for (answer, why) in [
            ("", "malformed record: no empty line after its text"),
            (
                "7\ntext\n",
                "malformed record: no empty line after its text",
            ),
            ("\n\n", "malformed record id \"\""),
            ("7\n\n\nnote", "malformed record: no newline at its end"),
            ("07\ntext\n\nnote", "malformed record id \"07\""),
            ("+7\ntext\n\nnote", "malformed record id \"+7\""),
            ("-7\ntext\n\nnote", "malformed record id \"-7\""),
            (
                "9223372036854775807\ntext\n\nnote",
                "malformed record id \"9223372036854775807\"",
            ),
            ("<html>\n\n", "malformed record id \"<html>\""),
            ("7\nte\txt\n\nnote", "malformed record: control character"),
            ("7\r\ntext\n\nnote", "malformed record id \"7\\r\""),
        ] {
            assert_eq!(
                Record::parse_answer(answer.as_bytes())
                    .unwrap_err()
                    .to_string(),
                why,
                "{answer:?}"
            );
        }
        let error = Record::parse_answer(b"7\n\xff\n\nnote").unwrap_err();
        assert_eq!(error.to_string(), "malformed record: not UTF-8");
    }

    #[test]
    fn both_lines_must_be_there_once() {
        let zip = format!("m v1 {ZIP}\n");
        let gomod = format!("m v1/go.mod {MOD}\n");
        for (text, why) in [
            (
                zip.clone(),
                "record 7 has no line \"m v1/go.mod h1:\u{2026}\"".to_owned(),
            ),
            (
                gomod.clone(),
                "record 7 has no line \"m v1 h1:\u{2026}\"".to_owned(),
            ),
            (
                format!("{zip}{zip}{gomod}"),
                "record 7 has more than one line \"m v1 h1:\u{2026}\"".to_owned(),
            ),
            (
                format!("m v1 h1:abc\n{gomod}"),
                "record 7 gives \"m v1\" the malformed sum \"h1:abc\"".to_owned(),
            ),
            (
                format!("{zip}m v1/go.mod {MOD} \n"),
                format!("record 7 gives \"m v1/go.mod\" the malformed sum \"{MOD} \""),
            ),
        ] {
            assert_eq!(record(&text).lines("m", "v1").unwrap_err().to_string(), why);
        }
        let with_another_kind = format!("{zip}m v1 h2:abc\n{gomod}");
        assert_eq!(record(&with_another_kind).lines("m", "v1"), Ok((ZIP, MOD)));
        assert!(record(&format!("{zip}{gomod}")).lines("m", "v").is_err());
        assert_eq!(record(&gomod).mod_line("m", "v1"), Ok(MOD));
    }

    #[test]
    fn texts_with_empty_lines_are_refused() {
        for text in ["", "\n", "a", "a\n\nb\n", "\na\n", "a\u{0}\n"] {
            assert!(Record::new(0, text).is_err(), "{text:?}");
        }
        assert!(Record::new(0, "a\u{7f}\u{85}\n").is_ok());
    }
}
