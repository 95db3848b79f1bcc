//! Tests of whole databases: a log is grown, captured, assembled, and tried out by the model of the
//! `go` command.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod log;
mod believed;
mod tampered;
mod merged;
mod refused;
mod own;
mod parsers;
mod fuzz;
