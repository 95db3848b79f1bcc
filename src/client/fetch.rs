//! Fetching over HTTP, by ureq; nothing else here knows that crate.

use std::thread;
use std::time::Duration;

use ureq::Agent;
use ureq::tls::{RootCerts, TlsConfig};

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
    pub fn get(&self, url: &str) -> Result<Fetched, String> {
        let mut wait = Duration::from_millis(250);
        for _ in 1..TRIES {
            match self.try_get(url) {
                Err(Failure { again: true, .. }) => thread::sleep(wait),
                Err(failure) => return Err(failure.text),
                Ok(fetched) => return Ok(fetched),
            }
            wait *= 3;
        }
        self.try_get(url).map_err(|failure| failure.text)
    }

    fn try_get(&self, url: &str) -> Result<Fetched, Failure> {
        let failure = |e: ureq::Error| Failure {
            again: true,
            text: format!("{url}: {e}"),
        };
        let mut response = self.0.get(url).call().map_err(failure)?;
        match response.status().as_u16() {
            200 => {
                let body = response.body_mut().with_config().limit(MAX_BYTES);
                body.read_to_vec().map(Fetched::Found).map_err(failure)
            }
            404 | 410 => Ok(Fetched::NotFound),
            400..=428 | 430..=499 => Ok(Fetched::Refused(response.status().to_string())),
            status => Err(Failure {
                again: status == 429 || status >= 500,
                text: format!("{url}: {}", response.status()),
            }),
        }
    }
}

struct Failure {
    /// True when another try may go better.
    again: bool,
    text: String,
}
