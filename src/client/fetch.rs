//! Fetching over HTTP, by ureq; nothing else here knows that crate.

use std::thread;
use std::time::Duration;

use ureq::Agent;
use ureq::tls::{RootCerts, TlsConfig};

use crate::error::{Error, Result};

/// How often a request is tried before its failure counts.
const TRIES: u32 = 4;

/// The largest answer that is read, in bytes.
const MAX_BYTES: u64 = 1 << 20;

/// Fetches small files. Honours `HTTPS_PROXY` and its kin, and the system's certificates.
#[derive(Debug, Clone)]
pub struct Fetcher(Agent);

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// The answer's body.
    Found(Vec<u8>),
    /// 404 or 410: there is no such thing.
    NotFound,
    /// Another status of 4xx, in words: asking again would not help.
    Refused(String),
}

impl Fetcher {
    /// A fetcher that gives each request half a minute and keeps `parallel` connections.
    pub fn new(parallel: usize) -> Self {
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::PlatformVerifier)
            .build();
        let config = Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(30)))
            .http_status_as_error(false)
            .max_idle_connections(parallel)
            .max_idle_connections_per_host(parallel)
            .tls_config(tls)
            .user_agent(concat!("gobag/", env!("CARGO_PKG_VERSION")))
            .build();
        Fetcher(config.into())
    }

    /// Fetches `url`; a server that is busy or a connection that breaks is asked again.
    ///
    /// # Errors
    /// A status that is neither 200 nor 4xx, and no answer; the text names the URL.
    pub fn get(&self, url: &str) -> Result<Fetched> {
        let mut wait = Duration::from_millis(250);
        for _ in 1..TRIES {
            match self.try_get(url) {
                Err((true, _)) => thread::sleep(wait),
                answer => return answer.map_err(|(_, error)| error),
            }
            wait *= 3;
        }
        self.try_get(url).map_err(|(_, error)| error)
    }

    /// One try; with an error, whether another one may go better.
    fn try_get(&self, url: &str) -> std::result::Result<Fetched, (bool, Error)> {
        let failure = |e: ureq::Error| (true, Error::new(format!("{url}: {e}")));
        let mut response = self.0.get(url).call().map_err(failure)?;
        match response.status().as_u16() {
            200 => {
                let body = response.body_mut().with_config().limit(MAX_BYTES);
                body.read_to_vec().map(Fetched::Found).map_err(failure)
            }
            404 | 410 => Ok(Fetched::NotFound),
            400..=428 | 430..=499 => Ok(Fetched::Refused(response.status().to_string())),
            status => Err((
                status == 429 || status >= 500,
                Error::new(format!("{url}: {}", response.status())),
            )),
        }
    }
}

/// Whether the plain server at `url` answers with 200. It is asked once, by no other proxy, and
/// has three seconds. What is no HTTP is an answer as well, and another one.
///
/// # Errors
/// It does not answer; the text leaves out the URL.
pub fn is_found(url: &str) -> Result<bool> {
    let config = Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(3)))
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .build();
    match Agent::from(config).head(url).call() {
        Ok(answer) => Ok(answer.status() == 200),
        Err(ureq::Error::Protocol(_) | ureq::Error::Http(_)) => Ok(false),
        Err(ureq::Error::Timeout(_)) => Err(Error::new("it took longer than three seconds")),
        Err(ureq::Error::Io(e)) => Err(Error::new(e)),
        Err(e) => Err(Error::new(e)),
    }
}
