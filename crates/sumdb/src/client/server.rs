//! What a client asks.

use crate::tile::Tile;

/// What answers a client.
pub trait Server {
    /// The lookup answer for a version, path and version not escaped.
    fn lookup(&self, path: &str, version: &str) -> Option<Vec<u8>>;
    /// The content of a tile of exactly this width.
    fn tile(&self, tile: Tile) -> Option<Vec<u8>>;
}
