//! The `h1:` hash of a set of files, which stands in `go.sum` and in the checksum database.
//!
//! As if by `sha256sum $(find . -type f | sort) | sha256sum`, with the result in base64: the names
//! are sorted as bytes, and each makes one line of the hexadecimal hash, two spaces and the name.
//! Neither modes nor times nor the way that a zip is packed count.
//!
//! Specification: <https://pkg.go.dev/golang.org/x/mod/sumdb/dirhash#Hash1>.

use std::io::{self, Read};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// A file that cannot be part of a hash.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DirHashError {
    /// A line feed in a name would let one file look like two.
    #[error("file name {0:?} contains a line feed and cannot be hashed, rename the file")]
    LineFeed(String),
}

/// The files of one hash, in any order.
#[derive(Clone, Debug, Default)]
pub struct Hash1 {
    files: Vec<(String, [u8; 32])>,
}

impl Hash1 {
    /// A hash of no files.
    pub fn new() -> Hash1 {
        Hash1::default()
    }

    /// Adds a file by its full name (`M@V/…` for a module) and the SHA-256 of its content.
    pub fn add(&mut self, name: impl Into<String>, sha256: [u8; 32]) {
        self.files.push((name.into(), sha256));
    }

    /// The hash, `h1:` included. A name that was added twice makes two lines.
    ///
    /// # Errors
    /// A name has a line feed.
    pub fn finish(mut self) -> Result<String, DirHashError> {
        self.files.sort();
        let mut summary = Sha256::new();
        for (name, sha256) in self.files {
            if name.contains('\n') {
                return Err(DirHashError::LineFeed(name));
            }
            let hex: String = sha256.iter().map(|byte| format!("{byte:02x}")).collect();
            summary.update(format!("{hex}  {name}\n"));
        }
        Ok(format!("h1:{}", STANDARD.encode(summary.finalize())))
    }
}

/// The hash that `go.sum` lists for `M V/go.mod`: of the one file `go.mod`, whatever the module.
pub fn hash_go_mod(go_mod: &[u8]) -> String {
    let mut hash = Hash1::new();
    hash.add("go.mod", Sha256::digest(go_mod).into());
    hash.finish().expect("the name go.mod has no line feed")
}

/// The SHA-256 of all that `reader` yields.
///
/// # Errors
/// The reader's.
pub fn sha256_of(mut reader: impl Read) -> io::Result<[u8; 32]> {
    let mut hash = Sha256::new();
    let mut buffer = [0; 16 * 1024];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(hash.finalize().into()),
            Ok(n) => hash.update(&buffer[..n]),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_known_go_mod_files() {
        for (text, want) in [
            (
                "module golang.org/x/text\n",
                "h1:NqM8EUOU14njkJ3fqMW+pc6Ldnwhi/IjpwHt7yyuwOQ=",
            ),
            ("", "h1:G7mAYYxgmS0lVkHyy2hEOLQCFB0DlQFTMLWggykrydY="),
        ] {
            assert_eq!(hash_go_mod(text.as_bytes()), want);
        }
    }

    #[test]
    fn hashes_no_files_as_the_empty_string() {
        assert_eq!(
            Hash1::new().finish().unwrap(),
            "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
        );
    }

    #[test]
    fn sorts_names_as_bytes() {
        let hash = |names: [&str; 4]| {
            let mut hash = Hash1::new();
            for name in names {
                hash.add(name, Sha256::digest(name).into());
            }
            hash.finish().unwrap()
        };
        assert_eq!(
            hash(["a/b", "a-b", "B", "é"]),
            hash(["é", "B", "a-b", "a/b"])
        );
        assert_eq!(
            hash(["B", "a-b", "a/b", "é"]),
            "h1:saX6D9XhRm65jfvIjVLyVmlEs+5ucX7GChypMR3sO44="
        );
    }

    #[test]
    fn refuses_a_name_with_a_line_feed() {
        let mut hash = Hash1::new();
        hash.add("a\nb", [0; 32]);
        let message = hash.finish().unwrap_err().to_string();
        assert_eq!(
            message,
            "file name \"a\\nb\" contains a line feed and cannot be hashed, rename the file"
        );
    }
}
