//! The addresses of a host, looked up once: ureq would ask for each request anew, also where it
//! has a connection, and one lost answer of a name server costs five seconds.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Mutex;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// Remembers what the system's resolver says.
#[derive(Debug, Default)]
pub struct Remembered {
    system: DefaultResolver,
    /// By scheme, host and port.
    known: Mutex<BTreeMap<String, Vec<SocketAddr>>>,
}

impl Resolver for Remembered {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let host = uri.authority().map_or("", |authority| {
            let authority = authority.as_str();
            authority
                .rsplit_once('@')
                .map_or(authority, |(_, host)| host)
        });
        let name = format!("{}://{host}", uri.scheme_str().unwrap_or(""));
        // Held until the answer is there: those who want to know it meanwhile wait for it.
        let mut known = self.known.lock().unwrap_or_else(|e| e.into_inner());
        if let Some(addresses) = known.get(&name) {
            let mut found = self.empty();
            addresses.iter().for_each(|address| found.push(*address));
            return Ok(found);
        }
        let found = self.system.resolve(uri, config, timeout)?;
        known.insert(name, found.iter().copied().collect());
        Ok(found)
    }
}
