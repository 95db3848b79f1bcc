//! The name of a tile: which of the tree's hashes it holds.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::hash::HASH_BYTES;

/// Entries of a full tile: 2 to the height of 8, the only height that the `go` command uses.
pub const FULL_WIDTH: u16 = 256;

/// The highest level of a tile in a tree of at most `i64::MAX` records.
pub(crate) const MAX_LEVEL: u8 = 7;

/// `width` hashes of the tree's level `8 * level`, from number `256 * index` on. The entry of
/// number n hashes the `256^level` records from `n * 256^level` on.
///
/// Written `tile/8/LEVEL/INDEX`, and with `.p/WIDTH` behind it when it is not full. The index is
/// written in groups of three digits, all but the last with an `x` before them:
/// `tile/8/0/x001/x234/067.p/5`.
///
/// Source: <https://pkg.go.dev/golang.org/x/mod/sumdb/tlog#Tile>. Tiles of other
/// heights and data tiles are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    level: u8,
    index: u64,
    width: u16,
}

/// The text is not the path of a tile.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("malformed tile path {0:?}")]
pub struct TileError(String);

impl Tile {
    /// The tile of these coordinates, if a tree of `i64::MAX` records can have it.
    pub fn new(level: u8, index: u64, width: u16) -> Option<Self> {
        let entries = (i64::MAX as u64).checked_shr(8 * u32::from(level))?;
        let end = index
            .checked_mul(FULL_WIDTH.into())?
            .checked_add(width.into())?;
        (level <= MAX_LEVEL && (1..=FULL_WIDTH).contains(&width) && end <= entries).then_some(
            Self {
                level,
                index,
                width,
            },
        )
    }

    /// The tile at `level` and `index` as wide as a tree of `size` records has it; none when it has
    /// no entry there.
    pub fn in_tree(level: u8, index: u64, size: u64) -> Option<Self> {
        let entries = size.checked_shr(8 * u32::from(level))?;
        let left = entries.checked_sub(index.checked_mul(FULL_WIDTH.into())?)?;
        Self::new(level, index, left.min(FULL_WIDTH.into()) as u16)
    }

    /// The level: 0 holds the hashes of records.
    pub fn level(self) -> u8 {
        self.level
    }

    /// The number within the level.
    pub fn index(self) -> u64 {
        self.index
    }

    /// The number of entries, 1 to 256.
    pub fn width(self) -> u16 {
        self.width
    }

    /// Length of its content in bytes.
    pub fn bytes(self) -> usize {
        usize::from(self.width) * HASH_BYTES
    }

    /// Whether all 256 entries are there. Only such a tile has an entry in a parent.
    pub fn is_full(self) -> bool {
        self.width == FULL_WIDTH
    }

    /// The tile widened to all of its entries, if a tree can have it.
    pub fn full(self) -> Option<Self> {
        Self::new(self.level, self.index, FULL_WIDTH)
    }

    /// The tile that the hash of this one belongs to, as wide as a tree of `size` records has it.
    pub fn parent(self, size: u64) -> Option<Self> {
        Self::in_tree(self.level + 1, self.index / u64::from(FULL_WIDTH), size)
    }

    /// The place of this tile's hash in its parent, 0 to 255.
    pub(crate) fn place_in_parent(self) -> u16 {
        (self.index % u64::from(FULL_WIDTH)) as u16
    }
}

impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tile/8/{}/", self.level)?;
        let mut groups = vec![self.index % 1000];
        let mut rest = self.index / 1000;
        while rest > 0 {
            groups.push(rest % 1000);
            rest /= 1000;
        }
        for group in groups.iter().skip(1).rev() {
            write!(f, "x{group:03}/")?;
        }
        write!(f, "{:03}", groups[0])?;
        if self.is_full() {
            Ok(())
        } else {
            write!(f, ".p/{}", self.width)
        }
    }
}

impl FromStr for Tile {
    type Err = TileError;

