//! What std does not tell of a socket.

use std::net::TcpStream;

/// True where bytes lie there that nobody has read; nothing is waited for.
#[cfg(target_os = "linux")]
pub fn has_bytes(stream: &TcpStream) -> bool {
    use rustix::net::{RecvFlags, recv};

    let flags = RecvFlags::PEEK | RecvFlags::DONTWAIT;
    matches!(recv(stream, &mut [0_u8; 1][..], flags), Ok((1.., _)))
}

/// Elsewhere a look might wait.
#[cfg(not(target_os = "linux"))]
pub fn has_bytes(_stream: &TcpStream) -> bool {
    false
}
