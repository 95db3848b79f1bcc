//! What tests are made of.

pub mod bag;
pub mod browser;
pub mod chain;
pub mod gobag;
pub mod go;
pub mod http;
pub mod namespace;
pub mod nginx;
pub mod paper;
pub mod tree;
pub mod zoo;
pub mod place;
pub mod releases;
pub mod public;
pub mod public_bags;
pub mod program;
pub mod project;
pub mod sealed;
pub mod task;