    /// Accepts what [`Display`](fmt::Display) prints and nothing else.
    fn from_str(path: &str) -> Result<Self, TileError> {
        let parse = || {
            let (level, rest) = path.strip_prefix("tile/8/")?.split_once('/')?;
            let (index, width) = match rest.split_once(".p/") {
                Some((index, width)) => (index, width.parse().ok()?),
                None => (rest, FULL_WIDTH),
            };
            let index = index.split('/').try_fold(0_u64, |index, group| {
                let group: u64 = group.strip_prefix('x').unwrap_or(group).parse().ok()?;
                index.checked_mul(1000)?.checked_add(group)
            })?;
            Self::new(level.parse().ok()?, index, width)
        };
        parse()
            .filter(|tile| tile.to_string() == path)
            .ok_or_else(|| TileError(path.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;

    #[test]
    fn tile_paths_are_printed_as_they_were_read() {
        for (path, level, index, width) in [
            ("tile/8/0/000", 0, 0, 256),
            ("tile/8/0/000.p/1", 0, 0, 1),
            ("tile/8/1/999.p/255", 1, 999, 255),
            ("tile/8/0/x001/000", 0, 1000, 256),
            ("tile/8/0/x246/472.p/76", 0, 246_472, 76),
            ("tile/8/7/000.p/127", 7, 0, 127),
            ("tile/8/0/x001/x234/067.p/5", 0, 1_234_067, 5),
            (
                "tile/8/0/x036/x028/x797/x018/x963/967.p/255",
                0,
                36_028_797_018_963_967,
                255,
            ),
        ] {
            let tile = Tile::new(level, index, width).unwrap();
            assert_eq!(path.parse(), Ok(tile));
            assert_eq!(tile.to_string(), path);
        }
    }

    #[test]
    fn other_spellings_are_refused() {
        for path in [
            "",
            "tile",
            "tile/8/0",
            "tile/8/0/",
            "tile/8/0/1",
            "tile/8/0/0001",
            "tile/8/0/x000/001",
            "tile/8/0/x001",
            "tile/8/0/001/x000",
            "tile/8/0/001/000",
            "tile/8/0/x1/000",
            "tile/8/0/000.p/0",
            "tile/8/0/000.p/256",
            "tile/8/0/000.p/257",
            "tile/8/0/000.p/01",
            "tile/8/0/000.p/+1",
            "tile/8/0/000.p/1/2",
            "tile/8/0/000.p/1.p/1",
            "tile/8/0/000.p",
            "tile/8/0/000.p/",
            "tile/8/00/000",
            "tile/8/+0/000",
            "tile/8/-1/000",
            "tile/8/8/000",
            "tile/8/256/000",
            "tile/8/7/000",
            "tile/8/data/000",
            "tile/7/0/000",
            "tile/08/0/000",
            "/tile/8/0/000",
            "tile/8/0/000/",
            "tile/8/0/../000",
            "tile/8/0/x+12/000",
            "tile/8/0/xx12/000",
            "tile/8/0/x036/x028/x797/x018/x963/968",
            "tile/8/0/x999/x999/x999/x999/x999/x999/x999/999",
        ] {
            let error = path.parse::<Tile>().unwrap_err();
            assert_eq!(error.to_string(), format!("malformed tile path {path:?}"));
        }
    }

    #[test]
    fn a_tile_is_as_wide_as_its_tree_has_it() {
        for (level, index, size, width) in [
            (0, 0, 0, None),
            (0, 0, 1, Some(1)),
            (0, 0, 256, Some(256)),
            (0, 1, 256, None),
            (0, 1, 257, Some(1)),
            (1, 0, 255, None),
            (1, 0, 511, Some(1)),
            (7, 0, i64::MAX as u64, Some(127)),
            (8, 0, u64::MAX, None),
            (0, u64::MAX, u64::MAX, None),
        ] {
            assert_eq!(
                Tile::in_tree(level, index, size).map(Tile::width),
                width,
                "{level} {index} {size}"
            );
        }
    }
}
