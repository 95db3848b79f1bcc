//! The site: a bag and what is derived from it once, before the first request.

use std::collections::HashMap;

use bag::Bag;

use crate::proxy::form::{Encoders, Forms};
use crate::proxy::unpacked::Decoders;

/// Everything that an answer depends on, besides the request.
#[derive(Debug)]
pub struct Site {
    /// The bag that is served.
    pub bag: Bag<'static>,
    /// What stands before every path, `/…` without a final slash, or nothing.
    pub base_path: String,
    /// The text of the start page.
    pub start_page: String,
    /// Which form of a module zip is sent to whom.
    pub forms: Forms,
    /// What writes stored forms just now.
    pub encoders: Encoders,
    /// What unpacks zips that the bag holds as frames.
    pub decoders: Decoders,
    /// The checksum database tiles of the bag: what they are called up to the width, and the
    /// name and the width of the widest that the bag holds.
    tiles: HashMap<String, (String, usize)>,
}

/// The bytes of one hash in a tile.
const HASH_BYTES: usize = 32;

/// The hashes of a full tile of height 8.
const FULL_WIDTH: usize = 256;

impl Site {
    /// A site for `bag` below `base_path`.
    pub fn new(bag: Bag<'static>, base_path: String, start_page: String) -> Self {
        let mut tiles: HashMap<String, (String, usize)> = HashMap::new();
        for (name, _) in bag.answers() {
            if !name.starts_with("sumdb/") || !name.contains("/tile/8/") {
                continue;
            }
            let Some((stem, width)) = split_width(name) else {
                continue;
            };
            if tiles.get(stem).is_none_or(|(_, known)| width > *known) {
                tiles.insert(stem.to_string(), (name.to_string(), width));
            }
        }
        Site {
            bag,
            base_path,
            start_page,
            forms: Forms::default(),
            encoders: Encoders::default(),
            decoders: Decoders::default(),
            tiles,
        }
    }

    /// The entry that answers for the tile `name` (`sumdb/<name>/tile/8/<L>/<N>[.p/<W>]`), and
    /// how many of its bytes do: a narrower tile is the beginning of a wider one.
    pub fn tile(&self, name: &str) -> Option<(&str, usize)> {
        let (stem, width) = split_width(name)?;
        let (entry, widest) = self.tiles.get(stem)?;
        (width <= *widest).then_some((entry.as_str(), width * HASH_BYTES))
    }
}

/// `…/000.p/5` → `…/000` and 5; `…/000` → itself and 256. One spelling a width: no `.p/256`,
/// no leading zero.
fn split_width(name: &str) -> Option<(&str, usize)> {
    let Some((stem, digits)) = name.split_once(".p/") else {
        return Some((name, FULL_WIDTH));
    };
    let width: usize = digits.parse().ok()?;
    (1..FULL_WIDTH).contains(&width).then_some(())?;
    (width.to_string() == digits).then_some((stem, width))
}

#[cfg(test)]
mod tests {
    use super::split_width;

    #[test]
    fn a_width_has_one_spelling() {
        let table = [
            ("sumdb/a/tile/8/0/000", Some(("sumdb/a/tile/8/0/000", 256))),
            (
                "sumdb/a/tile/8/0/000.p/1",
                Some(("sumdb/a/tile/8/0/000", 1)),
            ),
            (
                "sumdb/a/tile/8/0/000.p/255",
                Some(("sumdb/a/tile/8/0/000", 255)),
            ),
            ("sumdb/a/tile/8/0/000.p/256", None),
            ("sumdb/a/tile/8/0/000.p/0", None),
            ("sumdb/a/tile/8/0/000.p/01", None),
            ("sumdb/a/tile/8/0/000.p/+1", None),
        ];
        for (name, want) in table {
            assert_eq!(split_width(name), want, "{name}");
        }
    }
}
