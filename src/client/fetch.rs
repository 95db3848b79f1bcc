//! Fetching over HTTP, by ureq; nothing else here but its resolver knows that crate.

use std::io::ErrorKind;
use std::net::IpAddr;
use std::path::Path;
use std::thread;
use std::time::Duration;

use bag::plain;
use ureq::tls::{RootCerts, TlsConfig};
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Body, http::Response};

use super::goauth::{GoAuth, Headers, Logins};
use super::place::{Place, redacted};
use super::resolve::Remembered;
use crate::error::{Error, Result};

/// How often a request is tried before its failure counts.
const TRIES: u32 = 4;

/// The largest answer that is read, in bytes.
const MAX_BYTES: u64 = 1 << 20;

/// How many redirects are followed: as many as go follows.
const REDIRECTS: u32 = 10;

/// Fetches small files as go would, logging in where go does. Honours `HTTPS_PROXY` and its kin,
/// and the system's certificates.
#[derive(Debug)]
pub struct Fetcher {
    agent: Agent,
    /// For what no proxy is asked for.
    plain: Agent,
    logins: Logins,
}

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

/// An error, and whether another try may go better.
type Failure = (bool, Error);

impl Fetcher {
    /// A fetcher that gives each request half a minute and keeps `parallel` connections.
    pub fn new(parallel: usize, auth: GoAuth) -> Self {
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::PlatformVerifier)
            .build();
        let config = || {
            Agent::config_builder()
                .timeout_global(Some(Duration::from_secs(30)))
                .http_status_as_error(false)
                // They are followed here: a login must not follow to another server.
                .max_redirects(0)
                .max_idle_connections(parallel)
                .max_idle_connections_per_host(parallel)
                .tls_config(tls.clone())
                .user_agent(concat!("gobag/", env!("CARGO_PKG_VERSION")))
        };
        let agent =
            |config| Agent::with_parts(config, DefaultConnector::default(), Remembered::default());
        Fetcher {
            agent: agent(config().build()),
            plain: agent(config().proxy(None).build()),
            logins: Logins::new(auth),
        }
    }

    /// Fetches `place`, a file where it is one; a server that is busy or a connection that breaks
    /// is asked again.
    ///
    /// # Errors
    /// A status that is neither 200 nor 4xx, and no answer; the text names the URL without login.
    pub fn get(&self, place: &Place) -> Result<Fetched> {
        if place.url().starts_with("file:") {
            return read(place);
        }
        let mut wait = Duration::from_millis(250);
        for _ in 1..TRIES {
            match self.try_get(place) {
                Err((true, _)) => thread::sleep(wait),
                answer => return answer.map_err(|(_, error)| error),
            }
            wait *= 3;
        }
        self.try_get(place).map_err(|(_, error)| error)
    }

    /// One try.
    fn try_get(&self, place: &Place) -> std::result::Result<Fetched, Failure> {
        let mut response = self.answer(place)?;
        match response.status().as_u16() {
            200 => {
                let body = response.body_mut().with_config().limit(MAX_BYTES);
                body.read_to_vec()
                    .map(Fetched::Found)
                    .map_err(|e| failure(place, &e))
            }
            404 | 410 => Ok(Fetched::NotFound),
            401 => {
                let failures = self.logins.failures();
                Ok(Fetched::Refused(format!("{}{failures}", response.status())))
            }
            400..=428 | 430..=499 => Ok(Fetched::Refused(response.status().to_string())),
            status => Err((
                status == 429 || status >= 500,
                Error::new(format!("{place}: {}", response.status())),
            )),
        }
    }

    /// The answer to a request with the login of its URL, else with one that GOAUTH knows: the
    /// second only over TLS, and once more where the server does not take the first.
    fn answer(&self, place: &Place) -> std::result::Result<Response<Body>, Failure> {
        if let Some(login) = place.login() {
            if !place.is_https() {
                let why = "a login is not sent over plain http, nor does go send one; use https";
                return Err((false, Error::new(format!("{place}: {why}"))));
            }
            let headers = vec![("Authorization".to_string(), login.header())];
            return self.follow(place, &headers);
        }
        if !place.is_https() {
            return self.follow(place, &Headers::new());
        }
        let headers = self.logins.headers(place.url());
        let response = self.follow(place, &headers)?;
        if !response.status().is_client_error() {
            return Ok(response);
        }
        let again = self.logins.headers_after(place.url(), &head(&response));
        if again == headers {
            return Ok(response);
        }
        self.follow(place, &again)
    }

    /// The answer that redirects lead to. Headers stay with the server that they are for.
    fn follow(
        &self,
        place: &Place,
        headers: &Headers,
    ) -> std::result::Result<Response<Body>, Failure> {
        let mut at = place.clone();
        for _ in 0..=REDIRECTS {
            let agent = if is_proxied(&at) {
                &self.agent
            } else {
                &self.plain
            };
            let mut request = agent.get(at.url());
            if at.is_beside(place) {
                for (name, value) in headers {
                    request = request.header(name, value);
                }
            }
            let response = request.call().map_err(|e| failure(&at, &e))?;
            let location = response.headers().get("location");
            let location = location.and_then(|l| l.to_str().ok());
            let Some(location) = location.filter(|_| response.status().is_redirection()) else {
                return Ok(response);
            };
            let to = at.redirected(location);
            if at.is_https() && !to.is_https() {
                let text = format!("{at}: redirected from https to {to}");
                return Err((false, Error::new(text)));
            }
            at = to;
        }
        let text = format!("{place}: more than {REDIRECTS} redirects");
        Err((false, Error::new(text)))
    }
}

