//! A client that shows an answer as it came, and `curl` where another one's view counts.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output};

use crate::support::gobag::PATIENCE;

/// An answer: what it says of itself, and its bytes.
#[derive(Debug)]
pub struct Reply {
    /// The number in the status line.
    pub status: u16,
    /// Names in small letters, in the order they came.
    pub headers: Vec<(String, String)>,
    /// All that followed the headers until the server closed the connection.
    pub body: Vec<u8>,
}

impl Reply {
    /// The value of a header; panics where it came twice.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(key, _)| key == name);
        let value = values.next().map(|(_, value)| value.as_str());
        assert!(
            values.next().is_none(),
            "{name} came twice: {:?}",
            self.headers
        );
        value
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("the body is text")
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("the body is JSON")
    }

    /// `Content-Length`, which must be there and alone.
    pub fn content_length(&self) -> usize {
        assert_eq!(self.header("transfer-encoding"), None, "{:?}", self.headers);
        let length = self.header("content-length").expect("Content-Length");
        length.parse().expect("Content-Length is a number")
    }
}

/// A connection to `address` on which nothing is waited for without end.
pub fn connect(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Sends one request, asks for the connection to be closed and reads until it is.
pub fn request(address: &str, method: &str, path: &str, headers: &[(&str, &str)]) -> Reply {
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    raw(address, format!("{head}\r\n").as_bytes())
}

/// Sends bytes as they are and reads until the server closes.
pub fn raw(address: &str, bytes: &[u8]) -> Reply {
    let mut stream = connect(address);
    stream.write_all(bytes).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    parse(&answer)
}

/// Reads one answer of which the length is known and leaves the connection open.
pub fn read_one(stream: &mut TcpStream) -> Reply {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    let mut reply = parse(&head);
    // One that says that nothing changed tells the length of what it does not send.
    let length = if reply.status == 304 {
        0
    } else {
        reply.content_length()
    };
    reply.body = vec![0; length];
    stream.read_exact(&mut reply.body).unwrap();
    reply
}

/// Runs `curl`.
pub fn curl<const N: usize>(args: [&str; N]) -> Output {
    Command::new("curl")
        .arg("--silent")
        .args(args)
        .output()
        .expect("these tests need curl: apt-get install curl")
}

fn parse(answer: &[u8]) -> Reply {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.unwrap_or_else(|| panic!("no answer: {:?}", String::from_utf8_lossy(answer)));
    let head = std::str::from_utf8(&answer[..end]).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap();
    let status = status.strip_prefix("HTTP/1.1 ").expect(status);
    let headers = lines.map(|line| {
        let (name, value) = line.split_once(':').expect(line);
        (name.to_ascii_lowercase(), value.trim().to_owned())
    });
    Reply {
        status: status[..3].parse().unwrap(),
        headers: headers.collect(),
        body: answer[end + 4..].to_vec(),
    }
}

/// A proxy in front of the server at `address`, and its URL: `asked` is told of each request, and
/// returns the connection where the server is to answer.
pub fn relay(
    address: &str,
    mut asked: impl FnMut(&str, TcpStream) -> Option<TcpStream> + Send + 'static,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let address = address.to_owned();
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let client = client.unwrap();
            let mut lines = BufReader::new(client.try_clone().unwrap()).lines();
            // A client that goes at once has asked nothing.
            let Some(Ok(first)) = lines.next() else {
                continue;
            };
            let rest = lines.map_while(Result::ok);
            rest.take_while(|line| !line.is_empty()).for_each(drop);
            let Some(path) = first.split(' ').nth(1) else {
                continue;
            };
            let Some(mut client) = asked(path, client) else {
                continue;
            };
            let reply = request(&address, "GET", path, &[]);
            let head = format!(
                "HTTP/1.1 {} x\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                reply.status,
                reply.body.len()
            );
            // It may be gone.
            let _ = client.write_all(&[head.as_bytes(), &reply.body].concat());
        }
    });
    url
}

/// A server in front of the one at `address` that adds `lines` to each request and passes on what is
/// answered as it comes; its URL.
pub fn front(address: &str, lines: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let address = address.to_owned();
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let (mut client, mut server) = (client.unwrap(), connect(&address));
            let mut head = Vec::new();
            let mut reader = BufReader::new(client.try_clone().unwrap());
            while reader.read_until(b'\n', &mut head).unwrap() > 2 {}
            if head.len() < 4 {
                continue;
            }
            head.truncate(head.len() - 2);
            head.extend_from_slice(lines.as_bytes());
            head.extend_from_slice(b"Connection: close\r\n\r\n");
            server.write_all(&head).unwrap();
            // It may be gone.
            let _ = std::io::copy(&mut server, &mut client);
        }
    });
    url
}
