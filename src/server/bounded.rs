//! HTTP/1.1 on a listening socket, where no client can stop the others: a bounded number of
//! connections, a thread each, one request at a time.
//!
//! The accept loop ends at a stop alone. Whatever fails, a connection that cannot be accepted or a
//! thread that cannot be started, costs that one connection, and is told.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use crate::proxy::reply::{Reply, Request};
use crate::server::answered::{self, Answered, Event};
use crate::server::budget::{LEAVING, STACK_BYTES};
use crate::server::connection::{Connection, Next};
use crate::server::head;
use crate::server::listen;
use crate::server::pool::Pool;
use crate::server::slots::State;
use crate::server::stop::Stop;
use crate::server::table::Table;
use crate::server::troubles::{self, Troubles};
use crate::server::wire;

/// How often they are looked at: one of which nothing was sent meanwhile stands still.
const LOOK_TIME: Duration = Duration::from_secs(2);

/// How long one who gives way may take to go.
const LEAVE_TIME: Duration = Duration::from_millis(100);

/// Answers requests on `listener`, on at most `connections` connections at once, until `stop`; then
/// gives running answers `time` to finish, and returns. `observe` hears what was answered.
///
/// # Errors
/// The socket cannot be used, or no thread be started.
pub fn serve<A, O>(
    listener: TcpListener,
    connections: usize,
    stop: &Stop,
    time: Duration,
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
        connections,
        stop: stop.clone(),
        answer,
        observe,
        table: Mutex::default(),
        left: Condvar::new(),
        began: Instant::now(),
    });
    let accepting = server.clone();
    let accepting = thread::Builder::new()
        .name("accept".into())
        .spawn(move || accepting.accept(&listener))?;
    stop.wait();
    listen::wake(&waker, address);
    drop(waker);
    // From here on nobody comes in.
    let _ = accepting.join();
    server.finish(time);
    Ok(())
}

struct Server<A, O> {
    connections: usize,
    stop: Stop,
    answer: A,
    observe: O,
    table: Mutex<Table>,
    /// A connection has gone.
    left: Condvar,
    began: Instant,
}

/// A connection's place in the table, until it is dropped.
struct Held<A, O> {
    connection: Arc<Connection>,
    server: Arc<Server<A, O>>,
}

impl<A, O> Drop for Held<A, O> {
    fn drop(&mut self) {
        let mut table = self.server.table();
        table.leave(&self.connection);
        drop(table);
        self.server.left.notify_all();
    }
}

impl<A, O> Server<A, O> {
    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(|p| p.into_inner())
    }

    /// Milliseconds since it began.
    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX >> 2)
    }

    /// Makes room for a connection and takes it in.
    ///
    /// # Errors
    /// Nobody can give way, or who does has not gone; which, in a few words.
    fn admit(&self, connection: &Arc<Connection>) -> Result<(), &'static str> {
        let mut table = self.table();
        let all = table.held.len() >= self.connections;
        if all && !table.make_room(connection, self.now()) {
            return Err("and nobody gives way");
        }
        let full = |table: &mut Table| table.living >= self.connections + LEAVING;
        if full(&mut table) {
            let waited = self.left.wait_timeout_while(table, LEAVE_TIME, full);
            let (now, waited) = waited.unwrap_or_else(|p| p.into_inner());
            table = now;
            if waited.timed_out() {
                return Err("and those who give way have not gone");
            }
        }
        table.take_in(connection);
        Ok(())
    }

    /// Ends what is idle, lets answers finish for a while, and cuts those that stand still.
    fn finish(&self, time: Duration) {
        let end = Instant::now() + time;
        let mut before: Vec<(Arc<Connection>, State)> = Vec::new();
        let mut table = self.table();
        while table.living > 0 && Instant::now() < end {
            for connection in &table.held {
                let state = connection.state();
                let known = |(c, s): &(_, State)| Arc::ptr_eq(c, connection) && *s == state;
                match state {
                    State::Idle { .. } => connection.end_idle(),
                    _ if before.iter().any(known) => connection.shut_down(),
                    State::Answering { .. } => {}
                }
            }
            let held = table.held.iter();
            before = held.map(|c| (c.clone(), c.state())).collect();
            let living = |table: &mut Table| table.living > 0;
            let waited = self.left.wait_timeout_while(table, LOOK_TIME, living);
            table = waited.unwrap_or_else(|p| p.into_inner()).0;
        }
        for connection in &table.held {
            connection.shut_down();
        }
        // What they did last is yet to be told; who does not come back from it is not waited for.
        let living = |table: &mut Table| table.living > 0;
        let _ = self.left.wait_timeout_while(table, LEAVE_TIME, living);
    }
}

impl<A, O> Server<A, O>
where
    A: Fn(&Request) -> Reply + Send + Sync + 'static,
    O: Fn(Event) + Send + Sync + 'static,
{
    fn accept(self: &Arc<Self>, listener: &TcpListener) {
        let pool = Arc::new(Pool::new(STACK_BYTES));
        let work = Arc::new(|held: Held<A, O>| held.server.converse(&held.connection));
        let mut troubles = Troubles::new(|text| (self.observe)(Event::Trouble(text)));
        // Where there is no descriptor left, this one is given for a word to who comes next.
        let mut spare = listener.try_clone().ok();
        loop {
            let accepted = listener.accept();
            if self.stop.is_stopped() {
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
                    if let Ok(connection) = Connection::new(stream, peer, self.now()) {
                        connection.turn_away(&wire::busy());
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
        let Ok(connection) = Connection::new(stream, peer, self.now()).map(Arc::new) else {
            // The client has gone already.
            return Ok(());
        };
        if let Err(why) = self.admit(&connection) {
            connection.turn_away(&wire::busy());
            return Err(format!(
                "all {} connections are in use, {why}",
                self.connections
            ));
        }
        let held = Held {
            connection: connection.clone(),
            server: self.clone(),
        };
        let Err(e) = pool.give(held, work) else {
            return Ok(());
        };
        // Who gives way has a thread, which takes this one next.
        if self.table().make_room(&connection, self.now()) {
            return Ok(());
        }
        if pool.take_back().is_some() {
            connection.turn_away(&wire::busy());
        }
        Err(format!("no thread can be started: {e}"))
    }

    /// Answers one request after another.
    fn converse(&self, connection: &Connection) {
        let mut buffer = Vec::new();
        loop {
            let (request, refusal, last) = match connection.next(&mut buffer) {
                Next::Request(mut request, last) => {
                    request.client = Some(connection.peer.ip());
                    (request, None, last)
                }
                Next::Refused(refusal) => (Request::unread(), Some(refusal), true),
                Next::End => return,
            };
            let begin = Instant::now();
            connection.moves(self.now());
            let reply = match refusal {
                None => (self.answer)(&request),
                Some(refusal) => refusal.reply(),
            };
            let last = last || self.stop.is_stopped();
            let (body_bytes, whole) = connection.send(&request.method, &reply, last, || self.now());
            connection.end(self.now());
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
