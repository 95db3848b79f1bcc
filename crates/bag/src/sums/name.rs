//! The name of a captured file, below `sumdb/`.

use gomod::module;
use sumdb::tile::Tile;

/// What a captured file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// The answer for one version.
    Lookup(String, String),
    /// A tile.
    Tile(Tile),
    /// A signed head.
    Head,
    /// The verifier key.
    Key,
    /// Of no use here.
    Ignored,
}

/// Splits a name below `sumdb/` into the database's name, which may hold slashes, and what
/// the file is; none for a file that is no part of a capture.
pub fn part(name: &str) -> Option<(&str, Part)> {
    if let Some((database, rest)) = name.split_once("/lookup/") {
        let (path, version) = rest.rsplit_once('@')?;
        let path = module::unescape_path(path).ok()?;
        return Some((
            database,
            Part::Lookup(path, module::unescape_version(version).ok()?),
        ));
    }
    if let Some(at) = name.find("/tile/") {
        let tile = &name[at + 1..];
        let part = if tile.starts_with("tile/8/data/") {
            Part::Ignored
        } else {
            Part::Tile(tile.parse().ok()?)
        };
        return Some((&name[..at], part));
    }
    if let Some((database, _)) = name.split_once("/heads/") {
        return Some((database, Part::Head));
    }
    let (database, file) = name.rsplit_once('/')?;
    match file {
        "latest" => Some((database, Part::Head)),
        "key" => Some((database, Part::Key)),
        "supported" => Some((database, Part::Ignored)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_what_a_captured_file_is() {
        let tile = |text: &str| Part::Tile(text.parse().unwrap());
        let table = [
            (
                "sum.golang.org/lookup/example.com/!m@v1.0.0",
                Some((
                    "sum.golang.org",
                    Part::Lookup("example.com/M".into(), "v1.0.0".into()),
                )),
            ),
            (
                "localhost.localdev/sumdb/tile/8/0/000.p/3",
                Some(("localhost.localdev/sumdb", tile("tile/8/0/000.p/3"))),
            ),
            ("a.b/tile/8/data/000", Some(("a.b", Part::Ignored))),
            ("a.b/latest", Some(("a.b", Part::Head))),
            ("a.b/heads/old", Some(("a.b", Part::Head))),
            ("a.b/key", Some(("a.b", Part::Key))),
            ("a.b/supported", Some(("a.b", Part::Ignored))),
            ("a.b/tile/8/0/0", None),
            ("a.b/lookup/x", None),
            ("notes", None),
        ];
        for (name, want) in table {
            assert_eq!(part(name), want, "{name}");
        }
    }
}
