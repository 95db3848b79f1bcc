//! The words of a Go file.

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A keyword or a name.
    Word(&'a str),
    /// What stands between quotes or backquotes, as it is written.
    Text(&'a str),
    /// Any other byte.
    Sign(u8),
}

/// Reads tokens one by one.
pub(super) struct Lexer<'a> {
    rest: &'a [u8],
    /// The comments that begin with `//` and have a line of their own, as far as it was read.
    pub(super) comments: Vec<&'a str>,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Lexer {
            rest: text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text),
            comments: Vec::new(),
        }
    }

    /// The next token; none at the end, and where the file is no Go.
    ///
    /// Line ends count for nothing: what is read here is clear without them.
    pub(super) fn token(&mut self) -> Option<Token<'a>> {
        self.skip()?;
        let first = *self.rest.first()?;
        match first {
            b'"' | b'`' => self.text(first),
            _ if is_letter(first) => {
                let end = self.rest.iter().position(|b| !is_letter(*b));
                let word = self.take(end.unwrap_or(self.rest.len()));
                std::str::from_utf8(word).ok().map(Token::Word)
            }
            _ => {
                self.take(1);
                Some(Token::Sign(first))
            }
        }
    }

    /// Passes over blanks and comments; none where a comment has no end.
    fn skip(&mut self) -> Option<()> {
        let mut own_line = self.comments.is_empty();
        loop {
            let blank = |b: &u8| b.is_ascii_whitespace();
            let blanks = self.rest.iter().take_while(|b| blank(b)).count();
            own_line |= self.take(blanks).contains(&b'\n');
            if self.rest.starts_with(b"//") {
                let end = self.rest.iter().position(|b| *b == b'\n');
                let comment = self.take(end.unwrap_or(self.rest.len()));
                if let Ok(comment) = std::str::from_utf8(comment)
                    && own_line
                {
                    self.comments.push(comment.trim_end());
                }
            } else if self.rest.starts_with(b"/*") {
                let mut ends = self.rest.windows(2).skip(2);
                let end = ends.position(|two| two == b"*/")?;
                self.take(end + 4);
            } else {
                return Some(());
            }
        }
    }

    fn text(&mut self, quote: u8) -> Option<Token<'a>> {
        let inside = &self.rest[1..];
        let end = inside.iter().position(|b| *b == quote)?;
        let text = &inside[..end];
        self.take(end + 2);
        // No path has an escape or a line end in it.
        let odd = text.iter().any(|b| matches!(b, b'\\' | b'\n'));
        let text = std::str::from_utf8(text).ok()?;
        (!odd).then_some(Token::Text(text))
    }

    fn take(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken
    }
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}
