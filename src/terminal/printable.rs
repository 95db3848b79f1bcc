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

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn shows_control_bytes_as_numbers() {
        assert_eq!(printable("a\x1b[2J\né\\"), "a\\x1b[2J\\x0a\\xc3\\xa9\\x5c");
        assert_eq!(printable(&"a".repeat(600)).len(), 515);
    }
}
