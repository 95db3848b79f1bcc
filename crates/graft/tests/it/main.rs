//! Grafts made-up engines for the format, and real ones for the loader.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod synthetic;
mod format;
mod hostile;
mod sealed;
mod fuzz;
#[cfg(target_os = "linux")]
mod program;
#[cfg(target_os = "linux")]
mod loader;
