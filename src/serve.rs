//! Serving: from a bag to a running proxy.

use std::io::Write;
use std::net::{SocketAddr, TcpListener};

use bag::Bag;
use bag::record::Record;

use crate::bundle;
use crate::error::{Context, Error, Result};
use crate::http::{self, Answered};
use crate::listen::{BasePath, Listen, reachable};
use crate::log::{Line, Log};
use crate::reply::reply;
use crate::site::Site;
use crate::sockets;
use crate::stop::Stop;

/// A proxy that listens and answers nobody yet.
#[derive(Debug)]
pub struct Proxy {
    site: Site,
    listener: TcpListener,
    address: SocketAddr,
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
        };
        proxy.site.start_page = bundle::asset("start.txt")
            .replace("{summary}", &summary(proxy.site.bag.record()))
            .replace("{url}", &proxy.url());
        Ok(proxy)
    }

    /// What to set `GOPROXY` to on this host.
    pub fn url(&self) -> String {
        format!("http://{}{}", reachable(self.address), self.site.base_path)
    }

    /// The address listened on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What the bag says of itself.
    pub fn record(&self) -> &Record {
        self.site.bag.record()
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
        let site = self.site;
        let write = move |answered: &Answered<'_>| {
            log.write(&Line {
                time: std::time::SystemTime::now(),
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
            move |request| reply(&site, request),
            write,
            unfinished,
        )
        .context("cannot serve")
    }
}

/// Asks `stop` to stop at SIGINT and SIGTERM; a second signal ends the process at once.
///
/// # Errors
/// The handlers cannot be set.
#[cfg(unix)]
pub fn stop_at_signals(stop: &Stop) -> Result<()> {
    use signal_hook::consts::{SIGINT, SIGTERM};

    let mut signals =
        signal_hook::iterator::Signals::new([SIGINT, SIGTERM]).context("cannot handle signals")?;
    let stop = stop.clone();
    std::thread::spawn(move || {
        for (count, _) in signals.forever().enumerate() {
            if count > 0 {
                std::process::exit(1);
            }
            stop.stop();
        }
    });
    Ok(())
}

/// Signals end the process as the platform does it.
#[cfg(not(unix))]
pub fn stop_at_signals(_stop: &Stop) -> Result<()> {
    Ok(())
}

/// `7 modules, 9 versions, 12.3 kB`: what a bag holds in full.
pub fn summary(record: &Record) -> String {
    let versions = || {
        record
            .modules
            .iter()
            .flat_map(|m| &m.versions)
            .filter(|v| v.is_complete())
    };
    let modules = record
        .modules
        .iter()
        .filter(|m| m.versions.iter().any(|v| v.is_complete()))
        .count();
    let bytes: u64 = versions().map(|v| v.zip_bytes).sum();
    let plural = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    format!(
        "{}, {}, {}",
        plural(modules, "module"),
        plural(versions().count(), "version"),
        size(bytes)
    )
}

/// A number of bytes for a person: `999 B`, `1.5 kB`, `76.3 MB`.
pub fn size(bytes: u64) -> String {
    let units = [("GB", 1e9), ("MB", 1e6), ("kB", 1e3)];
    match units.iter().find(|(_, unit)| bytes as f64 >= *unit) {
        Some((name, unit)) => format!("{:.1} {name}", bytes as f64 / unit),
        None => format!("{bytes} B"),
    }
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn shows_sizes() {
        for (bytes, want) in [
            (0, "0 B"),
            (999, "999 B"),
            (1500, "1.5 kB"),
            (76_300_000, "76.3 MB"),
            (8 << 30, "8.6 GB"),
        ] {
            assert_eq!(size(bytes), want);
        }
    }
}
