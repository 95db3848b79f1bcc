//! The heads of a checksum database that go knows on this host: does a way lead from them to the
//! bag's? Where none does, every lookup fails.
//!
//! go keeps the newest head that it has seen in the first folder of GOPATH, and each record that it
//! looked up, with the head of that day, in its module cache, beside the tiles that proved it.

use std::collections::HashSet;
use std::fmt;
use std::path::{Path, PathBuf};

use bag::Bag;
use bag::manifest::HeldDatabase;
use sumdb::head::{Head, SignedHead};
use sumdb::key::VerifierKey;
use sumdb::needed;
use sumdb::record::Record;
use sumdb::tile::Tile;

use super::fetch::read_small;
use super::goenv::GoEnv;
use crate::terminal::size::count;

/// Why no way leads from a head to the bag's.
#[derive(Debug, PartialEq, Eq)]
pub enum Apart {
    /// The bag's is older: the tiles of the newer tree are not in the bag.
    Newer {
        /// The size of the tree that go knows.
        known: u64,
        /// The size of the bag's.
        served: u64,
    },
    /// The bag's is newer, and lacks the right edge of the older tree.
    Older {
        /// The size of the tree that go knows.
        known: u64,
        /// The size of the bag's.
        served: u64,
    },
    /// It is no head, or the database did not sign it.
    Unusable(String),
}

/// Where heads are that lead nowhere.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Astray {
    /// The one that go holds all others against.
    pub latest: Option<Apart>,
    /// One of those under a record in the module cache.
    pub cached: Option<Apart>,
}

impl Astray {
    /// What go knows of the database with this name, where that leads nowhere.
    pub fn told(&self, database: &str) -> Option<String> {
        let (holder, known) = self.first()?;
        Some(format!("{database}: {} {known}", holder.told))
    }

    /// The same in half a line, without numbers.
    pub fn in_short(&self, database: &str) -> Option<String> {
        let (holder, known) = self.first()?;
        let known = match known {
            Apart::Newer { .. } => "a newer head",
            Apart::Older { .. } => "too old a head",
            Apart::Unusable(_) => "no usable head",
        };
        Some(format!("{database}: {} {known}", holder.short))
    }

    /// Who knows a head that leads nowhere, and that.
    fn first(&self) -> Option<(&Holder, &Apart)> {
        let latest = self.latest.as_ref().map(|known| (&GO, known));
        let cached = self.cached.as_ref().map(|known| (&CACHE, known));
        latest.or(cached)
    }
}

/// Who knows a head, as it stands before that in a message, and in a short one.
#[derive(Debug)]
struct Holder {
    told: &'static str,
    short: &'static str,
}

const GO: Holder = Holder {
    told: "go knows",
    short: "go knows",
};

const CACHE: Holder = Holder {
    told: "a record in the module cache has",
    short: "the module cache has",
};

/// Holds a head that go knows against the bag's `served`. `has_tile` tells whether a tile, whole,
/// is at hand.
///
/// # Errors
/// No way leads from there to the bag's.
pub fn lead(
    key: &VerifierKey,
    served: &Head,
    known: &[u8],
    has_tile: impl Fn(&Tile) -> bool,
) -> Result<(), Apart> {
    let known = SignedHead::open(key, known).map_err(|e| Apart::Unusable(e.to_string()))?;
    let (known, served) = (known.head(), served);
    let sizes = (known.size, served.size);
    match needed::consistency(known.size, served.size) {
        Some(_) if known == served => Ok(()),
        Some(tiles) if tiles.iter().all(has_tile) => Ok(()),
        Some(_) => Err(Apart::Older {
            known: sizes.0,
            served: sizes.1,
        }),
        None => Err(Apart::Newer {
            known: sizes.0,
            served: sizes.1,
        }),
    }
}

/// Looks for heads of `database` that lead nowhere, where a go with the settings `env` keeps them.
/// None where the bag itself has no head that it could be led to.
pub fn astray(bag: &Bag<'_>, database: &HeldDatabase, env: &GoEnv) -> Option<Astray> {
    let key: VerifierKey = database.key.parse().ok()?;
    let at = format!("sumdb/{}", database.name);
    let served = SignedHead::open(&key, bag.get(&format!("{at}/latest"))?).ok()?;
    let served = served.head();
    // The right edge of the tree is as wide as it is, everything else is whole.
    let widths = |tile: &Tile| {
        let edge = Tile::in_tree(tile.level(), tile.index(), served.size);
        std::iter::once(*tile).chain(edge)
    };
    let held = |tile: &Tile| widths(tile).any(|tile| bag.entry(&format!("{at}/{tile}")).is_some());
    let known = read(&folder(env, &database.name).join("latest"));
    let known = known.map(|note| lead(&key, served, &note, held));

    let cache = cached(env, &database.name);
    let kept = |tile: &Tile| held(tile) || cache.join(tile.to_string()).is_file();
    let mut seen = HashSet::new();
    let files = walkdir::WalkDir::new(cache.join("lookup"));
    let files = files
        .into_iter()
        .take_while(|_| cache.is_absolute())
        .flatten();
    let cached = files.filter(|file| file.file_type().is_file());
    let cached = cached.filter_map(|file| {
        let answer = read(file.path())?;
        let Ok((_, note)) = Record::parse_answer(&answer) else {
            return Some(Apart::Unusable(file.path().display().to_string()));
        };
        let new = seen.insert(note.to_vec());
        new.then(|| lead(&key, served, note, kept).err()).flatten()
    });
    Some(Astray {
        latest: known.and_then(Result::err),
        cached: { cached }.next(),
    })
}

