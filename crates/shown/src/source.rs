//! The text of a file with numbered lines and coloured words.

use crate::MAX_TEXT_BYTES;
use crate::language::{self, Language};
use crate::text::{CUT, beginning, cleaned};

/// The longest HTML that comes of the text of a file, in bytes, but for what stands around it.
const MAX_SOURCE_BYTES: usize = 2 << 20;

/// What a piece of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    Comment,
    String,
    Number,
    Keyword,
    /// What a language has from the start, without it being a keyword.
    Known,
}

impl Kind {
    /// The class of its element.
    fn class(self) -> Option<&'static str> {
        match self {
            Kind::Plain => None,
            Kind::Comment => Some("c"),
            Kind::String => Some("s"),
            Kind::Number => Some("n"),
            Kind::Keyword => Some("k"),
            Kind::Known => Some("b"),
        }
    }
}

/// The text of a file as HTML, in one `<pre>` with the class `source`: each line begins with a link to itself, whose id
/// is `L` and its number, and comments, strings, numbers, keywords and what the language knows from the start are
/// `<i>` of the classes `c`, `s`, `n`, `k` and `b`, where the name of the file tells a language. Of what is too long the
/// beginning is shown, and a line says so.
pub fn source(file: &str, text: &str) -> String {
    let language = language::of(file);
    let (text, is_long) = beginning(text, MAX_TEXT_BYTES);
    let text = cleaned(text);
    let mut page = Page::default();
    let mut rest = text.as_str();
    if !rest.is_empty() {
        page.begin_line();
    }
    while !rest.is_empty() && !page.is_full {
        let (kind, len) = next(language, rest);
        let (piece, behind) = rest.split_at(len);
        page.put(kind, piece, behind.is_empty());
        rest = behind;
    }
    let note = if is_long || page.is_full { CUT } else { "" };
    let lines = page.html;
    format!("<pre class=\"source\" tabindex=\"0\"><code>{lines}</code></pre>\n{note}")
}

/// A page while it is written.
#[derive(Default)]
struct Page {
    html: String,
    lines: usize,
    is_full: bool,
}

impl Page {
    fn begin_line(&mut self) {
        self.lines += 1;
        let line = self.lines;
        self.html += &format!("<a id=\"L{line}\" href=\"#L{line}\" tabindex=\"-1\">{line}</a>");
    }

    /// Writes a piece; behind the last line feed of the last one there is no further line.
    fn put(&mut self, kind: Kind, piece: &str, is_last: bool) {
        let class = kind.class();
        if let Some(class) = class {
            self.html += &format!("<i class=\"{class}\">");
        }
        let mut rest = piece.chars();
        while let Some(c) = rest.next() {
            match c {
                '&' => self.html += "&amp;",
                '<' => self.html += "&lt;",
                '>' => self.html += "&gt;",
                c => self.html.push(c),
            }
            if self.html.len() > MAX_SOURCE_BYTES {
                self.is_full = !(is_last && rest.as_str().is_empty());
                break;
            }
            if c == '\n' && !(is_last && rest.as_str().is_empty()) {
                self.begin_line();
            }
        }
        if class.is_some() {
            self.html += "</i>";
        }
    }
}

/// What `text` begins with, and how many bytes of it that is: at least one character.
fn next(language: Option<&Language>, text: &str) -> (Kind, usize) {
    let Some(language) = language else {
        return (Kind::Plain, text.len());
    };
    let line = || text.find('\n').unwrap_or(text.len());
    if language.line.iter().any(|begin| text.starts_with(begin)) {
        return (Kind::Comment, line());
    }
    if let Some((begin, end)) = language.block
        && let Some(inside) = text.strip_prefix(begin)
    {
        let len = inside.find(end).map(|at| begin.len() + at + end.len());
        return (Kind::Comment, len.unwrap_or(text.len()));
    }
    let first = text.chars().next().unwrap_or_default();
    if language.raw == Some(first) {
        let len = text[1..].find(first).map(|at| at + 2);
        return (Kind::String, len.unwrap_or(text.len()));
    }
    if language.quotes.contains(&first) {
        return (Kind::String, quoted(text, first));
    }
    let len = |is_part: fn(char) -> bool| text.find(|c| !is_part(c)).unwrap_or(text.len());
    if first.is_ascii_digit() {
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
        return (Kind::Number, len(is_part));
    }
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    if !is_word(first) {
        // Up to the next thing that may be something.
        let is_nothing = |c: char| c.is_whitespace() || "()[]{}.,:;=+*&|<>!%^~?".contains(c);
        return (Kind::Plain, len(is_nothing).max(first.len_utf8()));
    }
    let word = &text[..word_len(text)];
    let kind = match word {
        word if language.keywords.contains(&word) => Kind::Keyword,
        word if language.known.contains(&word) => Kind::Known,
        _ => Kind::Plain,
    };
    (kind, word.len())
}

