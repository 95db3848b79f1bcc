//! This process and its children: signals, and what must not be left behind.

pub mod caches;
pub mod cleanup;
pub mod sandbox;
pub mod signals;
