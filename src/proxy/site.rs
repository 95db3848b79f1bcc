//! The site: a bag, and what else an answer depends on.

use bag::Bag;

use crate::feeds::feed::Feeds;
use crate::page::pages::Pages;
use crate::proxy::form::{Encoders, Forms};
use crate::proxy::places::Places;
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
    /// The address of the server where a browser tells none that can be printed.
    pub url: String,
    /// What the page for browsers says of what is not here, and of logins; nothing where all is plain.
    pub notes: String,
    /// The pages for browsers.
    pub pages: Pages,
    /// How many of them are in memory.
    pub places: Places,
    /// Which form of a module zip is sent to whom.
    pub forms: Forms,
    /// What writes stored forms just now.
    pub encoders: Encoders,
    /// What unpacks zips that the bag holds as frames.
    pub decoders: Decoders,
    /// What is told of the bag and of the server beside its answers.
    pub feeds: Feeds,
}

/// The bytes of one hash in a tile.
const HASH_BYTES: usize = 32;

/// The hashes of a full tile of height 8.
const FULL_WIDTH: usize = 256;

impl Site {
    /// A site for `bag` below `base_path`.
    pub fn new(bag: Bag<'static>, base_path: String, start_page: String) -> Self {
        Site {
            bag,
            base_path,
            start_page,
            url: String::new(),
            notes: String::new(),
            pages: Pages::default(),
            places: Places::default(),
            forms: Forms::default(),
            encoders: Encoders::default(),
            decoders: Decoders::default(),
            feeds: Feeds::default(),
        }
    }

    /// The name of the entry that answers for the tile `name`
    /// (`sumdb/<name>/tile/8/<L>/<N>[.p/<W>]`), and how many of its bytes do: a narrower tile is the
    /// beginning of a wider one, and a bag has each as wide as its database was.
    pub fn tile(&self, name: &str) -> Option<(String, usize)> {
        let (stem, width) = split_width(name)?;
        let (database, tile) = stem.strip_prefix("sumdb/")?.rsplit_once("/tile/8/")?;
        let mut databases = self.bag.about().databases.iter();
        let size = databases.find(|held| held.name == database)?.size;
        let hashes = hashes(size, tile.split('/').next()?.parse().ok()?);
        let edge = (hashes % FULL_WIDTH as u64) as usize;
        let wider = [
            (stem.to_string(), FULL_WIDTH),
            (format!("{stem}.p/{edge}"), edge),
        ];
        let held = |wide: usize, name: &str| width < wide && self.bag.entry(name).is_some();
        let (name, _) = wider.into_iter().find(|(name, wide)| held(*wide, name))?;
        Some((name, width * HASH_BYTES))
    }
}

/// How many hashes a tree of this size has on the level of its tiles (go.dev/design/25530-sumdb).
fn hashes(size: u64, level: u32) -> u64 {
    size.checked_shr(level.saturating_mul(8)).unwrap_or(0)
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
    use super::{hashes, split_width};

    #[test]
    fn a_level_has_a_256th_of_the_hashes_below_it() {
        for (size, level, want) in [
            (0, 0, 0),
            (255, 0, 255),
            (255, 1, 0),
            (65_535, 1, 255),
            (65_536, 1, 256),
            (65_536, 2, 1),
            (u64::MAX, 7, 255),
            (u64::MAX, 8, 0),
            (u64::MAX, u32::MAX, 0),
        ] {
            assert_eq!(hashes(size, level), want, "{size}, level {level}");
        }
    }

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
