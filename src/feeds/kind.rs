//! Which kind of thing a request asks for: a few words, of which a metric may have one as a label.

use super::feed;

/// A kind of request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The `.info` of a version, or of what stands for one.
    Info,
    /// The `go.mod` of a version.
    Mod,
    /// The zip of a version.
    Zip,
    /// The versions of a module.
    List,
    /// The latest version of a module.
    Latest,
    /// The record of a module in a checksum database.
    Lookup,
    /// A tile of one.
    Tile,
    /// What else is asked of one.
    Sumdb,
    /// What a person reads.
    Page,
    /// What this room tells.
    Feed,
    /// Anything else, and what was no request.
    Other,
}

/// Each kind with its word, in the order of [`Kind`].
pub const KINDS: [(Kind, &str); 11] = [
    (Kind::Info, "info"),
    (Kind::Mod, "mod"),
    (Kind::Zip, "zip"),
    (Kind::List, "list"),
    (Kind::Latest, "latest"),
    (Kind::Lookup, "lookup"),
    (Kind::Tile, "tile"),
    (Kind::Sumdb, "sumdb"),
    (Kind::Page, "page"),
    (Kind::Feed, "feed"),
    (Kind::Other, "other"),
];

impl Kind {
    /// The kind of a request for `name`, as the path of a request is read; none where it names nothing.
    pub fn of(name: Option<&str>) -> Self {
        let Some(name) = name else {
            return Kind::Other;
        };
        if feed::is_feed(name) {
            return Kind::Feed;
        }
        if name.is_empty() || name.starts_with("-/") {
            return Kind::Page;
        }
        if name.starts_with("sumdb/") {
            return match name {
                _ if name.contains("/lookup/") => Kind::Lookup,
                _ if name.contains("/tile/") => Kind::Tile,
                _ => Kind::Sumdb,
            };
        }
        match name.rsplit_once("/@v/") {
            Some((_, "list")) => Kind::List,
            Some((_, file)) if file.ends_with(".info") => Kind::Info,
            Some((_, file)) if file.ends_with(".mod") => Kind::Mod,
            Some((_, file)) if file.ends_with(".zip") => Kind::Zip,
            None if name.ends_with("/@latest") => Kind::Latest,
            _ => Kind::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_request_is_of_a_kind() {
        for (name, want) in [
            (None, "other"),
            (Some(""), "page"),
            (Some("-/m/a.test"), "page"),
            (Some("-/sbom"), "feed"),
            (Some("healthz"), "feed"),
            (Some("readyz"), "feed"),
            (Some("metrics"), "feed"),
            (Some("metrics/@v/list"), "list"),
            (Some("a.test/m/@v/list"), "list"),
            (Some("a.test/m/@v/v1.0.0.info"), "info"),
            (Some("a.test/m/@v/master.info"), "info"),
            (Some("a.test/m/@v/v1.0.0.mod"), "mod"),
            (Some("a.test/m/@v/v1.0.0.zip"), "zip"),
            (Some("a.test/m/@v/v1.0.0.tar"), "other"),
            (Some("a.test/m/@latest"), "latest"),
            (Some("a.test/m"), "other"),
            (Some("@latest"), "other"),
            (Some("favicon.ico"), "other"),
            (Some("sumdb/sum.test/supported"), "sumdb"),
            (Some("sumdb/sum.test/latest"), "sumdb"),
            (Some("sumdb/sum.test/lookup/a.test/tile/m@v1.0.0"), "lookup"),
            (Some("sumdb/sum.test/tile/8/0/000"), "tile"),
        ] {
            let kind = Kind::of(name);
            let (known, word) = KINDS[kind as usize];
            assert_eq!((known, word), (kind, want), "{name:?}");
        }
    }
}
