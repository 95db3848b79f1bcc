//! The tokens of a `go.mod` file.

use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

use super::error::{ModFileError, ModFileFault};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The end of the file, again and again.
    End,
    /// A line feed.
    Newline,
    /// A comment that shares its line with something before it, and the line feed after it.
    Suffix,
    /// A comment that has its line to itself, and the line feed after it.
    Comment,
    /// `(`
    Open,
    /// `)`
    Close,
    /// Everything else: words, strings with their quotes, and the other brackets and the comma, one
    /// by one.
    Word,
}

impl Kind {
    /// Whether a line ends here.
    pub(super) fn ends_line(self) -> bool {
        matches!(self, Kind::End | Kind::Newline | Kind::Suffix)
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    /// As in the file; a comment is without its line feed.
    pub(super) text: &'a str,
    /// Counted from 1.
    pub(super) line: usize,
}

/// Splits a text into tokens, one of which can be looked at in advance.
pub(super) struct Lexer<'a> {
    rest: &'a str,
    line: usize,
    /// Whether something else stands on this line already.
    inside_line: bool,
    ahead: Token<'a>,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Result<Lexer<'a>, ModFileError> {
        let ahead = Token {
            kind: Kind::End,
            text: "",
            line: 1,
        };
        let mut lexer = Lexer {
            rest: text,
            line: 1,
            inside_line: false,
            ahead,
        };
        lexer.ahead = lexer.read()?;
        Ok(lexer)
    }

    pub(super) fn peek(&self) -> Kind {
        self.ahead.kind
    }

    pub(super) fn next(&mut self) -> Result<Token<'a>, ModFileError> {
        let token = self.ahead;
        self.ahead = self.read()?;
        Ok(token)
    }

    fn read(&mut self) -> Result<Token<'a>, ModFileError> {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\r']);
        let line = self.line;
        if self.rest.starts_with("//") {
            return Ok(self.comment());
        }
        if self.rest.starts_with("/*") {
            return Err(ModFileFault::BlockComment.at(line));
        }
        let Some(c) = self.rest.chars().next() else {
            return Ok(Token {
                kind: Kind::End,
                text: "",
                line,
            });
        };
        let (kind, len) = match c {
            '\n' => (Kind::Newline, 1),
            '(' => (Kind::Open, 1),
            ')' => (Kind::Close, 1),
            '[' | ']' | '{' | '}' | ',' => (Kind::Word, 1),
            '"' | '`' => (Kind::Word, self.string_len(c)?),
            c if is_word(c) => (Kind::Word, self.word_len()?),
            c => return Err(ModFileFault::Character(c).at(line)),
        };
        let text = self.take(len);
        self.inside_line = kind != Kind::Newline;
        Ok(Token { kind, text, line })
    }

    fn take(&mut self, len: usize) -> &'a str {
        let (text, rest) = self.rest.split_at(len);
        self.rest = rest;
        self.line += text.matches('\n').count();
        text
    }

    fn comment(&mut self) -> Token<'a> {
        let line = self.line;
        let kind = if self.inside_line {
            Kind::Suffix
        } else {
            Kind::Comment
        };
        let text = self.take(self.rest.find('\n').map_or(self.rest.len(), |i| i + 1));
        self.inside_line = false;
        Token {
            kind,
            text: text.trim_end_matches(['\r', '\n']),
            line,
        }
    }

    fn string_len(&self, quote: char) -> Result<usize, ModFileError> {
        let mut chars = self.rest.char_indices().skip(1);
        while let Some((i, c)) = chars.next() {
            match c {
                '\n' => break,
                '\\' if quote == '"' => drop(chars.next()),
                c if c == quote => return Ok(i + 1),
                _ => {}
            }
        }
        Err(ModFileFault::UnterminatedString.at(self.line))
    }

    fn word_len(&self) -> Result<usize, ModFileError> {
        let end = self.rest.find(|c| !is_word(c)).unwrap_or(self.rest.len());
        let word = &self.rest[..end];
        match (word.find("//"), word.find("/*")) {
            (comment, Some(block)) if comment.is_none_or(|comment| block < comment) => {
                Err(ModFileFault::BlockComment.at(self.line))
            }
            (comment, _) => Ok(comment.unwrap_or(end)),
        }
    }
}

/// Whether a word may have `c` in it: it is visible, and neither a bracket nor a comma. A quote
/// inside a word is taken here, and refused where the word is read.
fn is_word(c: char) -> bool {
    !matches!(c, '(' | ')' | '[' | ']' | '{' | '}' | ',' | ' ') && is_printable(c)
}

/// Go's `unicode.IsPrint`: letters, marks, numbers, punctuation, symbols and the plain space.
pub(super) fn is_printable(c: char) -> bool {
    use GeneralCategoryGroup::{Letter, Mark, Number, Punctuation, Symbol};
    c == ' '
        || c.is_ascii_graphic()
        || matches!(
            c.general_category_group(),
            Letter | Mark | Number | Punctuation | Symbol
        )
}
