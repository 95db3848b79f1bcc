//! gobag: a Go module proxy with the modules inside it.
//!
//! `cli` says what was typed, `bundle` finds the bag that this executable carries, `reply`
//! answers a request from it as a pure function, and `serve` with `http` and `sockets` carries
//! answers to clients. Nothing here opens a file while it serves.

mod cli;
mod bundle;
mod error;
mod escape;
mod path;
mod range;
mod site;
mod reply;
mod miss;
mod misses;
mod process;
mod sockets;
#[cfg_attr(not(target_os = "linux"), path = "no_reaper.rs")]
mod reaper;
mod stop;
mod wire;
mod http;
mod listen;
mod log;
mod serve;
mod progress;
mod goproxy;
mod fetch;
mod capture;
mod goenv;
mod settings;
mod toolchain;
mod oldbag;
mod difference;
mod modcache;
mod doctor;
mod cleanup;
mod pack;
mod commands;

use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("gobag: {error}");
            ExitCode::FAILURE
        }
    }
}
