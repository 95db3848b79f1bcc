//! The lines and blocks of a `go.mod` file, with the comments that belong to them.

use super::error::{ModFileError, ModFileFault};
use super::lex::{Kind, Lexer};

/// A line: a whole statement, or one of a block's.
#[derive(Debug, Default)]
pub(super) struct Line<'a> {
    /// Counted from 1.
    pub(super) number: usize,
    pub(super) words: Vec<&'a str>,
    /// The comments in the lines right above. In a block also those above blank lines, which are
    /// empty comments.
    pub(super) above: Vec<&'a str>,
    /// The comment at its end.
    pub(super) suffix: Option<&'a str>,
}

impl<'a> Line<'a> {
    /// Reads the first word.
    fn begin(lexer: &mut Lexer<'a>, above: Vec<&'a str>) -> Result<Self, ModFileError> {
        let first = lexer.next()?;
        Ok(Line {
            number: first.line,
            words: vec![first.text],
            above,
            suffix: None,
        })
    }
}

#[derive(Debug)]
pub(super) struct Statement<'a> {
    /// The words in front of the parenthesis; none if the statement is one line.
    pub(super) head: Option<Line<'a>>,
    /// The line, or the lines inside the parentheses.
    pub(super) lines: Vec<Line<'a>>,
}

impl<'a> Statement<'a> {
    /// The first word of a line or of its block, and what follows.
    pub(super) fn directive<'b>(&'b self, line: &'b Line<'a>) -> (&'a str, &'b [&'a str]) {
        match &self.head {
            Some(head) => (head.words[0], &line.words),
            None => (line.words[0], &line.words[1..]),
        }
    }
}

/// Splits a file into statements. The parser knows no verbs.
pub(super) fn parse(text: &str) -> Result<Vec<Statement<'_>>, ModFileError> {
    let mut lexer = Lexer::new(text)?;
    let mut statements = Vec::new();
    let mut above = Vec::new();
    loop {
        match lexer.peek() {
            Kind::End => return Ok(statements),
            Kind::Newline => {
                // A blank line parts a comment from what follows.
                lexer.next()?;
                above.clear();
            }
            Kind::Comment => above.push(lexer.next()?.text),
            _ => statements.push(statement(&mut lexer, std::mem::take(&mut above))?),
        }
    }
}

fn statement<'a>(
    lexer: &mut Lexer<'a>,
    above: Vec<&'a str>,
) -> Result<Statement<'a>, ModFileError> {
    let mut line = Line::begin(lexer, above)?;
    loop {
        let token = lexer.next()?;
        if token.kind.ends_line() {
            line.suffix = (token.kind == Kind::Suffix).then_some(token.text);
            let (head, lines) = (None, vec![line]);
            return Ok(Statement { head, lines });
        }
        if token.kind == Kind::Open && lexer.peek().ends_line() {
            let lines = block(lexer, line.number)?;
            let head = Some(line);
            return Ok(Statement { head, lines });
        }
        if token.kind == Kind::Open && lexer.peek() == Kind::Close {
            let close = lexer.next()?;
            if lexer.peek().ends_line() {
                lexer.next()?;
                let (head, lines) = (Some(line), Vec::new());
                return Ok(Statement { head, lines });
            }
            line.words.extend([token.text, close.text]);
        } else {
            line.words.push(token.text);
        }
    }
}

fn block<'a>(lexer: &mut Lexer<'a>, start: usize) -> Result<Vec<Line<'a>>, ModFileError> {
    let mut lines = Vec::new();
    let mut above = Vec::new();
    loop {
        match lexer.peek() {
            Kind::Suffix => drop(lexer.next()?),
            Kind::Newline => {
                lexer.next()?;
                // A blank line counts as a comment without text, so it keeps the block's comments
                // from the line below it; but not at the block's start, and not twice.
                let counts = above
                    .last()
                    .map_or(!lines.is_empty(), |last: &&str| !last.is_empty());
                above.extend(counts.then_some(""));
            }
            Kind::Comment => above.push(lexer.next()?.text),
            Kind::End => return Err(ModFileFault::UnterminatedBlock.at(start)),
            Kind::Close => {
                let close = lexer.next()?;
                if !lexer.peek().ends_line() {
                    return Err(ModFileFault::AfterBlock.at(close.line));
                }
                lexer.next()?;
                return Ok(lines);
            }
            Kind::Open | Kind::Word => lines.push(block_line(lexer, std::mem::take(&mut above))?),
        }
    }
}

fn block_line<'a>(lexer: &mut Lexer<'a>, above: Vec<&'a str>) -> Result<Line<'a>, ModFileError> {
    let mut line = Line::begin(lexer, above)?;
    loop {
        let token = lexer.next()?;
        if token.kind.ends_line() {
            line.suffix = (token.kind == Kind::Suffix).then_some(token.text);
            return Ok(line);
        }
        line.words.push(token.text);
    }
}
