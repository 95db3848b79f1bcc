//! A proxy on the connected side that notes what it is asked and by whom: plain, or behind TLS.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, LazyLock, Mutex};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::support::bag::{Bag, text};
use crate::support::go::Go;
use crate::support::gobag::Gobag;
use crate::support::http;
use crate::support::public_bags::{bag_file, setting};
use crate::support::tree::Tree;

/// The modules of [`modules`], `path version`.
pub const MODULES: [(&str, &str); 4] = [
    ("capture.test/a", "v1.0.0"),
    ("capture.test/B", "v1.1.0"),
    ("capture.test/c", "v1.2.0"),
    ("capture.test/d/v2", "v2.0.0"),
];

/// A few modules, without checksum data.
pub fn modules() -> Tree {
    let tree = Tree::new();
    for (path, version) in MODULES {
        tree.module(path, version);
    }
    tree
}

/// The same in a bag, with the records of a database of its own.
pub static LOGGED: LazyLock<Bag> = LazyLock::new(|| {
    let tree = modules();
    Bag::packed(
        &["--import", text(tree.path()), "--own-log"],
        bag_file("logged"),
    )
    .0
});

/// The key of that database.
pub fn key() -> String {
    setting(&LOGGED, &["--own-log"], "GOSUMDB").unwrap()
}

/// Its name.
pub fn name() -> String {
    key().split('+').next().unwrap().to_owned()
}

/// A user who believes that database, and has `proxy` alone.
pub fn user(proxy: &str) -> Go {
    Go::new(proxy).with("GONOSUMDB", "").with("GOSUMDB", &key())
}

/// What is asked: the path, and the header `Authorization`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub path: String,
    pub login: Option<String>,
    pub headers: Vec<String>,
}

/// An answer: its status, a header line, and its body.
pub type Answer = (u16, String, Vec<u8>);

/// A proxy that answers as it is told to.
pub struct Upstream {
    /// `http://127.0.0.1:PORT`, or the same with `https`.
    pub url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Upstream {
    /// One that answers everything by `answer`.
    pub fn start(
        identity: Option<&Identity>,
        answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static,
    ) -> Upstream {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let scheme = if identity.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}", listener.local_addr().unwrap());
        let tls = identity.map(|identity| Arc::clone(&identity.config));
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let (noted, answer) = (Arc::clone(&asked), Arc::new(answer));
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let (client, tls) = (client.unwrap(), tls.clone());
                let (noted, answer) = (Arc::clone(&noted), Arc::clone(&answer));
                std::thread::spawn(move || match tls {
                    None => serve(client, &noted, &*answer),
                    Some(config) => {
                        let connection = ServerConnection::new(config).unwrap();
                        serve(StreamOwned::new(connection, client), &noted, &*answer);
                    }
                });
            }
        });
        Upstream { url, asked }
    }

    /// One that answers as `gobag` does to those who send `login`; to all, where it is none.
    pub fn relay(identity: Option<&Identity>, gobag: &Gobag, login: Option<String>) -> Upstream {
        let address = gobag.address().to_owned();
        Upstream::start(identity, move |asked| {
            if login.is_some() && asked.login != login {
                let wanted = "WWW-Authenticate: Basic realm=\"modules\"".to_owned();
                return (401, wanted, b"log in\n".to_vec());
            }
            let reply = http::request(&address, "GET", &asked.path, &[]);
            (reply.status, "X: y".to_owned(), reply.body)
        })
    }

    /// What was asked so far; it is forgotten.
    pub fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }

    /// The paths of that.
    pub fn paths(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.path).collect()
    }

    /// `127.0.0.1:PORT`.
    pub fn host(&self) -> &str {
        self.url.split_once("://").unwrap().1
    }
}

/// Answers one request. A client that goes away meanwhile is no matter.
fn serve(stream: impl Read + Write, noted: &Mutex<Vec<Asked>>, answer: &dyn Fn(&Asked) -> Answer) {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let login = lines.iter().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        (name.eq_ignore_ascii_case("authorization")).then(|| value.to_owned())
    });
    let asked = Asked {
        path: lines[0].split(' ').nth(1).unwrap().to_owned(),
        login,
        headers: lines[1..].to_vec(),
    };
    noted.lock().unwrap().push(asked.clone());
    let (status, header, body) = answer(&asked);
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} x\r\n{header}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    let stream = reader.get_mut();
    let _ = stream.write_all(&[head.as_bytes(), &body].concat());
    let _ = stream.flush();
}

/// A key and a certificate for 127.0.0.1 that signs itself.
pub struct Identity {
    dir: tempfile::TempDir,
    config: Arc<ServerConfig>,
}

impl Identity {
    /// A new one.
    pub fn new() -> Identity {
        let dir = tempfile::tempdir().unwrap();
        let file = |name: &str| dir.path().join(name);
        let settings = "[req]\ndistinguished_name=n\nx509_extensions=e\nprompt=no\n[n]\nCN=127.0.0.1\n\
            [e]\nbasicConstraints=critical,CA:FALSE\nsubjectAltName=IP:127.0.0.1\n";
        std::fs::write(file("settings"), settings).unwrap();
        // By the true time, which is that of go whatever clock these tests have.
        let made = Command::new("openssl")
            .env_remove("LD_PRELOAD")
            .current_dir(dir.path())
            .args([
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
            ])
            .args(["-nodes", "-days", "30000", "-config", "settings"])
            .args(["-keyout", "key", "-out", "certificate"])
            .output()
            .expect("this test needs openssl: apt-get install openssl");
        assert!(made.status.success(), "{made:?}");
        let certificate = CertificateDer::from_pem_file(file("certificate")).unwrap();
        let key = PrivateKeyDer::from_pem_file(file("key")).unwrap();
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        Identity {
            dir,
            config: Arc::new(config),
        }
    }

    /// The certificate, for `SSL_CERT_FILE`.
    pub fn certificate(&self) -> PathBuf {
        self.dir.path().join("certificate")
    }

    /// The key, for a server that reads files.
    pub fn key(&self) -> PathBuf {
        self.dir.path().join("key")
    }
}
