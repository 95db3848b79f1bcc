//! What pages are dressed in: one style sheet and one script, named after what they hold.

use std::sync::LazyLock;

use bag::digest;

use crate::carried::bundle;

/// A file that pages name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asset {
    /// Its bytes.
    pub text: &'static str,
    /// Its `Content-Type`.
    pub kind: &'static str,
    /// 16 hex digits of its SHA-256.
    pub mark: &'static str,
}

/// The files, by their names below the server's root.
static ALL: LazyLock<[(&str, Asset); 2]> = LazyLock::new(|| {
    let files = [
        ("-/page.css", "text/css; charset=utf-8"),
        ("-/page.js", "text/javascript; charset=utf-8"),
    ];
    files.map(|(name, kind)| {
        let text = bundle::asset(&name[2..]);
        let mark = digest::hex(&digest::sha256(text.as_bytes())[..8]);
        let mark: &'static str = mark.leak();
        (name, Asset { text, kind, mark })
    })
});

/// The file with this name, such as `-/page.css`.
pub fn find(name: &str) -> Option<Asset> {
    let mut all = ALL.iter();
    all.find(|(known, _)| *known == name).map(|(_, a)| *a)
}

/// Where a page finds it: its name, and a query that changes with its content.
pub fn link(name: &str) -> String {
    find(name).map_or(String::new(), |asset| format!("{name}?{}", asset.mark))
}
