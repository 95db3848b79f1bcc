//! A bag written to disk: a proxy tree, a module cache, a toolchain.

pub mod tree;
pub mod toolchain;
pub mod alone;
pub mod partial;
pub mod in_use;
pub mod extracted;
pub mod goroot;
pub mod gocache;
pub mod modcache;