/// Where go keeps the head of a checksum database that it knows: in the first folder of GOPATH.
pub fn folder(env: &GoEnv, database: &str) -> PathBuf {
    first(env).join("pkg/sumdb").join(database)
}

/// The first folder of GOPATH.
pub fn first(env: &GoEnv) -> PathBuf {
    let folders = std::env::split_paths(env.get("GOPATH")).next();
    folders.unwrap_or_default()
}

/// Where go keeps what it looked up.
pub fn cached(env: &GoEnv, database: &str) -> PathBuf {
    let cache = Path::new(env.get("GOMODCACHE")).join("cache/download/sumdb");
    cache.join(database)
}

/// A small file; go takes an empty one for none. Without a folder it looks for none.
fn read(file: &Path) -> Option<Vec<u8>> {
    let file = Some(file).filter(|file| file.is_absolute())?;
    let bytes = read_small(file).ok()?;
    (!bytes.is_empty()).then_some(bytes)
}

/// What is behind `go knows` in a message.
impl fmt::Display for Apart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Apart::Newer { known, served } => write!(
                f,
                "a head with {}, and this bag has an older one with {served}",
                count(*known, "record")
            ),
            Apart::Older { known, served } => write!(
                f,
                "a head with {}, and this bag, at {served}, was not packed for it",
                count(*known, "record")
            ),
            Apart::Unusable(why) => write!(f, "a head that cannot be used: {why}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sumdb::hash::EMPTY_TREE;
    use sumdb::key::SignerKey;

    #[test]
    fn tells_heads_that_lead_nowhere() {
        let signer = SignerKey::from_seed("sum.example", [1; 32]).unwrap();
        let head = |size| Head {
            size,
            hash: EMPTY_TREE,
        };
        let told = |known: u64, has_tile: bool| {
            let known = SignedHead::sign(&head(known), &signer).unwrap();
            let served = head(1000);
            let note = known.note_bytes();
            lead(&signer.verifier(), &served, note, |_| has_tile).map_err(|e| e.to_string())
        };
        for (known, has_tile, want) in [
            (1000, false, None),
            (900, true, None),
            (
                900,
                false,
                Some("a head with 900 records, and this bag, at 1000, was not packed for it"),
            ),
            (
                1001,
                true,
                Some("a head with 1001 records, and this bag has an older one with 1000"),
            ),
        ] {
            assert_eq!(told(known, has_tile).err().as_deref(), want, "{known}");
        }
    }

    #[test]
    fn what_is_not_signed_is_no_head() {
        let signer = SignerKey::from_seed("sum.example", [1; 32]).unwrap();
        let head = Head {
            size: 1,
            hash: EMPTY_TREE,
        };
        let known = lead(&signer.verifier(), &head, b"junk", |_| true);
        assert!(matches!(known, Err(Apart::Unusable(_))));
    }

    #[test]
    fn told_in_short_it_is_little() {
        let (known, served) = (1 << 40, 1 << 40);
        let aparts = || {
            let unusable = Apart::Unusable("x".repeat(300));
            let (newer, older) = (
                Apart::Newer { known, served },
                Apart::Older { known, served },
            );
            [unusable, newer, older].map(Some)
        };
        let latest = aparts().map(|latest| Astray {
            latest,
            cached: None,
        });
        let cached = aparts().map(|cached| Astray {
            latest: None,
            cached,
        });
        for astray in latest.into_iter().chain(cached) {
            let told = astray.in_short("sum.golang.org").unwrap();
            assert!(told.len() < 60, "{told}");
        }
        let older = Some(Apart::Older { known, served });
        let cached = Astray {
            latest: None,
            cached: older,
        };
        let short = "sum.golang.org: the module cache has too old a head";
        assert_eq!(cached.in_short("sum.golang.org").as_deref(), Some(short));
        let told = cached.told("sum.golang.org").unwrap();
        let begin = "sum.golang.org: a record in the module cache has a head with ";
        assert!(told.starts_with(begin), "{told}");
    }
}
