//! `gobag serve`.

use std::path::PathBuf;
use std::process::ExitCode;

use argh::FromArgs;

use crate::carried::bundle;
use crate::carried::summary::summary;
use crate::client::goenv::GoEnv;
use crate::client::settings;
use crate::client::shell::Syntax;
use crate::error::Result;
use crate::process::jail::{self, Mode, Who};
use crate::server::journal::Journal;
use crate::server::limits;
use crate::server::listen::{BasePath, Listen};
use crate::server::log::Log;
use crate::server::service::Proxy;
use crate::server::stop::{Stop, stop_at_signals};
use crate::terminal::size::size;

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

    /// whether the kernel shuts this process in before the first request, as the line after the address tells: require, try or off (default try)
    #[argh(option, default = "Mode::default()", arg_name = "mode")]
    sandbox: Mode,

    /// read all of this program into memory and keep it there, so that the medium that it lies on can be taken away
    #[argh(switch)]
    lock_memory: bool,
}

/// Serves until a signal comes.
pub fn run(arguments: &Serve) -> Result<ExitCode> {
    jail::close_inherited(arguments.sandbox)?;
    let proxy = Proxy::bind(bundle::bag()?, arguments.listen, &arguments.base_path)?;
    let stop = Stop::default();
    stop_at_signals(&stop)?;
    let journal = arguments.misses.as_deref().map(Journal::open).transpose()?;
    limits::bound();
    let mut notes = String::new();
    if arguments.lock_memory {
        let locked = size(bundle::lock()?);
        notes = format!("{locked} locked in memory: the file may go away\n");
    }
    notes += &jail::enter(arguments.sandbox, Who::Process)?;
    eprint!("{}", greeting(&proxy, &notes));
    proxy.run(arguments.log, &stop, move |miss| {
        if let Some(journal) = &journal {
            journal.note(miss);
        }
    })?;
    Ok(ExitCode::SUCCESS)
}

fn greeting(proxy: &Proxy, notes: &str) -> String {
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
    let exports: String = settings::client(proxy.manifest(), &url, &GoEnv::default(), None)
        .iter()
        .map(|(name, value)| format!("  {}", Syntax::Sh.line(name, value)))
        .collect();
    format!(
        "gobag {version}: {summary}\nlistening on {url}{reach}\n{notes}\n\nIn another shell:\n{exports}  go build ./...\n\n",
        version = env!("CARGO_PKG_VERSION"),
        summary = summary(proxy.manifest()),
    )
}
