//! Who asks: the address that a request comes from, and which addresses count as one client.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::request::Request;

/// Where a request comes from, as far as its client is held to a share: the client's address. A server on this host that
/// speaks TLS for others names them. Any other program here can connect from as many addresses anyway; what
/// it gains is that it can name a client's, and so have that client wait.
pub fn origin(request: &Request) -> IpAddr {
    let client = request.client.unwrap_or(Ipv4Addr::UNSPECIFIED.into());
    if !client.to_canonical().is_loopback() {
        return client;
    }
    let named = request.forwarded_for.as_deref().and_then(|list| {
        // The last one is by whoever connected.
        let last = list.rsplit(',').next()?.trim();
        let with_port = || Some(last.parse::<SocketAddr>().ok()?.ip());
        last.parse().ok().or_else(with_port)
    });
    named.unwrap_or(client)
}

/// The addresses that count as one client: an IPv4 address, or the 64 bits of an IPv6 network, of
/// which one host may have as many addresses as it likes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Group(IpAddr);

impl Group {
    /// The group of an address.
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(ip) => {
                let [a, b, c, d, ..] = ip.segments();
                Group(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into())
            }
            v4 => Group(v4),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_named_by_this_host_alone() {
        for (client, forwarded, want) in [
            ("192.0.2.1", None, "192.0.2.1"),
            ("192.0.2.1", Some("198.51.100.7"), "192.0.2.1"),
            ("127.0.0.1", None, "127.0.0.1"),
            ("127.0.0.1", Some("198.51.100.7"), "198.51.100.7"),
            ("::1", Some("10.0.0.1, 198.51.100.7"), "198.51.100.7"),
            ("::ffff:127.0.0.1", Some("2001:db8::1"), "2001:db8::1"),
            ("127.0.0.1", Some("198.51.100.7:4711"), "198.51.100.7"),
            ("127.0.0.1", Some("198.51.100.7, unknown"), "127.0.0.1"),
            ("127.0.0.1", Some(""), "127.0.0.1"),
        ] {
            let request = Request {
                client: Some(client.parse().unwrap()),
                forwarded_for: forwarded.map(str::to_owned),
                ..Request::default()
            };
            let want: IpAddr = want.parse().unwrap();
            assert_eq!(origin(&request), want, "{client} {forwarded:?}");
        }
    }
}