/// Whether a proxy of the environment is asked for `place`: as go has it none is for this host
/// itself, and what `HTTPS_PROXY` names is for https alone.
fn is_proxied(place: &Place) -> bool {
    let rest = place.url().split_once("://").map_or("", |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    let local = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !local && (place.is_https() || set("HTTP_PROXY") || set("http_proxy"))
}

/// What ureq says, which may have a proxy's login in it.
fn failure(place: &Place, e: &ureq::Error) -> Failure {
    let text = format!("{place}: {}", redacted(&e.to_string()));
    (true, Error::new(text))
}

/// Status line and headers, as the programs of GOAUTH read them.
fn head(response: &Response<Body>) -> String {
    let mut head = format!("{:?} {}\n", response.version(), response.status());
    for (name, value) in response.headers() {
        let value = String::from_utf8_lossy(value.as_bytes());
        head.push_str(&format!("{name}: {value}\n"));
    }
    head + "\n"
}

/// The file that `place` names.
fn read(place: &Place) -> Result<Fetched> {
    let Some(file) = place.file() else {
        return Err(Error::new(format!("{place}: it names no file here")));
    };
    match read_small(&file) {
        Ok(bytes) => Ok(Fetched::Found(bytes)),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(Fetched::NotFound),
        Err(e) if e.kind() == ErrorKind::PermissionDenied => Ok(Fetched::Refused(e.to_string())),
        Err(e) => Err(Error::new(format!("{place}: {e}"))),
    }
}

/// Reads a plain file that is no longer than an answer may be.
///
/// # Errors
/// It cannot be read, is longer, or is no plain file.
pub fn read_small(file: &Path) -> std::io::Result<Vec<u8>> {
    plain::read(file, MAX_BYTES)
}

/// Whether the plain server at `url` answers with 200. It is asked once, by no other proxy, and
/// has three seconds; a login in the URL is not sent, as go sends none to such a server. What is
/// no HTTP is an answer as well, and another one.
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
    match Agent::from(config).head(Place::parse(url).url()).call() {
        Ok(answer) => Ok(answer.status() == 200),
        Err(ureq::Error::Protocol(_) | ureq::Error::Http(_)) => Ok(false),
        Err(ureq::Error::Timeout(_)) => Err(Error::new("it took longer than three seconds")),
        Err(ureq::Error::Io(e)) => Err(Error::new(e)),
        Err(e) => Err(Error::new(redacted(&e.to_string()))),
    }
}
