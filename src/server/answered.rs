//! What a server tells of its work.

use std::net::SocketAddr;
use std::time::Duration;

/// Something that a person may want to know of.
#[derive(Debug)]
pub enum Event {
    /// A request was answered.
    Answered(Answered),
    /// A text for whoever started the server, whatever is logged.
    Greeting(String),
    /// Something went wrong, in a line.
    Trouble(String),
}

/// What was answered to whom.
#[derive(Debug)]
pub struct Answered {
    /// The client's address.
    pub client: SocketAddr,
    /// The method, such as `GET`; `-` where none could be read.
    pub method: String,
    /// The request target, likewise.
    pub target: String,
    /// The status of the answer.
    pub status: u16,
    /// How many bytes of the body were sent; less than the answer has where sending failed.
    pub body_bytes: u64,
    /// How long finding and sending the answer took.
    pub took: Duration,
    /// The module version that was asked for and is not there, `path@version`.
    pub miss: Option<String>,
    /// True where the client spoke TLS.
    pub tls: bool,
}

/// As much of a text as is kept for the log.
pub fn shown(mut text: String, bytes: usize) -> String {
    if text.len() > bytes {
        let whole = (0..=bytes).rev().find(|at| text.is_char_boundary(*at));
        text.truncate(whole.unwrap_or(0));
        text += "…";
        text.shrink_to_fit();
    }
    text
}
