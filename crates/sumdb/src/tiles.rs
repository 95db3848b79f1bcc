//! A store of tiles: the widest known content of each.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::hash::{HASH_BYTES, Hash, hashes, tree_hash};
use crate::tile::Tile;

/// Tiles by level and index, each once and as wide as it is known. Nothing in it is verified: see
/// [`proof`](crate::proof).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TileStore {
    /// Content by level and index: 1 to 256 hashes.
    tiles: BTreeMap<(u8, u64), Vec<u8>>,
}

/// Why a tile is refused.
#[derive(Debug, Error, PartialEq, Eq)]
#[allow(missing_docs, reason = "each message says what the fields mean")]
pub enum StoreError {
    /// Not 32 bytes for each entry.
    #[error("{tile} has {found} bytes, must have {}", tile.bytes())]
    Length {
        tile: Tile,
        /// Bytes it came with.
        found: usize,
    },
    /// Two contents of one tile, of which none is the beginning of the other.
    #[error("{0} disagrees with other content of the same tile")]
    Disagrees(Tile),
    /// The hash of a full tile is another than its parent says.
    #[error("{child} does not hash to its entry in {parent}")]
    Parent {
        /// The full tile.
        child: Tile,
        /// The tile one level up.
        parent: Tile,
    },
}

impl TileStore {
    /// Adds a tile, or the further entries of one that is there.
    ///
    /// # Errors
    /// [`StoreError::Length`] and [`StoreError::Disagrees`]; the store is as before then.
    pub fn insert(&mut self, tile: Tile, bytes: &[u8]) -> Result<(), StoreError> {
        if bytes.len() != tile.bytes() {
            return Err(StoreError::Length {
                tile,
                found: bytes.len(),
            });
        }
        let stored = self.tiles.entry((tile.level(), tile.index())).or_default();
        let known = stored.len().min(bytes.len());
        if stored[..known] != bytes[..known] {
            return Err(StoreError::Disagrees(tile));
        }
        stored.extend_from_slice(&bytes[known..]);
        Ok(())
    }

    /// The content of `tile`, cut from a wider one if need be. None when there are fewer entries
    /// than it asks for.
    pub fn get(&self, tile: Tile) -> Option<&[u8]> {
        self.tiles
            .get(&(tile.level(), tile.index()))?
            .get(..tile.bytes())
    }

    /// Whether [`get`](Self::get) has `tile`.
    pub fn has(&self, tile: Tile) -> bool {
        self.get(tile).is_some()
    }

    /// Each tile as wide as it is known, by level and then by index.
    pub fn iter(&self) -> impl Iterator<Item = (Tile, &[u8])> {
        self.tiles.iter().filter_map(|(&(level, index), bytes)| {
            let tile = Tile::new(level, index, (bytes.len() / HASH_BYTES) as u16)?;
            Some((tile, bytes.as_slice()))
        })
    }

    /// Computes entries that are not there from the full tiles below them, and compares those that
    /// are: the entry with number k of a level is the tree hash of the full tile k of the level
    /// below. A tile grows from its first missing entry on, so a gap ends it.
    ///
    /// # Errors
    /// [`StoreError::Parent`]. Which of the two tiles is wrong, nobody can tell.
    pub(crate) fn recompute(&mut self) -> Result<(), StoreError> {
        for level in 0..crate::tile::MAX_LEVEL {
            let below = self.tiles.range((level, 0)..(level + 1, 0));
            let full: Vec<(Tile, Hash)> = below
                .filter_map(|(&(level, index), bytes)| {
                    let tile = Tile::new(level, index, crate::tile::FULL_WIDTH)?;
                    (bytes.len() == tile.bytes()).then(|| (tile, tree_hash(&hashes(bytes))))
                })
                .collect();
            for (child, hash) in full {
                self.recompute_entry(child, hash)?;
            }
        }
        Ok(())
    }

