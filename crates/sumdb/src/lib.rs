//! Go's checksum database as plain data: what `sum.golang.org` signs, what a client proves, what a
//! bag must hold.
//!
//! A tour: a [`key`] signs a [`note`] whose text is a tree [`head`]; a [`record`] is a leaf of that
//! tree, and the [`hash`]es in between are published in [`tile`]s, kept in [`tiles`]. [`needed`]
//! says which tiles prove what and [`proof`] checks them. [`capture`] is what was collected,
//! [`assemble`] turns it into a [`database`] that can be served, [`own`] makes a database from
//! nothing, and [`client`] is a model of the `go` command for the [`self_test`].
//!
//! Nothing here touches a file or the network: callers bring bytes and take bytes away.
//!
//! Sources: RFC 6962 section 2 for the tree, <https://pkg.go.dev/golang.org/x/mod/sumdb> for all
//! formats, <https://c2sp.org/signed-note> for the note.

pub mod hash;
pub mod name;
pub mod key;
pub mod note;
pub mod head;
pub mod record;
pub mod tile;
pub mod tiles;
pub mod needed;
pub mod proof;
pub mod capture;
pub mod assembled;
pub mod assemble;
pub mod database;
pub mod own;
pub mod client;
mod node;
pub mod self_test;
