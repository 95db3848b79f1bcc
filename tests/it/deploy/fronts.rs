//! nginx in front, and nginx alone with what was unpacked.

use std::fs;

use super::{PAPER, curl, unpacked};
use crate::sums::upstream::Identity;
use crate::support::bag::text;
use crate::support::go::Go;
use crate::support::gobag::Gobag;
use crate::support::namespace::Namespace;
use crate::support::nginx::Nginx;
use crate::support::paper;
use crate::support::public::FEW;
use crate::support::public_bags::NEW;
use crate::support::releases::believer;
use crate::support::zoo::ZOO;

/// What `htpasswd -nbB -C 5` wrote for the password `secret`.
const ANN: &str = "ann:$2y$05$yH0LXMgIXGMZHw1MRV76MOXbo4qkkUEIDa7ohVCZ94lihQ8058sC6\n";

#[test]
fn nginx_speaks_tls_and_asks_for_the_login() {
    let (namespace, identity) = (Namespace::new(), Identity::new());
    let (certificate, key) = (identity.certificate(), identity.key());
    let server = paper::adapted(
        &paper::block(PAPER, "nginx", "auth_basic_user_file"),
        &[
            ("listen 443 ssl;", "listen 8443 ssl;"),
            ("/etc/ssl/go.example.com.crt", text(&certificate)),
            ("/etc/ssl/go.example.com.key", text(&key)),
            ("/etc/nginx/gobag.users", "users"),
        ],
    );
    let users = |dir: &std::path::Path| fs::write(dir.join("users"), ANN).unwrap();
    let _nginx = Nginx::with_files(&namespace, &server, users);
    let mut serve = namespace.command(ZOO.bin());
    serve.args(["serve", "--allow", "127.0.0.1"]);
    let _gobag = Gobag::start(serve);
    let user = |netrc: &str| {
        let go = Go::new("https://127.0.0.1:8443")
            .through(&namespace.words())
            .with("SSL_CERT_FILE", text(&certificate));
        go.write("netrc", netrc);
        let file = go.work().join("netrc");
        go.with("NETRC", text(&file))
    };
    let download = "mod download zoo.test/mixed@v1.0.0 zoo.test/CGO@v1.0.0";
    user("machine 127.0.0.1:8443 login ann password secret\n").ok(download);
    for netrc in ["", "machine 127.0.0.1:8443 login ann password guessed\n"] {
        let said = user(netrc).fails(download);
        assert!(said.contains("401 Unauthorized"), "{said}");
    }
    for (path, want) in [("readyz", "ready\n"), ("healthz", "ok\n")] {
        let url = format!("https://127.0.0.1:8443/{path}");
        let told = curl(&namespace, &["--cacert", text(&certificate), &url]);
        assert_eq!(told, want);
    }
}

#[test]
fn a_static_web_server_is_a_proxy_with_the_checksum_database() {
    let namespace = Namespace::new();
    let dir = tempfile::tempdir().unwrap();
    let tree = dir.path().join("tree");
    unpacked(&NEW, &tree);
    let server = paper::adapted(
        &paper::block(PAPER, "nginx", "try_files"),
        &[("/srv/go", text(&tree))],
    );
    let _nginx = Nginx::start(&namespace, &server);
    // With the default settings: what is not proved is refused.
    let go = believer("http://127.0.0.1:8080").through(&namespace.words());
    go.requires("1.21", &[]);
    let few = FEW.map(|(path, version)| format!("{path}@{version}"));
    go.ok(&format!("mod download {}", few.join(" ")));
    go.ok("get github.com/google/uuid@v1.6.0 github.com/pkg/errors@v0.9.1");
    assert_eq!(go.ok("mod verify"), "all modules verified\n");
    let (path, version) = FEW[0];
    let lookup = format!("http://127.0.0.1:8080/sumdb/sum.golang.org/lookup/{path}@{version}");
    assert!(curl(&namespace, &["--fail", &lookup]).contains("go.sum database tree\n"));
}
