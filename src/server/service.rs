//! Serving: from a bag to a running proxy.

use std::io::Write;
use std::net::{SocketAddr, TcpListener};

use bag::Bag;
use bag::manifest::Manifest;

use crate::carried::bundle;
use crate::carried::summary::summary;
use crate::error::{Context, Error, Result};
use crate::proxy::site::Site;
use crate::server::guard::Access;
use crate::server::http::{self, Answered};
use crate::server::listen::{BasePath, Listen, reachable};
use crate::server::log::{Line, Log};
use crate::server::sockets;
use crate::server::stop::Stop;

/// A proxy that listens and answers nobody yet.
#[derive(Debug)]
pub struct Proxy {
    site: Site,
    listener: TcpListener,
    address: SocketAddr,
    access: Access,
}

impl Proxy {
    /// Listens on `listen` for requests to `bag`.
    ///
    /// # Errors
    /// The address cannot be listened on.
    pub fn bind(bag: Bag<'static>, listen: Listen, base_path: &BasePath) -> Result<Self> {
        let listener = sockets::listen(listen.0).map_err(|e| match e.kind() {
            std::io::ErrorKind::AddrInUse => Error::new(format!(
                "{listen} is taken by another program; choose another address with --listen, or port 0 for any"
            )),
            _ => Error::new(format!("cannot listen on {listen}: {e}")),
        })?;
        let address = listener
            .local_addr()
            .context("cannot tell the address listened on")?;
        let base = base_path.0.clone();
        let mut proxy = Proxy {
            site: Site::new(bag, base, String::new()),
            listener,
            address,
            access: Access::default(),
        };
        proxy.site.start_page = bundle::asset("start.txt")
            .replace("{summary}", &summary(proxy.site.bag.manifest()))
            .replace("{url}", &proxy.url());
        Ok(proxy)
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

    /// What stands before every path.
    pub fn base_path(&self) -> &str {
        &self.site.base_path
    }

    /// The address listened on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What the bag says of itself.
    pub fn manifest(&self) -> &Manifest {
        self.site.bag.manifest()
    }

    /// Answers requests until `stop`. `missed` hears of each module version asked for and not
    /// in the bag.
    ///
    /// # Errors
    /// The socket cannot be used.
    pub fn run(
        self,
        log: Log,
        stop: &Stop,
        missed: impl Fn(&str) + Send + Sync + 'static,
    ) -> Result<()> {
        let (site, access) = (self.site, self.access);
        let write = move |answered: &Answered<'_>| {
            log.write(&Line {
                time: jiff::Timestamp::now(),
                client: answered.client,
                method: &answered.request.method,
                target: &answered.request.target,
                status: answered.reply.status,
                body_bytes: answered.body_bytes,
                took: answered.took,
            });
            if let Some(miss) = &answered.reply.miss {
                missed(miss);
            }
        };
        let unfinished = |client: SocketAddr| {
            if log != Log::Off {
                let text = format!(
                    "gobag: {client} sent no HTTP request and was cut off; \
                     if it speaks TLS, its GOPROXY must begin with http://\n"
                );
                let _ = std::io::stderr().lock().write_all(text.as_bytes());
            }
        };
        http::serve(
            &self.listener,
            stop,
            move |request| access.reply(&site, request),
            write,
            unfinished,
        )
        .context("cannot serve")
    }
}
