//! Strings in `go.mod` files: words, or Go's double-quoted strings
//! (<https://go.dev/ref/spec#String_literals>).

use std::borrow::Cow;
use std::fmt::Write as _;
use std::str::Chars;

use super::error::ModFileFault;
use super::lex::is_printable;

/// What a word of the file stands for.
pub(super) fn parse_string(word: &str) -> Result<String, ModFileFault> {
    let fault = || ModFileFault::Quote(word.to_owned());
    if let Some(inside) = word.strip_prefix('"') {
        return inside.strip_suffix('"').and_then(unquote).ok_or_else(fault);
    }
    if word.contains(['"', '\'', '`']) {
        return Err(fault());
    }
    Ok(word.to_owned())
}

/// `text` as it is written in a `go.mod` file: as it is, or in double quotes where it would not be
/// one word.
pub fn auto_quote(text: &str) -> Cow<'_, str> {
    let special = |c: char| match c {
        ' ' | '"' | '\'' | '`' => true,
        '(' | ')' | '[' | ']' | '{' | '}' | ',' => text.len() > 1,
        c => !is_printable(c),
    };
    let quoted =
        text.is_empty() || text.contains("//") || text.contains("/*") || text.contains(special);
    if quoted {
        Cow::Owned(quote(text))
    } else {
        Cow::Borrowed(text)
    }
}

fn quote(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if is_printable(c) => quoted.push(c),
            c => {
                let short = ESCAPES.iter().find(|(_, meant)| *meant == c);
                let written = match short {
                    Some((letter, _)) => write!(quoted, "\\{letter}"),
                    None if c.is_ascii() => write!(quoted, "\\x{:02x}", u32::from(c)),
                    None if c <= '\u{ffff}' => write!(quoted, "\\u{:04x}", u32::from(c)),
                    None => write!(quoted, "\\U{:08x}", u32::from(c)),
                };
                written.expect("a String takes all that is written to it");
            }
        }
    }
    quoted.push('"');
    quoted
}

const ESCAPES: [(char, char); 7] = [
    ('a', '\u{7}'),
    ('b', '\u{8}'),
    ('f', '\u{c}'),
    ('n', '\n'),
    ('r', '\r'),
    ('t', '\t'),
    ('v', '\u{b}'),
];

/// Undoes the escapes between two quotes; none if one is malformed, or the result is not UTF-8.
fn unquote(inside: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(inside.len());
    let mut chars = inside.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' | '\n' => return None,
            '\\' => {}
            c => {
                push(&mut bytes, c);
                continue;
            }
        }
        let letter = chars.next()?;
        match letter {
            'x' => bytes.push(u8::try_from(number(&mut chars, 2, 16, 0)?).ok()?),
            'u' => push(&mut bytes, char::from_u32(number(&mut chars, 4, 16, 0)?)?),
            'U' => push(&mut bytes, char::from_u32(number(&mut chars, 8, 16, 0)?)?),
            '0'..='7' => {
                let first = letter.to_digit(8)?;
                bytes.push(u8::try_from(number(&mut chars, 2, 8, first)?).ok()?);
            }
            '\\' | '"' => push(&mut bytes, letter),
            _ => push(&mut bytes, ESCAPES.iter().find(|(l, _)| *l == letter)?.1),
        }
    }
    String::from_utf8(bytes).ok()
}

/// The number that `start` and the next `len` digits make, 32 bits at most; none if they are not
/// all there.
fn number(chars: &mut Chars<'_>, len: usize, radix: u32, start: u32) -> Option<u32> {
    (0..len).try_fold(start, |number, _| {
        Some(number * radix + chars.next()?.to_digit(radix)?)
    })
}

fn push(bytes: &mut Vec<u8>, c: char) {
    bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_words_and_quoted_strings() {
        for (word, want) in [
            ("example.com/m", Some("example.com/m")),
            (r#""example.com/m""#, Some("example.com/m")),
            (r#""""#, Some("")),
            (
                r#""a b\t\x41\101\u00e9\U0001F600\"\\""#,
                Some("a b\tAAé😀\"\\"),
            ),
            (r#""\xc3\xa9""#, Some("é")),
            (r#""\xff""#, None),
            (r#""\400""#, None),
            (r#""\ud800""#, None),
            (r#""\x4""#, None),
            (r#""\x+4""#, None),
            (r#""\'""#, None),
            (r#""\q""#, None),
            (r#""\""#, None),
            (r#"""#, None),
            (r#""\x4é""#, None),
            ("`example.com/m`", None),
            ("it's", None),
            ("a\"b", None),
        ] {
            assert_eq!(parse_string(word).ok().as_deref(), want, "{word}");
        }
    }

    #[test]
    fn quotes_what_would_not_be_one_word() {
        for (text, want) in [
            ("example.com/m", "example.com/m"),
            ("(", "("),
            ("", "\"\""),
            ("a b", "\"a b\""),
            ("a,b", "\"a,b\""),
            ("a//b", "\"a//b\""),
            ("a/*b", "\"a/*b\""),
            ("it's", "\"it's\""),
            ("é", "é"),
            (
                "a\n\u{1}\u{feff}\u{e0001}",
                "\"a\\n\\x01\\ufeff\\U000e0001\"",
            ),
            ("\"\\ ", "\"\\\"\\\\ \""),
        ] {
            assert_eq!(auto_quote(text), want);
            assert_eq!(parse_string(&auto_quote(text)).unwrap(), text);
        }
    }
}
