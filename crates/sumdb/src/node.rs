//! A hash of the tree as the [`client`](crate::client) names it, by height and number rather than
//! by tile.

use std::ops::Range;

use crate::hash::HASH_BYTES;
use crate::tile::Tile;

/// A hash of the tree: the one over the records from `number << level` on, `1 << level` of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    pub level: u32,
    pub number: u64,
}

impl Node {
    /// The number of its first entry at the level of its tile.
    fn first_entry(self) -> u64 {
        self.number << (self.level % 8)
    }

    /// The tile with its entries, as wide as a tree of `size` records has it.
    pub fn tile(self, size: u64) -> Option<Tile> {
        Tile::in_tree(
            u8::try_from(self.level / 8).ok()?,
            self.first_entry() >> 8,
            size,
        )
    }

    /// Its place in the content of the tile.
    pub fn bytes(self) -> Range<usize> {
        let start = (self.first_entry() & 255) as usize;
        start * HASH_BYTES..(start + (1 << (self.level % 8))) * HASH_BYTES
    }
}

/// The complete subtrees that a tree of `size` records consists of, from left to right, the largest
/// first.
pub(crate) fn subtrees(size: u64) -> Vec<Node> {
    let bits = (0..u64::BITS).rev().filter(|level| size >> level & 1 == 1);
    bits.map(|level| Node {
        level,
        number: (size >> level) - 1,
    })
    .collect()
}
