//! Trees and module caches written from a bag.

mod tree;
mod modcache;
