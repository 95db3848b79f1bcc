//! The address to listen on, and those that clients type.

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::net::{ToSocketAddrs, UdpSocket};
use std::str::FromStr;
use std::time::Duration;

use socket2::{Domain, Protocol, SockRef, Socket, TcpKeepalive, Type};

/// How many connections may wait to be accepted.
const BACKLOG: i32 = 4096;

/// How much of an answer the system keeps for a client that does not read, in bytes; it takes
/// twice as much for what belongs to it. Left to itself it would keep 4 MiB.
const SEND_BYTES: usize = 256 << 10;

/// How long the system waits for a client to take more of what was sent, also once the connection
/// has ended here.
#[cfg(target_os = "linux")]
const UNREAD_TIME: Duration = Duration::from_secs(30);

/// Where to listen: `host:port`, or `:port` for every interface, by IPv4 and IPv6.
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
            return Ok(Listen(SocketAddr::from((Ipv6Addr::UNSPECIFIED, port))));
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

/// A listening socket, whose connections have no delay. On every IPv6 interface it hears IPv4 as
/// well, and where there is no IPv6 that alone.
///
/// # Errors
/// The address is taken or not this host's.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    match listen_on(address) {
        Err(e) if address.ip() == IpAddr::V6(Ipv6Addr::UNSPECIFIED) && is_no_ipv6(&e) => {
            listen_on((Ipv4Addr::UNSPECIFIED, address.port()).into())
        }
        listening => listening,
    }
}

/// True where another address family may do.
fn is_no_ipv6(error: &io::Error) -> bool {
    !matches!(
        error.kind(),
        ErrorKind::AddrInUse | ErrorKind::PermissionDenied
    )
}

fn listen_on(address: SocketAddr) -> io::Result<TcpListener> {
    let domain = Domain::for_address(address);
    let socket = Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    if address.ip() == IpAddr::V6(Ipv6Addr::UNSPECIFIED) {
        socket.set_only_v6(false)?;
    }
    // What is accepted has the same.
    socket.set_send_buffer_size(SEND_BYTES)?;
    socket.set_tcp_nodelay(true)?;
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(UNREAD_TIME))?;
    socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(Duration::from_secs(60)))?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Wakes whoever waits for a connection on the socket, which listens on `address`.
pub fn wake(listener: &TcpListener, address: SocketAddr) {
    // Linux wakes at this, other systems at a connection; either may fail.
    let _ = SockRef::from(listener).shutdown(Shutdown::Both);
    let _ = TcpStream::connect_timeout(&reachable(address), Duration::from_millis(250));
}

/// The address that a client elsewhere types for a server on every interface: that from which
/// this host would reach another. None where it has no network.
pub fn advertised(address: SocketAddr) -> Option<SocketAddr> {
    // Of these no packet is sent: they are addresses for documentation (RFC 5737, RFC 3849).
    let far = [
        (SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)), "192.0.2.1:9"),
        (
            SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
            "[2001:db8::1]:9",
        ),
    ];
    let near = far.into_iter().find_map(|(own, far)| {
        let socket = UdpSocket::bind(own).ok()?;
        socket.connect(far).ok()?;
        let ip = socket.local_addr().ok()?.ip();
        (!ip.is_unspecified() && !ip.is_loopback()).then_some(ip)
    });
    near.map(|ip| (ip, address.port()).into())
}

/// The address that a client on this host types: a server on every interface is reached
/// through loopback.
pub fn reachable(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => (Ipv4Addr::LOCALHOST, address.port()).into(),
        // Where IPv6 is switched off it is heard by IPv4 all the same.
        IpAddr::V6(ip) if ip.is_unspecified() => (Ipv4Addr::LOCALHOST, address.port()).into(),
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
            (":8080", Some("[::]:8080")),
            ("0.0.0.0:8080", Some("0.0.0.0:8080")),
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
