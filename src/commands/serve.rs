//! `gobag serve`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;

use argh::{ArgsInfo, FromArgs};

use super::refuse;
use crate::carried::older;
use crate::carried::summary::summary;
use crate::error::{Error, Result};
use crate::process::jail::{self, Mode, Who};
use crate::process::{kernel, memory};
use crate::proxy::form::Forms;
use crate::server::allow::{Allow, Network};
use crate::server::auth::Users;
use crate::server::budget;
use crate::server::guard::Access;
use crate::server::journal::Journal;
use crate::server::listen::{BasePath, Listen};
use crate::server::log::Log;
use crate::server::service::{Manner, Proxy};
use crate::server::stop::{Signals, Stop};
use crate::terminal::size::{count, size};

/// Serve the modules of this file as a Go module proxy, until SIGINT or SIGTERM.
#[derive(Debug, Default, FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    help_triggers("-h", "--help"),
    name = "serve",
    example = "On loopback, at the usual port:\n  {command_name}",
    example = "For every host that reaches this one:\n  {command_name} --listen :8080",
    example = "On any free port, below a path, with a log for programs:\n  {command_name} --listen 127.0.0.1:0 --base-path /mod --log json",
    example = "For users of a file, behind a server on this host that speaks TLS:\n  (umask 077; htpasswd -B -C 10 -c users ann)\n  {command_name} --auth users --allow 127.0.0.1",
    error_code(1, "it could not serve; it ends with 0 at a signal"),
    error_code(2, "what was typed is wrong")
)]
pub struct Serve {
    /// the address to listen on: host:port, or :port for all interfaces (default 127.0.0.1:8080)
    #[argh(option, default = "Listen::default()", arg_name = "address")]
    listen: Listen,

    /// how to log requests on stderr: text, json or off (default text)
    #[argh(option, default = "Log::Text", arg_name = "format")]
    log: Log,

    /// an older bag that this one builds on, to be served with it (repeatable; pack --since tells which)
    #[argh(option, arg_name = "bag")]
    with: Vec<PathBuf>,

    /// what stands before every path, such as /mod
    #[argh(option, default = "BasePath::default()", arg_name = "path")]
    base_path: BasePath,

    /// a file to append what is asked for and not in the bag to, path@version a line; gobag pack --from-misses fetches it
    #[argh(option, arg_name = "file")]
    misses: Option<PathBuf>,

    /// how module zips are sent: small, stored or auto (default small). Small is as they lie in this file; stored is with nothing in them compressed, several times as long, which a go command unpacks with half of the work and keeps so; auto is stored to go commands on this host, and small to all others
    #[argh(option, arg_name = "form")]
    wire: Option<Forms>,

    /// how many connections there may be at once; a go command opens several (default 1024, or what the system allows)
    #[argh(option, arg_name = "number")]
    max_connections: Option<Connections>,

    /// answer by the stock server of the HTTP library, which clients can stop; without log and journal
    #[argh(switch)]
    stock: bool,

    /// a file of lines user:hash, as htpasswd -B writes them (bcrypt; passwords of up to 72 bytes): only these users can read, and everybody /healthz and /readyz. It is read once, before listening. go sends a login over https alone: put a TLS server in front, which tells the client in X-Forwarded-For
    #[argh(option, arg_name = "file")]
    auth: Option<PathBuf>,

    /// answer only to clients in this network, or at this address; may be given several times. It is who connects that counts: loopback is let in where it is named too, and behind another server it is that server
    #[argh(option, arg_name = "cidr")]
    allow: Vec<Network>,

    /// whether the kernel shuts this process in before the first request, as the line after the address tells: require, try or off (default try)
    #[argh(option, default = "Mode::default()", arg_name = "mode")]
    sandbox: Mode,

    /// read all of this program, and of the bags of --with, into memory and keep it there, so that the medium that it lies on can be taken away
    #[argh(switch)]
    lock_memory: bool,
}

/// How many connections there may be.
#[derive(Debug, Clone, Copy)]
struct Connections(usize);

impl FromStr for Connections {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        match text.parse() {
            Ok(0) => Err("0 would serve nobody; name a number from 1 on".to_string()),
            Ok(number) => Ok(Connections(number)),
            Err(_) => Err(format!("{text:?} is no number; name one from 1 on")),
        }
    }
}

