//! A database of one's own: a log that is made once, signed once, and never grows.

use thiserror::Error;

use crate::capture::Expected;
use crate::database::Database;
use crate::hash::{Hash, tree_hash};
use crate::head::{Head, HeadError, SignedHead};
use crate::key::{KeyError, SignerKey};
use crate::record::{Record, RecordError, is_h1};
use crate::tile::{FULL_WIDTH, Tile};
use crate::tiles::{StoreError, TileStore};

/// Why no log is made.
#[derive(Debug, Error, PartialEq, Eq)]
#[allow(missing_docs, reason = "each message says what the fields mean")]
pub enum OwnError {
    /// No records.
    #[error("a checksum database without records is of no use")]
    Empty,
    /// A version is there twice or not where it belongs.
    #[error("{path}@{version} is not sorted behind the version before it")]
    Order { path: String, version: String },
    /// Path or version cannot stand in a record.
    #[error("{0:?} cannot be part of a record")]
    Name(String),
    /// A sum is not one.
    #[error("{path}@{version}: malformed sum {sum:?}")]
    Sum {
        path: String,
        version: String,
        /// What should be a sum.
        sum: String,
    },
    /// The text of a record breaks a rule.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The head cannot be signed.
    #[error(transparent)]
    Head(#[from] HeadError),
    /// The key cannot be made.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The tiles do not come out as they should.
    #[error(transparent)]
    Tiles(#[from] StoreError),
}

/// The name of the log of `records` signed by the key with these public bytes: `bag-`, 32
/// hexadecimal digits, `.gobag.example`.
///
/// A client remembers the head and, by its name, the key of every database that it once used. If
/// two logs had one name, it would take the second for a forgery of the first. So the name is made
/// of all that tells them apart.
///
/// # Errors
/// As [`build_own_log`].
pub fn own_log_name(records: &[Expected], public_key: &[u8; 32]) -> Result<String, OwnError> {
    let leaves: Vec<Hash> = to_records(records)?.iter().map(Record::hash).collect();
    let digest = tree_hash(&[Hash(*public_key), tree_hash(&leaves)]);
    let hex: String = digest.0[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Ok(format!("bag-{hex}.gobag.example"))
}

/// The key from `seed` under the name that [`own_log_name`] gives the log of `records`.
///
/// # Errors
/// As [`build_own_log`].
pub fn own_signer(records: &[Expected], seed: [u8; 32]) -> Result<SignerKey, OwnError> {
    let unnamed = SignerKey::from_seed("gobag.example", seed)?;
    Ok(SignerKey::from_seed(
        &own_log_name(records, unnamed.verifier().public_bytes())?,
        seed,
    )?)
}

/// Makes the log of `records`, sorted by path and version, with all of its tiles, and signs its
/// head. The signer is not needed after that.
///
/// # Errors
/// When there is no record, when one is not sorted or there twice, or not fit to be written.
pub fn build_own_log(signer: &SignerKey, records: &[Expected]) -> Result<Database, OwnError> {
    let leaves = to_records(records)?;
    let hashes: Vec<Hash> = leaves.iter().map(Record::hash).collect();
    let head = Head {
        size: leaves.len() as u64,
        hash: tree_hash(&hashes),
    };
    let key = signer.verifier();
    Ok(Database {
        name: key.name().to_owned(),
        key,
        head: SignedHead::sign(&head, signer)?,
        records: records
            .iter()
            .map(|own| (own.path.clone(), own.version.clone()))
            .zip(leaves)
            .collect(),
        tiles: all_tiles(&hashes)?,
        older_heads: Vec::new(),
    })
}

/// All tiles of the tree over `leaves`, full ones and those at the right edge.
fn all_tiles(leaves: &[Hash]) -> Result<TileStore, StoreError> {
    let mut tiles = TileStore::default();
    for (index, content) in (0..).zip(leaves.chunks(FULL_WIDTH.into())) {
        let bytes: Vec<u8> = content.iter().flat_map(|hash| hash.0).collect();
        if let Some(tile) = Tile::new(0, index, content.len() as u16) {
            tiles.insert(tile, &bytes)?;
        }
    }
    tiles.recompute()?;
    Ok(tiles)
}

fn to_records(records: &[Expected]) -> Result<Vec<Record>, OwnError> {
    if records.is_empty() {
        return Err(OwnError::Empty);
    }
    let name = |own: &Expected| (own.path.clone(), own.version.clone());
    if let Some(pair) = records
        .windows(2)
        .find(|pair| name(&pair[0]) >= name(&pair[1]))
    {
        let (path, version) = name(&pair[1]);
        return Err(OwnError::Order { path, version });
    }
    (0..)
        .zip(records)
        .map(|(id, own)| Ok(Record::new(id, &text(own)?)?))
        .collect()
}

/// The record's lines. A space or control character in path or version would make other lines of
/// it.
fn text(own: &Expected) -> Result<String, OwnError> {
    let Expected {
        path,
        version,
        zip_h1,
        mod_h1,
    } = own;
    for name in [path, version] {
        if name.is_empty() || name.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(OwnError::Name(name.clone()));
        }
    }
    for sum in zip_h1.iter().chain([mod_h1]) {
        if !is_h1(sum) {
            return Err(OwnError::Sum {
                path: path.clone(),
                version: version.clone(),
                sum: sum.clone(),
            });
        }
    }
    let line = |sum| format!("{path} {version} {sum}\n");
    let zip = zip_h1.as_ref().map(line).unwrap_or_default();
    Ok(format!("{zip}{path} {version}/go.mod {mod_h1}\n"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;
    use crate::hash::EMPTY_TREE;
    use crate::self_test::self_test;

    fn own(path: &str, version: &str) -> Expected {
        let sum = format!("h1:{EMPTY_TREE}");
        Expected {
            path: path.into(),
            version: version.into(),
            zip_h1: Some(sum.clone()),
            mod_h1: sum,
        }
    }

    #[test]
    fn a_log_is_believed_and_says_what_was_put_in() {
        let mut records = vec![
            own("a.example", "v1.0.0"),
            own("a.example/b", "v1.0.0"),
            own("a.example/b", "v1.0.1"),
        ];
        records[2].zip_h1 = None;
        let signer = own_signer(&records, [7; 32]).unwrap();
        let database = build_own_log(&signer, &records).unwrap();
        assert_eq!(self_test(&database), Ok(()));
        assert_eq!(
            database.name,
            own_log_name(&records, signer.verifier().public_bytes()).unwrap()
        );
        let record = &database.records[&("a.example/b".to_owned(), "v1.0.0".to_owned())];
        let sum = format!("h1:{EMPTY_TREE}");
        assert_eq!(
            record.lines("a.example/b", "v1.0.0"),
            Ok((sum.as_str(), sum.as_str()))
        );
    }

    #[test]
    fn other_records_or_another_key_make_another_name() {
        let one = [own("a.example", "v1.0.0")];
        let two = [own("a.example", "v1.0.1")];
        let name = |records: &[Expected], seed| {
            own_signer(records, [seed; 32])
                .unwrap()
                .verifier()
                .name()
                .to_owned()
        };
        assert_eq!(name(&one, 1), name(&one, 1));
        assert_ne!(name(&one, 1), name(&two, 1));
        assert_ne!(name(&one, 1), name(&one, 2));
        assert_eq!(name(&one, 1).len(), "bag-.gobag.example".len() + 32);
    }

    #[test]
    fn records_that_do_not_fit_are_refused_by_name() {
        let a = own("a.example", "v1.0.0");
        let spaced = own("a.example", "v1 h1:");
        let mut unsummed = a.clone();
        unsummed.mod_h1 = "h1:abc".into();
        for (records, why) in [
            (vec![], "a checksum database without records is of no use"),
            (
                vec![a.clone(), a.clone()],
                "a.example@v1.0.0 is not sorted behind the version before it",
            ),
            (
                vec![own("b.example", "v1"), a],
                "a.example@v1.0.0 is not sorted behind the version before it",
            ),
            (vec![spaced], "\"v1 h1:\" cannot be part of a record"),
            (vec![unsummed], "a.example@v1.0.0: malformed sum \"h1:abc\""),
        ] {
            assert_eq!(own_signer(&records, [1; 32]).unwrap_err().to_string(), why);
        }
    }
}
