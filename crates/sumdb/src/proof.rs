//! The proof that tiles belong to a tree head.

use std::collections::BTreeSet;

use thiserror::Error;

use crate::hash::{EMPTY_TREE, HASH_BYTES, Hash, hashes, node_hash, tree_hash};
use crate::head::Head;
use crate::needed::{climb, frontier};
use crate::record::Record;
use crate::tile::Tile;
use crate::tiles::TileStore;

/// Tiles that were proved to belong to one tree, each as wide as that tree has it. There is no
/// other way to have them.
#[derive(Clone, Debug)]
pub(crate) struct VerifiedTiles {
    head: Head,
    tiles: TileStore,
}

/// Why something is not proved.
#[derive(Debug, Error, PartialEq, Eq)]
#[allow(missing_docs, reason = "each message says what the fields mean")]
pub enum ProofError {
    /// A tile is not there, or not as wide as the tree has it.
    #[error("{tile} is missing for the tree of {size} records")]
    Missing { tile: Tile, size: u64 },
    /// The tree has no such tile.
    #[error("the tree of {size} records has no {tile}")]
    Outside { tile: Tile, size: u64 },
    /// The right edge of the tree is another. At least one of its tiles is wrong, which one nobody
    /// can tell.
    #[error("{tiles} do not hash to the head of the tree of {size} records")]
    Frontier {
        /// The tiles' names.
        tiles: String,
        size: u64,
    },
    /// A full tile is not what its verified parent says.
    #[error("{child} does not hash to its entry in {parent}")]
    Child { child: Tile, parent: Tile },
    /// The record is beyond the end of the tree.
    #[error("record {id} is not in the tree of {size} records")]
    NewRecord { id: u64, size: u64 },
    /// The tree has another record there.
    #[error("record {id} has another text in the tree of {size} records")]
    OtherRecord { id: u64, size: u64 },
}

/// Proves `needed` tiles, and with them the [`frontier`] and every tile on the way up, against
/// `head`. Stored tiles are cut to the width that the tree has: further entries belong to newer
/// trees and nothing here vouches for them.
///
/// # Errors
/// [`ProofError::Missing`], [`ProofError::Outside`], [`ProofError::Frontier`] and
/// [`ProofError::Child`].
pub(crate) fn authenticate(
    store: &TileStore,
    head: &Head,
    needed: &[Tile],
) -> Result<VerifiedTiles, ProofError> {
    let size = head.size;
    let edge = frontier(size);
    let mut tiles: BTreeSet<Tile> = edge.iter().copied().collect();
    for &tile in needed {
        let outside = || ProofError::Outside { tile, size };
        let in_tree = Tile::in_tree(tile.level(), tile.index(), size)
            .filter(|found| found.width() >= tile.width());
        tiles.extend(climb(in_tree.ok_or_else(outside)?, size).ok_or_else(outside)?);
    }
    let missing = |tile| ProofError::Missing { tile, size };
    if edge_hash(store, size, size).map_err(missing)? != head.hash {
        let names: Vec<String> = edge.iter().map(Tile::to_string).collect();
        return Err(ProofError::Frontier {
            tiles: names.join(", "),
            size,
        });
    }
    let mut verified = TileStore::default();
    // Parents before children.
    for tile in tiles.into_iter().rev() {
        let bytes = store.get(tile).ok_or_else(|| missing(tile))?;
        if tile.is_full() {
            let parent = tile
                .parent(size)
                .ok_or(ProofError::Outside { tile, size })?;
            let entry = verified
                .get(parent)
                .and_then(|bytes| entry(bytes, tile.place_in_parent()));
            if entry.ok_or_else(|| missing(parent))? != tree_hash(&hashes(bytes)) {
                return Err(ProofError::Child {
                    child: tile,
                    parent,
                });
            }
        }
        // A tile comes once into an empty store and with the length that `get` cut it to, so
        // nothing is refused.
        verified.insert(tile, bytes).map_err(|_| missing(tile))?;
    }
    Ok(VerifiedTiles {
        head: *head,
        tiles: verified,
    })
}

impl VerifiedTiles {
    /// The head that vouches for the tiles.
    pub(crate) fn head(&self) -> &Head {
        &self.head
    }

    /// The tiles, for keeping.
    pub(crate) fn into_tiles(self) -> TileStore {
        self.tiles
    }

    /// Checks that the tree has `record` at its position.
    ///
    /// # Errors
    /// [`ProofError::NewRecord`], [`ProofError::OtherRecord`], and [`ProofError::Missing`] when the
    /// tile with its hash is not among the verified.
    pub(crate) fn check_record(&self, record: &Record) -> Result<(), ProofError> {
        let (id, size) = (record.id, self.head.size);
        let tile = Tile::in_tree(0, id >> 8, size).filter(|_| id < size);
        let tile = tile.ok_or(ProofError::NewRecord { id, size })?;
        let bytes = self
            .tiles
            .get(tile)
            .ok_or(ProofError::Missing { tile, size })?;
        if entry(bytes, (id & 255) as u16) == Some(record.hash()) {
            return Ok(());
        }
        Err(ProofError::OtherRecord { id, size })
    }

    /// The hash of the tree of the first `older` records. None when there are fewer, or when a tile
    /// that it takes is not among the verified.
    pub(crate) fn tree_hash_at(&self, older: u64) -> Option<Hash> {
        let size = self.head.size;
        if older > size {
            return None;
        }
        edge_hash(&self.tiles, older, size).ok()
    }
}

/// The hash of the tree of `older` records, from tiles of one of `size`: one complete subtree for
/// each bit of the number of records, the largest to the left (RFC 6962 section 2.1). Fails with
/// the first tile that is missing.
fn edge_hash(store: &TileStore, older: u64, size: u64) -> Result<Hash, Tile> {
    let mut tree = None;
    for bit in (0..u64::BITS).filter(|bit| older >> bit & 1 == 1) {
        // Entries of a tile's level are 2^(8 * level) records apart, so a subtree is 1 to 128 of
        // them.
        let level = bit / 8;
        let start = (older >> bit << bit) - (1 << bit);
        let first = start >> (8 * level);
        let offset = (first & 255) as usize;
        let Some(tile) = Tile::in_tree(level as u8, first >> 8, size) else {
            // A size beyond i64::MAX, which no head has that was read. The hash will not fit.
            continue;
        };
        let bytes = store.get(tile).ok_or(tile)?;
        let entries = &bytes[offset * HASH_BYTES..(offset + (1 << (bit % 8))) * HASH_BYTES];
        let subtree = tree_hash(&hashes(entries));
        tree = Some(tree.map_or(subtree, |right| node_hash(subtree, right)));
    }
    Ok(tree.unwrap_or(EMPTY_TREE))
}

fn entry(bytes: &[u8], place: u16) -> Option<Hash> {
    let start = usize::from(place) * HASH_BYTES;
    bytes.get(start..)?.first_chunk().map(|hash| Hash(*hash))
}
