//! The feeds by their names, and what each answers.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use bag::Bag;

use super::counters::Counters;
use super::versions::Versions;
use super::{catalog, index, metrics};
use crate::carried::summary;

/// The name that tells who watches over a server that it answers. No entry of a bag that is an
/// answer has a name without a slash, so that no feed hides one.
pub const HEALTH: &str = "healthz";

/// The name that tells a server in front whether to send more here.
pub const READY: &str = "readyz";

/// All names, in the order in which a person is told of them.
pub const NAMES: [&str; 6] = [HEALTH, READY, "version", "catalog", "index", "metrics"];

/// True for the name of a feed.
pub fn is_feed(name: &str) -> bool {
    NAMES.contains(&name)
}

/// Whether an answer may be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// For a while: another bag answers otherwise.
    AWhile,
    /// Not at all.
    Not,
}

/// What a feed answers.
#[derive(Debug)]
pub struct Told {
    /// The status code.
    pub status: u16,
    /// The media type.
    pub content_type: &'static str,
    /// Whether it may be kept.
    pub kept: Kept,
    /// The bytes.
    pub body: Cow<'static, [u8]>,
}

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";

/// What feeds tell of, derived at the first request for it, and counted.
#[derive(Debug, Default)]
pub struct Feeds {
    /// What is counted.
    pub counters: Arc<Counters>,
    versions: OnceLock<Versions>,
    version: OnceLock<String>,
}

impl Feeds {
    /// What the feed `name` of `bag` answers to `query`; none where there is no such feed.
    pub fn tell(&self, bag: &Bag<'static>, name: &str, query: &str) -> Option<Told> {
        let versions = || self.versions.get_or_init(|| Versions::of(bag));
        Some(match name {
            HEALTH => told(200, TEXT, Kept::Not, "ok\n"),
            READY if self.counters.is_stopping() => told(503, TEXT, Kept::Not, "stopping\n"),
            READY => told(200, TEXT, Kept::Not, "ready\n"),
            "version" => {
                let version = || format!("{:#}\n", summary::version(bag));
                let version = self.version.get_or_init(version);
                told(200, JSON, Kept::AWhile, version.clone())
            }
            "catalog" => match catalog::page(versions(), query) {
                Ok(page) => told(200, JSON, Kept::AWhile, page),
                Err(why) => told(400, TEXT, Kept::Not, why),
            },
            "index" => match index::page(versions(), query) {
                Ok(page) => Told {
                    body: page.into(),
                    ..told(200, TEXT, Kept::AWhile, "")
                },
                Err(why) => told(400, TEXT, Kept::Not, why),
            },
            "metrics" => {
                let text = metrics::text(&self.counters, bag.about());
                told(
                    200,
                    "text/plain; version=0.0.4; charset=utf-8",
                    Kept::Not,
                    text,
                )
            }
            _ => return None,
        })
    }
}

fn told(
    status: u16,
    content_type: &'static str,
    kept: Kept,
    text: impl Into<Cow<'static, str>>,
) -> Told {
    let body = match text.into() {
        Cow::Borrowed(text) => text.as_bytes().into(),
        Cow::Owned(text) => text.into_bytes().into(),
    };
    Told {
        status,
        content_type,
        kept,
        body,
    }
}

/// What a person is told who tries a name that is none; nothing where go may have asked, which shows
/// what it hears.
pub fn hint(name: &str) -> Option<String> {
    let tried = !name.contains('/') || name.starts_with("-/");
    let feeds = || NAMES[..NAMES.len() - 1].join(", ");
    let last = NAMES[NAMES.len() - 1];
    tried.then(|| {
        format!(
            "not found: beside modules there are {} and {last}\n",
            feeds()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_tries_a_name_is_told_what_there_is() {
        let line = "not found: beside modules there are healthz, readyz, version, catalog, index and metrics\n";
        for (name, want) in [
            ("metric", true),
            ("status", true),
            ("-/sbom", true),
            ("-/m/zoo.test", true),
            ("zoo.test/mixed", false),
            ("metrics/@v/list", false),
            ("sumdb/x", false),
        ] {
            assert_eq!(hint(name).as_deref(), want.then_some(line), "{name}");
        }
        for name in NAMES {
            assert!(!name.contains('/') && is_feed(name));
        }
    }
}
