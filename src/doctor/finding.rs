//! A finding: what stands in the way, and what to do about it.

use std::fmt;

use serde::Serialize;

use crate::client::place::redacted;
use crate::terminal::printable;

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
    /// What it is called where there are many of its kind.
    #[serde(skip)]
    kind: Option<Kind>,
}

/// Findings that are told in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Kind {
    /// What this one is about.
    subject: String,
    /// What all of them are, behind their number and before their subjects.
    all: String,
    /// What to do about all of them.
    remedy: String,
}

/// How many of a kind one line names.
pub(super) const NAMED: usize = 5;

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
            what: redacted(&what.into()),
            remedy: redacted(&remedy.into()),
            kind: None,
        }
    }

    /// One of a kind: of `subject`, where there are several `all`, which have one `remedy`.
    pub fn of_kind(self, subject: &str, all: impl Into<String>, remedy: &str) -> Self {
        let kind = Some(Kind {
            subject: redacted(subject),
            all: all.into(),
            remedy: remedy.to_string(),
        });
        Finding { kind, ..self }
    }

    /// The same in other words.
    pub fn map(self, told: impl Fn(&str) -> String) -> Self {
        let kind = self.kind.map(|kind| Kind {
            remedy: told(&kind.remedy),
            ..kind
        });
        Finding {
            what: told(&self.what),
            remedy: told(&self.remedy),
            kind,
            ..self
        }
    }

    /// True for one that is told in one line with `other`.
    fn is_like(&self, other: &Finding) -> bool {
        let (Some(one), Some(other_kind)) = (&self.kind, &other.kind) else {
            return false;
        };
        self.level == other.level && one.all == other_kind.all && one.remedy == other_kind.remedy
    }
}

/// The findings as lines that a terminal can show, many of one kind in one of them.
pub fn lines(found: &[Finding]) -> Vec<String> {
    let told = told(found);
    told.iter().map(|text| printable::line(text)).collect()
}

fn told(found: &[Finding]) -> Vec<String> {
    let mut lines = Vec::new();
    for (at, finding) in found.iter().enumerate() {
        let is_like = |other: &&Finding| finding.is_like(other);
        if found[..at].iter().any(|other| is_like(&other)) {
            continue;
        }
        let like: Vec<&Finding> = found[at..].iter().filter(is_like).collect();
        match &finding.kind {
            Some(kind) if like.len() > 1 => {
                let subjects = like
                    .iter()
                    .filter_map(|one| Some(one.kind.as_ref()?.subject.clone()));
                let named = named(&subjects.collect::<Vec<_>>());
                let what = format!("{} {}: {named}", like.len(), kind.all);
                lines.push(Finding::new(finding.level, what, &*kind.remedy).to_string());
            }
            _ => lines.push(finding.to_string()),
        }
    }
    lines
}

/// The first few of `names`, and how many more there are.
pub(super) fn named(names: &[String]) -> String {
    let shown = names[..names.len().min(NAMED)].join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
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
    fn many_of_one_kind_are_one_line() {
        let one = |name: &str| {
            let what = format!("{name} is lost");
            Finding::error(what, format!("find {name}")).of_kind(name, "things are lost", "search")
        };
        let other = Finding::note("x", "");
        let found = [one("a"), other.clone(), other.clone()];
        assert_eq!(
            lines(&found),
            ["error: a is lost; find a", "note: x", "note: x"]
        );
        let mut found: Vec<Finding> = "abcdefg"
            .split("")
            .filter(|n| !n.is_empty())
            .map(one)
            .collect();
        found.insert(1, other);
        assert_eq!(
            lines(&found),
            [
                "error: 7 things are lost: a, b, c, d, e and 2 more; search",
                "note: x"
            ]
        );
    }

    #[test]
    fn a_line_is_one_whatever_is_told_of() {
        let found = [Finding::note("a\n\x1b[31m", "b\r")];
        assert_eq!(lines(&found), ["note: a\\x0a\\x1b[31m; b\\x0d"]);
    }

    #[test]
    fn passwords_are_not_shown() {
        let finding = Finding::note("https://u:p@h", "set GOPROXY=https://u:p@h");
        assert_eq!(
            finding.to_string(),
            "note: https://xxxxx@h; set GOPROXY=https://xxxxx@h"
        );
    }
}