/// How long the word is that `text` begins with: a version is one, and what is behind the dot in `a.b` is not of `a`.
fn word_len(text: &str) -> usize {
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, next)| *next);
        let is_dot = c == '.' && next.is_some_and(|next| next.is_ascii_digit());
        if !(c.is_alphanumeric() || c == '_' || is_dot) {
            return at;
        }
    }
    text.len()
}

/// How long the string is that `text` begins with: up to its quote, or the end of its line.
fn quoted(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '\n' => return at,
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use mutated::config;
    use proptest::prelude::*;

    use super::*;

    /// What is told of a text: each piece with a class, as `class:piece`.
    fn told(file: &str, text: &str) -> String {
        let html = source(file, text);
        let pieces = html.split("<i class=\"").skip(1).map(|piece| {
            let (class, rest) = piece.split_once("\">").unwrap();
            format!("{class}:{}", rest.split("</i>").next().unwrap())
        });
        pieces.collect::<Vec<_>>().join(" ")
    }

    /// What a browser shows of it, but for the numbers.
    fn read(html: &str) -> String {
        let (lines, _) = html.split_once("</code></pre>").unwrap();
        let mut text = String::new();
        let mut rest = lines.split_once("<code>").unwrap().1;
        while let Some((before, tag)) = rest.split_once('<') {
            text += before;
            let (tag, behind) = tag.split_once('>').unwrap();
            rest = match tag.starts_with("a ") {
                true => behind.split_once("</a>").unwrap().1,
                false => behind,
            };
        }
        let text = text + rest;
        let text = text.replace("&lt;", "<").replace("&gt;", ">");
        text.replace("&amp;", "&")
    }

    #[test]
    fn words_are_coloured_by_the_language() {
        for (file, text, want) in [
            ("a.go", "package a // b", "k:package c:// b"),
            (
                "a.go",
                "var x = len(\"a\\\"b\") + 0x1F.p2",
                "k:var b:len s:\"a\\\"b\" n:0x1F.p2",
            ),
            ("a.go", "c := '\\'' /* ' */ nil", "s:'\\'' c:/* ' */ b:nil"),
            ("a.go", "\"open\nif", "s:\"open k:if"),
            ("a.go", "x9 functional é9 1", "n:1"),
            ("a.go", "a/b", ""),
            (
                "go.mod",
                "require a.test/go v1.2.3 // indirect",
                "k:require c:// indirect",
            ),
            ("x/Makefile", "a: b # c", "c:# c"),
            ("a.c", "return 'x'; /* */", "k:return s:'x' c:/* */"),
            ("LICENSE", "if 1 // \"a\"", ""),
            ("a.txt", "package", ""),
        ] {
            assert_eq!(told(file, text), want, "{file}: {text}");
        }
        assert!(told("a.go", "`a\nb`").contains("s:`a\n"));
    }

    #[test]
    fn lines_are_numbered_and_there_is_none_behind_the_last_line_feed() {
        for (text, lines) in [
            ("", 0),
            ("a", 1),
            ("a\n", 1),
            ("a\n\n", 2),
            ("/*\r\n*/\rb", 3),
        ] {
            let html = source("a.go", text);
            assert_eq!(html.matches("<a id=\"L").count(), lines, "{text:?}");
        }
        assert_eq!(
            source("a", "<&>\u{1b}\n"),
            "<pre class=\"source\" tabindex=\"0\"><code><a id=\"L1\" href=\"#L1\" tabindex=\"-1\">1</a>\
             &lt;&amp;&gt;\u{fffd}\n</code></pre>\n"
        );
    }

    #[test]
    fn what_is_too_long_is_cut() {
        for text in [
            "\n".repeat(MAX_TEXT_BYTES),
            "&".repeat(MAX_TEXT_BYTES),
            "1 ".repeat(MAX_TEXT_BYTES),
        ] {
            let html = source("a.go", &text);
            assert!(html.ends_with(CUT) && html.len() < MAX_SOURCE_BYTES + 1000);
            assert!(text.starts_with(&read(&html)));
        }
    }

    proptest! {
        #![proptest_config(config())]
        #[test]
        fn fuzz_of_a_source_which_is_shown_as_it_is(
            text in "(package|func|//|/\\*|\\*/|\"|'|`|\\\\|\n|<b>|&|é|[a-z0-9#= .]{0,5}){0,40}",
            file in "(a[.](go|mod|c|py|yaml|md)|go[.]mod|Makefile)",
        ) {
            let html = source(&file, &text);
            prop_assert_eq!(read(&html), text);
            prop_assert_eq!(html.matches("<i ").count(), html.matches("</i>").count());
        }
    }
}
