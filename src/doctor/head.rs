//! Rules for the head of a checksum database that go knows on this host: can go get from there
//! to the bag's?

use sumdb::head::{Head, SignedHead};
use sumdb::key::VerifierKey;
use sumdb::needed;

use super::finding::{Finding, Level};
use super::host::Host;

/// A checksum database and its head in the bag.
#[derive(Debug)]
pub struct ServedHead<'a> {
    /// The key that signs its heads.
    pub key: &'a VerifierKey,
    /// The one head that the bag serves.
    pub head: Head,
}

/// Holds the head `known` to go against the bag's. `has_tile` tells whether the bag has the
/// tile with this name, whole; `level` is how much it matters when nothing can be looked up.
///
/// - The same head, and an older one whose right edge the bag has, are fine.
/// - From a newer one no way leads back to the bag's: its tiles are not there.
/// - A file that is no head, or that the database did not sign, fails every lookup.
pub fn check(
    host: &Host,
    served: &ServedHead<'_>,
    known: &[u8],
    has_tile: impl Fn(&str) -> bool,
    level: Level,
) -> Option<Finding> {
    let name = served.key.name();
    let what = match SignedHead::open(served.key, known) {
        Err(e) => format!("what go keeps as a head of {name} cannot be used: {e}"),
        Ok(known) => {
            let (known, head) = (known.head(), &served.head);
            let told = format!("go knows a head of {name} with {} records", known.size);
            match needed::consistency(known.size, head.size) {
                None => format!("{told}, and this bag has an older one with {}", head.size),
                Some(_) if known.size == head.size && known.hash == head.hash => return None,
                Some(tiles) if tiles.iter().all(|tile| has_tile(&tile.to_string())) => return None,
                Some(_) => format!(
                    "{told}, and this bag, at {}, was not packed for it",
                    head.size
                ),
            }
        }
    };
    let folders = [
        host.go_path().join("pkg/sumdb").join(name),
        std::path::Path::new(host.get("GOMODCACHE"))
            .join("cache/download/sumdb")
            .join(name),
    ];
    let remedy = format!(
        "remove the folders {} and {}",
        folders[0].display(),
        folders[1].display()
    );
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
        let served = ServedHead {
            key: &key,
            head: head(served),
        };
        let host = host(&[("GOPATH", "/home/go"), ("GOMODCACHE", "/mod")]);
        let has = |_: &str| has_tile;
        check(&host, &served, known.note_bytes(), has, Level::Warning).map(|f| f.to_string())
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
        let served = ServedHead { key: &key, head };
        let found = check(&host(&[]), &served, b"junk", |_| true, Level::Error);
        assert!(found.is_some_and(|f| f.what.contains("cannot be used: ")));
    }
}
