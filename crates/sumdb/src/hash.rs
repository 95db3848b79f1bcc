//! The hashes of a Merkle tree: of a record, of a node, of a whole tree.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use thiserror::Error;

/// Bytes in a [`struct@Hash`].
pub const HASH_BYTES: usize = 32;

/// A SHA-256 hash. Written as standard base64 with padding, as in tree heads and `h1:` sums.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hash(pub [u8; HASH_BYTES]);

/// The text is not the base64 of a hash.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("{0:?} is not the base64 of 32 bytes")]
pub struct HashError(String);

/// The hash of the tree without records: SHA-256 of no bytes (RFC 6962 section 2.1).
pub const EMPTY_TREE: Hash = Hash([
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
    0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
]);

/// The leaf hash of a record: SHA-256 of a zero byte and the record's text (RFC 6962 section 2.1).
pub fn record_hash(text: &str) -> Hash {
    Hash(
        Sha256::new()
            .chain_update([0])
            .chain_update(text)
            .finalize()
            .into(),
    )
}

/// The hash of a node over two others: SHA-256 of a one byte, `left` and `right` (RFC 6962 section
/// 2.1).
pub fn node_hash(left: Hash, right: Hash) -> Hash {
    Hash(
        Sha256::new()
            .chain_update([1])
            .chain_update(left.0)
            .chain_update(right.0)
            .finalize()
            .into(),
    )
}

/// The hash of the tree over `leaves` (RFC 6962 section 2.1): the left part holds the largest power
/// of two that is smaller than their number. Over the 256 entries of a full tile this is the tile's
/// entry in its parent.
pub fn tree_hash(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => EMPTY_TREE,
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            node_hash(tree_hash(left), tree_hash(right))
        }
    }
}

/// The hashes that `bytes` consists of. Trailing bytes short of a hash are left out.
pub(crate) fn hashes(bytes: &[u8]) -> Vec<Hash> {
    bytes.as_chunks().0.iter().map(|hash| Hash(*hash)).collect()
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

impl FromStr for Hash {
    type Err = HashError;

    /// Accepts what [`Display`](fmt::Display) prints and nothing else.
    fn from_str(text: &str) -> Result<Self, HashError> {
        let parse = || Some(Self(STANDARD.decode(text).ok()?.try_into().ok()?));
        parse()
            .filter(|hash| hash.to_string() == text)
            .ok_or_else(|| HashError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;

    /// Trees of 0 to 8 leaves of RFC 6962's test data, as certificate-transparency implementations
    /// publish them.
    #[test]
    fn trees_have_their_published_hashes() {
        let leaves: Vec<Hash> = [
            &[][..],
            &[0x00],
            &[0x10],
            &[0x20, 0x21],
            &[0x30, 0x31],
            &[0x40, 0x41, 0x42, 0x43],
            &[0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
            &[
                0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d,
                0x6e, 0x6f,
            ],
        ]
        .iter()
        .map(|bytes| record_hash(std::str::from_utf8(bytes).unwrap()))
        .collect();
        for (count, want) in [
            (
                0,
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            ),
            (
                1,
                "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            ),
            (
                2,
                "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            ),
            (
                3,
                "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            ),
            (
                4,
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ),
            (
                5,
                "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            ),
            (
                6,
                "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            ),
            (
                7,
                "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            ),
            (
                8,
                "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
            ),
        ] {
            let hex: String = tree_hash(&leaves[..count])
                .0
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            assert_eq!(hex, want, "{count} leaves");
        }
    }

    #[test]
    fn a_hash_has_one_spelling() {
        let text = EMPTY_TREE.to_string();
        assert_eq!(text.parse(), Ok(EMPTY_TREE));
        let loose_bits = text.replace("U=", "V=");
        let unpadded = text.trim_end_matches('=').to_owned();
        for wrong in [
            "",
            "=",
            "AAAA",
            loose_bits.as_str(),
            &unpadded,
            &format!("{text}\n"),
            &format!(" {text}"),
        ] {
            let error = wrong.parse::<Hash>().unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("{wrong:?} is not the base64 of 32 bytes")
            );
        }
    }
}
