//! Who may read: the users of `--auth`, the networks of `--allow`, and `/healthz` for all.

mod nginx;

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::support::bag::{Bag, stderr, text};
use crate::support::gobag::{Gobag, within};
use crate::support::http;
use crate::support::zoo::{self, ZOO};

const LIST: &str = "/zoo.test/mixed/@v/list";

/// What `htpasswd -nbB -C 5`, `-C 10` and `-C 12` wrote.
const ANN: &str = "ann:$2y$05$5Er4DHnVftGskyj4sYUhFek90Ar7bxoWceH/XlIl5F7pSBhXs2w8y";
const BOB: &str = "bob:$2y$10$1xMzE6DYoxCYPmxKfeWv..RcqivId8O6/ABAkZM1n6ia3JCNAmmYm";
const ÄNN: &str = "änn:$2y$12$G/Jdsr4oNGL2PjqRHLHAgO/KwwCaOO2a8QoeJ64ub9vq/rr41lLz6";

/// Their logins.
pub const ANNS: &str = "ann:se:cr:et";
const BOBS: &str = "bob:пароль";
const ÄNNS: &str = "änn:slow";

/// A file of users, which only its owner reads.
pub struct Users(tempfile::TempDir);

impl Users {
    fn of(text: &str) -> Users {
        use std::os::unix::fs::PermissionsExt;
        let users = Users(tempfile::tempdir().unwrap());
        std::fs::write(users.file(), text).unwrap();
        let mode = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(users.file(), mode).unwrap();
        users
    }

    /// All three.
    pub fn all() -> Users {
        Users::of(&format!("# staff\n{ANN}\n\n{BOB}\r\n{ÄNN}\n"))
    }

    /// Where it is.
    pub fn file(&self) -> PathBuf {
        self.0.path().join("users")
    }

    /// The zoo served for them; the file is gone by then.
    fn serve(&self) -> Gobag {
        let gobag = ZOO.serve_with(["--auth", text(&self.file())]);
        std::fs::remove_file(self.file()).unwrap();
        gobag
    }
}

/// A `curl` from an address of this host, with a login or none: prints the status alone.
fn curl(gobag: &Gobag, from: &str, login: &str) -> Command {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--noproxy", "*", "--interface", from]);
    curl.args(["--output", "/dev/null", "--write-out", "%{http_code}"]);
    if !login.is_empty() {
        curl.args(["--user", login]);
    }
    curl.arg(format!("http://{}{LIST}", gobag.address()));
    curl
}

fn status(gobag: &Gobag, from: &str, login: &str) -> String {
    let output = curl(gobag, from, login).output();
    let output = output.expect("these tests need curl: apt-get install curl");
    String::from_utf8(output.stdout).unwrap()
}

/// What a login is sent as.
pub fn basic(login: &str) -> String {
    format!("Basic {}", STANDARD.encode(login))
}

/// What `gobag serve` says that must not start.
fn refuses(arguments: &[&str]) -> Output {
    let mut command = Command::new(Bag::example().bin());
    let output = command.args(["serve", "--listen", "127.0.0.1:0"]);
    output.args(arguments).output().unwrap()
}

#[test]
fn a_faulty_file_is_refused_with_its_line_and_the_remedy() {
    for (lines, want) in [
        ("", "no user in it; add one with htpasswd -B "),
        ("# nobody\n\n", "no user in it"),
        ("ann:se:cr:et\n", "line 1: no bcrypt hash behind the colon"),
        ("ANN\njust-a-secret\n", "line 2: no colon"),
        (":secret\n", "line 1: no user before the colon"),
        ("ANN\nANN\n", "line 2: the user of line 1 once more"),
        (
            "ANN\n\nx:$apr1$N.kDxdUz$BQZFIbRsxibCD06bWMRvG0\n",
            "line 3: an MD5 hash, and only bcrypt is read; set the password again with htpasswd -B",
        ),
        (
            "x:{SHA}lcsL/Sl3x2EpjZYk5LTUxyo5l0o=\n",
            "line 1: a SHA-1 hash",
        ),
        ("x:NNKI8xJdsAoNw\n", "line 1: no bcrypt hash"),
        ("x:$6$hZzWPYZHY3iqCRlD$Fadj1\n", "line 1: a SHA-512 hash"),
        ("x:$2y$05$5Er4DHnVftGskyj4\n", "line 1: no bcrypt hash"),
    ] {
        let users = Users::of(&lines.replace("ANN", ANN));
        let output = refuses(&["--auth", text(&users.file())]);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{lines}: {said}");
        let file = format!("gobag: {}: {want}", users.file().display());
        assert!(said.starts_with(&file), "{lines}: {said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        for secret in ["ann", "secret", "se:cr", "5Er4", "BQZF", "NNKI"] {
            assert!(!said.contains(secret), "{secret}: {said}");
        }
    }
    let users = Users::of("");
    std::fs::write(users.file(), b"ann:x\n\xff\n").unwrap();
    let said = stderr(&refuses(&["--auth", text(&users.file())]));
    assert!(said.contains("line 2: not UTF-8"), "{said}");
    let said = stderr(&refuses(&["--auth", "/nowhere/users"]));
    assert!(said.starts_with("gobag: /nowhere/users: "), "{said}");
}

