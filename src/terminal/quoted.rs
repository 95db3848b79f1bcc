//! Words as a POSIX shell takes them.

use std::ffi::OsStr;
use std::fmt::Write as _;

/// A word as a POSIX shell takes it: what is not printable stands as `$'\\NNN'`, which is POSIX
/// since 2024 and older in most shells.
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
    let mut shown = String::from("$'");
    for byte in word.as_encoded_bytes() {
        match byte {
            b'\'' | b'\\' => shown.extend(['\\', char::from(*byte)]),
            b' '..=b'~' => shown.push(char::from(*byte)),
            // Three octal digits end where a digit of hex would go on.
            _ => {
                let _ = write!(shown, "\\{byte:03o}");
            }
        }
    }
    shown + "'"
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
        let words: [&[u8]; 8] = [
            b"gobag",
            b"./app-bag",
            b"/media/my stick/bag",
            b"it's",
            b"",
            b"caf\xe9",
            b"a\nb'\\1",
            b"$HOME `x` \"y\" *\x01",
        ];
        for word in words {
            let word = OsStr::from_bytes(word);
            let line = format!("printf %s {}", quoted_os(word));
            let output = Command::new("bash").args(["-c", &line]).output().unwrap();
            assert_eq!(OsStr::from_bytes(&output.stdout), word, "{line}");
            assert_eq!(line.lines().count(), 1);
        }
    }
}
