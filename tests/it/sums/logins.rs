//! A proxy that wants to know who asks: go's ways to log in count for checksum data too, and
//! nobody gets to see a password.

use std::collections::BTreeSet;
use std::process::Output;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::sums::upstream::{
    Answer, Asked, Identity, LOGGED, MODULES, Upstream, key, modules, name, user,
};
use crate::support::bag::{built, stderr, text};
use crate::support::go::Go;

const PASSWORD: &str = "Secret@7/pass";

fn header(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

fn right() -> String {
    header("corp@user", PASSWORD)
}

/// What `gobag capture-sums` does for this user with new modules.
fn capture(go: &Go) -> Output {
    let tree = modules();
    let output = go
        .command(built())
        .args(["capture-sums", text(tree.path())])
        .output()
        .unwrap();
    is_silent(&output);
    output
}

fn captures(go: &Go) {
    let output = capture(go);
    assert!(output.status.success(), "{}", stderr(&output));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let all = format!("{} records of ", MODULES.len());
    assert!(said.starts_with(&all), "{said}");
}

fn refused(go: &Go, why: &str) {
    let output = capture(go);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stderr(&output).contains(why), "{}", stderr(&output));
}

/// Panics where something of the login is told, in any spelling.
fn is_silent(output: &Output) {
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &stderr(output);
    let encoded = STANDARD.encode(format!("corp@user:{PASSWORD}"));
    for secret in ["Secret", "wrong-pass", "corp@", "corp%40", &encoded] {
        assert!(!said.contains(secret), "{secret}: {said}");
    }
}

/// A program that prints `lines`, for GOAUTH.
fn program(go: &Go, lines: &str) -> String {
    use std::os::unix::fs::PermissionsExt;
    go.write("program", &format!("#!/bin/sh\nprintf '{lines}'\n"));
    let file = go.work().join("program");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    file.display().to_string()
}

/// One with git's credentials for every place.
fn with_git(go: Go, password: &str) -> Go {
    let helper = format!("!f() {{ echo username=corp@user; echo password={password}; }}; f");
    go.write(
        ".gitconfig",
        &format!("[credential]\n\thelper = \"{helper}\"\n"),
    );
    let (home, dir) = (go.work(), go.work());
    go.with("HOME", text(&home))
        .with("GOAUTH", &format!("git {}", dir.display()))
}

#[test]
fn each_of_gos_ways_to_log_in_gets_the_records() {
    let identity = Identity::new();
    let gobag = LOGGED.serve();
    let upstream = Upstream::relay(Some(&identity), &gobag, Some(right()));
    let host = upstream.host();
    let fresh = |proxy: &str| user(proxy).with("SSL_CERT_FILE", text(&identity.certificate()));

    // As go does, so does gobag.
    let works = |go: &Go| {
        go.ok("mod download capture.test/a@v1.0.0");
        captures(go);
    };
    let fails = |go: &Go| {
        go.fails("mod download capture.test/a@v1.0.0");
        refused(go, "401");
    };
    works(&fresh(&format!(
        "https://corp%40user:Secret%407%2Fpass@{host}"
    )));
    fails(&fresh(&format!("https://corp%40user:wrong-pass@{host}")));
    fails(&fresh(&upstream.url));
    let go = fresh(&format!("https://corp%40user:Secret%407%2Fpass@{host}"));
    let settings = go.command(text(LOGGED.bin())).arg("env").output().unwrap();
    assert!(settings.status.success());
    is_silent(&settings);

    let netrc = |password: &str, machine: &str| {
        let go = fresh(&upstream.url);
        go.write(
            "netrc",
            &format!("machine {machine}\nlogin corp@user\npassword {password}\n"),
        );
        let file = go.work().join("netrc");
        go.with("NETRC", text(&file))
    };
    works(&netrc(PASSWORD, host));
    fails(&netrc("wrong-pass", host));
    fails(&netrc(PASSWORD, "127.0.0.1"));
    fails(&netrc(PASSWORD, host).with("GOAUTH", "off"));

    works(&with_git(fresh(&upstream.url), PASSWORD));
    fails(&with_git(fresh(&upstream.url), "wrong-pass"));

    let by_program = |password: &str| {
        let go = fresh(&upstream.url);
        let login = header("corp@user", password);
        let lines = format!("https://{host}/\\n\\nAuthorization: {login}\\n\\n");
        let program = program(&go, &lines);
        go.with(
            "GOAUTH",
            &format!("netrc; \"{program}\" --token={PASSWORD}"),
        )
    };
    works(&by_program(PASSWORD));
    fails(&by_program("wrong-pass"));
    // GOSUMDB may name a place with a login as well.
    let go = fresh(&upstream.url);
    let login = "corp%40user:Secret%407%2Fpass@";
    let place = format!("https://{login}{host}/sumdb/{}", name());
    captures(&go.with("GOSUMDB", &format!("{} {place}", key())));
    let go = fresh(&upstream.url).with("GOSUMDB", &format!("nothing {place}"));
    refused(&go, "is no database with its key");
    // What go does not take, it does not take either.
    let go = fresh(&upstream.url).with("GOAUTH", "git corp@user");
    refused(&go, "GOAUTH: git wants the absolute path");
}

