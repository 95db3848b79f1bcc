//! A model of the `go` command as client of a checksum database, to try out what a bag will answer.
//!
//! Source: <https://pkg.go.dev/golang.org/x/mod/sumdb#Client> and `cmd/go/internal/modfetch/sumdb.go`. It is not used
//! to build anything: it plans its requests in the client's way, from the hashes that it wants, so that an error in
//! [`needed`](crate::needed) shows.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::hash::{EMPTY_TREE, node_hash};
use crate::head::{Head, HeadError, SignedHead};
use crate::key::VerifierKey;
use crate::node::{Node, subtrees};
use crate::reader::read_hashes;
use crate::record::{Record, RecordError};
use crate::tile::Tile;

/// What answers a client.
pub trait Source {
    /// The lookup answer for a version, path and version not escaped.
    fn lookup(&self, path: &str, version: &str) -> Option<Vec<u8>>;
    /// The content of a tile of exactly this width.
    fn tile(&self, tile: Tile) -> Option<Vec<u8>>;
}

/// What the `go` command keeps between two runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientFiles {
    /// Newest head seen: `$GOPATH/pkg/sumdb/NAME/latest`. Survives `go clean -modcache`.
    pub latest: Option<Vec<u8>>,
    /// Lookup answers by path and version: `$GOMODCACHE/cache/download/sumdb/NAME/lookup`.
    pub lookups: BTreeMap<(String, String), Vec<u8>>,
    /// Verified tiles under the width that was asked for: `$GOMODCACHE/cache/download/sumdb/NAME/tile`.
    pub tiles: BTreeMap<Tile, Vec<u8>>,
}

/// One run of the `go` command.
#[derive(Debug)]
pub struct Client<'a, S> {
    key: &'a VerifierKey,
    source: &'a S,
    files: ClientFiles,
    /// Head that the run goes by, none before it has one.
    latest: Option<Head>,
}

/// What a client goes by before it has a head.
const NOTHING: Head = Head {
    size: 0,
    hash: EMPTY_TREE,
};

/// Why a client does not believe. The words are close to those of the `go` command.
#[derive(Debug, Error, PartialEq, Eq)]
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
    TileLength {
        /// The tile.
        tile: Tile,
        /// Its length.
        found: usize,
    },
    /// A tile does not belong to the head.
    #[error("downloaded inconsistent tile of tree#{0}")]
    Inconsistent(u64),
    /// Two heads could not be compared.
    #[error("checking {}: {source}", trees(*older, *newer))]
    Check {
        /// Size of the older tree.
        older: u64,
        /// Size of the newer tree.
        newer: u64,
        /// What was in the way.
        source: Box<ClientError>,
    },
    /// Two heads of which none leads to the other: cmd/go ends with "SECURITY ERROR".
    #[error("tree#{older} is not part of tree#{newer}: the database was forked")]
    Fork {
        /// Size of the older tree.
        older: u64,
        /// Size of the newer tree.
        newer: u64,
    },
    /// The record is beyond the newest head.
    #[error("cannot validate record {id} in tree of size {size}")]
    NewRecord {
        /// Position of the record.
        id: u64,
        /// Size of the tree.
        size: u64,
    },
    /// The record is not the one in the tree.
    #[error("cannot authenticate record data in server response")]
    OtherRecord,
}

impl<'a, S: Source> Client<'a, S> {
    /// A run that finds `files`.
    #[must_use]
    pub fn new(key: &'a VerifierKey, source: &'a S, files: ClientFiles) -> Self {
        Self {
            key,
            source,
            files,
            latest: None,
        }
    }

    /// What the run leaves behind.
    #[must_use]
    pub fn into_files(self) -> ClientFiles {
        self.files
    }

    /// The record of a version, proved.
    ///
    /// # Errors
    ///
    /// When it cannot be had or not be proved. A newer head is kept even then: a client is bound by it from the moment
    /// that it was seen.
    pub fn lookup(&mut self, path: &str, version: &str) -> Result<Record, ClientError> {
        self.init()
            .map_err(|error| ClientError::Init(Box::new(error)))?;
        let key = (path.to_owned(), version.to_owned());
        let cached = self.files.lookups.get(&key).cloned();
        let answer = cached
            .or_else(|| self.source.lookup(path, version))
            .ok_or(ClientError::NoLookup)?;
        let (record, note) = Record::parse_answer(&answer)?;
        self.merge(note)?;
        self.check_record(&record)?;
        self.files.lookups.insert(key, answer);
        Ok(record)
    }

    /// Takes up the head that an earlier run left behind, unless that is done. It is read against itself, so its right
    /// edge must be there.
    fn init(&mut self) -> Result<(), ClientError> {
        let (None, Some(note)) = (self.latest, &self.files.latest) else {
            return Ok(());
        };
        let head = *SignedHead::open(self.key, note)?.head();
        self.check_trees(&head, &head)?;
        self.latest = Some(head);
        Ok(())
    }

    /// Compares a head with the one that the run goes by, and goes by the newer of them from then on.
    fn merge(&mut self, note: &[u8]) -> Result<(), ClientError> {
        let head = *SignedHead::open(self.key, note)?.head();
        let latest = self.latest.unwrap_or(NOTHING);
        if head.size <= latest.size {
            return self.check_trees(&head, &latest);
        }
        self.check_trees(&latest, &head)?;
        self.latest = Some(head);
        self.files.latest = Some(note.to_vec());
        Ok(())
    }

    fn check_trees(&mut self, older: &Head, newer: &Head) -> Result<(), ClientError> {
        let (older_size, newer_size) = (older.size, newer.size);
        let found = read_hashes(self.source, &mut self.files, newer, &subtrees(older_size))
            .map_err(|error| ClientError::Check {
                older: older_size,
                newer: newer_size,
                source: Box::new(error),
            })?;
        let hash = found
            .into_iter()
            .rev()
            .reduce(|right, left| node_hash(left, right))
            .unwrap_or(EMPTY_TREE);
        if hash == older.hash {
            Ok(())
        } else {
            Err(ClientError::Fork {
                older: older_size,
                newer: newer_size,
            })
        }
    }

    fn check_record(&mut self, record: &Record) -> Result<(), ClientError> {
        let latest = self.latest.unwrap_or(NOTHING);
        if record.id >= latest.size {
            return Err(ClientError::NewRecord {
                id: record.id,
                size: latest.size,
            });
        }
        let leaf = Node {
            level: 0,
            number: record.id,
        };
        let found = read_hashes(self.source, &mut self.files, &latest, &[leaf])?;
        if found == [record.hash()] {
            Ok(())
        } else {
            Err(ClientError::OtherRecord)
        }
    }
}

fn trees(older: u64, newer: u64) -> String {
    if older == newer {
        format!("tree#{newer}")
    } else {
        format!("tree#{older} against tree#{newer}")
    }
}
