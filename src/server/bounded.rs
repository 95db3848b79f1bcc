//! HTTP/1.1 on a listening socket, where no client can stop the others: a bounded number of
//! connections, a thread each, one request at a time.
//!
//! The accept loop ends at a stop alone. Whatever fails, a connection that cannot be accepted or a
//! thread that cannot be started, costs that one connection, and is told.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::feeds::counters::Counters;
use crate::proxy::reply::Reply;
use crate::proxy::request::Request;
use crate::server::answered::{self, Answered, Event};
use crate::server::budget::STACK_BYTES;
use crate::server::connection::{Connection, Next};
use crate::server::head;
use crate::server::listen;
use crate::server::pool::Pool;
use crate::server::seats::Seats;
use crate::server::stop::Stop;
use crate::server::troubles::{self, Troubles};
use crate::server::wire;

/// How long whoever comes after a stop is answered, while answers are still on their way. Who is let in has
/// the rest of the time to be served.
const NEWCOMERS_TIME: Duration = Duration::from_secs(3);

/// Answers requests on `listener`, on at most `connections` connections at once, until `stop`; then
/// gives running answers `time` to finish, and returns. Whoever comes while they do is answered for a moment, as long
/// as a server in front may take to learn of it. `observe` hears what was
/// answered, `counters` keep the rest.
///
/// # Errors
/// The socket cannot be used, or no thread be started.
pub fn serve<A, O>(
    listener: TcpListener,
    connections: usize,
    stop: &Stop,
    time: Duration,
    counters: Arc<Counters>,
    answer: A,
    observe: O,
) -> io::Result<()>
where
    A: Fn(&Request) -> Reply + Send + Sync + 'static,
    O: Fn(Event) + Send + Sync + 'static,
{
    let address = listener.local_addr()?;
    let waker = listener.try_clone()?;
    let server = Arc::new(Server {
        seats: Seats::new(connections, counters.clone()),
        stop: stop.clone(),
        closed: AtomicBool::new(false),
        answer,
        observe,
    });
    let accepting = server.clone();
    let accepting = thread::Builder::new()
        .name("accept".into())
        .spawn(move || accepting.accept(&listener))?;
    stop.wait();
    counters.stop();
    let end = Instant::now() + time;
    server
        .seats
        .settle(end.min(Instant::now() + NEWCOMERS_TIME));
    server.closed.store(true, Ordering::SeqCst);
    listen::wake(&waker, address);
    drop(waker);
    // From here on nobody comes in.
    let _ = accepting.join();
    server.seats.finish(end);
    Ok(())
}

struct Server<A, O> {
    seats: Seats,
    stop: Stop,
    /// Nobody is taken in any more.
    closed: AtomicBool,
    answer: A,
    observe: O,
}

/// A connection's seat, until it is dropped.
struct Held<A, O> {
    connection: Arc<Connection>,
    server: Arc<Server<A, O>>,
}

impl<A, O> Drop for Held<A, O> {
    fn drop(&mut self) {
        self.server.seats.leave(&self.connection);
    }
}

