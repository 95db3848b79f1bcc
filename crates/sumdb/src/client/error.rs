//! Why a client does not believe.

use thiserror::Error;

use crate::head::HeadError;
use crate::record::RecordError;
use crate::tile::Tile;

/// Why a client does not believe. The words are close to those of the `go` command.
#[derive(Debug, Error, PartialEq, Eq)]
#[allow(missing_docs, reason = "each message says what the fields mean")]
pub enum ClientError {
    /// The head it knew fails, so every lookup does.
    #[error("initializing: {0}")]
    Init(Box<ClientError>),
    /// No lookup answer.
    #[error("lookup: not found")]
    NoLookup,
    /// Malformed record.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// Malformed or unsigned head.
    #[error(transparent)]
    Head(#[from] HeadError),
    /// No tile.
    #[error("reading {0}: not found")]
    NoTile(Tile),
    /// Tile of the wrong length.
    #[error("{tile} has {found} bytes, want {}", tile.bytes())]
    TileLength { tile: Tile, found: usize },
    /// A tile does not belong to the head.
    #[error("downloaded inconsistent tile of tree#{0}")]
    Inconsistent(u64),
    /// Two heads could not be compared.
    #[error("checking {}: {source}", trees(*older, *newer))]
    Check {
        older: u64,
        newer: u64,
        /// What was in the way.
        source: Box<ClientError>,
    },
    /// Two heads of which none leads to the other: cmd/go ends with "SECURITY ERROR".
    #[error("tree#{older} is not part of tree#{newer}: the database was forked")]
    Fork { older: u64, newer: u64 },
    /// The record is beyond the newest head.
    #[error("cannot validate record {id} in tree of size {size}")]
    NewRecord { id: u64, size: u64 },
    /// The record is not the one in the tree.
    #[error("cannot authenticate record data in server response")]
    OtherRecord,
}

fn trees(older: u64, newer: u64) -> String {
    if older == newer {
        format!("tree#{newer}")
    } else {
        format!("tree#{older} against tree#{newer}")
    }
}
