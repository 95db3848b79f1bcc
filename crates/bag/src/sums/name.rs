//! The name of a captured file, below `sumdb/`.

use gomod::module;
use sumdb::tile::Tile;

/// What a captured file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SumFile {
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
pub fn sum_file(name: &str) -> Option<(&str, SumFile)> {
    if let Some((database, rest)) = name.split_once("/lookup/") {
        let (path, version) = rest.rsplit_once('@')?;
        let path = module::unescape_path(path).ok()?;
        return Some((
            database,
            SumFile::Lookup(path, module::unescape_version(version).ok()?),
        ));
    }
    if let Some(at) = name.find("/tile/") {
        let tile = &name[at + 1..];
        let file = if tile.starts_with("tile/8/data/") {
            SumFile::Ignored
        } else {
            SumFile::Tile(tile.parse().ok()?)
        };
        return Some((&name[..at], file));
    }
    if let Some((database, _)) = name.split_once("/heads/") {
        return Some((database, SumFile::Head));
    }
    let (database, file) = name.rsplit_once('/')?;
    match file {
        "latest" => Some((database, SumFile::Head)),
        "key" => Some((database, SumFile::Key)),
        "supported" => Some((database, SumFile::Ignored)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_what_a_captured_file_is() {
        let tile = |text: &str| SumFile::Tile(text.parse().unwrap());
        let table = [
            (
                "sum.golang.org/lookup/example.com/!m@v1.0.0",
                Some((
                    "sum.golang.org",
                    SumFile::Lookup("example.com/M".into(), "v1.0.0".into()),
                )),
            ),
            (
                "localhost.localdev/sumdb/tile/8/0/000.p/3",
                Some(("localhost.localdev/sumdb", tile("tile/8/0/000.p/3"))),
            ),
            ("a.b/tile/8/data/000", Some(("a.b", SumFile::Ignored))),
            ("a.b/latest", Some(("a.b", SumFile::Head))),
            ("a.b/heads/old", Some(("a.b", SumFile::Head))),
            ("a.b/key", Some(("a.b", SumFile::Key))),
            ("a.b/supported", Some(("a.b", SumFile::Ignored))),
            ("a.b/tile/8/0/0", None),
            ("a.b/lookup/x", None),
            ("notes", None),
        ];
        for (name, want) in table {
            assert_eq!(sum_file(name), want, "{name}");
        }
    }
}
