//! Go's build cache as plain data, as pure functions of bytes and names: how the files of a GOCACHE are
//! named and what they say ([`mod@file`]), and what go tells of the hashes that name them ([`mod@log`]).
//!
//! An action is what go was about to do (a package compiled with these tools, flags and sources), and
//! an output what came of it. Both are known by a SHA-256, an [`is_id`]: that of an action is of its
//! inputs, that of an output of its bytes (`cmd/go/internal/cache`).

pub mod file;
pub mod log;

/// True for what names an action or an output: 64 lower-case hex digits.
pub fn is_id(text: &str) -> bool {
    let digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    text.len() == 64 && text.bytes().all(digit)
}
