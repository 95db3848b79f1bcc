//! Go source files, as far as they say what else is needed to build them.
//!
//! Read is what stands before the first declaration that is no import: constraints, the package
//! clause and the imports. Specification: <https://go.dev/ref/spec#Import_declarations>.

mod constraint;
mod lex;

pub use constraint::{Built, Target};

use lex::{Lexer, Token};

/// The head of a Go file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GoFile {
    /// The name in the package clause; empty where there is none.
    pub package: String,
    /// The imported paths, in the order of the file.
    pub imports: Vec<String>,
    /// What follows `//go:build`.
    pub constraint: Option<String>,
    /// Whether there is a `// +build` line, which older files have instead.
    pub has_old_constraint: bool,
}

impl GoFile {
    /// Reads a file, as far as it is Go: what follows a mistake is not read.
    pub fn read(text: &[u8]) -> GoFile {
        let mut lexer = Lexer::new(text);
        let mut file = GoFile::default();
        if lexer.token() != Some(Token::Word("package")) {
            return file;
        }
        // Below the package clause they are comments like others.
        let comments = std::mem::take(&mut lexer.comments);
        for comment in comments {
            file.see_comment(comment);
        }
        if let Some(Token::Word(name)) = lexer.token() {
            file.package = name.to_owned();
            while file.add_import(&mut lexer).is_some() {}
        }
        file
    }

    fn see_comment(&mut self, comment: &str) {
        let text = comment.trim_start_matches("//");
        if let Some(rest) = comment.strip_prefix("//go:build")
            && rest.starts_with([' ', '\t'])
        {
            self.constraint.get_or_insert(rest.trim().to_owned());
        } else if text.trim_start().starts_with("+build ") {
            self.has_old_constraint = true;
        }
    }

    /// Reads one import declaration; none where there is no other.
    fn add_import(&mut self, lexer: &mut Lexer<'_>) -> Option<()> {
        match lexer.token()? {
            Token::Sign(b';') => return Some(()),
            Token::Word("import") => {}
            _ => return None,
        }
        let mut token = lexer.token()?;
        if token != Token::Sign(b'(') {
            return self.add_path(token, lexer);
        }
        loop {
            token = lexer.token()?;
            match token {
                Token::Sign(b')') => return Some(()),
                Token::Sign(b';') => {}
                token => self.add_path(token, lexer)?,
            }
        }
    }

    /// Reads what is imported, after the name that it gets in this file.
    fn add_path<'a>(&mut self, mut token: Token<'a>, lexer: &mut Lexer<'a>) -> Option<()> {
        if matches!(token, Token::Word(_) | Token::Sign(b'.')) {
            token = lexer.token()?;
        }
        let Token::Text(path) = token else {
            return None;
        };
        self.imports.push(path.to_owned());
        Some(())
    }
}

#[cfg(test)]
mod tests;
