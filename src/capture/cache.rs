//! What earlier captures and go itself left of a database: records and tiles never change.
//!
//! Nothing in here is believed: it counts once it is proved, and what is not costs a request.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use sumdb::capture::Expected;
use sumdb::head::SignedHead;
use sumdb::key::VerifierKey;
use sumdb::record::Record;
use sumdb::tile::Tile;

use crate::client::fetch::read_small;
use crate::process::{caches, cleanup};

/// The folders that are looked into, both of one database.
#[derive(Debug)]
pub struct Cache {
    /// The user's own for gobag, which is written to as well.
    own: Option<PathBuf>,
    /// Where go keeps what it was told, in its module caches.
    go: Vec<PathBuf>,
}

/// Where an answer came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The user's folder for gobag.
    Own,
    /// Go's module cache.
    Go,
    /// The network, or the folder that a GOPROXY of `file:` names.
    Asked,
}

/// A record of the cache.
#[derive(Debug)]
pub struct Cached {
    /// What the database says, by a file that nobody has proved yet.
    pub record: Record,
    /// A head of those days.
    pub head: SignedHead,
    /// Whose file it was.
    pub source: Source,
}

impl Cache {
    /// What there is of the database `name`, with the module caches of go at `modcaches`.
    pub fn new(name: &str, modcaches: &[PathBuf]) -> Self {
        let go = modcaches.iter().filter(|cache| cache.is_absolute());
        let go = go.map(|cache| cache.join("cache/download/sumdb").join(name));
        Cache {
            own: caches::own().map(|own| own.join("sumdb").join(name)),
            go: go.collect(),
        }
    }

    fn folders(&self) -> impl Iterator<Item = (Source, &Path)> {
        let own = self.own.as_deref().map(|own| (Source::Own, own));
        let go = self.go.iter().map(|go| (Source::Go, go.as_path()));
        own.into_iter().chain(go)
    }

    /// The answer `name` about `module`, if it says of it what it should.
    pub fn record(&self, key: &VerifierKey, name: &str, module: &Expected) -> Option<Cached> {
        self.folders().find_map(|(source, folder)| {
            let bytes = read_small(&folder.join(name)).ok()?;
            let (record, note) = Record::parse_answer(&bytes).ok()?;
            let (zip, gomod) = record.lines(&module.path, &module.version).ok()?;
            let fits = gomod == module.mod_h1 && module.zip_h1.as_deref().is_none_or(|h| h == zip);
            let head = SignedHead::open(key, note).ok()?;
            fits.then_some(Cached {
                record,
                head,
                source,
            })
        })
    }

    /// The tile, or the full one in its place.
    pub fn tile(&self, tile: Tile) -> Option<(Tile, Vec<u8>, Source)> {
        let full = tile.full().filter(|full| *full != tile);
        std::iter::once(tile).chain(full).find_map(|tile| {
            self.folders().find_map(|(source, folder)| {
                let bytes = read_small(&folder.join(tile.to_string())).ok()?;
                (bytes.len() == tile.bytes()).then_some((tile, bytes, source))
            })
        })
    }

    /// Writes a proved answer whole or not at all. A folder that is full or read-only is no error:
    /// the next capture asks again then.
    pub fn keep(&self, name: &str, bytes: &[u8]) {
        let Some(file) = self.own.as_ref().map(|own| own.join(name)) else {
            return;
        };
        let Some(folder) = file.parent() else {
            return;
        };
        let _gate = cleanup::gate();
        let write = || {
            caches::make(folder)?;
            let mut partial = tempfile::NamedTempFile::new_in(folder)?;
            partial.write_all(bytes)?;
            partial.persist(&file).map_err(|e| e.error)
        };
        if write().is_ok()
            && let Ok(tile) = name.parse::<Tile>()
        {
            forget_narrower(&file, tile);
        }
    }
}

/// A tile grows with every capture, and one that is as wide tells all that the narrower ones did.
/// Another capture that misses one of those asks for it.
fn forget_narrower(file: &Path, tile: Tile) {
    let folder = match tile.is_full() {
        true => file.with_extension("p"),
        false => file.parent().unwrap_or(file).to_path_buf(),
    };
    let narrower = |name: &str| name.parse().is_ok_and(|width: u16| width < tile.width());
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_str().is_some_and(narrower) {
            // It may be gone already.
            let _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn cache(dir: &Path) -> Cache {
        Cache {
            own: Some(dir.join("own")),
            go: vec![dir.join("go")],
        }
    }

    #[test]
    fn keeps_the_widest_tile() {
        let dir = tempfile::tempdir().unwrap();
        let cache = cache(dir.path());
        let tile = |width| Tile::new(0, 0, width).unwrap();
        for width in [3, 12, 7] {
            cache.keep(&tile(width).to_string(), &vec![1; tile(width).bytes()]);
        }
        let has = |width| cache.tile(tile(width)).map(|(tile, _, _)| tile.width());
        assert_eq!([3, 7, 12].map(has), [None, Some(7), Some(12)]);
        cache.keep(&tile(256).to_string(), &vec![1; tile(256).bytes()]);
        assert_eq!([7, 12, 256].map(has), [Some(256); 3]);
        fs::write(dir.path().join("own/tile/8/0/000"), "short").unwrap();
        assert_eq!(has(256), None);
    }
}