#[test]
fn no_login_goes_over_a_plain_connection() {
    let gobag = LOGGED.serve();
    let upstream = Upstream::relay(None, &gobag, None);
    let host = upstream.host();
    let go = user(&format!("http://corp%40user:Secret%407%2Fpass@{host}"));
    go.fails("mod download capture.test/a@v1.0.0");
    refused(&go, "a login is not sent over plain http");
    assert_eq!(upstream.asked(), []);
    let go = user(&upstream.url);
    go.write(
        "netrc",
        &format!("machine {host} login corp@user password {PASSWORD}\n"),
    );
    let file = go.work().join("netrc");
    captures(&go.with("NETRC", text(&file)));
    assert!(upstream.asked().iter().all(|asked| asked.login.is_none()));
}

#[test]
fn no_login_follows_a_redirect_to_another_server() {
    let identity = Identity::new();
    let gobag = LOGGED.serve();
    let other = Upstream::relay(Some(&identity), &gobag, None);
    let to = other.url.clone();
    let first = Upstream::start(Some(&identity), move |asked| -> Answer {
        let known = asked
            .headers
            .iter()
            .any(|line| line.eq_ignore_ascii_case("token: Secret"));
        match asked.login == Some(right()) || known {
            true => (302, format!("Location: {to}{}", asked.path), Vec::new()),
            false => (401, "X: y".to_owned(), Vec::new()),
        }
    });
    let host = first.host();
    let fresh = |proxy: &str| user(proxy).with("SSL_CERT_FILE", text(&identity.certificate()));
    captures(&fresh(&format!(
        "https://corp%40user:Secret%407%2Fpass@{host}"
    )));
    let go = fresh(&first.url);
    let program = program(&go, &format!("https://{host}\\n\\nToken: Secret\\n\\n"));
    captures(&go.with("GOAUTH", &program));
    let asked = other.asked();
    assert!(asked.len() > 2 * MODULES.len(), "{asked:#?}");
    let with_login = |asked: &Asked| {
        let token = |line: &String| line.to_ascii_lowercase().starts_with("token");
        asked.login.is_some() || asked.headers.iter().any(token)
    };
    assert!(!asked.iter().any(with_login), "{asked:#?}");

    // Nor is a redirect to a plain server followed.
    let plain = Upstream::relay(None, &gobag, None);
    let to = plain.url.clone();
    let down = Upstream::start(Some(&identity), move |asked| {
        (302, format!("Location: {to}{}", asked.path), Vec::new())
    });
    refused(&fresh(&down.url), "redirected from https");
    assert_eq!(plain.asked(), []);
}

#[test]
fn netrc_is_read_as_go_reads_it() {
    let identity = Identity::new();
    // Refused, so that nothing more is asked.
    let upstream = Upstream::start(Some(&identity), |_| (403, "X: y".to_owned(), Vec::new()));
    let h = upstream.host();
    for file in [
        format!("machine {h} login u password p"),
        format!("machine {h}\n\tlogin u\r\n  password p\r\n"),
        format!("machine {h} password p login u"),
        format!("machine {h} account a login u password p"),
        format!("# machine {h} login v password q\nmachine {h} login u password p"),
        format!("machine {h} login u # password p"),
        format!("machine {h} login u"),
        format!("machine g login v\nmachine {h} login u password p"),
        format!("machine {h} login u password p\nmachine {h} login v password q"),
        format!("default\nmachine {h} login u password p"),
        format!("default login v password q\nmachine {h} login u password p"),
        "default login v password q".to_owned(),
        format!("machine {h} macdef m\nlogin u\npassword p\n"),
        format!("machine {h} macdef m login u password p\nx\n"),
        format!("macdef m\nmachine {h} login u password p\n\nmachine {h} login v password q"),
        format!("macdef m\r\n\r\nmachine {h} login v password q"),
        format!("login u\npassword p\nmachine {h}"),
        format!("machine {h} login \"u v\" password p"),
        format!("machine {h} login u password \"p\""),
        format!("machine https://{h} login u password p"),
        format!("machine {h}/base login u password p\nmachine {h} login v password q"),
        "machine 127.0.0.1 login u password p".to_owned(),
        String::new(),
    ] {
        let go = user(&format!("{}/base", upstream.url));
        let go = go.with("SSL_CERT_FILE", text(&identity.certificate()));
        let home = go.work();
        let go = go.with("HOME", text(&home));
        go.write(".netrc", &file);
        go.fails("list -m -versions capture.test/a");
        let theirs = logins(&upstream);
        refused(&go, "403");
        assert_eq!(logins(&upstream), theirs, "{file:?}");
    }
}

/// With which headers it was asked.
fn logins(upstream: &Upstream) -> BTreeSet<Option<String>> {
    let asked = upstream.asked();
    assert!(!asked.is_empty());
    asked.into_iter().map(|asked| asked.login).collect()
}
