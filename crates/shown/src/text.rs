//! Text as it is.

use std::borrow::Cow;

use crate::{MAX_HTML_BYTES, MAX_TEXT_BYTES};

/// Text as it stands between tags, or in the quotes of an attribute. What is no character to see, but for line feeds
/// and tabs, is shown as U+FFFD.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            c => out.push(seen(c)),
        }
    }
    out
}

/// What is shown for a character.
fn seen(c: char) -> char {
    match c {
        '\n' | '\t' => c,
        c if c.is_control() => '\u{fffd}',
        c => c,
    }
}

/// `text` with the same line feed everywhere and nothing that cannot be seen.
pub(crate) fn cleaned(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.chars().map(seen).collect()
}

/// Text as HTML, in one `<pre>`. Of what is too long the beginning is shown, and a line says so.
pub fn plain(text: &str) -> String {
    let (text, mut is_cut) = beginning(text, MAX_TEXT_BYTES);
    let mut text = escaped(&cleaned(text));
    if text.len() > MAX_HTML_BYTES - ENDS_BYTES {
        let (shorter, _) = beginning(&text, MAX_HTML_BYTES - ENDS_BYTES);
        // Not within what stands for a character.
        let whole = shorter
            .rfind('&')
            .filter(|at| !shorter[*at..].contains(';'));
        text = shorter[..whole.unwrap_or(shorter.len())].to_string();
        is_cut = true;
    }
    let note = if is_cut { CUT } else { "" };
    format!("<pre>{text}</pre>\n{note}")
}

/// Room for what stands around a text.
const ENDS_BYTES: usize = 512;

/// What is said below a text that was cut.
pub(crate) const CUT: &str = "<p>The rest of this file is too long to be shown here.</p>\n";

/// The lines of `text` that have no more than `most` bytes together, and whether there are more; part of the first
/// where that alone is longer.
pub(crate) fn beginning(text: &str, most: usize) -> (&str, bool) {
    if text.len() <= most {
        return (text, false);
    }
    let most = (0..=most).rev().find(|at| text.is_char_boundary(*at));
    let start = &text[..most.unwrap_or_default()];
    let lines = start.rfind('\n').map_or(start, |end| &start[..=end]);
    (lines, true)
}

/// A text that the parser need not copy, where nothing is wrong with it.
pub(crate) fn readable(text: &str) -> Cow<'_, str> {
    match text.contains(|c: char| c == '\r' || seen(c) != c) {
        true => Cow::Owned(cleaned(text)),
        false => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_shown_as_it_is_and_cut_at_a_line() {
        assert_eq!(
            plain("a <b> & \"c\"\r\n"),
            "<pre>a &lt;b&gt; &amp; &quot;c&quot;\n</pre>\n"
        );
        assert_eq!(
            plain("\u{1b}[2J\0\u{85}\t"),
            "<pre>\u{fffd}[2J\u{fffd}\u{fffd}\t</pre>\n"
        );
        assert_eq!(beginning("ab\ncd\nef", 7), ("ab\ncd\n", true));
        assert_eq!(beginning("ab\ncd\nef", 8), ("ab\ncd\nef", false));
        assert_eq!(beginning("ééé", 3), ("é", true));
        for text in [
            "line\n".repeat(200_000),
            "&\n".repeat(250_000),
            "'".repeat(500_000),
            "é".repeat(400_000),
        ] {
            let html = plain(&text);
            assert!(html.len() <= MAX_HTML_BYTES && html.ends_with(CUT));
            let inside = html
                .strip_prefix("<pre>")
                .unwrap()
                .split("</pre>")
                .next()
                .unwrap();
            assert!(text.starts_with(&inside.replace("&amp;", "&").replace("&#39;", "'")));
        }
    }
}
