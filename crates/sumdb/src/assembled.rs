//! What comes of [`assemble`](crate::assemble): a database, what is not in it, or why there is
//! none.

use thiserror::Error;

use crate::capture::CaptureError;
use crate::database::Database;
use crate::head::SignedHead;
use crate::proof::ProofError;
use crate::tile::Tile;

/// A database and what is not in it.
#[derive(Clone, Debug)]
pub struct Assembled {
    /// The database. None when no expected version can be proved.
    pub database: Option<Database>,
    /// Expected versions that are not in it, by path and version. A client without go.sum fails on
    /// them.
    pub unprovable: Vec<Unprovable>,
    /// Heads out of [`Capture::heads`](crate::capture::Capture::heads) that the database does not
    /// lead to or come from, because tiles are missing. A client that knows one of them fails.
    pub unlinked_heads: Vec<SignedHead>,
}

/// A version whose record cannot be proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unprovable {
    /// Module path.
    pub path: String,
    /// Version.
    pub version: String,
    /// Why.
    pub reason: Reason,
}

/// Why a record cannot be proved.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[allow(missing_docs, reason = "each message says what the fields mean")]
pub enum Reason {
    /// It was not captured.
    #[error("no lookup answer was captured")]
    NoLookup,
    /// It is newer than the chosen head.
    #[error("record {id} is newer than the tree of {size} records")]
    NewerThanHead { id: u64, size: u64 },
    /// A tile was not captured, or not as wide as it takes.
    #[error(
        "{tile} was not captured, record {id} cannot be proved in the tree of {size} records without"
    )]
    NoTile { tile: Tile, id: u64, size: u64 },
    /// No captured head has its right edge.
    #[error("no captured head comes with its tiles")]
    NoHead,
}

/// Why there is no database: what was captured is damaged or forged.
#[derive(Debug, Error, PartialEq, Eq)]
#[allow(missing_docs, reason = "each message says what the fields mean")]
pub enum AssembleError {
    /// An answer, a head or a tile by itself.
    #[error(transparent)]
    Capture(#[from] CaptureError),
    /// Tiles do not fit the head.
    #[error("captured tiles: {0}")]
    Tiles(ProofError),
    /// The record is not the one in the tree.
    #[error("lookup answer of {path}@{version}: {source}")]
    Record {
        path: String,
        version: String,
        source: ProofError,
    },
    /// An older signed head does not lead to the chosen one: the database is forked, or its key is
    /// stolen.
    #[error("the signed tree of {older} records is not part of the signed tree of {newer} records")]
    Fork {
        older: u64,
        /// Size of the chosen tree.
        newer: u64,
    },
}

impl Unprovable {
    pub(crate) fn new((path, version): &(String, String), reason: Reason) -> Self {
        Self {
            path: path.clone(),
            version: version.clone(),
            reason,
        }
    }
}
