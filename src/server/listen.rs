//! The address to listen on.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs};
use std::str::FromStr;

/// Where to listen: `host:port`, or `:port` for every interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listen(pub SocketAddr);

impl Default for Listen {
    fn default() -> Self {
        Listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)))
    }
}

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("{text:?} is no address; write host:port, or :port for all interfaces");
        if let Some(port) = text.strip_prefix(':') {
            let port = port.parse().map_err(|_| wrong())?;
            return Ok(Listen(SocketAddr::from((Ipv4Addr::UNSPECIFIED, port))));
        }
        if let Ok(address) = text.parse() {
            return Ok(Listen(address));
        }
        let mut found = text.to_socket_addrs().map_err(|_| wrong())?;
        found.next().map(Listen).ok_or_else(wrong)
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The address that a client on this host types: a server on every interface is reached
/// through loopback.
pub fn reachable(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => (Ipv4Addr::LOCALHOST, address.port()).into(),
        IpAddr::V6(ip) if ip.is_unspecified() => {
            (std::net::Ipv6Addr::LOCALHOST, address.port()).into()
        }
        _ => address,
    }
}

/// What stands before every path: `/…` without a final slash, or nothing.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct BasePath(pub String);

impl FromStr for BasePath {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let path = text.trim_end_matches('/');
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~/".contains(&b);
        if !(path.is_empty() || path.starts_with('/'))
            || !path.bytes().all(plain)
            || path.contains("//")
        {
            return Err(format!("{text:?} is no base path; write /some/prefix"));
        }
        Ok(BasePath(path.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_addresses() {
        for (text, want) in [
            ("127.0.0.1:8080", Some("127.0.0.1:8080")),
            (":8080", Some("0.0.0.0:8080")),
            ("[::1]:0", Some("[::1]:0")),
            ("8080", None),
            (":http", None),
            ("127.0.0.1", None),
            ("127.0.0.1:99999", None),
        ] {
            let listen = text.parse::<Listen>().ok();
            assert_eq!(listen.map(|l| l.to_string()).as_deref(), want, "{text}");
        }
    }

    #[test]
    fn reads_base_paths() {
        for (text, want) in [
            ("/mod/", Some("/mod")),
            ("/a/b", Some("/a/b")),
            ("/", Some("")),
            ("mod", None),
            ("/a//b", None),
            ("/a b", None),
        ] {
            assert_eq!(
                text.parse::<BasePath>().ok().map(|b| b.0).as_deref(),
                want,
                "{text}"
            );
        }
    }
}
