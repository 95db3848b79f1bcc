//! A finding: what stands in the way, and what to do about it.

use std::fmt;

use serde::Serialize;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The project does not build, not even with `gobag exec`.
    Error,
    /// Some go command fails, or go does not use this bag unless it is told to.
    Warning,
    /// Good to know.
    Note,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How much it matters.
    pub level: Level,
    /// What was found.
    pub what: String,
    /// What to do; empty where there is nothing to be done.
    pub remedy: String,
}

impl Finding {
    /// What keeps the project from being built.
    pub fn error(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(Level::Error, what, remedy)
    }

    /// What keeps a go command from working, or from using the bag.
    pub fn warning(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(Level::Warning, what, remedy)
    }

    /// What is good to know.
    pub fn note(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(Level::Note, what, remedy)
    }

    /// A finding of this level.
    pub fn new(level: Level, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Finding {
            level,
            what: without_password(&what.into()),
            remedy: without_password(&remedy.into()),
        }
    }
}

/// `text` with the passwords of URLs as go shows them, `https://user:xxxxx@host`. A user without
/// a password may be a token: that is not shown either.
pub fn without_password(text: &str) -> String {
    redacted(text, false)
}

/// The same for a list of URLs as GOPROXY has it, where `https://` may be left out.
pub fn list_without_passwords(list: &str) -> String {
    redacted(list, true)
}

/// Works on what stands between blanks, quotes and the signs that part the elements of a list.
fn redacted(text: &str, bare: bool) -> String {
    let ends = |c: char| c.is_whitespace() || matches!(c, ',' | '|' | '"' | '\'' | '`');
    let pieces = text.split_inclusive(ends);
    let shown = pieces.map(|piece| {
        let url = piece.trim_end_matches(ends);
        let begin = match url.find("://") {
            Some(scheme) => scheme + 3,
            None if bare => 0,
            None => return piece.to_owned(),
        };
        let (front, rest) = url.split_at(begin);
        format!("{front}{}{}", without_user_info(rest), &piece[url.len()..])
    });
    shown.collect()
}

/// What follows `://`.
fn without_user_info(rest: &str) -> String {
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let authority = &rest[..end];
    let port = authority.rsplit(']').next().unwrap_or_default();
    let port = port.split_once(':').map_or("", |(_, port)| port);
    let is_host = port
        .trim_end_matches(':')
        .bytes()
        .all(|b| b.is_ascii_digit());
    // A password that is not escaped may have such signs in it.
    let at = match authority.rfind('@') {
        None if is_host => return rest.to_owned(),
        None => rest.rfind('@'),
        at => at,
    };
    let (info, host) = rest.split_at(at.unwrap_or(end));
    match info.split_once(':') {
        Some((user, _)) => format!("{user}:xxxxx{host}"),
        None => format!("xxxxx{host}"),
    }
}

/// The word that reports use.
impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.level, self.what)?;
        match self.remedy.as_str() {
            "" => Ok(()),
            remedy => write!(f, "; {remedy}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_not_shown() {
        for (text, want) in [
            (
                "https://user:pw@h/x is there",
                "https://user:xxxxx@h/x is there",
            ),
            ("https://token@h", "https://xxxxx@h"),
            (
                "GOPROXY=http://u:a@b@h:8080, and",
                "GOPROXY=http://u:xxxxx@h:8080, and",
            ),
            ("http://u:p/w@h", "http://u:xxxxx@h"),
            ("\"https://u:@h\"", "\"https://u:xxxxx@h\""),
            // No user is told in these.
            (
                "http://h:8080/a@v1.0.0: refused",
                "http://h:8080/a@v1.0.0: refused",
            ),
            ("http://h: refused", "http://h: refused"),
            ("http://[::1]:8080/x@y", "http://[::1]:8080/x@y"),
            ("file:///a:b@c", "file:///a:b@c"),
            ("ex.test/a@v1.0.0 and u:p@h", "ex.test/a@v1.0.0 and u:p@h"),
        ] {
            assert_eq!(without_password(text), want);
        }
        for (list, want) in [
            ("https://a/x,u:p@h|off", "https://a/x,u:xxxxx@h|off"),
            ("u:p,w@h,direct", "u:xxxxx,xxxxx@h,direct"),
            ("localhost:8080,off", "localhost:8080,off"),
            ("https://a,u@h", "https://a,xxxxx@h"),
        ] {
            assert_eq!(list_without_passwords(list), want);
        }
        let finding = Finding::note("https://u:p@h", "set GOPROXY=https://u:p@h");
        assert_eq!(
            finding.to_string(),
            "note: https://u:xxxxx@h; set GOPROXY=https://u:xxxxx@h"
        );
    }
}
