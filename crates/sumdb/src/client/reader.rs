//! How a client reads tiles and comes to trust them.

use std::collections::BTreeMap;

use super::{ClientError, ClientFiles, Server};
use crate::hash::{EMPTY_TREE, Hash, hashes, node_hash, tree_hash};
use crate::head::Head;
use crate::node::{Node, subtrees};
use crate::tile::Tile;

/// Reads hashes of the tree, and verifies all tiles that it takes: those at the right edge against
/// the tree's hash, then those below them against their parents. Verified tiles are kept in
/// `files`, under the width that was asked for. Without nodes nothing is read.
pub(super) fn read_hashes(
    server: &impl Server,
    files: &mut ClientFiles,
    tree: &Head,
    nodes: &[Node],
) -> Result<Vec<Hash>, ClientError> {
    if nodes.is_empty() {
        return Ok(Vec::new());
    }
    let inconsistent = || ClientError::Inconsistent(tree.size);
    let edge = subtrees(tree.size);
    let mut plan: Vec<Tile> = Vec::new();
    for node in &edge {
        let tile = node.tile(tree.size).ok_or_else(inconsistent)?;
        if !plan.contains(&tile) {
            plan.push(tile);
        }
    }
    let edge_tiles = plan.len();
    for node in nodes {
        let mut tile = node.tile(tree.size).ok_or_else(inconsistent)?;
        let mut below = Vec::new();
        while !plan.contains(&tile) {
            below.push(tile);
            tile = tile.parent(tree.size).ok_or_else(inconsistent)?;
        }
        plan.extend(below.into_iter().rev());
    }
    let mut read = BTreeMap::new();
    for &tile in &plan {
        read.insert(tile, read_tile(server, files, tile)?);
    }
    let hash_of = |node: &Node| {
        let bytes = read.get(&node.tile(tree.size)?)?;
        Some(tree_hash(&hashes(bytes.get(node.bytes())?)))
    };
    let all = |nodes: &[Node]| {
        nodes
            .iter()
            .map(hash_of)
            .collect::<Option<Vec<_>>>()
            .ok_or_else(inconsistent)
    };

    if hash_of_subtrees(all(&edge)?) != tree.hash {
        return Err(inconsistent());
    }
    for tile in &plan[edge_tiles..] {
        let entry = Node {
            level: 8 * u32::from(tile.level() + 1),
            number: tile.index(),
        };
        if hash_of(&entry) != read.get(tile).map(|bytes| tree_hash(&hashes(bytes))) {
            return Err(inconsistent());
        }
    }
    let found = all(nodes)?;
    files.tiles.extend(read);
    Ok(found)
}

/// The hash of the tree that consists of these [`subtrees`].
pub(super) fn hash_of_subtrees(hashes: Vec<Hash>) -> Hash {
    let from_right = hashes.into_iter().rev();
    let root = from_right.reduce(|right, left| node_hash(left, right));
    root.unwrap_or(EMPTY_TREE)
}

/// The tile from the cache or the server, either exact or cut from the full one.
fn read_tile(
    server: &impl Server,
    files: &ClientFiles,
    tile: Tile,
) -> Result<Vec<u8>, ClientError> {
    let full = tile.full().filter(|full| *full != tile);
    let cut = |mut bytes: Vec<u8>| {
        bytes.truncate(tile.bytes());
        bytes
    };
    let cached = |tile: Tile| files.tiles.get(&tile).cloned();
    let bytes = cached(tile)
        .or_else(|| full.and_then(cached).map(cut))
        .or_else(|| server.tile(tile))
        .or_else(|| full.and_then(|full| server.tile(full)).map(cut))
        .ok_or(ClientError::NoTile(tile))?;
    if bytes.len() == tile.bytes() {
        Ok(bytes)
    } else {
        Err(ClientError::TileLength {
            tile,
            found: bytes.len(),
        })
    }
}
