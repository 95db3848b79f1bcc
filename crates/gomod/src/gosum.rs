//! `go.sum` files: the hashes that a project expects. <https://go.dev/ref/mod#go-sum-files>

use std::fmt;

/// A line of a `go.sum` or `go.work.sum` file, printed back without its line feed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SumLine {
    /// The module's path.
    pub path: String,
    /// The version, without `/go.mod`.
    pub version: String,
    /// Whether the hash is that of the version's `.mod` file; else it is that of its zip.
    pub go_mod: bool,
    /// The hash with its algorithm, usually `h1:…`; not checked.
    pub hash: String,
}

/// A file that is no `go.sum`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "each message says what the fields mean")]
pub enum GoSumError {
    /// A line that has not three fields.
    #[error("go.sum line {line} has {fields} fields instead of three: module, version, hash")]
    Fields {
        /// Counted from 1.
        line: usize,
        fields: usize,
    },
    /// A line that is no text.
    #[error("go.sum line {line} is not UTF-8")]
    NotUtf8 {
        /// Counted from 1.
        line: usize,
    },
}

/// The lines of a `go.sum` file in their order, repeated ones included. Blank lines are skipped,
/// and so is the hash of an empty `go.mod`, which an old bug of Go wrote and every newer Go
/// ignores.
///
/// # Errors
/// The first line that has not three fields or is not UTF-8.
pub fn parse(text: &[u8]) -> Result<Vec<SumLine>, GoSumError> {
    let mut lines = Vec::new();
    for (i, line) in text.split(|&b| b == b'\n').enumerate() {
        let line = std::str::from_utf8(line).map_err(|_| GoSumError::NotUtf8 { line: i + 1 })?;
        match line.split_whitespace().collect::<Vec<_>>()[..] {
            [] | [_, _, EMPTY_GO_MOD] => {}
            [path, version, hash] => {
                let stripped = version.strip_suffix("/go.mod");
                lines.push(SumLine {
                    path: path.to_owned(),
                    version: stripped.unwrap_or(version).to_owned(),
                    go_mod: stripped.is_some(),
                    hash: hash.to_owned(),
                });
            }
            ref fields => {
                let (line, fields) = (i + 1, fields.len());
                return Err(GoSumError::Fields { line, fields });
            }
        }
    }
    Ok(lines)
}

const EMPTY_GO_MOD: &str = "h1:G7mAYYxgmS0lVkHyy2hEOLQCFB0DlQFTMLWggykrydY=";

impl fmt::Display for SumLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let suffix = if self.go_mod { "/go.mod" } else { "" };
        write!(f, "{} {}{suffix} {}", self.path, self.version, self.hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_back_what_it_read() {
        let text = "example.com/m v1.0.0 h1:a=\nexample.com/m v1.0.0/go.mod h1:b=\n";
        let lines = parse(text.as_bytes()).unwrap();
        assert_eq!((lines[0].go_mod, lines[1].go_mod), (false, true));
        assert_eq!(lines[1].version, "v1.0.0");
        let printed: String = lines.iter().map(|line| format!("{line}\n")).collect();
        assert_eq!(printed, text);
    }

    #[test]
    fn skips_blank_lines_and_the_empty_go_mod() {
        let text = format!("\r\n\n  a.b v1 h1:x  \r\n\na.b v2/go.mod {EMPTY_GO_MOD}\n");
        let lines = parse(text.as_bytes()).unwrap();
        assert_eq!(
            lines.iter().map(SumLine::to_string).collect::<Vec<_>>(),
            ["a.b v1 h1:x"]
        );
        assert_eq!(parse(b"").unwrap(), []);
    }

    #[test]
    fn names_the_line_that_is_malformed() {
        for (text, want) in [
            (
                &b"a.b v1 h1:x\na.b v2\n"[..],
                "go.sum line 2 has 2 fields instead of three: module, version, hash",
            ),
            (
                b"<<<<<<< HEAD\n",
                "go.sum line 1 has 2 fields instead of three: module, version, hash",
            ),
            (
                b"a b c d e",
                "go.sum line 1 has 5 fields instead of three: module, version, hash",
            ),
            (b"\n\n\xff v1 h1:x", "go.sum line 3 is not UTF-8"),
        ] {
            assert_eq!(parse(text).unwrap_err().to_string(), want);
        }
    }
}
