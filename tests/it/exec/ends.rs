//! How `gobag exec` ends: with which code, how soon, and what is left then.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::exec::cache::{User, toolchain};
use crate::support::bag::{Bag, built, stderr};
use crate::support::gobag::{PATIENCE, within};
use crate::support::project::names;
use crate::support::tree::Tree;

fn run(words: &[&str]) -> Output {
    Command::new(built()).args(words).output().unwrap()
}

fn send(child: &Child, signal: Signal) {
    let id = Pid::from_raw(child.id().try_into().unwrap());
    kill_process(id.unwrap(), signal).unwrap();
}

/// Bytes that no compression makes less.
fn noise(len: usize) -> String {
    let mut state = 1_u64;
    let next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        char::from(b'!' + (state >> 33) as u8 % 90)
    };
    std::iter::repeat_with(next).take(len).collect()
}

#[test]
fn what_cannot_be_run_exits_as_in_a_shell() {
    let dir = tempfile::tempdir().unwrap();
    let plain = dir.path().join("plain");
    fs::write(&plain, "no program").unwrap();
    let plain = plain.to_str().unwrap();
    for (program, code) in [
        ("no-such-program", 127),
        ("/no/such/program", 127),
        ("", 127),
        (plain, 126),
        ("/", 126),
    ] {
        let output = run(&["exec", "--", program]);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(code), "{said}");
        let told = format!("gobag: cannot run {program:?}: ");
        assert!(said.starts_with(&told), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}

#[test]
fn wrong_usage_exits_with_two() {
    for words in [
        &["exec"][..],
        &["exec", "--"],
        &["exec", "--no-such-option", "--", "true"],
        &["exec", "--sandbox", "perhaps", "--", "true"],
        &["serve", "--stock", "--misses", "x"],
        &["serve", "--max-connections", "0"],
        &["serve", "--listen", "nowhere"],
        &["pack"],
        &["pack", "."],
        &["pack", ".", "-o", "x", "--no-prove", "--prove-anew"],
        &["pack", "-o", "x", "--module", "example.com/a"],
        &["pack", "-o", "x", "--toolchain", "1.26.8"],
        &["pack", ".", "-o", "x", "--with", "y"],
        &["unpack"],
        &["diff"],
        &["no-such-command"],
    ] {
        let output = run(words);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{words:?}: {said}");
        assert_eq!(said.lines().count(), 1, "{words:?}: {said}");
    }
}

#[test]
fn a_gobag_that_is_killed_takes_the_command_with_it() {
    let mut child = Command::new(built())
        .args(["exec", "--", "sh", "-c", "echo $$; exec tail -f /dev/null"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut number = String::new();
    stdout.read_line(&mut number).unwrap();
    send(&child, Signal::KILL);
    child.wait().unwrap();
    // It holds our end open for as long as it lives.
    let deadline = Instant::now() + PATIENCE.min(Duration::from_secs(20));
    let command = format!("/proc/{}/stat", number.trim());
    let lives = || {
        let stat = fs::read_to_string(&command).unwrap_or_default();
        !stat.is_empty() && !stat.contains(") Z ")
    };
    while lives() {
        assert!(Instant::now() < deadline, "it outlives gobag");
        std::thread::yield_now();
    }
}

/// A bag with a module whose zip no socket takes as a whole.
fn large() -> Bag {
    let tree = Tree::new();
    let noise = noise(24 << 20);
    let files = [("go.mod", "module ends.test/a\n"), ("noise", &noise)];
    tree.proxied("ends.test/a", "v1.0.0", &files);
    tree.bag()
}

#[test]
fn who_does_not_read_an_answer_does_not_delay_the_end() {
    let bag = large();
    // What is left of the command holds its standard output.
    let script = "echo $GOPROXY; tail -f /dev/null & echo $!; read line; exit 7";
    let mut child = Command::new(bag.bin())
        .args(["exec", "--", "sh", "-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let proxy = lines.next().unwrap().unwrap();
    let left: i32 = lines.next().unwrap().unwrap().parse().unwrap();
    let mut stream = TcpStream::connect(proxy.strip_prefix("http://").unwrap()).unwrap();
    stream
        .write_all(b"GET /ends.test/a/@v/v1.0.0.zip HTTP/1.1\r\nHost: a\r\n\r\n")
        .unwrap();
    stream.read_exact(&mut [0; 100]).unwrap();
    let code = within(Duration::from_secs(1), || {
        drop(child.stdin.take());
        child.wait().unwrap().code()
    });
    kill_process(Pid::from_raw(left).unwrap(), Signal::KILL).unwrap();
    assert_eq!(code, Some(7));
}

#[test]
fn what_was_asked_last_is_logged_still() {
    let bag = Bag::example();
    let script = "exec 3<>/dev/tcp/127.0.0.1/${GOPROXY##*:}; \
                  printf 'GET /no/such HTTP/1.0\\r\\n\\r\\n' >&3; read -r line <&3";
    for _ in 0..20 {
        let output = Command::new(bag.bin())
            .args(["exec", "--log", "text", "--", "bash", "-c", script])
            .output()
            .unwrap();
        let said = stderr(&output);
        assert!(said.contains("/no/such"), "{said}");
    }
}

#[test]
fn an_interrupted_first_run_leaves_no_part_of_a_toolchain() {
    // Much to write, and little to look at before that.
    let bag = toolchain(&"x".repeat(200 << 20));
    for signal in [Signal::INT, Signal::TERM, Signal::HUP, Signal::KILL] {
        let user = User::new();
        // Who looks on must not be the slower one on a machine with much else to do.
        let through = ["/usr/bin/nice", "-n", "19"];
        let mut command = user.command(&through, &bag, &["touch", "ran"]);
        command.env("XDG_CACHE_HOME", user.at("cache"));
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let cache = user.at("cache/gobag");
        let left = || {
            let made = cache.exists();
            let names = if made { names(&cache) } else { Vec::new() };
            names.into_iter().filter(|name| name != ".lock").count()
        };
        while left() == 0 {
            assert!(child.try_wait().unwrap().is_none(), "it was too fast");
            std::thread::yield_now();
        }
        send(&child, signal);
        let output = child.wait_with_output().unwrap();
        assert!(!user.at("ran").exists(), "it was too fast");
        if signal == Signal::KILL {
            // Nobody can tidy up then, but the next one does.
            let mut command = user.command(&[], &bag, &["touch", "ran"]);
            command.env("XDG_CACHE_HOME", user.at("cache"));
            assert!(command.status().unwrap().success());
            assert_eq!(left(), 1);
        } else {
            let said = stderr(&output);
            assert_eq!(output.status.code(), Some(1), "{said}");
            let words = "gobag: stopping\ngobag: interrupted; the command was not run\n";
            assert!(said.ends_with(words), "{said}");
            assert_eq!(left(), 0);
        }
    }
}