    /// Puts `hash` into the parent of `child`, or compares it.
    fn recompute_entry(&mut self, child: Tile, hash: Hash) -> Result<(), StoreError> {
        let place = child.place_in_parent();
        let Some(parent) = Tile::new(child.level() + 1, child.index() / 256, place + 1) else {
            return Ok(());
        };
        if let Some(bytes) = self.get(parent) {
            let fits = bytes.ends_with(&hash.0);
            return fits
                .then_some(())
                .ok_or(StoreError::Parent { child, parent });
        }
        let key = (parent.level(), parent.index());
        let known = self.tiles.get(&key).map_or(0, Vec::len);
        if known + HASH_BYTES == parent.bytes() {
            self.tiles.entry(key).or_default().extend(hash.0);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;

    fn tile(path: &str) -> Tile {
        path.parse().unwrap()
    }

    fn content(width: u16) -> Vec<u8> {
        (0..width)
            .flat_map(|entry| [(entry % 251) as u8; HASH_BYTES])
            .collect()
    }

    #[test]
    fn tiles_are_cut_from_wider_ones() {
        let mut store = TileStore::default();
        store.insert(tile("tile/8/0/000.p/5"), &content(5)).unwrap();
        store.insert(tile("tile/8/0/000.p/3"), &content(3)).unwrap();
        assert_eq!(store.get(tile("tile/8/0/000.p/2")), Some(&content(2)[..]));
        assert_eq!(store.get(tile("tile/8/0/000.p/6")), None);
        assert_eq!(store.get(tile("tile/8/0/000")), None);
        store.insert(tile("tile/8/0/000"), &content(256)).unwrap();
        assert_eq!(
            store.get(tile("tile/8/0/000.p/255")),
            Some(&content(255)[..])
        );
        assert_eq!(
            store
                .iter()
                .map(|(tile, _)| tile.to_string())
                .collect::<Vec<_>>(),
            ["tile/8/0/000"]
        );
        assert_eq!(
            store
                .iter()
                .map(|(_, bytes)| bytes.len())
                .collect::<Vec<_>>(),
            [8192]
        );
    }

    #[test]
    fn disagreeing_content_is_refused_by_name() {
        let mut store = TileStore::default();
        store.insert(tile("tile/8/1/007.p/2"), &content(2)).unwrap();
        let mut other = content(3);
        other[40] ^= 1;
        let error = store.insert(tile("tile/8/1/007.p/3"), &other).unwrap_err();
        assert_eq!(
            error.to_string(),
            "tile/8/1/007.p/3 disagrees with other content of the same tile"
        );
        let error = store
            .insert(tile("tile/8/1/007.p/3"), &content(2))
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "tile/8/1/007.p/3 has 64 bytes, must have 96"
        );
        assert_eq!(store.get(tile("tile/8/1/007.p/2")), Some(&content(2)[..]));
    }

    #[test]
    fn parents_grow_from_full_children_without_gaps() {
        let mut store = TileStore::default();
        for path in [
            "tile/8/0/000",
            "tile/8/0/001",
            "tile/8/0/003",
            "tile/8/0/x001/000",
        ] {
            store.insert(tile(path), &content(256)).unwrap();
        }
        store.recompute().unwrap();
        let hash = tree_hash(&hashes(&content(256)));
        assert_eq!(
            store.get(tile("tile/8/1/000.p/2")),
            Some(&[hash.0, hash.0].concat()[..])
        );
        assert_eq!(store.get(tile("tile/8/1/000.p/3")), None);
        let computed = store.clone();
        store.recompute().unwrap();
        assert_eq!(store, computed);
    }

    #[test]
    fn a_child_that_does_not_fit_its_parent_is_refused() {
        let mut store = TileStore::default();
        store.insert(tile("tile/8/0/001"), &content(256)).unwrap();
        store.insert(tile("tile/8/1/000.p/2"), &content(2)).unwrap();
        let error = store.recompute().unwrap_err();
        assert_eq!(
            error.to_string(),
            "tile/8/0/001 does not hash to its entry in tile/8/1/000.p/2"
        );
    }
}
