//! The real `go` with its netrc, and nginx in front that speaks TLS, set up as the README has it.

use super::{ANNS, BOBS, Users};
use crate::sums::upstream::Identity;
use crate::support::bag::text;
use crate::support::go::Go;
use crate::support::gobag::Gobag;
use crate::support::namespace::Namespace;
use crate::support::nginx::Nginx;
use crate::support::paper;
use crate::support::zoo::ZOO;

/// Where nginx listens: anybody may open it, and the network has nothing else in it.
const PORT: &str = "8443";

/// A host with nginx and gobag on it.
struct Host {
    namespace: Namespace,
    identity: Identity,
    _nginx: Nginx,
    _gobag: Gobag,
}

impl Host {
    fn new() -> Host {
        let (namespace, identity, users) = (Namespace::new(), Identity::new(), Users::all());
        let (certificate, key) = (identity.certificate(), identity.key());
        let server = paper::adapted(
            &paper::block("README.md", "nginx", "go.example.com"),
            &[
                ("listen 443 ssl;", &format!("listen {PORT} ssl;")),
                ("/etc/ssl/go.example.com.crt", text(&certificate)),
                ("/etc/ssl/go.example.com.key", text(&key)),
            ],
        );
        let nginx = Nginx::start(&namespace, &server);
        let mut serve = namespace.command(ZOO.bin());
        serve.args([
            "serve",
            "--allow",
            "127.0.0.1",
            "--auth",
            text(&users.file()),
        ]);
        let gobag = Gobag::start(serve);
        assert_eq!(gobag.address(), "127.0.0.1:8080");
        Host {
            namespace,
            identity,
            _nginx: nginx,
            _gobag: gobag,
        }
    }

    /// A user of go there with a line in netrc, or none.
    fn user(&self, proxy: &str, netrc: &str) -> Go {
        let go = Go::new(proxy)
            .through(&self.namespace.words())
            .with("SSL_CERT_FILE", text(&self.identity.certificate()));
        go.write("netrc", netrc);
        let file = go.work().join("netrc");
        go.with("NETRC", text(&file))
    }

    /// What curl gets from an address of the host, by TLS.
    fn status(&self, from: &str, login: &str) -> String {
        let mut curl = self.namespace.command("curl");
        // By the true time, as certificates are.
        curl.env_remove("LD_PRELOAD");
        curl.args(["--silent", "--noproxy", "*", "--interface", from]);
        curl.args(["--output", "/dev/null", "--write-out", "%{http_code}"]);
        curl.arg("--cacert").arg(self.identity.certificate());
        curl.args(["--user", login]);
        curl.arg(format!("https://127.0.0.1:{PORT}/zoo.test/mixed/@v/list"));
        String::from_utf8(curl.output().unwrap().stdout).unwrap()
    }
}

#[test]
fn go_logs_in_with_its_netrc() {
    let host = Host::new();
    let url = format!("https://127.0.0.1:{PORT}");
    let netrc =
        |password: &str| format!("machine 127.0.0.1:{PORT} login ann password {password}\n");
    let download = "mod download zoo.test/mixed@v1.0.0 zoo.test/CGO@v1.0.0";
    let go = host.user(&url, &netrc("se:cr:et"));
    go.ok(download);
    assert!(
        go.ok("list -m -versions zoo.test/mixed")
            .contains("v1.10.0")
    );
    // Without a login, and with a wrong one, go prints what the server says of it.
    let said = host.user(&url, "").fails(download);
    assert!(said.contains("401 Unauthorized"), "{said}");
    assert!(said.contains("a login is needed"), "{said}");
    let said = host.user(&url, &netrc("guessed")).fails(download);
    assert!(said.contains("401 Unauthorized"), "{said}");
    assert!(said.contains("the user or the password is wrong"), "{said}");
    assert!(!said.contains("guessed"), "{said}");
    // Over plain http go sends no login, neither netrc's nor one of the URL.
    let plain = "http://127.0.0.1:8080";
    let line = "machine 127.0.0.1:8080 login ann password se:cr:et\n";
    let said = host.user(plain, line).fails(download);
    assert!(said.contains("a login is needed"), "{said}");
    let inside = "http://ann:se%3Acr%3Aet@127.0.0.1:8080";
    let said = host.user(inside, "").fails(download);
    assert!(said.contains("insecure URL"), "{said}");
    // In the URL, over https, it does.
    let inside = format!("https://ann:se%3Acr%3Aet@127.0.0.1:{PORT}");
    host.user(&inside, "").ok(download);
}

#[test]
fn clients_of_nginx_are_told_apart() {
    let host = Host::new();
    let guesses = (0..5).map(|guess| host.status("127.0.0.2", &format!("bob:{guess}")));
    let guesses: Vec<String> = guesses.collect();
    assert_eq!(guesses[0], "401", "{guesses:?}");
    assert!(guesses.contains(&"429".to_owned()), "{guesses:?}");
    assert_eq!(host.status("127.0.0.1", BOBS), "200");
    assert_eq!(host.status("127.0.0.1", ANNS), "200");
    assert_eq!(host.status("127.0.0.2", BOBS), "200");
    // nginx alone may connect.
    let mut curl = host.namespace.command("curl");
    curl.args(["--silent", "--noproxy", "*", "--interface", "127.0.0.2"]);
    let output = curl.arg("http://127.0.0.1:8080/healthz").output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("--allow 127.0.0.2"), "{said}");
}
