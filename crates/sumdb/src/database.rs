//! A checksum database that can be served: records, one head, and the tiles between them.

use std::collections::BTreeMap;

use crate::client::Server;
use crate::head::SignedHead;
use crate::key::VerifierKey;
use crate::record::Record;
use crate::tile::Tile;
use crate::tiles::TileStore;

/// Records under one head, with all tiles that a client asks for to believe them.
///
/// Every record is handed out under the same head, also if it was looked up under another: the
/// signature is over the head and the tiles bind the record to it, so a client cannot tell and need
/// not. There is no newest head to ask for; the `go` command never does.
#[derive(Clone, Debug, PartialEq)]
pub struct Database {
    /// Name, the one in `key`.
    pub name: String,
    /// Key that all heads are signed with; what users put into `GOSUMDB`.
    pub key: VerifierKey,
    /// Head that every lookup answer carries.
    pub head: SignedHead,
    /// Records by module path and version, neither of them escaped.
    pub records: BTreeMap<(String, String), Record>,
    /// Right edge of the tree, way up from every record, and the edges of `older_heads`.
    pub tiles: TileStore,
    /// Heads of smaller trees that the bag promises to know, by size. A client that goes by one of
    /// them is served, too.
    pub older_heads: Vec<SignedHead>,
}

impl Server for Database {
    /// The record under [`head`](Self::head). None when the database was not asked about this
    /// version when it was made, which says nothing about the original.
    fn lookup(&self, path: &str, version: &str) -> Option<Vec<u8>> {
        let record = self.records.get(&(path.to_owned(), version.to_owned()))?;
        Some(record.answer(self.head.note_bytes()))
    }

    /// The tile, cut from a wider one if need be. None rather than fewer entries than asked for.
    fn tile(&self, tile: Tile) -> Option<Vec<u8>> {
        self.tiles.get(tile).map(<[u8]>::to_vec)
    }
}
