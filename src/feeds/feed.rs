//! The feeds by their names, and what each answers.

use std::borrow::Cow;
use std::sync::Arc;

use bag::{Bag, describing};

use super::counters::Counters;
use super::once::Once;
use super::versions::Versions;
use super::{catalog, index, metrics};
use crate::carried::{careful, summary};
use crate::papers::{self, Format};

/// The name that tells who watches over a server that it answers. No entry of a bag that is an
/// answer has a name without a slash, nor is there a module `-`, so that no feed hides one.
pub const HEALTH: &str = "healthz";

/// The name that tells a server in front whether to send more here.
pub const READY: &str = "readyz";

/// The name of the bill of materials.
const BILL: &str = "-/sbom";

/// All names, in the order in which a person is told of them.
pub const NAMES: [&str; 7] = [
    HEALTH, READY, "version", "catalog", "index", BILL, "metrics",
];

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
const CYCLONEDX: &str = "application/vnd.cyclonedx+json; version=1.6";

/// What feeds tell of, derived at the first request for it, and counted.
#[derive(Debug, Default)]
pub struct Feeds {
    /// What is counted.
    pub counters: Arc<Counters>,
    versions: Once<Versions>,
    version: Once<String>,
    bill: Once<&'static [u8]>,
}

impl Feeds {
    /// What the feed `name` of `bag` answers to `query`; none where there is no such feed.
    pub fn tell(&self, bag: &Bag<'static>, name: &str, query: &str) -> Option<Told> {
        is_feed(name).then(|| self.told(bag, name, query).unwrap_or_else(|told| told))
    }

    /// The same of what is a feed.
    ///
    /// # Errors
    /// What is told where the bag can no longer be read.
    fn told(&self, bag: &Bag<'static>, name: &str, query: &str) -> Result<Told, Told> {
        let versions = || self.versions.get(|| Versions::of(bag).map_err(|_| lost()));
        Ok(match name {
            HEALTH => told(200, TEXT, Kept::Not, "ok\n"),
            READY if self.counters.is_stopping() => told(503, TEXT, Kept::Not, "stopping\n"),
            READY => told(200, TEXT, Kept::Not, "ready\n"),
            "version" => {
                let version = |bag: &Bag<'static>| format!("{:#}\n", summary::version(bag));
                let version = || careful::of(bag, version).map_err(|_| lost());
                told(200, JSON, Kept::AWhile, self.version.get(version)?.clone())
            }
            "catalog" => match catalog::page(versions()?, query) {
                Ok(page) => told(200, JSON, Kept::AWhile, page),
                Err(why) => told(400, TEXT, Kept::Not, why),
            },
            "index" => match index::page(versions()?, query) {
                Ok(page) => Told {
                    body: page.into(),
                    ..told(200, TEXT, Kept::AWhile, "")
                },
                Err(why) => told(400, TEXT, Kept::Not, why),
            },
            BILL => Told {
                body: (*self.bill.get(|| bill(bag))?).into(),
                ..told(200, CYCLONEDX, Kept::AWhile, "")
            },
            _ => {
                let text = metrics::text(&self.counters, bag.about());
                told(
                    200,
                    "text/plain; version=0.0.4; charset=utf-8",
                    Kept::Not,
                    text,
                )
            }
        })
    }
}

/// The bill of materials, kept for as long as the program runs.
///
/// # Errors
/// What is told where there is none.
fn bill(bag: &Bag<'static>) -> Result<&'static [u8], Told> {
    if !describing::is_told(bag) {
        let text = "an older gobag packed this bag, and licences are not looked up while it is served: gobag sbom does it\n";
        return Err(told(404, TEXT, Kept::Not, text));
    }
    let bill = careful::of(bag, |bag| papers::sbom(bag, Format::CycloneDx));
    let bill = bill.map_err(|_| lost())?.map_err(|_| lost())?;
    Ok(bill.leak().as_bytes())
}

/// What is told where a file is gone. It is not kept, here neither.
fn lost() -> Told {
    let text = "the file of this bag is gone or damaged: copy it again, and start anew\n";
    told(500, TEXT, Kept::Not, text)
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
        let line = "not found: beside modules there are healthz, readyz, version, catalog, index, -/sbom and metrics\n";
        for (name, want) in [
            ("metric", true),
            ("status", true),
            ("sbom", true),
            ("-/sbom/", true),
            ("-/m/zoo.test", true),
            ("zoo.test/mixed", false),
            ("metrics/@v/list", false),
            ("sumdb/x", false),
        ] {
            assert_eq!(hint(name).as_deref(), want.then_some(line), "{name}");
        }
        for name in NAMES {
            assert!((!name.contains('/') || name.starts_with("-/")) && is_feed(name));
        }
    }
}