#[test]
fn only_users_read() {
    let gobag = Users::all().serve();
    let first = gobag.get(LIST);
    assert_eq!(first.status, 401);
    assert_eq!(
        first.header("www-authenticate"),
        Some("Basic realm=\"gobag\", charset=\"UTF-8\"")
    );
    assert!(first.text().contains("a login is needed"), "{first:?}");
    for (at, (login, want)) in [
        ("", "401"),
        (ANNS, "200"),
        (BOBS, "200"),
        (ÄNNS, "200"),
        ("ann:se:cr", "401"),
        ("Ann:se:cr:et", "401"),
        ("ann:пароль", "401"),
        ("nobody:se:cr:et", "401"),
        (":", "401"),
    ]
    .into_iter()
    .enumerate()
    {
        let from = format!("127.0.0.{}", 10 + at);
        assert_eq!(status(&gobag, &from, login), want, "{login}");
        if want == "200" {
            // From elsewhere too, by now without a check.
            assert_eq!(status(&gobag, "127.0.0.9", login), want, "{login}");
        }
    }
    let long = format!("ann:{}", "x".repeat(73));
    let reply = http::request(
        gobag.address(),
        "GET",
        LIST,
        &[("Authorization", &basic(&long))],
    );
    assert_eq!(reply.status, 401);
    assert!(reply.text().contains("more than 72 bytes"), "{reply:?}");
    let reply = http::request(gobag.address(), "POST", "/healthz", &[]);
    assert_eq!(reply.status, 405);
    // What a client may keep, no cache on the way may give to others.
    for path in [LIST, "/zoo.test/mixed/@v/v1.0.0.zip", "/"] {
        let login = [("Authorization", &*basic(ANNS))];
        let reply = http::request(gobag.address(), "GET", path, &login);
        let cache = reply.header("cache-control").unwrap();
        assert!(
            reply.status == 200 && cache.starts_with("private, max-age="),
            "{cache}"
        );
    }
    let (_, log) = gobag.terminate();
    let log = log.join("\n");
    for secret in ["se:cr", "пароль", "slow", "ann", "bob", &basic(ANNS)] {
        assert!(!log.contains(secret), "{secret}: {log}");
    }
    assert!(log.contains(" 401 ") && log.contains(" 200 "), "{log}");
}

#[test]
fn a_login_is_checked_once() {
    let gobag = Users::all().serve();
    let ask = || {
        let begin = Instant::now();
        let login = [("Authorization", &*basic(ÄNNS))];
        let reply = http::request(gobag.address(), "GET", LIST, &login);
        assert_eq!(reply.status, 200);
        begin.elapsed()
    };
    let first = ask();
    let later = (0..5).map(|_| ask()).min().unwrap();
    assert!(later < first / 5, "{first:?}, then {later:?}");
}

#[test]
fn who_guesses_keeps_nobody_else_out() {
    let gobag = Users::all().serve();
    let guess = |number: usize| {
        let login = format!("bob:guess {number}");
        let mut curl = curl(&gobag, "127.0.0.2", &login);
        curl.stdout(Stdio::piped()).spawn().unwrap()
    };
    let guesses: Vec<_> = (0..50).map(guess).collect();
    let status = within(Duration::from_secs(2), || status(&gobag, "127.0.0.1", BOBS));
    assert_eq!(status, "200");
    let mut refused = std::collections::BTreeMap::new();
    for guess in guesses {
        let output = guess.wait_with_output().unwrap();
        let status = String::from_utf8(output.stdout).unwrap();
        *refused.entry(status).or_insert(0) += 1;
    }
    assert!(!refused.contains_key("200"), "{refused:?}");
    assert!(refused.contains_key("401"), "{refused:?}");
    // Most were not even looked at.
    assert!(refused.get("429").is_some_and(|n| *n >= 5), "{refused:?}");
    let login = [("Authorization", &*basic("bob:one more"))];
    let mut seen = Vec::new();
    for number in 0..3 {
        // From 127.0.0.1, one after the other: the second waits after the first.
        let other = [("Authorization", &*basic(&format!("bob:{number}")))];
        seen.push(http::request(gobag.address(), "GET", LIST, &other));
    }
    seen.push(http::request(gobag.address(), "GET", LIST, &login));
    let slowed = seen.iter().find(|reply| reply.status == 429).unwrap();
    assert_eq!(slowed.header("retry-after"), Some("1"));
    assert!(slowed.text().contains("wait a moment"), "{slowed:?}");
}

