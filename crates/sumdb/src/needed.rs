//! Which tiles prove what: the right edge of a tree, the way up from a record, the edge of an older
//! tree.
//!
//! They are those that the client of golang.org/x/mod/sumdb asks for; the model in
//! [`client`](crate::client) plans its requests differently and is tested to come to the same.

use crate::tile::Tile;

/// The tiles at the right edge of a tree of `size` records, from level 0 up: all those that are not
/// full. They make up its hash. None for the empty tree.
pub fn frontier(size: u64) -> Vec<Tile> {
    (0..=crate::tile::MAX_LEVEL)
        .filter_map(|level| Tile::in_tree(level, (size >> (8 * u32::from(level))) >> 8, size))
        .collect()
}

/// The tiles on the way from the record `id` up to the right edge of a tree of `size` records: full
/// ones, and last one of the [`frontier`]. None when the tree has no such record.
pub fn path(id: u64, size: u64) -> Option<Vec<Tile>> {
    climb(Tile::in_tree(0, id >> 8, size)?, size).filter(|_| id < size)
}

/// The tiles that hold the [`frontier`] of a tree of `older` records in one of `size`, each with
/// its way up to the right edge. A client that knows the older head asks for them to see that it
/// leads to the newer. None when the older tree is the larger one.
pub fn consistency(older: u64, size: u64) -> Option<Vec<Tile>> {
    if older > size {
        return None;
    }
    let mut tiles = Vec::new();
    for tile in frontier(older) {
        tiles.extend(climb(
            Tile::in_tree(tile.level(), tile.index(), size)?,
            size,
        )?);
    }
    tiles.sort_unstable();
    tiles.dedup();
    Some(tiles)
}

/// `tile` and its parents, up to the first that is not full.
pub(crate) fn climb(mut tile: Tile, size: u64) -> Option<Vec<Tile>> {
    let mut tiles = vec![tile];
    while tile.is_full() {
        tile = tile.parent(size)?;
        tiles.push(tile);
    }
    Some(tiles)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;

    fn names(tiles: &[Tile]) -> Vec<String> {
        tiles
            .iter()
            .map(|tile| tile.to_string().replace("tile/8/", ""))
            .collect()
    }

    #[test]
    fn the_frontier_is_what_is_not_full() {
        for (size, want) in [
            (0, &[][..]),
            (1, &["0/000.p/1"]),
            (255, &["0/000.p/255"]),
            (256, &["1/000.p/1"]),
            (257, &["0/001.p/1", "1/000.p/1"]),
            (65_535, &["0/255.p/255", "1/000.p/255"]),
            (65_536, &["2/000.p/1"]),
            (65_537, &["0/256.p/1", "2/000.p/1"]),
            (
                63_096_908,
                &["0/x246/472.p/76", "1/962.p/200", "2/003.p/194", "3/000.p/3"],
            ),
        ] {
            assert_eq!(names(&frontier(size)), want, "{size}");
        }
        assert_eq!(frontier(i64::MAX as u64).len(), 8);
    }

    #[test]
    fn a_path_ends_in_the_frontier() {
        for (id, size, want) in [
            (0, 1, Some(&["0/000.p/1"][..])),
            (0, 256, Some(&["0/000", "1/000.p/1"])),
            (256, 257, Some(&["0/001.p/1"])),
            (255, 257, Some(&["0/000", "1/000.p/1"])),
            (5, 65_536, Some(&["0/000", "1/000", "2/000.p/1"])),
            (
                1_000_000,
                63_096_908,
                Some(&["0/x003/906", "1/015", "2/000", "3/000.p/3"]),
            ),
            (63_096_900, 63_096_908, Some(&["0/x246/472.p/76"])),
            (1, 1, None),
            (256, 256, None),
            (u64::MAX, 300, None),
        ] {
            assert_eq!(
                path(id, size).map(|tiles| names(&tiles)),
                want.map(|want| want.map_to_owned()),
                "{id} {size}"
            );
        }
    }

    #[test]
    fn consistency_is_the_older_edge_in_the_newer_tree() {
        for (older, size, want) in [
            (0, 10, Some(&[][..])),
            (5, 10, Some(&["0/000.p/10"])),
            (5, 300, Some(&["0/000", "1/000.p/1"])),
            (256, 300, Some(&["1/000.p/1"])),
            (300, 300, Some(&["0/001.p/44", "1/000.p/1"])),
            (65_701, 66_603, Some(&["0/256", "1/001.p/4", "2/000.p/1"])),
            (11, 10, None),
        ] {
            let tiles = consistency(older, size).map(|tiles| names(&tiles));
            assert_eq!(
                tiles,
                want.map(|want| want.map_to_owned()),
                "{older} {size}"
            );
        }
    }

    trait MapToOwned {
        fn map_to_owned(&self) -> Vec<String>;
    }

    impl MapToOwned for [&str] {
        fn map_to_owned(&self) -> Vec<String> {
            self.iter().map(|&name| name.to_owned()).collect()
        }
    }
}
