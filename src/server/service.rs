//! Serving: from a bag to a running proxy.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::thread;
use std::time::Duration;

use bag::Bag;

use crate::carried::bundle;
use crate::carried::older;
use crate::carried::summary::summary;
use crate::client::goenv::GoEnv;
use crate::client::settings;
use crate::client::shell::Syntax;
use crate::error::{Context, Error, Result};
use crate::proxy::form::Forms;
use crate::proxy::site::Site;
use crate::proxy::target;
use crate::server::answered::Event;
use crate::server::guard::Access;
use crate::server::journal::Journal;
use crate::server::listen::{self, BasePath, Listen, advertised, reachable};
use crate::server::log::Log;
use crate::server::records::Records;
use crate::server::stop::Stop;
use crate::server::{bounded, budget, stock};
use crate::terminal::print::print_error;

/// A proxy that listens and answers nobody yet.
#[derive(Debug)]
pub struct Proxy {
    site: Site,
    listener: TcpListener,
    address: SocketAddr,
    /// What is typed elsewhere; looked up before the box is closed.
    advertised: Option<SocketAddr>,
    access: Access,
}

/// How a proxy answers.
#[derive(Debug)]
pub struct Manner {
    /// How requests are logged.
    pub log: Log,
    /// Where is written what clients missed.
    pub journal: Option<Journal>,
    /// How many connections there may be at once.
    pub connections: usize,
    /// How long running answers may take to finish after a stop.
    pub finish_time: Duration,
    /// What is said to whoever starts it.
    pub greeting: String,
    /// Answer by tiny_http's own server.
    pub stock: bool,
    /// Which form of a module zip is sent to whom; by tiny_http's own server it is what lies in the bag.
    pub forms: Forms,
}

impl Default for Manner {
    fn default() -> Self {
        Manner {
            log: Log::Off,
            journal: None,
            connections: budget::connections(budget::CONNECTIONS),
            finish_time: budget::FINISH_TIME,
            greeting: String::new(),
            stock: false,
            forms: Forms::default(),
        }
    }
}

impl Proxy {
    /// Listens on `listen` for requests to `bag`.
    ///
    /// # Errors
    /// The address cannot be listened on.
    pub fn bind(bag: Bag<'static>, listen: Listen, base_path: &BasePath) -> Result<Self> {
        let listener = listen::listen(listen.0).map_err(|e| match e.kind() {
            io::ErrorKind::AddrInUse => Error::new(format!(
                "{listen} is taken by another program; choose another address with --listen, or port 0 for any"
            )),
            _ => Error::new(format!("cannot listen on {listen}: {e}")),
        })?;
        let address = listener
            .local_addr()
            .context("cannot tell the address listened on")?;
        let base = base_path.0.clone();
        Ok(Proxy {
            site: Site::new(bag, base, String::new()),
            listener,
            address,
            advertised: match (address.ip().is_unspecified(), address.ip().is_loopback()) {
                (true, _) => advertised(address),
                (false, true) => None,
                (false, false) => Some(address),
            },
            access: Access::default(),
        })
    }

    /// The same on a free port of loopback.
    ///
    /// # Errors
    /// None can be listened on.
    pub fn on_loopback(bag: Bag<'static>) -> Result<Self> {
        let loopback = Listen(([127, 0, 0, 1], 0).into());
        Proxy::bind(bag, loopback, &BasePath::default())
    }

    /// The same for those alone who have `access`.
    pub fn guarded(self, access: Access) -> Self {
        Proxy { access, ..self }
    }

    /// Who may read.
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// What to set `GOPROXY` to on this host.
    pub fn url(&self) -> String {
        format!("http://{}{}", reachable(self.address), self.site.base_path)
    }

    /// What to set it to on another host that reaches this one; none where none does.
    pub fn advertised_url(&self) -> Option<String> {
        let address = self.advertised?;
        Some(format!("http://{address}{}", self.site.base_path))
    }

    /// What to set it to on as many hosts as possible.
    pub fn client_url(&self) -> String {
        self.advertised_url().unwrap_or_else(|| self.url())
    }

    /// What is typed into a shell of a client.
    pub fn typed(&self) -> String {
        let (url, login) = match &self.access.users {
            // It works on a teammate's host as well.
            None => (self.client_url(), ""),
            Some(_) => (
                format!("https://go.example.com{}", self.base_path()),
                "  # go.example.com is the server in front, which speaks TLS\n  \
                 # in ~/.netrc: machine go.example.com login USER password PASSWORD\n",
            ),
        };
        let settings = settings::client(self.bag(), &url, &GoEnv::default(), None);
        let lines = settings.iter();
        let lines = lines.map(|(name, value)| format!("  {}", Syntax::Sh.line(name, value)));
        format!("{}{login}  go build ./...\n", lines.collect::<String>())
    }

    /// A line that tells what the bag builds on and is not served here; empty where that is nothing.
    pub fn lacking(&self) -> String {
        let text = older::lacking(&self.bag().about().base);
        text.map_or(String::new(), |text| text + "\n")
    }

    /// What somebody must know who pastes the lines of the page.
    fn notes(&self) -> String {
        let login = "A login is needed, which go sends over https alone: to a server in front that speaks TLS, \
                     with a line in ~/.netrc, machine HOST login USER password PASSWORD.";
        let login = self.access.users.as_ref().map_or("", |_| login);
        self.lacking() + login
    }

    /// What is answered at `/` to all but browsers.
    fn start_page(&self) -> String {
        bundle::asset("start.txt")
            .replace("{summary}", &summary(self.bag().about()))
            .replace("{lacking}", &self.lacking())
            .replace("{typed}", &self.typed())
    }

    /// What stands before every path.
    pub fn base_path(&self) -> &str {
        &self.site.base_path
    }

    /// The address listened on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The bag that is served.
    pub fn bag(&self) -> &Bag<'static> {
        &self.site.bag
    }

    /// Answers requests until `stop`.
    ///
    /// # Errors
    /// The socket cannot be used, or no thread be started.
    pub fn run(mut self, manner: Manner, stop: &Stop) -> Result<()> {
        self.site.start_page = self.start_page();
        self.site.url = self.client_url();
        self.site.notes = self.notes();
        let (mut site, access) = (self.site, self.access);
        // Beside the first answers: fresh memory takes longer than all else at the start. Without it
        // the file must not go away, no more.
        let bag = site.bag.clone();
        let _ = thread::Builder::new().spawn(move || bag.keep_index());
        let (base, counters) = (site.base_path.clone(), site.feeds.counters.clone());
        let counted = counters.clone();
        let count = move |target: &str, status, bytes, took| {
            let name = target::name(target, &base);
            counted.answered(name.as_deref(), status, bytes, took);
        };
        if manner.stock {
            // Who starts a server may not read what it says.
            let _ = print_error(&manner.greeting);
            let answer = move |request: &_| access.reply(&site, request);
            return stock::serve(self.listener, stop, answer, count).context("cannot serve");
        }
        site.forms = manner.forms;
        let records = Records::start(manner.log, manner.journal, counters.clone());
        let (records, writing) = records.context("cannot start the log")?;
        records.take(Event::Greeting(manner.greeting));
        bounded::serve(
            self.listener,
            manner.connections,
            stop,
            manner.finish_time,
            counters,
            move |request| access.reply(&site, request),
            move |event: Event| {
                if let Event::Answered(of) = &event {
                    count(&of.target, of.status, of.body_bytes, of.took);
                }
                records.take(event);
            },
        )
        .context("cannot serve")?;
        writing.finish();
        Ok(())
    }
}
