//! gobag: a Go module proxy with the modules inside it.
//!
//! - [`cli`]: what was typed, and which command it means; [`commands`] has a thin file for each.
//! - [`manual`]: the man page, and completions for shells.
//! - [`doctor`]: will this project build from this bag, on this host?
//! - [`rebuild`]: what a bag carries compiled, compiled again and compared.
//! - [`image`]: a bag as a container image.
//! - [`pack`]: from projects to an executable that carries a proven bag.
//! - [`exec`]: a command run with the bag at hand.
//! - [`capture`]: the connected side of the checksum database.
//! - [`unpack`]: the bag written to disk.
//! - [`server`]: answers on a socket.
//! - [`proxy`]: from a request to a reply, as pure functions but for one count.
//! - [`page`]: what a browser shows, as pure functions of the bag.
//! - [`feeds`]: what a server tells of its bag and of itself, beside the answers to go.
//! - [`papers`]: what a bag holds, as papers for others: licences, bills of materials.
//! - [`client`]: what a go client on this host needs.
//! - [`carried`]: what this executable carries, and what another one does.
//! - [`process`], [`terminal`], [`error`]: children and signals, what a person sees, what failed.
//!
//! Each imports only what stands below it; the rules themselves are in `crates/`. Between the
//! line `listening on` and its end a server opens no file.

mod error;
mod terminal;
mod process;
mod carried;
mod client;
mod papers;
mod feeds;
mod page;
mod proxy;
mod server;
mod unpack;
mod capture;
mod exec;
mod pack;
mod image;
mod rebuild;
mod doctor;
mod manual;
mod commands;
mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    process::panics::in_one_line();
    process::kernel::end_in_one_line_where_a_file_is_gone();
    if process::kernel::began_without_stdout() {
        terminal::print::close();
    }
    match cli::run() {
        Ok(code) => code,
        Err(error) => {
            process::cleanup::wait_if_stopping();
            terminal::progress::complain(&format!("gobag: {error}"));
            ExitCode::from(error.code())
        }
    }
}
