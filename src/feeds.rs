//! What a server tells of its bag and of itself, beside the answers to go: version, catalog, index,
//! bill of materials, readiness and metrics. All of it comes from memory, and no page is longer than is told.

pub mod once;
mod query;
mod versions;
mod catalog;
mod index;
mod kind;
pub mod counters;
mod metrics;
pub mod feed;
