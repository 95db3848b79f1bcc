//! Clients that come at once and stay.

use std::io::Write;
use std::net::TcpStream;
use std::sync::Barrier;
use std::thread;

use crate::support::http;
use crate::support::zoo;

/// How many clients come at once; a go command opens about as many connections.
const CLIENTS: usize = 8;

/// Enough bursts to meet the moment at which two connections are given to one thread.
const BURSTS: usize = 60;

#[test]
fn clients_that_come_at_once_and_stay_are_all_answered() {
    let gobag = zoo::serve();
    let mut staying: Vec<TcpStream> = Vec::new();
    for burst in 0..BURSTS {
        let together = Barrier::new(CLIENTS);
        let ask = || {
            together.wait();
            let mut stream = http::connect(gobag.address());
            let request = b"GET /zoo.test/mixed/@v/list HTTP/1.1\r\nHost: x\r\n\r\n";
            stream.write_all(request).unwrap();
            let reply = http::read_one(&mut stream);
            (stream, reply.status)
        };
        thread::scope(|scope| {
            let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(ask)).collect();
            for client in clients {
                let (stream, status) = client.join().expect("an answer");
                assert_eq!(status, 200, "in burst {burst}");
                staying.push(stream);
            }
        });
        if burst % 10 == 9 {
            staying.clear();
        }
    }
}