#[test]
fn the_greeting_tells_how_to_log_in() {
    let users = Users::of(&format!("{ANN}\n"));
    let gobag = ZOO.serve_with(["--auth", text(&users.file()), "--base-path", "/mod"]);
    gobag.logged("a login is needed (1 user); go sends it over https alone");
    gobag.logged("  export GOPROXY=https://go.example.com/mod");
    gobag.logged("~/.netrc: machine go.example.com login USER password PASSWORD");
    gobag.told_alike(&[("Authorization", &basic(ANNS))]);
    let shown = gobag.log().join("\n");
    assert!(!shown.contains("every user of this host"), "{shown}");
    let status = Command::new("chmod").arg("o+r").arg(users.file()).status();
    assert!(status.unwrap().success());
    let gobag = ZOO.serve_with(["--auth", text(&users.file())]);
    gobag.logged("users: every user of this host can read it (chmod o-r ");
    let gobag = ZOO.serve_with(["--allow", "127.0.0.1", "--allow", "10.1.0.0/16"]);
    gobag.logged("(127.0.0.1/32, 10.1.0.0/16 can reach it)");
}

#[test]
fn healthz_is_open_and_hides_no_module() {
    let users = Users::all();
    let gobag = ZOO.serve_with(["--auth", text(&users.file()), "--base-path", "/mod"]);
    let health = |method: &str, path: &str| http::request(gobag.address(), method, path, &[]);
    let reply = health("GET", "/mod/healthz");
    assert_eq!((reply.status, reply.text().as_str()), (200, "ok\n"));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert_eq!(
        reply.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    let head = health("HEAD", "/mod/healthz?x=y");
    assert_eq!((head.status, head.content_length()), (200, 3));
    assert!(head.body.is_empty());
    let ready = health("GET", "/mod/readyz");
    assert_eq!((ready.status, ready.text().as_str()), (200, "ready\n"));
    for path in [
        "/healthz",
        "/mod/healthz/",
        "/mod/healthz/@v/list",
        "/mod/x/healthz",
        "/mod/HEALTHZ",
        "/mod/metrics",
        "/mod/index",
        "/mod/catalog",
        "/mod/version",
        "/mod/zoo.test/mixed/@v/list?/healthz",
        "/mod/healthz/../zoo.test/mixed/@v/list",
        "/mod/",
    ] {
        assert_eq!(health("GET", path).status, 401, "{path}");
    }
    // Every answer of a bag has a slash in its name, so that none is called like this.
    let gobag = zoo::serve();
    assert_eq!(gobag.text("/healthz"), "ok\n");
    for path in ["/healthz/@v/list", "/healthz/@latest", "/healthz/"] {
        assert_eq!(gobag.status(path), 404, "{path}");
    }
}

#[test]
fn only_who_is_allowed_is_answered() {
    let gobag = ZOO.serve_with(["--allow", "127.0.0.1", "--allow", "127.1.0.0/16"]);
    for (from, want) in [
        ("127.0.0.1", "200"),
        ("127.0.0.2", "403"),
        ("127.1.2.3", "200"),
        ("127.2.0.1", "403"),
    ] {
        assert_eq!(status(&gobag, from, ""), want, "{from}");
    }
    let url = format!("http://{}/healthz", gobag.address());
    let output = http::curl(["--noproxy", "*", "--interface", "127.0.0.2", &url]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains(" serve --allow 127.0.0.2"), "{said}");
    gobag.logged(" GET /healthz 403 ");
    for (network, want) in [
        (
            "10.1.2.3/8",
            "write 10.0.0.0/8 for the network, or 10.1.2.3 for",
        ),
        ("office", "is no network"),
    ] {
        let output = refuses(&["--allow", network]);
        assert_eq!(output.status.code(), Some(2), "{network}");
        assert!(stderr(&output).contains(want), "{}", stderr(&output));
    }
}