impl<A, O> Server<A, O>
where
    A: Fn(&Request) -> Reply + Send + Sync + 'static,
    O: Fn(Event) + Send + Sync + 'static,
{
    fn accept(self: &Arc<Self>, listener: &TcpListener) {
        let pool = Arc::new(Pool::new(self.seats.most_threads(), STACK_BYTES));
        let work = Arc::new(|held: Held<A, O>| held.server.converse(&held.connection));
        let mut troubles = Troubles::new(|text| (self.observe)(Event::Trouble(text)));
        // Where there is no descriptor left, this one is given for a word to who comes next.
        let mut spare = listener.try_clone().ok();
        loop {
            let accepted = listener.accept();
            if self.closed.load(Ordering::SeqCst) {
                return;
            }
            let error = match accepted {
                Ok((stream, peer)) => {
                    let taken = self.take(stream, peer, &pool, &work);
                    taken.unwrap_or_else(|why| troubles.tell(&why));
                    continue;
                }
                Err(e) => e,
            };
            if troubles::is_clients_own(&error) {
                continue;
            }
            // Whoever waits is heard with the spare descriptor, which is then another's.
            let next = match troubles::is_short_of_descriptors(&error) {
                true => spare.take().map(|_| listener.accept()),
                false => None,
            };
            spare = listener.try_clone().ok();
            match next {
                Some(Ok((stream, peer))) if spare.is_some() => {
                    let taken = self.take(stream, peer, &pool, &work);
                    taken.unwrap_or_else(|why| troubles.tell(&why));
                }
                Some(Ok((stream, peer))) => {
                    if let Ok(connection) = Connection::new(stream, peer, self.seats.now()) {
                        self.turn_away(&connection);
                    }
                    troubles.tell(&error.to_string());
                    spare = listener.try_clone().ok();
                }
                Some(Err(_)) | None => {
                    troubles.tell(&error.to_string());
                    // What is short now comes back when somebody leaves.
                    thread::sleep(Duration::from_millis(10));
                }
            }
        }
    }

    /// Has a client answered by a thread.
    ///
    /// # Errors
    /// It was turned away; why, in a few words.
    fn take<W>(
        self: &Arc<Self>,
        stream: TcpStream,
        peer: SocketAddr,
        pool: &Arc<Pool<Held<A, O>>>,
        work: &Arc<W>,
    ) -> Result<(), String>
    where
        W: Fn(Held<A, O>) + Send + Sync + 'static,
    {
        let Ok(connection) = Connection::new(stream, peer, self.seats.now()).map(Arc::new) else {
            // The client has gone already.
            return Ok(());
        };
        if let Err(why) = self.seats.admit(&connection) {
            self.turn_away(&connection);
            return Err(format!("{}, {why}", in_use(self.seats.connections)));
        }
        let held = Held {
            connection: connection.clone(),
            server: self.clone(),
        };
        let Err(e) = pool.give(held, work) else {
            return Ok(());
        };
        // Who gives way has a thread, which takes this one next.
        if self.seats.make_room(&connection) {
            return Ok(());
        }
        if pool.take_back().is_some() {
            self.turn_away(&connection);
        }
        Err(format!("no thread can be started: {e}"))
    }

    fn turn_away(&self, connection: &Connection) {
        self.seats.counters.turned_away.add(1);
        connection.turn_away(&wire::busy());
    }

    /// Answers one request after another.
    fn converse(&self, connection: &Connection) {
        let mut buffer = Vec::new();
        loop {
            let (request, refusal, last) = match connection.next(&mut buffer) {
                Next::Request(mut request, last) => {
                    request.client = Some(connection.peer.ip());
                    request.is_near = connection.is_near;
                    (request, None, last)
                }
                Next::Refused(refusal) => (Box::new(Request::unread()), Some(refusal), true),
                Next::End => return,
            };
            let begin = Instant::now();
            connection.begin(self.seats.now());
            let reply = match refusal {
                None => (self.answer)(&request),
                Some(refusal) => {
                    self.seats.counters.refused_by_head.add(1);
                    refusal.reply()
                }
            };
            let last = last || self.stop.is_stopped();
            let (body_bytes, whole) =
                connection.send(&request.method, &reply, last, || self.seats.now());
            connection.end(self.seats.now());
            (self.observe)(Event::Answered(Answered {
                client: connection.peer,
                method: answered::shown(request.method, 32),
                target: answered::shown(request.target, 2048),
                status: reply.status,
                body_bytes,
                took: begin.elapsed(),
                miss: reply.miss,
                tls: refusal == Some(head::TLS),
            }));
            if !whole {
                return;
            }
            if last {
                connection.close();
                return;
            }
        }
    }
}

/// What is said of `connections` that are all there may be.
fn in_use(connections: usize) -> String {
    match connections {
        1 => "the only one is in use".to_string(),
        all => format!("all {all} are in use"),
    }
}

#[cfg(test)]
mod tests {
    use super::in_use;

    #[test]
    fn one_connection_is_the_only_one() {
        assert_eq!(in_use(1), "the only one is in use");
        assert_eq!(in_use(1024), "all 1024 are in use");
    }
}
