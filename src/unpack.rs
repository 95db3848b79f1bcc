//! A bag written to disk: a proxy tree, a module cache, a toolchain.

pub mod tree;
pub mod toolchain;
pub mod alone;
pub mod goroot;
pub mod modcache;
