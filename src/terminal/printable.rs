//! Text from outside, made safe to show in a terminal or a log.

use std::fmt::Write as _;

/// `text` with everything but printable ASCII written as `\xNN`, cut after 512 bytes.
pub fn printable(text: &str) -> String {
    const MAX_BYTES: usize = 512;
    let mut shown = String::with_capacity(text.len().min(MAX_BYTES));
    for byte in text.bytes().take(MAX_BYTES) {
        match byte {
            b' '..=b'~' if byte != b'\\' => shown.push(byte as char),
            _ => {
                let _ = write!(shown, "\\x{byte:02x}");
            }
        }
    }
    if text.len() > MAX_BYTES {
        shown.push_str("...");
    }
    shown
}

/// `text` as one line that a person reads, of whatever length: control characters, those that end
/// lines or move a cursor, are written as `\xNN`.
pub fn line(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c.is_control() {
            true => {
                let _ = write!(shown, "\\x{:02x}", u32::from(c));
            }
            false => shown.push(c),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_and_moves_nothing() {
        let shown = line("é\\ \x1b[2J\n\u{9b}1m");
        assert_eq!(shown, "é\\ \\x1b[2J\\x0a\\x9b1m");
    }

    #[test]
    fn shows_control_bytes_as_numbers() {
        assert_eq!(printable("a\x1b[2J\né\\"), "a\\x1b[2J\\x0a\\xc3\\xa9\\x5c");
        assert_eq!(printable(&"a".repeat(600)).len(), 515);
    }
}
