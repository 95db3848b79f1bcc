//! Words as a POSIX shell takes them.

use std::ffi::OsStr;
use std::fmt::Write as _;

/// A word as a POSIX shell takes it, in one line: one that is not printable is made by `printf`.
/// Only for newlines at its end there is nothing older than `$'\\n'`, which is POSIX since 2024.
pub fn quoted(word: &str) -> String {
    quoted_os(word.as_ref())
}

/// The same of a word that may be no text.
pub fn quoted_os(word: &OsStr) -> String {
    let text = word.to_str();
    match text.filter(|text| !text.contains(char::is_control)) {
        Some(text) if is_plain(text) => return text.to_string(),
        Some(text) => return format!("'{}'", text.replace('\'', "'\\''")),
        None => {}
    }
    let bytes = word.as_encoded_bytes();
    let kept = bytes.len() - bytes.iter().rev().take_while(|b| **b == b'\n').count();
    let mut shown = String::from("\"$(printf '");
    for byte in &bytes[..kept] {
        match byte {
            b'/' | b'.' | b'_' | b' ' => shown.push(char::from(*byte)),
            byte if byte.is_ascii_alphanumeric() => shown.push(char::from(*byte)),
            // Three octal digits end where a digit would go on.
            _ => {
                let _ = write!(shown, "\\{byte:03o}");
            }
        }
    }
    shown + "')\"" + &"$'\\n'".repeat(bytes.len() - kept)
}

/// True for a value that every POSIX shell takes as it is.
fn is_plain(value: &str) -> bool {
    !value.is_empty()
        && value
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b":/.,-_+=@".contains(&b))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStrExt;
    use std::process::Command;

    #[test]
    fn the_shell_reads_what_was_meant() {
        let words: [&[u8]; 12] = [
            b"gobag",
            b"./app-bag",
            b"/media/my stick/bag",
            b"it's",
            b"",
            b"caf\xe9",
            b"a\nb'\\1",
            b"$HOME `x` \"y\" *\x01",
            b"-n\x01 100% \t",
            b"\x0112",
            b"\xff",
            b"a\n\n",
        ];
        for word in words {
            let word = OsStr::from_bytes(word);
            let line = format!("printf %s {}", quoted_os(word));
            for shell in ["bash", "sh"] {
                // That of Debian has no `$'…'`.
                if shell == "sh" && line.contains("$'") {
                    continue;
                }
                let output = Command::new(shell).args(["-c", &line]).output().unwrap();
                assert_eq!(OsStr::from_bytes(&output.stdout), word, "{shell}: {line}");
            }
            assert_eq!(line.lines().count(), 1);
        }
    }
}
