//! The end-to-end tests: the finished binary, over a socket, judged by real clients.
//!
//! - [`support`]: what tests are made of: the binary, bags for it to serve, the real `go` command
//!   with an environment built from nothing, a network without a way out.
//! - [`rules`]: what may lie in `modules/`, and what is said against the rest.
//! - [`serve`]: every answer of the GOPROXY protocol, and what clients do to a server.
//! - [`page`]: what a browser shows.
//! - [`sums`]: the checksum database, asked by go with its default settings.
//! - [`carried`]: the commands that show and compare what a bag carries.
//! - [`unpack`]: trees and module caches written from a bag.
//! - [`image`]: container images, read and run by the tools that are there for them.
//! - [`pack`]: from a project to a bag that builds it without a network.
//! - [`exec`]: commands run with the bag at hand, and the doctor's word on whether they will work.
//! - [`getting`]: what a release holds, installed; the man page, and completions in real shells.
//! - [`process`]: a network of its own for children.
//! - [`deploy`]: what docs/deploy.md and docs/recipes.md show, with the servers that they name.
//! - [`house`]: the README and the source itself.
//!
//! None of them sleeps, takes a fixed port, needs privileges or is skipped: where a program that a
//! test needs is missing, the test fails and says so.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a panic is how a test fails"
)]
#![allow(clippy::print_stdout, reason = "some tell numbers to who runs them")]

mod support;
mod rules;
mod serve;
mod page;
mod sums;
mod carried;
mod unpack;
mod pack;
mod image;
mod exec;
mod getting;
mod process;
mod deploy;
mod house;
