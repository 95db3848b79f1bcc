//! The sockets below the HTTP server, which does not hand them out.
//!
//! Accepted sockets inherit `TCP_NODELAY` and the send time-out of the listening one. A
//! receive time-out cannot be inherited: it would make `accept` fail as well. So what a
//! client may take for a request is bounded from outside: the process's own descriptors are
//! looked through, and a connection that keeps a worker or a thread waiting is shut down.
//! Descriptors are duplicated first, so that the one that is judged is the one that is shut
//! down, whatever its number stands for by then. No file is opened for this.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener};
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, TcpKeepalive, Type};

/// How long one write may wait for a client to read.
const SEND_TIME: Duration = Duration::from_secs(30);

/// How many connections may wait to be accepted.
const BACKLOG: i32 = 1024;

/// A listening socket whose connections have no delay and a bounded send time.
///
/// # Errors
/// The address is taken or not this host's.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.set_tcp_nodelay(true)?;
    socket.set_write_timeout(Some(SEND_TIME))?;
    socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(Duration::from_secs(60)))?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Shuts down the connections with this peer; a reader or writer of it goes on at once.
pub fn shut_down_peer(peer: SocketAddr, how: Shutdown) {
    for socket in open::sockets() {
        if socket.peer_addr().ok().and_then(|a| a.as_socket()) == Some(peer) {
            let _ = socket.shutdown(how);
        }
    }
}

/// The descriptors of this process that are sockets.
#[cfg(unix)]
pub mod open {
    #![allow(
        unsafe_code,
        reason = "a descriptor is duplicated by its number, which std cannot"
    )]

    use std::os::fd::{FromRawFd, OwnedFd};

    use socket2::Socket;

    use crate::server::limits;

    /// A duplicate of every open socket, one at a time.
    pub fn sockets() -> impl Iterator<Item = Socket> {
        (3..limits::descriptors())
            .filter_map(duplicate)
            .filter(|s| s.local_addr().is_ok())
    }

    fn duplicate(number: i32) -> Option<Socket> {
        // SAFETY: `fcntl` with F_DUPFD_CLOEXEC takes any number and fails for one that is not
        // open; the descriptor that it returns is new and owned by nobody else.
        let owned = unsafe {
            match libc::fcntl(number, libc::F_DUPFD_CLOEXEC, 3) {
                -1 => return None,
                new => OwnedFd::from_raw_fd(new),
            }
        };
        Some(Socket::from(owned))
    }
}

/// The descriptors of this process are not known on this platform.
#[cfg(not(unix))]
pub mod open {
    use socket2::Socket;

    /// Not known on this platform.
    pub fn sockets() -> impl Iterator<Item = Socket> {
        std::iter::empty()
    }
}
