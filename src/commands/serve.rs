//! `gobag serve`.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use argh::FromArgs;

use crate::carried::bundle;
use crate::carried::summary::summary;
use crate::client::goenv::GoEnv;
use crate::client::settings;
use crate::client::shell::Syntax;
use crate::error::{Error, Result};
use crate::process::kernel;
use crate::server::budget;
use crate::server::journal::Journal;
use crate::server::listen::{BasePath, Listen};
use crate::server::log::Log;
use crate::server::service::{Manner, Proxy};
use crate::server::stop::{Stop, stop_at_signals};

/// Serve the modules of this file as a Go module proxy, until SIGINT or SIGTERM.
#[derive(Debug, Default, FromArgs)]
#[argh(
    subcommand,
    name = "serve",
    example = "On loopback, at the usual port:\n  {command_name}",
    example = "For every host that reaches this one:\n  {command_name} --listen :8080",
    example = "On any free port, below a path, with a log for programs:\n  {command_name} --listen 127.0.0.1:0 --base-path /mod --log json"
)]
pub struct Serve {
    /// the address to listen on: host:port, or :port for all interfaces (default 127.0.0.1:8080)
    #[argh(option, default = "Listen::default()", arg_name = "address")]
    listen: Listen,

    /// how to log requests on stderr: text, json or off (default text)
    #[argh(option, default = "Log::Text", arg_name = "format")]
    log: Log,

    /// what stands before every path, such as /mod
    #[argh(option, default = "BasePath::default()", arg_name = "path")]
    base_path: BasePath,

    /// a file to append what is asked for and not in the bag to, path@version a line; gobag pack --from-misses fetches it
    #[argh(option, arg_name = "file")]
    misses: Option<PathBuf>,

    /// how many clients may be connected at once (default 1024, or what the system allows)
    #[argh(option, arg_name = "number")]
    max_connections: Option<usize>,

    /// answer by the stock server of the HTTP library, which clients can stop; without log and journal
    #[argh(switch)]
    stock: bool,
}

/// Serves until a signal comes.
pub fn run(arguments: &Serve) -> Result<ExitCode> {
    let connections = arguments.max_connections;
    let connections = connections.unwrap_or(budget::CONNECTIONS);
    if connections == 0 {
        let text = "--max-connections 0 would serve nobody; name a number from 1 on";
        return Err(Error::new(text));
    }
    kernel::bound_memory_pools();
    budget::raise_descriptors();
    let proxy = Proxy::bind(bundle::bag()?, arguments.listen, &arguments.base_path)?;
    let stop = Stop::default();
    stop_at_signals(&stop)?;
    let journal = arguments.misses.as_deref().map(Journal::open).transpose()?;
    let manner = Manner {
        log: arguments.log,
        journal,
        connections: budget::connections(connections),
        stock: arguments.stock,
    };
    // Who starts a server may not read what it says.
    let _ = std::io::stderr().write_all(greeting(&proxy).as_bytes());
    proxy.run(manner, &stop)?;
    Ok(ExitCode::SUCCESS)
}

fn greeting(proxy: &Proxy) -> String {
    let url = proxy.url();
    let address = proxy.address();
    let reach = if address.ip().is_unspecified() {
        format!(
            " (port {} of every interface: every host that reaches this one can read it)",
            address.port()
        )
    } else {
        String::new()
    };
    // What is typed here works on a teammate's host as well.
    let client = proxy.advertised_url().unwrap_or_else(|| url.clone());
    let exports: String = settings::client(proxy.manifest(), &client, &GoEnv::default(), None)
        .iter()
        .map(|(name, value)| format!("  {}", Syntax::Sh.line(name, value)))
        .collect();
    format!(
        "gobag {version}: {summary}\nlistening on {url}{reach}\n\nIn another shell:\n{exports}  go build ./...\n\n",
        version = env!("CARGO_PKG_VERSION"),
        summary = summary(proxy.manifest()),
    )
}
