//! Logins against users, with the cheapest hashes that there are.

use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::*;

const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
const THERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

fn users(logins: &[(&str, &str)], cost: u32) -> Users {
    let hashes = logins.iter().map(|(user, password)| {
        let hash = bcrypt::hash_with_salt(password, cost, *b"a salt of gobag.").unwrap();
        let hash = hash.format_for_version(bcrypt::Version::TwoY);
        (user.as_bytes().to_vec(), hash)
    });
    Users::new(hashes.collect(), [7; 32])
}

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

#[test]
fn only_the_right_login_is_granted() {
    let long = "x".repeat(MAX_PASSWORD_BYTES);
    let longer = format!("{long}x");
    let all = [
        ("ann", "se:cr:et"),
        ("änn", "пароль"),
        ("Ann", ""),
        ("bob", &long),
    ];
    let users = users(&all, 4);
    let wrong = Checked::Denied(Why::Wrong);
    let table = [
        ("ann", "se:cr:et", Checked::Granted),
        ("änn", "пароль", Checked::Granted),
        ("Ann", "", Checked::Granted),
        ("bob", &long, Checked::Granted),
        ("bob", &longer, Checked::Denied(Why::TooLong)),
        ("ann", "se:cr", wrong),
        ("ANN", "se:cr:et", wrong),
        ("ann ", "se:cr:et", wrong),
        ("ann", "se:cr:et\0se:cr:et", wrong),
        ("ann", "пароль", wrong),
        ("ann", "", wrong),
        ("", "", wrong),
        ("nobody", "se:cr:et", wrong),
        ("nobody", "", wrong),
    ];
    // Twice: at first it is checked, and then remembered. Each from its own address.
    for round in 0..2u8 {
        for (at, (user, password, want)) in table.iter().enumerate() {
            let client = [10, 0, round, at as u8].into();
            let got = users.check(client, Some(&basic(user, password)));
            assert_eq!(got, *want, "{user:?} {password:?}");
        }
    }
    for header in [None, Some("Basic"), Some("Bearer x"), Some("Basic !")] {
        let got = users.check(HERE, header);
        assert_eq!(got, Checked::Denied(Why::NoLogin), "{header:?}");
    }
    assert_eq!(format!("{users:?}"), "Users(4)");
}

#[test]
fn what_was_right_is_not_checked_again() {
    let users = users(&[("ann", "secret")], 10);
    let right = basic("ann", "secret");
    assert_eq!(users.check(HERE, Some(&right)), Checked::Granted);
    let begin = Instant::now();
    for _ in 0..100 {
        assert_eq!(users.check(THERE, Some(&right)), Checked::Granted);
    }
    let hundred = begin.elapsed();
    let begin = Instant::now();
    users.check(HERE, Some(&basic("ann", "wrong")));
    assert!(hundred < begin.elapsed(), "{hundred:?}");
}

#[test]
fn what_failed_is_told_again_and_anything_else_waits() {
    let users = users(&[("ann", "secret")], 4);
    let (old, other) = (basic("ann", "old"), basic("ann", "other"));
    for _ in 0..3 {
        assert_eq!(users.check(HERE, Some(&old)), Checked::Denied(Why::Wrong));
    }
    // As after a few more, so that it waits for longer than this test takes.
    let login = users.digest(&super::basic::parse(&old).unwrap());
    for _ in 0..4 {
        let mut state = users.lock();
        state.failures.note(Origin::of(HERE), login, Instant::now());
    }
    assert!(matches!(
        users.check(HERE, Some(&other)),
        Checked::Slowed(_)
    ));
    let right = basic("ann", "secret");
    assert!(matches!(
        users.check(HERE, Some(&right)),
        Checked::Slowed(_)
    ));
    assert_eq!(users.check(THERE, Some(&right)), Checked::Granted);
    // Known by now, whoever asks.
    assert_eq!(users.check(HERE, Some(&right)), Checked::Granted);
}

#[test]
fn many_at_once_are_one_check() {
    let users = users(&[("ann", "secret")], 8);
    let (granted, right) = (AtomicUsize::new(0), basic("ann", "secret"));
    std::thread::scope(|scope| {
        for _ in 0..40 {
            scope.spawn(|| {
                if users.check(HERE, Some(&right)) == Checked::Granted {
                    granted.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(granted.into_inner(), 40);
}

#[test]
fn who_guesses_keeps_out_nobody_else() {
    let users = users(&[("ann", "secret"), ("bob", "secret")], 8);
    let (slowed, begin) = (AtomicUsize::new(0), Instant::now());
    std::thread::scope(|scope| {
        for guess in 0..50 {
            let (users, slowed) = (&users, &slowed);
            scope.spawn(move || {
                let got = users.check(THERE, Some(&basic("ann", &guess.to_string())));
                assert_ne!(got, Checked::Granted);
                if got != Checked::Denied(Why::Wrong) {
                    slowed.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for user in ["ann", "bob"] {
            let got = users.check(HERE, Some(&basic(user, "secret")));
            assert_eq!(got, Checked::Granted);
        }
    });
    assert!(begin.elapsed() < PATIENCE);
    assert!(slowed.into_inner() >= 40);
}