/// Serves until a signal comes.
pub fn run(arguments: &Serve) -> Result<ExitCode> {
    let further = [
        arguments.misses.is_some(),
        arguments.max_connections.is_some(),
        arguments.wire.is_some(),
    ];
    let text = "--stock has no journal, no limit and one form; leave --misses, --max-connections and --wire out";
    refuse(arguments.stock && further.contains(&true), text)?;
    let forms = arguments.wire.unwrap_or_default();
    if forms != Forms::Small && !memory::is_read_with_care() {
        let text = "zips can only be sent as they are here, as the system does not let this process copy its own memory with care; leave --wire out";
        return Err(Error::new(text));
    }
    let connections = arguments.max_connections;
    let connections = connections.map_or(budget::CONNECTIONS, |Connections(number)| number);
    let access = access(arguments)?;
    jail::close_inherited(arguments.sandbox)?;
    kernel::bound_memory_pools(budget::memory_pools());
    kernel::outlive_file_size_limit();
    budget::raise_descriptors();
    let bag = older::with(&arguments.with)?;
    let archives: Vec<&[u8]> = bag.archives().collect();
    let proxy = Proxy::bind(bag, arguments.listen, &arguments.base_path)?;
    let proxy = proxy.guarded(access);
    // Before a thread is started, which takes of the same.
    let allowed = budget::connections(connections);
    let few = budget::notice(connections, allowed)?;
    let stop = Stop::default();
    let stopping = Signals::of(&stop)?;
    let journal = arguments.misses.as_deref().map(Journal::open).transpose()?;
    let mut notes = few;
    notes += &proxy.lacking();
    if arguments.stock {
        notes += "by the stock server, which clients can stop\n";
    }
    if arguments.lock_memory {
        let locked = size(memory::lock(&archives)?);
        notes += &format!("{locked} locked in memory: the file may go away\n");
    }
    notes += &jail::enter(arguments.sandbox, Who::Process)?;
    let manner = Manner {
        log: arguments.log,
        journal,
        connections: allowed,
        finish_time: budget::FINISH_TIME,
        greeting: greeting(&proxy, &notes),
        stock: arguments.stock,
        forms,
    };
    stopping.hear();
    proxy.run(manner, &stop)?;
    Ok(ExitCode::SUCCESS)
}

fn access(arguments: &Serve) -> Result<Access> {
    let mut access = Access {
        allow: Allow::new(&arguments.allow),
        users: None,
    };
    if let Some(file) = &arguments.auth {
        let (users, note) = Users::read(file)?;
        if let Some(note) = note {
            crate::terminal::progress::note(&note);
        }
        access.users = Some(users);
    }
    Ok(access)
}

fn greeting(proxy: &Proxy, notes: &str) -> String {
    let reach = reach(proxy);
    let url = proxy.url();
    let (needed, place) = match &proxy.access().users {
        None => (String::new(), "In another shell"),
        Some(users) => (needed(users), "On a client"),
    };
    format!(
        "gobag {version}: {summary}\nlistening on {url}{reach}\n{notes}\n{needed}\n{place}:\n{typed}\n",
        version = env!("CARGO_PKG_VERSION"),
        summary = summary(proxy.bag().about()),
        typed = proxy.typed(),
    )
}

/// Who can read what is listened to, where that is more than this host or less.
fn reach(proxy: &Proxy) -> String {
    let (access, address) = (proxy.access(), proxy.address());
    let everywhere = address.ip().is_unspecified();
    let interfaces = match everywhere {
        true => format!("port {} of every interface: ", address.port()),
        false => String::new(),
    };
    match (access.allow.is_everybody(), &access.users) {
        (false, _) => format!(" ({interfaces}{} can reach it)", access.allow),
        (true, _) if !everywhere => String::new(),
        (true, None) => format!(" ({interfaces}every host that reaches this one can read it)"),
        (true, Some(_)) => format!(" ({interfaces}every host that reaches this one can log in)"),
    }
}

/// What is said where a login is needed.
fn needed(users: &Users) -> String {
    let users = count(users.count(), "user");
    format!(
        "a login is needed ({users}); go sends it over https alone: put a server that speaks TLS in front\n"
    )
}
