//! `gobag exec`: a command, with what it needs to find the modules of the bag.

use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::net::TcpListener;
use std::process::{Command, Stdio};

use crate::support::bag::{Bag, stderr};
use crate::support::go::Go;
use crate::support::sealed::Sealed;
use crate::support::tree::Tree;

/// A bag with one module.
fn bag() -> Bag {
    let tree = Tree::new();
    tree.module("exec.test/a", "v1.0.0");
    tree.bag()
}

/// `bag exec -- sh -c script`.
fn exec(bag: &Bag, script: &str) -> Command {
    let mut command = Command::new(bag.bin());
    command.args(["exec", "--", "sh", "-c", script]);
    command.stdin(Stdio::null());
    command
}

#[test]
fn the_exit_code_is_the_commands_own() {
    let bag = Bag::example();
    for (script, code) in [
        ("exit 0", 0),
        ("exit 7", 7),
        ("exit 255", 255),
        ("kill -KILL $$", 137),
        ("kill -TERM $$", 143),
    ] {
        let output = exec(&bag, script).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{script}");
        assert_eq!(stderr(&output), "", "it adds nothing of its own");
    }
}

#[test]
fn arguments_and_streams_are_passed_as_they_are() {
    let bag = Bag::example();
    let mut command = Command::new(bag.bin());
    command
        .args([
            "exec",
            "sh",
            "-c",
            "cat; printf '<%s>' \"$@\"; echo err >&2",
            "x",
        ])
        .args(["a b", "--log", "--", "", "$HOME"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"in ").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "in <a b><--log><--><><$HOME>"
    );
    assert_eq!(stderr(&output), "err\n");
}

#[test]
fn signals_are_passed_to_the_command() {
    for signal in ["TERM", "INT", "HUP", "QUIT"] {
        let script = format!(
            "trap 'echo got {signal}; kill $!; exit 9' {signal}; tail -f /dev/null & echo $GOPROXY; wait $!"
        );
        let mut child = exec(&Bag::example(), &script)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let proxy = lines.next().unwrap().unwrap();
        let kill = format!("kill -{signal} {}", child.id());
        Command::new("sh").args(["-c", &kill]).status().unwrap();
        assert_eq!(lines.next().unwrap().unwrap(), format!("got {signal}"));
        assert_eq!(child.wait().unwrap().code(), Some(9));
        let address = proxy.strip_prefix("http://").unwrap();
        let connected = std::net::TcpStream::connect(address);
        assert!(
            connected.is_err(),
            "it serves no longer than the command runs"
        );
    }
}

#[test]
fn it_serves_the_bag_on_loopback_while_the_command_runs() {
    let mut child = exec(&bag(), "echo $GOPROXY; read line")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let proxy = lines.next().unwrap().unwrap();
    let address = proxy.strip_prefix("http://").unwrap();
    assert!(address.starts_with("127.0.0.1:"), "{address}");
    let list = crate::support::http::request(address, "GET", "/exec.test/a/@v/list", &[]);
    assert_eq!(list.text(), "v1.0.0\n");
    drop(child.stdin.take());
    child.wait().unwrap();
}

/// The proxy settings that go has when `exec` runs it for a user with this setting.
fn settings(bag: &Bag, key: &str, value: &str) -> Vec<String> {
    let sealed = Sealed::empty().with(key, value);
    let lines = ["go env GONOPROXY GOSUMDB GOPRIVATE GONOSUMDB"];
    let printed = sealed.runs(bag, "app", &lines);
    printed.lines().map(str::to_owned).collect()
}

