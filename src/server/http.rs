//! HTTP/1.1 on a listening socket, by tiny_http; nothing else here knows that crate.
//!
//! A request comes in as plain data and goes out as plain data. Faults of tiny_http 0.12 that
//! are met here:
//! - it chunks long bodies, or any that a `TE` header asks it to, so answers are written to
//!   its writer directly, with an exact `Content-Length`;
//! - dropping a request allocates the part of its body that was not read, however long the
//!   client said it would be, so such a request is never dropped;
//! - of two connections that come at once it may give the second to a thread that is about to
//!   take the first, and then nobody reads it until some other client leaves; one more
//!   connection, closed at once, brings a thread for it;
//! - its accept loop ends at the first error for good, so a new one takes over.

use std::io::{self, Write};
use std::mem;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use tiny_http::{Server, StatusCode};

use crate::proxy::reply::{Reply, Request, Secret};
use crate::server::listen::reachable;
use crate::server::reaper::Reaper;
use crate::server::sockets::shut_down_peer;
use crate::server::stop::Stop;
use crate::server::wire;

/// How many answers are given at once; a slow reader holds one of these threads.
const WORKERS: usize = 64;

/// A request body up to this many bytes may be drained when its request is dropped.
const MAX_BODY_BYTES: usize = 16 << 20;

/// Bodies up to this many bytes have been read before the request is handed out.
const READ_BODY_BYTES: usize = 1024;

/// How often the connections are looked at.
const LOOK_TIME: Duration = Duration::from_millis(250);

/// How long running answers may take to finish after a stop.
const FINISH_TIME: Duration = Duration::from_secs(30);

/// What was answered to whom.
#[derive(Debug)]
pub struct Answered<'a> {
    /// The client's address.
    pub client: Option<SocketAddr>,
    /// The request that was read.
    pub request: &'a Request,
    /// The reply that was sent, or as much of it as the client took.
    pub reply: &'a Reply,
    /// How many bytes of the body were sent.
    pub body_bytes: u64,
    /// How long finding and sending the answer took.
    pub took: Duration,
}

