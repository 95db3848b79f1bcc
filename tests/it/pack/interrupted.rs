//! Packing that is interrupted, and what is left then: nothing, or what a second run goes on from.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Instant;

use crate::pack::failures::{project, upstream};
use crate::support::bag::Bag;
use crate::support::gobag::{Gobag, PATIENCE};
use crate::support::http;
use crate::support::project::{Project, names};
use crate::support::public_bags::requests;

#[test]
fn an_interrupted_pack_leaves_nothing() {
    for signal in ["INT", "TERM", "HUP"] {
        let upstream = upstream(true);
        let (url, stopped) = stalling(&upstream, "/failure.test/b/@v/v1.0.0.zip");
        let project = project(&url);
        let before = names(&project.go().work());
        let said = interrupted(&project, "app -o bag", &stopped, signal);
        assert!(said.contains("interrupted; nothing was written"), "{said}");
        assert_eq!(names(&project.go().work()), before);
        project.left_nothing();
    }
}

#[test]
fn a_signal_ends_it_when_nobody_listens_any_more() {
    let upstream = upstream(true);
    let (url, stopped) = stalling(&upstream, "/failure.test/b/@v/v1.0.0.zip");
    let project = project(&url);
    let mut child = started(&project, "app -o bag", &stopped);
    // As when its terminal is closed.
    drop(child.stderr.take());
    assert_eq!(ended(child, "HUP").code(), Some(1));
    project.left_nothing();
    until_ended(&project);
}

#[test]
fn an_interrupted_proof_leaves_nothing() {
    let upstream = upstream(true);
    let project = project(upstream.url());
    project.ok("", "mod tidy");
    let (once, fifo) = (project.beside("once"), project.beside("fifo"));
    assert!(
        Command::new("mkfifo")
            .arg(&fifo)
            .status()
            .unwrap()
            .success()
    );
    // Recorded it succeeds; the second time it says so and waits.
    let script = format!(
        "#!/bin/sh\nmkdir {once} 2>/dev/null || {{ echo proving >{fifo}; cat {fifo}; }}\n",
        once = once.display(),
        fifo = fifo.display(),
    );
    let program = project.beside("program");
    std::fs::write(&program, script).unwrap();
    let mut command = project.command("app -o bag --profile build");
    command
        .arg("--run")
        .arg(format!("go run -exec '/bin/sh {}' .", program.display()));
    let child = command.stderr(Stdio::null()).spawn().unwrap();
    let proving = std::fs::read_to_string(&fifo).unwrap();
    assert_eq!(proving, "proving\n");
    assert_eq!(ended(child, "INT").code(), Some(1));
    assert!(!project.beside("bag").exists());
    project.left_nothing();
    until_ended(&project);
}

#[test]
fn a_second_run_with_the_same_work_fetches_nothing_twice() {
    let upstream = upstream(true);
    let (url, stopped) = stalling(&upstream, "/failure.test/b/@v/v1.0.0.zip");
    let project = project(&url);
    let said = interrupted(&project, "app -o bag --work work", &stopped, "INT");
    assert!(!project.beside("bag").exists(), "{said}");
    let second = crate::pack::failures::upstream(true);
    let project = project.with("GOPROXY", second.url());
    project.packs("app -o bag --work work");
    let third = crate::pack::failures::upstream(true);
    let project = project.with("GOPROXY", third.url());
    project.packs("app -o again --work work");
    let asked = [upstream, second, third].map(requests);
    let count = |name: &str| {
        let of = |asked: &Vec<String>| asked.iter().filter(|line| line.contains(name)).count();
        asked.each_ref().map(of)
    };
    assert_eq!(
        count("failure.test/a/@v/v1.0.0.mod"),
        [1, 0, 0],
        "{asked:#?}"
    );
    assert_eq!(
        count("failure.test/b/@v/v1.0.0.zip"),
        [0, 1, 0],
        "{asked:#?}"
    );
    assert_eq!([count(".mod")[2], count(".zip")[2]], [0, 0], "{asked:#?}");
    let bag = Bag::at(project.beside("again"));
    assert_eq!(bag.ok(["list"]).lines().count(), 3);
}

/// Answers as `upstream` does, but to the first request that ends in `stop` never; sends a
/// word when that comes.
fn stalling(upstream: &Gobag, stop: &'static str) -> (String, mpsc::Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let address = upstream.address().to_owned();
    let (told, stopped) = mpsc::channel();
    std::thread::spawn(move || {
        let mut held = Vec::new();
        for client in listener.incoming() {
            let mut client = client.unwrap();
            let mut reader = BufReader::new(client.try_clone().unwrap());
            let mut first = String::new();
            reader.read_line(&mut first).unwrap();
            let mut line = String::new();
            while reader.read_line(&mut line).unwrap() > 2 {
                line.clear();
            }
            let Some(path) = first.split(' ').nth(1) else {
                continue;
            };
            if path.ends_with(stop) {
                held.push(client);
                // The test may be over.
                let _ = told.send(());
                continue;
            }
            let reply = http::request(&address, "GET", path, &[]);
            let head = format!(
                "HTTP/1.1 {} x\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                reply.status,
                reply.body.len()
            );
            let _ = client.write_all(head.as_bytes());
            let _ = client.write_all(&reply.body);
        }
    });
    (url, stopped)
}

/// Starts packing, sends `signal` when the proxy was asked for what it stalls at, and returns
/// what was said.
fn interrupted(
    project: &Project,
    args: &str,
    stopped: &mpsc::Receiver<()>,
    signal: &str,
) -> String {
    let mut child = started(project, args, stopped);
    let stderr = child.stderr.take().unwrap();
    let status = ended(child, signal);
    let said = std::io::read_to_string(stderr).unwrap();
    assert_eq!(status.code(), Some(1), "{said}");
    until_ended(project);
    said
}

/// Packing that waits for the proxy.
fn started(project: &Project, args: &str, stopped: &mpsc::Receiver<()>) -> Child {
    let mut command = project.command(args);
    let child = command.stderr(Stdio::piped()).spawn().unwrap();
    stopped.recv().unwrap();
    child
}

/// Sends `signal`, which must end it.
fn ended(mut child: Child, signal: &str) -> ExitStatus {
    let id = child.id();
    let kill = |signal: &str| {
        let kill = format!("kill -{signal} {id}");
        let killed = Command::new("sh").args(["-c", &kill]).status();
        assert!(killed.unwrap().success());
    };
    kill(signal);
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || tell.send(child.wait().unwrap()));
    told.recv_timeout(PATIENCE).unwrap_or_else(|_| {
        kill("KILL");
        panic!("SIG{signal} did not end it")
    })
}

/// Waits until no process of the user runs: one that was killed needs a moment to be gone.
fn until_ended(project: &Project) {
    let deadline = Instant::now() + PATIENCE;
    while is_running(project) {
        assert!(Instant::now() < deadline, "a command is left behind");
        std::thread::yield_now();
    }
}

/// True if a process runs whose temporary files would be the user's.
fn is_running(project: &Project) -> bool {
    let tmp = format!("TMPDIR={}", project.beside("tmp").display());
    let processes = std::fs::read_dir("/proc").unwrap();
    processes.flatten().any(|process| {
        // One that ends meanwhile has no environment.
        let vars = std::fs::read(process.path().join("environ")).unwrap_or_default();
        vars.split(|byte| *byte == 0)
            .any(|var| var == tmp.as_bytes())
    })
}