#[test]
fn settings_that_lead_past_the_bag_are_overruled_and_no_others() {
    let bag = bag();
    // Nothing is in the public database here, so nothing can be looked up.
    assert_eq!(
        settings(&bag, "GOPRIVATE", ""),
        ["", "sum.golang.org", "", "*"]
    );
    let bypassing = settings(&bag, "GOPRIVATE", "exec.test,*.corp.example");
    assert_eq!(bypassing[0], "none");
    assert_eq!(bypassing[2], "exec.test,*.corp.example", "it is the user's");
    let other = settings(&bag, "GOPRIVATE", "corp.example");
    assert_eq!(other[0], "corp.example", "what it is without us");
    assert_eq!(settings(&bag, "GONOPROXY", "exec.test/*")[0], "none");
    assert_eq!(settings(&bag, "GOSUMDB", "off")[1], "off");
}

#[test]
fn settings_that_go_env_w_left_are_overruled_as_well() {
    let sealed = Sealed::empty();
    sealed.go().write(
        "env",
        "GOPRIVATE=exec.test\nGOPROXY=https://proxy.test,direct\n",
    );
    let file = sealed.go().work().join("env");
    let sealed = sealed.with("GOENV", file.to_str().unwrap());
    sealed.go().requires("1.24", &[]);
    let lines = ["go get exec.test/a@v1.0.0", "go env GONOPROXY GOPROXY"];
    let printed = sealed.runs(&bag(), "", &lines);
    assert!(printed.starts_with("none\nhttp://127.0.0.1:"), "{printed}");
}

#[test]
fn requests_are_logged_when_that_is_asked() {
    let sealed = Sealed::empty();
    let bag = bag();
    let run = |log: &str| {
        let mut command = sealed.go().command(bag.bin().to_str().unwrap());
        command.args(["exec", "--log", log, "--", "go", "mod", "download"]);
        let output = command.arg("exec.test/a@v1.0.0").output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        stderr(&output)
    };
    assert!(run("text").contains("/exec.test/a/@v/v1.0.0.zip"));
    assert!(!run("off").contains("/exec.test/a/@v/v1.0.0.zip"));
}

#[test]
fn two_at_a_time_do_not_meet() {
    let bag = bag();
    let sealed = Sealed::empty();
    let inner = format!(
        "outer=$GOPROXY; {} exec -- sh -c 'test \"$GOPROXY\" != \"$1\" && go mod download exec.test/a@v1.0.0' x \"$outer\"",
        bag.bin().display()
    );
    sealed.runs(&bag, "app", &[&inner, "go mod download exec.test/a@v1.0.0"]);
}

#[test]
fn nobody_but_the_bag_is_asked_before_the_command_runs() {
    let upstream = TcpListener::bind("127.0.0.1:0").unwrap();
    upstream.set_nonblocking(true).unwrap();
    let url = format!("http://{}", upstream.local_addr().unwrap());
    let go = Go::new(&url).with("GOTOOLCHAIN", "go1.99.9");
    go.write("go.mod", "module m.test\n\ngo 1.98.0\n");
    let output = go
        .command(Bag::example().bin().to_str().unwrap())
        .args(["exec", "--", "true"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let asked = upstream.accept().map_err(|e| e.kind());
    assert_eq!(asked.map(drop), Err(ErrorKind::WouldBlock));
}

#[test]
fn go_has_a_home_where_the_environment_names_none() {
    let bag = Bag::example();
    let go = Go::new("off");
    let output = Command::new(bag.bin())
        .args(["exec", "--", "go", "run"])
        .arg("example.com/gobag/hello@v1.0.0")
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("GOTOOLCHAIN", "local")
        .env("GOFLAGS", "-modcacherw")
        .current_dir(go.work())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

#[test]
fn a_signal_ends_it_while_go_is_asked() {
    let go = Go::new("off");
    let fifo = go.work().join("fifo");
    let made = Command::new("mkfifo").arg(&fifo).status();
    assert!(made.unwrap().success());
    let mut command = go.command(Bag::example().bin().to_str().unwrap());
    command.args(["exec", "--", "true"]).env("GOENV", &fifo);
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    // go waits for somebody who writes there.
    let mut writes = std::fs::OpenOptions::new();
    let writer = writes.write(true).open(&fifo).unwrap();
    let id = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(1));
    drop(writer);
}
