//! This process and its children: signals, a network of their own, a box for what answers, folders to write to, and what must not be left behind.

pub mod caches;
pub mod removal;
pub mod cleanup;
pub mod hidden;
pub mod jail;
pub mod memory;
pub mod panics;
pub mod room;
pub mod sandbox;
pub mod signals;
pub mod kernel;
#[cfg(target_os = "linux")]
mod descendants;
#[cfg(target_os = "linux")]
mod namespace;
#[cfg(all(target_os = "linux", debug_assertions))]
mod probe;
