//! The rules of Go modules, as pure functions of bytes and names.
//!
//! Start at [`module`] (what a path and a version may be) and [`semver`] (how versions compare);
//! [`pseudo`], [`info`] and [`query`] say which version answers a question; [`gosum`], [`dirhash`],
//! [`modfile`] and [`modzip`] read and write the four kinds of files; [`gofile`] reads what a Go
//! file imports. Nothing here opens a file or
//! a connection, and no input makes it panic or allocate more than a small multiple of its own
//! size.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        reason = "a test that unwraps fails where it should"
    )
)]

pub mod module;
pub mod semver;
pub mod goversion;
pub mod pseudo;
pub mod time;
pub mod info;
pub mod query;
pub mod dirhash;
pub mod gosum;
pub mod modfile;
pub mod gofile;
pub mod modzip;
