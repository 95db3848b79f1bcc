//! Rules for the head of a checksum database that go knows on this host: can go get from there
//! to the bag's?

use std::path::Path;

use sumdb::head::{Head, SignedHead};
use sumdb::key::VerifierKey;
use sumdb::needed;
use sumdb::tile::Tile;

use super::finding::{Finding, Level};
use super::host::Host;

/// Holds the head `known` to go of the database with this key against the bag's `head`. `has_tile`
/// tells whether the bag has a tile, whole; `level` is how much it matters when nothing can be
/// looked up.
///
/// - The same head, and an older one whose right edge the bag has, are fine.
/// - From a newer one no way leads back to the bag's: its tiles are not there.
/// - A file that is no head, or that the database did not sign, fails every lookup.
pub fn check(
    host: &Host,
    key: &VerifierKey,
    head: &Head,
    known: &[u8],
    has_tile: impl Fn(&Tile) -> bool,
    level: Level,
) -> Option<Finding> {
    let name = key.name();
    let what = match SignedHead::open(key, known) {
        Err(e) => format!("what go keeps as a head of {name} cannot be used: {e}"),
        Ok(known) => {
            let known = known.head();
            let told = format!("go knows a head of {name} with {} records", known.size);
            match needed::consistency(known.size, head.size) {
                None => format!("{told}, and this bag has an older one with {}", head.size),
                Some(_) if known.size == head.size && known.hash == head.hash => return None,
                Some(tiles) if tiles.iter().all(has_tile) => return None,
                Some(_) => {
                    let size = head.size;
                    format!("{told}, and this bag, at {size}, was not packed for it")
                }
            }
        }
    };
    let known = host.head_folder(name);
    let fetched = Path::new(host.get("GOMODCACHE")).join("cache/download/sumdb");
    let (known, fetched) = (known.display(), fetched.join(name));
    let remedy = format!("remove the folders {known} and {}", fetched.display());
    let what = format!("{what}: every lookup fails");
    Some(Finding::new(level, what, remedy))
}

#[cfg(test)]
mod tests {
    use super::super::host::tests::host;
    use super::*;
    use sumdb::hash::EMPTY_TREE;
    use sumdb::key::SignerKey;

    fn told(known: u64, served: u64, has_tile: bool) -> Option<String> {
        let signer = SignerKey::from_seed("sum.example", [1; 32]).unwrap();
        let head = |size| Head {
            size,
            hash: EMPTY_TREE,
        };
        let known = SignedHead::sign(&head(known), &signer).unwrap();
        let key = signer.verifier();
        let served = head(served);
        let host = host(&[("GOPATH", "/home/go"), ("GOMODCACHE", "/mod")]);
        let (known, has) = (known.note_bytes(), |_: &Tile| has_tile);
        check(&host, &key, &served, known, has, Level::Warning).map(|f| f.to_string())
    }

    #[test]
    fn tells_heads_that_lead_nowhere() {
        let remedy = "every lookup fails; remove the folders /home/go/pkg/sumdb/sum.example and /mod/cache/download/sumdb/sum.example";
        for (known, served, has_tile, want) in [
            (1000, 1000, false, None),
            (900, 1000, true, None),
            (
                900,
                1000,
                false,
                Some(
                    "go knows a head of sum.example with 900 records, and this bag, at 1000, was not packed for it",
                ),
            ),
            (
                1001,
                1000,
                true,
                Some(
                    "go knows a head of sum.example with 1001 records, and this bag has an older one with 1000",
                ),
            ),
        ] {
            let want = want.map(|want| format!("warning: {want}: {remedy}"));
            assert_eq!(told(known, served, has_tile), want, "{known}");
        }
    }

    #[test]
    fn what_is_not_signed_is_no_head() {
        let signer = SignerKey::from_seed("sum.example", [1; 32]).unwrap();
        let key = signer.verifier();
        let head = Head {
            size: 1,
            hash: EMPTY_TREE,
        };
        let found = check(&host(&[]), &key, &head, b"junk", |_| true, Level::Error);
        assert!(found.is_some_and(|f| f.what.contains("cannot be used: ")));
    }
}
