//! The bag: what a gobag binary carries, and the way from a folder of modules to it.
//!
//! Data flows one way. [`place`] says what a path below `modules/` is, [`intake`] reads and
//! checks it into [`contents`], [`layout`] derives every answer that a client may ask for,
//! [`archive`] writes them down as one byte string, and [`index`] finds them again without
//! copying. Nothing here listens on a socket, and nothing after [`index`] touches the disk.

pub mod fault;
pub mod place;
pub mod contents;
pub mod checked;
pub mod source;
pub mod intake;
pub mod manifest;
pub mod layout;
pub mod archive;
pub mod sums;
pub mod packing;
pub mod index;
pub mod file;

pub use fault::Fault;
pub use index::{Bag, Entry};