/// Answers requests on `listener` until `stop`, then finishes running answers and returns.
/// `unfinished` hears of clients that were cut off since they never finished a request.
///
/// # Errors
/// The socket cannot be used.
pub fn serve<A, L, U>(
    listener: &TcpListener,
    stop: &Stop,
    answer: A,
    log: L,
    unfinished: U,
) -> io::Result<()>
where
    A: Fn(&Request) -> Reply + Send + Sync + 'static,
    L: Fn(&Answered<'_>) + Send + Sync + 'static,
    U: Fn(SocketAddr),
{
    let shared = Arc::new(Shared {
        answer,
        log,
        stop: stop.clone(),
        answering: Mutex::default(),
    });
    let address = listener.local_addr()?;
    let mut reaper = Reaper::new(address.port());
    let mut accepting = start(listener, &shared)?;
    while !stop.wait(LOOK_TIME) {
        let look = reaper.look(&shared.answering());
        look.cut.into_iter().for_each(&unfinished);
        if look.waiting {
            // A thread that comes for this connection stays for the one that was forgotten.
            let _ = TcpStream::connect_timeout(&reachable(address), LOOK_TIME);
        }
        if accepting.failed.load(Ordering::Relaxed) {
            accepting = start(listener, &shared)?;
        }
    }
    let end = Instant::now() + FINISH_TIME;
    while !shared.answering().is_empty() && Instant::now() < end {
        thread::sleep(Duration::from_millis(2));
    }
    Ok(())
}

struct Shared<A, L> {
    answer: A,
    log: L,
    stop: Stop,
    /// Who is being answered now.
    answering: Mutex<Vec<Option<SocketAddr>>>,
}

impl<A, L> Shared<A, L> {
    /// The clients that are being answered now.
    fn answering(&self) -> Vec<Option<SocketAddr>> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Option<SocketAddr>>> {
        self.answering
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// One accept loop and its workers. After the loop failed, its workers stay for the
/// connections that it took, and leave when those have been quiet for long.
struct Accepting {
    failed: Arc<AtomicBool>,
}

fn start<A, L>(listener: &TcpListener, shared: &Arc<Shared<A, L>>) -> io::Result<Accepting>
where
    A: Fn(&Request) -> Reply + Send + Sync + 'static,
    L: Fn(&Answered<'_>) + Send + Sync + 'static,
{
    let server =
        Arc::new(Server::from_listener(listener.try_clone()?, None).map_err(io::Error::other)?);
    let failed = Arc::new(AtomicBool::new(false));
    for _ in 0..WORKERS {
        let (server, failed, shared) = (server.clone(), failed.clone(), shared.clone());
        thread::Builder::new()
            .name("answer".into())
            .spawn(move || work(&server, &failed, &shared))?;
    }
    Ok(Accepting { failed })
}

fn work<A, L>(server: &Server, failed: &AtomicBool, shared: &Shared<A, L>)
where
    A: Fn(&Request) -> Reply,
    L: Fn(&Answered<'_>),
{
    const QUIET_TIME: Duration = Duration::from_secs(150);
    let mut last = Instant::now();
    loop {
        match server.recv_timeout(Duration::from_secs(30)) {
            // The process ends; a request that comes now is left to the next server.
            Ok(Some(request)) if shared.stop.is_stopped() => mem::forget(request),
            Ok(Some(request)) => {
                last = Instant::now();
                let client = request.remote_addr().copied();
                shared.lock().push(client);
                handle(request, shared);
                let mut answering = shared.lock();
                if let Some(at) = answering.iter().position(|c| *c == client) {
                    answering.swap_remove(at);
                }
            }
            Ok(None) => {}
            Err(_) => failed.store(true, Ordering::Relaxed),
        }
        if failed.load(Ordering::Relaxed) && last.elapsed() > QUIET_TIME {
            return;
        }
    }
}

fn handle<A, L>(incoming: tiny_http::Request, shared: &Shared<A, L>)
where
    A: Fn(&Request) -> Reply,
    L: Fn(&Answered<'_>),
{
    let begin = Instant::now();
    let request = plain(&incoming);
    let client = incoming.remote_addr().copied();
    let body = incoming.body_length().unwrap_or(0);
    if body > MAX_BODY_BYTES {
        refuse(incoming, client);
        let reply = Reply {
            status: 413,
            headers: Vec::new(),
            body: Default::default(),
            miss: None,
        };
        (shared.log)(&Answered {
            client,
            request: &request,
            reply: &reply,
            body_bytes: 0,
            took: begin.elapsed(),
        });
        return;
    }
    let last = must_close(&incoming) || body > READ_BODY_BYTES;
    if body > READ_BODY_BYTES
        && let Some(client) = client
    {
        // What the client still sends is not waited for.
        shut_down_peer(client, Shutdown::Read);
    }
    let reply = (shared.answer)(&request);
    let reason = StatusCode(reply.status).default_reason_phrase();
    let head = wire::head(&reply, reason, last);
    let mut writer = incoming.into_writer();
    let content: &[u8] = if request.method == "HEAD" {
        &[]
    } else {
        &reply.body
    };
    let sent = wire::send(&mut writer, &head, content);
    drop(writer);
    let whole = sent == content.len() as u64;
    if (!whole || last)
        && let Some(client) = client
    {
        shut_down_peer(
            client,
            if whole {
                Shutdown::Write
            } else {
                Shutdown::Both
            },
        );
    }
    (shared.log)(&Answered {
        client,
        request: &request,
        reply: &reply,
        body_bytes: sent,
        took: begin.elapsed(),
    });
}

fn plain(incoming: &tiny_http::Request) -> Request {
    let header = |name: &'static str| {
        let found = incoming.headers().iter().find(|h| h.field.equiv(name));
        found.map(|h| h.value.as_str().to_string())
    };
    let last = |name: &'static str| {
        let found = incoming
            .headers()
            .iter()
            .rev()
            .find(|h| h.field.equiv(name));
        found.map(|h| h.value.as_str().to_string())
    };
    Request {
        method: incoming.method().as_str().to_string(),
        target: incoming.url().to_string(),
        if_none_match: header("If-None-Match"),
        if_range: header("If-Range"),
        range: header("Range"),
        authorization: header("Authorization").map(Secret),
        forwarded_for: last("X-Forwarded-For"),
        client: incoming.remote_addr().map(|client| client.ip()),
    }
}

/// True when no further request can be read from the connection: the client says so, or it
/// sends a chunked body, which is not read.
fn must_close(incoming: &tiny_http::Request) -> bool {
    let closes = |h: &tiny_http::Header| {
        h.field.equiv("Transfer-Encoding")
            || (h.field.equiv("Connection")
                && h.value.as_str().to_ascii_lowercase().contains("close"))
    };
    *incoming.http_version() < (1, 1) || incoming.headers().iter().any(closes)
}

/// Refuses a request with a body that tiny_http would allocate when the request is dropped.
/// Only `upgrade` hands out both halves of the connection, which are kept for good: the
/// socket is shut down, and what remains is a parked thread.
fn refuse(incoming: tiny_http::Request, client: Option<SocketAddr>) {
    let response = tiny_http::Response::empty(413);
    let mut stream = incoming.upgrade("close", response);
    let _ = stream.write_all(b"a request to a Go module proxy has no body\n");
    let _ = stream.flush();
    mem::forget(stream);
    if let Some(client) = client {
        shut_down_peer(client, Shutdown::Both);
    }
}
