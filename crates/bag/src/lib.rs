//! The bag: what a gobag binary carries, and the way from a folder of modules to it.
//!
//! Data flows one way. `place` says what a path below `modules/` is, `intake` reads and
//! checks it into `contents`, `layout` derives every answer that a client may ask for,
//! `archive` writes them down as one byte string with an `index`, by which they are found again in a
//! [`Bag`] in memory; `joined` makes one of several. What go compiled lies beside the answers (`built`),
//! as `building` made it, and what people want to know of modules
//! (`described`, made by `describing`; `required` says who requires whom). What `compact` made of a zip is `kept` for the next time. Nothing here listens on a
//! socket, and a bag does not touch the disk.

mod fault;
pub mod vulndb;
mod error;
pub mod digest;
pub mod plain;
mod place;
mod contents;
pub mod checked;
mod source;
mod intake;
pub mod manifest;
mod layout;
mod closing;
pub mod frames;
mod entry;
mod table;
mod directory;
mod known;
mod care;
mod index;
mod archive;
mod sums;
pub mod vulns;
pub mod kept;
pub mod compact;
pub mod packing;
mod answer;
mod memory;
mod joined;
pub mod built;
pub mod building;
pub mod required;
pub mod described;
pub mod describing;

pub use answer::Answer;
pub use care::Care;
pub use directory::SUMS_NAME;
pub use entry::Entry;
pub use error::ArchiveError;
pub use fault::Fault;
pub use intake::{Invalid, Options};
pub use known::Known;
pub use layout::TOOLCHAIN;
pub use memory::Bag;
pub use place::slashed;

#[cfg(test)]
#[path = "fuzz_tests.rs"]
mod fuzz;
