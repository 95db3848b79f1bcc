//! HTTP/1.1 by tiny_http's own server, as small as it gets. Clients can stop it; see
//! `ARCHITECTURE.md` for how, and [`bounded`](crate::server::bounded) for the one that they cannot.

use std::io::{self, ErrorKind, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use tiny_http::{HTTPVersion, Server};

use crate::proxy::reply::Reply;
use crate::proxy::request::Request;
use crate::server::stop::Stop;
use crate::server::wire;
use crate::terminal::progress::complain;

/// Answers requests on `listener` until `stop`. `count` hears what was asked for, the status, how many bytes of a
/// body were sent and how long that took.
///
/// # Errors
/// The socket cannot be used, or no thread be started.
pub fn serve(
    listener: TcpListener,
    stop: &Stop,
    answer: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    count: impl Fn(&str, u16, u64, Duration) + Send + Sync + 'static,
) -> io::Result<()> {
    let server = Arc::new(Server::from_listener(listener, None).map_err(io::Error::other)?);
    let (answer, count) = (Arc::new(answer), Arc::new(count));
    for _ in 0..64 {
        let (server, answer, count) = (server.clone(), answer.clone(), count.clone());
        thread::Builder::new().spawn(move || {
            while let Ok(incoming) = server.recv() {
                let begin = Instant::now();
                let request = wire::request(&incoming);
                let reply = answer(&request);
                let head_only = !wire::has_body(incoming.method().as_str(), reply.status);
                let Ok(body) = reply.body.reader() else {
                    continue;
                };
                let response = wire::response(&reply, body);
                let mut writer = incoming.into_writer();
                let version = HTTPVersion(1, 1);
                let sent = response
                    .raw_print(&mut writer, version, &[], head_only, None)
                    .and_then(|()| writer.flush());
                let bytes = if head_only || sent.is_err() {
                    0
                } else {
                    reply.body.len()
                };
                count(&request.target, reply.status, bytes, begin.elapsed());
                // Nobody can end that connection but all. A client that has gone needs no answer.
                if sent.is_err_and(|e| e.kind() == ErrorKind::InvalidData) {
                    complain("gobag: a zip in this file is damaged; copy it again");
                    std::process::exit(1);
                }
            }
        })?;
    }
    stop.wait();
    Ok(())
}
