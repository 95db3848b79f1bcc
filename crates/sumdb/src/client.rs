//! A model of the `go` command as client of a checksum database, to try out what a bag will answer.
//!
//! Source: <https://pkg.go.dev/golang.org/x/mod/sumdb#Client> and
//! `cmd/go/internal/modfetch/sumdb.go`. It is not used to build anything: it plans its requests in
//! the client's way, from the hashes that it wants, so that an error in [`needed`](crate::needed)
//! shows.

mod server;
mod files;
mod error;
mod reader;

pub use error::ClientError;
pub use files::ClientFiles;
pub use server::Server;

use crate::hash::EMPTY_TREE;
use crate::head::{Head, SignedHead};
use crate::key::VerifierKey;
use crate::node::{Node, subtrees};
use crate::record::Record;
use reader::{hash_of_subtrees, read_hashes};

/// One run of the `go` command. What it learns is in its files at once.
#[derive(Debug)]
pub struct Client<'a, S> {
    key: &'a VerifierKey,
    server: &'a S,
    files: &'a mut ClientFiles,
    /// Head that the run goes by, that of the empty tree before it has one.
    latest: Head,
}

impl<'a, S: Server> Client<'a, S> {
    /// A run that finds `files`, and adds to them.
    pub fn new(key: &'a VerifierKey, server: &'a S, files: &'a mut ClientFiles) -> Self {
        Self {
            key,
            server,
            files,
            latest: Head {
                size: 0,
                hash: EMPTY_TREE,
            },
        }
    }

    /// The record of a version, proved.
    ///
    /// # Errors
    /// When it cannot be had or not be proved. A newer head is kept even then: a client is bound by
    /// it from the moment that it was seen.
    pub fn lookup(&mut self, path: &str, version: &str) -> Result<Record, ClientError> {
        self.init()
            .map_err(|error| ClientError::Init(Box::new(error)))?;
        let key = (path.to_owned(), version.to_owned());
        let cached = self.files.lookups.get(&key).cloned();
        let answer = cached
            .or_else(|| self.server.lookup(path, version))
            .ok_or(ClientError::NoLookup)?;
        let (record, note) = Record::parse_answer(&answer)?;
        self.merge(note)?;
        self.check_record(&record)?;
        self.files.lookups.insert(key, answer);
        Ok(record)
    }

    /// Takes up the head that an earlier run left behind, unless that is done. It is read against
    /// itself, so its right edge must be there.
    fn init(&mut self) -> Result<(), ClientError> {
        let (0, Some(note)) = (self.latest.size, &self.files.latest) else {
            return Ok(());
        };
        let head = *SignedHead::open(self.key, note)?.head();
        self.check_trees(&head, &head)?;
        self.latest = head;
        Ok(())
    }

    /// Compares a head with the one that the run goes by, and goes by the newer of them from then
    /// on.
    fn merge(&mut self, note: &[u8]) -> Result<(), ClientError> {
        let head = *SignedHead::open(self.key, note)?.head();
        let latest = self.latest;
        if head.size <= latest.size {
            return self.check_trees(&head, &latest);
        }
        self.check_trees(&latest, &head)?;
        self.latest = head;
        self.files.latest = Some(note.to_vec());
        Ok(())
    }

    fn check_trees(&mut self, older: &Head, newer: &Head) -> Result<(), ClientError> {
        let found = read_hashes(self.server, self.files, newer, &subtrees(older.size));
        let (hash, older, newer) = (older.hash, older.size, newer.size);
        let found = found.map_err(|error| ClientError::Check {
            older,
            newer,
            source: Box::new(error),
        })?;
        if hash_of_subtrees(found) == hash {
            Ok(())
        } else {
            Err(ClientError::Fork { older, newer })
        }
    }

    fn check_record(&mut self, record: &Record) -> Result<(), ClientError> {
        let (id, size) = (record.id, self.latest.size);
        if id >= size {
            return Err(ClientError::NewRecord { id, size });
        }
        let leaf = Node {
            level: 0,
            number: id,
        };
        let found = read_hashes(self.server, self.files, &self.latest, &[leaf])?;
        if found == [record.hash()] {
            Ok(())
        } else {
            Err(ClientError::OtherRecord)
        }
    }
}
