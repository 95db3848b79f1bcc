//! The end-to-end tests: the finished binary, over a socket, judged by real clients.
//!
//! The tools come first: [`gobag`] starts the binary, [`bag`] and [`tree`] make bags for it to
//! serve, [`http`] asks it byte by byte and [`go`] is the real `go` command with an environment
//! built from nothing. The tests follow, by what they show. None of them sleeps, takes a fixed port
//! or is skipped: where a program that a test needs is missing, the test fails and says so.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a panic is how a test fails"
)]

mod bag;
mod gobag;
mod go;
mod http;
mod namespace;
mod tree;
mod zoo;
mod sums_place;
mod sums_go;
mod sums_public;
mod sums_bags;
mod sums_program;

mod commands;
mod modules_rules;
mod modules_tree;
mod source_folders;
mod serving;
mod selection;
mod probes;
mod escaping;
mod infos;
mod bodies;
mod headers;
mod ranges;
mod hostile;
mod bursts;
mod closure;
mod example;
mod unpacked;
mod modcache;
mod diff;
mod doctor;
mod crowd;
mod real;
mod readme;
mod tidy;
mod sums_clients;
mod sums_serving;
mod heads_known;
mod sums_tampered;
mod sums_exchanged;
mod sums_flipped;
mod sums_private;
mod sums_own_log;
mod sums_imported;
mod sums_project;
mod toolchains;
mod toolchains_verified;
mod projects;
mod projects_sealed;
mod projects_kinds;
mod projects_workspaces;
mod projects_toolchains;
mod projects_large;
mod pack_commands;
mod pack_sources;
mod pack_output;
mod pack_failures;
mod pack_interrupted;
mod exec_run;
mod exec_env;
