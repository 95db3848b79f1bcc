//! Tests of the setting, and of whom a login is for.

use super::*;

fn logins(pairs: &[(&str, &str)], any_port: bool) -> Logins {
    let logins = Logins::new(GoAuth {
        any_port,
        ..GoAuth::default()
    });
    let known = pairs
        .iter()
        .map(|(prefix, value)| (prefix.to_string(), vec![("A".into(), value.to_string())]));
    logins.state().known.extend(known);
    logins
}

#[test]
fn reads_the_setting() {
    let program = |words: &[&str]| Method::Program(words.iter().map(|w| w.to_string()).collect());
    for (value, want) in [
        ("", Some(vec![Method::Netrc])),
        ("netrc", Some(vec![Method::Netrc])),
        ("off", Some(vec![])),
        ("off;netrc", None),
        ("netrc;", None),
        ("git", None),
        ("git relative", None),
        ("git /a /b", None),
        (
            " git  /a ; netrc",
            Some(vec![Method::Git("/a".into()), Method::Netrc]),
        ),
        (
            "p 'a b' \"c\"d e'f",
            Some(vec![program(&["p", "a b", "c", "d", "e'f"])]),
        ),
        ("p 'a b", None),
    ] {
        let auth = GoAuth::of(&GoEnv::of(&[("GOAUTH", value)]));
        assert!(
            auth.as_ref().map(|a| &a.methods).ok() == want.as_ref(),
            "{value}"
        );
        if let Err(e) = auth {
            assert!(e.to_string().starts_with("GOAUTH: "), "{e}");
        }
    }
    let old = GoAuth::of(&GoEnv::of(&[("GOVERSION", "go1.21.13")])).unwrap();
    assert!(old.any_port);
}

#[test]
fn a_login_counts_for_its_host_and_what_is_below() {
    let known = logins(&[("h", "1"), ("h/a", "2"), ("h:8443", "3")], false);
    for (url, want) in [
        ("https://h", Some("1")),
        ("https://h/", Some("1")),
        ("https://h/b/a", Some("1")),
        ("https://h/ab", Some("1")),
        ("https://h/a/b", Some("2")),
        ("https://h:8443/a", Some("3")),
        ("https://h:443/a", None),
        ("https://h.example/a", None),
        ("https://g/h", None),
    ] {
        let found = known.headers(url);
        assert_eq!(found.first().map(|(_, v)| v.as_str()), want, "{url}");
    }
    let old = logins(&[("h", "1")], true);
    assert_eq!(old.headers("https://h:8443/a").len(), 1);
    assert_eq!(old.headers("https://g:8443/a").len(), 0);
}
