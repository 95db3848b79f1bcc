//! Packing that is interrupted, and what is left then: nothing, or what a second run goes on from.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::pack::failures::{project, upstream};
use crate::support::bag::Bag;
use crate::support::gobag::{Gobag, PATIENCE, within};
use crate::support::http;
use crate::support::project::{Project, names};
use crate::support::public_bags::requests;
use crate::support::tree::{Tree, go_mod};

const SIGNALS: [Signal; 3] = [Signal::INT, Signal::TERM, Signal::HUP];

#[test]
fn an_interrupted_pack_leaves_nothing() {
    for signal in SIGNALS {
        let upstream = upstream(true);
        let (url, stopped) = stalling(&upstream, "/failure.test/b/@v/v1.0.0.zip");
        let project = project(&url);
        let before = names(&project.go().work());
        interrupted(&project, "app -o bag", &stopped, signal);
        assert_eq!(names(&project.go().work()), before);
    }
}

#[test]
fn an_interrupted_pack_leaves_nothing_from_its_first_moment_on() {
    let tree = Tree::new();
    tree.module("failure.test/a", "v1.0.0");
    for signal in SIGNALS {
        let stopped = in_time(|| {
            let project = imported(&tree);
            let mut command = project.command("-o bag --no-sums --import tree");
            let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
            let deadline = Instant::now() + PATIENCE;
            while project.left_over().is_empty() {
                assert!(Instant::now() < deadline, "nothing to work in");
                std::thread::yield_now();
            }
            let stderr = BufReader::new(child.stderr.take().unwrap());
            stops(&project, child, stderr, signal)
        });
        assert!(stopped);
    }
}

#[test]
fn interrupted_checking_and_writing_leave_nothing() {
    let tree = Tree::new();
    // Bytes that no compression makes less, so that each takes its time.
    let mut state = 1_u64;
    let noise: String = std::iter::repeat_with(|| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        char::from(b'!' + (state >> 33) as u8 % 90)
    })
    .take(64 << 20)
    .collect();
    tree.folder(
        "failure.test/large",
        "v1.0.0",
        &[
            ("go.mod", &go_mod("failure.test/large")),
            ("noise.txt", &noise),
        ],
    );
    drop(noise);
    for (line, signal) in ["checking every module", "writing"]
        .into_iter()
        .flat_map(|line| SIGNALS.map(|signal| (line, signal)))
    {
        let stopped = in_time(|| {
            let project = imported(&tree);
            let mut command = project.command("-o bag --no-sums --import tree");
            let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
            let mut stderr = BufReader::new(child.stderr.take().unwrap());
            let mut said = String::new();
            while !said.starts_with(line) {
                said.clear();
                assert!(stderr.read_line(&mut said).unwrap() > 0, "{line}");
            }
            stops(&project, child, stderr, signal)
        });
        assert!(stopped, "{line}");
    }
}

#[test]
fn interrupted_fetching_of_records_leaves_nothing() {
    let tree = Tree::new();
    tree.module("failure.test/a", "v1.0.0");
    let upstream = upstream(true);
    for signal in SIGNALS {
        let (url, stopped) = stalling(&upstream, "/lookup/failure.test/a@v1.0.0");
        let database = format!("sum.golang.org {url}");
        let project = imported(&tree).with("GOSUMDB", &database);
        let project = project.with("GONOSUMDB", "none.test");
        interrupted(&project, "-o bag --import tree", &stopped, signal);
    }
}

#[test]
fn another_signal_while_it_removes_changes_nothing() {
    let upstream = upstream(true);
    let (url, stopped) = stalling(&upstream, "/failure.test/b/@v/v1.0.0.zip");
    let project = project(&url);
    let mut child = started(&project, "app -o bag", &stopped);
    let work = project.beside("tmp").join(&project.left_over()[0]);
    for folder in 0..100 {
        let folder = work.join(format!("much/{folder}"));
        std::fs::create_dir_all(&folder).unwrap();
        for file in 0..300 {
            std::fs::write(folder.join(file.to_string()), "").unwrap();
        }
    }
    let stderr = BufReader::new(child.stderr.take().unwrap());
    let id = Pid::from_child(&child);
    kill_process(id, Signal::INT).unwrap();
    let mut sent = 0;
    let mut said = String::new();
    for line in stderr.lines() {
        said += &(line.unwrap() + "\n");
        if said.ends_with("gobag: stopping\n") {
            while work.exists() && child.try_wait().unwrap().is_none() {
                for signal in SIGNALS {
                    kill_process(id, signal).unwrap();
                    sent += 1;
                }
            }
        }
    }
    assert!(sent > 0, "{said}");
    assert_eq!(child.wait().unwrap().code(), Some(1), "{said}");
    let last = said.lines().last();
    assert_eq!(
        last,
        Some("gobag: interrupted; nothing was written"),
        "{said}"
    );
    left_nothing(&project);
}

#[test]
fn a_signal_ends_it_when_nobody_listens_any_more() {
    let upstream = upstream(true);
    let (url, stopped) = stalling(&upstream, "/failure.test/b/@v/v1.0.0.zip");
    let project = project(&url);
    let mut child = started(&project, "app -o bag", &stopped);
    // As when its terminal is closed.
    drop(child.stderr.take());
    assert_eq!(ended(child, Signal::HUP).code(), Some(1));
    left_nothing(&project);
}

#[test]
fn a_signal_ends_it_when_somebody_listens_and_does_not_read() {
    let upstream = upstream(true);
    let (url, stopped) = stalling(&upstream, "/failure.test/b/@v/v1.0.0.zip");
    let project = project(&url);
    let child = started(&project, "app -o bag", &stopped);
    // What it says finds no room any more.
    let mut pipe = std::fs::OpenOptions::new();
    let pipe = pipe.write(true).open(format!("/proc/{}/fd/2", child.id()));
    let mut pipe = pipe.unwrap();
    rustix::fs::fcntl_setfl(&pipe, rustix::fs::OFlags::NONBLOCK).unwrap();
    while pipe.write(b"\n").is_ok() {}
    drop(pipe);
    assert_eq!(ended_keeping(child, Signal::INT).code(), Some(1));
    left_nothing(&project);
}

#[test]
fn an_interrupted_proof_leaves_nothing() {
    for signal in SIGNALS {
        let upstream = upstream(true);
        let project = project(upstream.url());
        project.ok("", "mod tidy");
        let fifo = |name: &str| {
            let fifo = project.beside(name);
            let made = Command::new("mkfifo").arg(&fifo).status();
            assert!(made.unwrap().success());
            fifo
        };
        let (once, fifo, never) = (project.beside("once"), fifo("fifo"), fifo("never"));
        // Recorded it succeeds; the second time it says so and waits. What it starts beside has
        // left its group and waits as well, under a lower number where the system lets us say so, as
        // when numbers begin anew.
        let script = format!(
            "#!/bin/sh\nmkdir {once} 2>/dev/null && exit\n\
             (echo 400 >/proc/sys/kernel/ns_last_pid) 2>/dev/null\n\
             setsid sh -c 'exec cat {never}' </dev/null >/dev/null 2>&1 &\n\
             echo proving >{fifo}; cat {fifo}\n",
            once = once.display(),
            fifo = fifo.display(),
            never = never.display(),
        );
        let program = project.beside("program");
        std::fs::write(&program, script).unwrap();
        let mut command = project.command("app -o bag --profile build");
        command
            .arg("--run")
            .arg(format!("go run -exec '/bin/sh {}' .", program.display()));
        let child = command.stderr(Stdio::piped()).spawn().unwrap();
        let proving = std::fs::read_to_string(&fifo).unwrap();
        assert_eq!(proving, "proving\n");
        assert_stops(&project, child, signal);
        assert!(!project.beside("bag").exists());
    }
}

#[test]
fn a_second_run_with_the_same_work_fetches_nothing_twice() {
    let upstream = upstream(true);
    let (url, stopped) = stalling(&upstream, "/failure.test/b/@v/v1.0.0.zip");
    let project = project(&url);
    let said = interrupted(&project, "app -o bag --work work", &stopped, Signal::INT);
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
    let (told, stopped) = mpsc::channel();
    let mut held = Vec::new();
    let url = http::relay(upstream.address(), move |path, client| {
        if !path.ends_with(stop) {
            return Some(client);
        }
        held.push(client);
        // The test may be over.
        let _ = told.send(());
        None
    });
    (url, stopped)
}

/// A project beside which `tree` lies, linked.
fn imported(tree: &Tree) -> Project {
    let project = project("off");
    std::os::unix::fs::symlink(tree.path(), project.beside("tree")).unwrap();
    project
}

/// Starts packing, sends `signal` when the proxy was asked for what it stalls at, and returns
/// what was said.
fn interrupted(
    project: &Project,
    args: &str,
    stopped: &mpsc::Receiver<()>,
    signal: Signal,
) -> String {
    let child = started(project, args, stopped);
    assert_stops(project, child, signal)
}

/// Sends `signal`: it must say so at once, end, and leave nothing.
#[track_caller]
fn assert_stops(project: &Project, mut child: Child, signal: Signal) -> String {
    let stderr = BufReader::new(child.stderr.take().unwrap());
    assert_stops_and_says(project, child, stderr, signal)
}

#[track_caller]
fn assert_stops_and_says(
    project: &Project,
    child: Child,
    stderr: BufReader<ChildStderr>,
    signal: Signal,
) -> String {
    let said = stops(project, child, stderr, signal);
    said.unwrap_or_else(|said| panic!("{signal:?} came too late: {said}"))
}

/// Tries until a signal does not come too late, as it may on a busy machine; ten times at most.
fn in_time(run: impl Fn() -> Result<String, String>) -> bool {
    (0..10).any(|_| run().is_ok())
}

/// Sends the signal. An error is what was said by one that had all written by then.
#[track_caller]
fn stops(
    project: &Project,
    child: Child,
    mut stderr: BufReader<ChildStderr>,
    signal: Signal,
) -> Result<String, String> {
    let (tell, told) = mpsc::channel();
    let reader = std::thread::spawn(move || {
        let (mut all, mut line) = (String::new(), String::new());
        while stderr.read_line(&mut line).unwrap() > 0 {
            if line == "gobag: stopping\n" {
                // The test may have failed already.
                let _ = tell.send(());
            }
            all += &std::mem::take(&mut line);
        }
        all
    });
    let id = Pid::from_child(&child);
    within(Duration::from_secs(1), || {
        kill_process(id, signal).unwrap();
        let _ = told.recv_timeout(PATIENCE);
    });
    let status = wait(child);
    let said = reader.join().unwrap();
    if status.success() {
        left_nothing(project);
        return Err(said);
    }
    assert_eq!(status.code(), Some(1), "{signal:?}: {said}");
    let end = "gobag: stopping\ngobag: interrupted; nothing was written\n";
    assert!(said.ends_with(end), "{signal:?}: {said}");
    left_nothing(project);
    Ok(said)
}

/// Panics if anything is left, in a folder for temporary files or beside the output, or runs on.
#[track_caller]
fn left_nothing(project: &Project) {
    assert_eq!(project.left_over(), Vec::<String>::new());
    project.left_nothing();
    until_ended(project);
}

/// Packing that waits for the proxy.
fn started(project: &Project, args: &str, stopped: &mpsc::Receiver<()>) -> Child {
    let mut command = project.command(args);
    let child = command.stderr(Stdio::piped()).spawn().unwrap();
    stopped.recv().unwrap();
    child
}

/// Sends `signal`, which must end it.
fn ended(child: Child, signal: Signal) -> ExitStatus {
    kill_process(Pid::from_child(&child), signal).unwrap();
    wait(child)
}

/// The same, and nobody closes what it writes to before.
fn ended_keeping(mut child: Child, signal: Signal) -> ExitStatus {
    let kept = child.stderr.take();
    let status = ended(child, signal);
    drop(kept);
    status
}

/// Waits for the end of it.
fn wait(mut child: Child) -> ExitStatus {
    let id = Pid::from_child(&child);
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || tell.send(child.wait().unwrap()));
    told.recv_timeout(PATIENCE).unwrap_or_else(|_| {
        kill_process(id, Signal::KILL).unwrap();
        panic!("it did not end")
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

/// True if a process runs whose temporary files would be the user's, or in a folder among those.
fn is_running(project: &Project) -> bool {
    let tmp = format!("TMPDIR={}", project.beside("tmp").display());
    let processes = std::fs::read_dir("/proc").unwrap();
    processes.flatten().any(|process| {
        // One that ends meanwhile has no environment.
        let vars = std::fs::read(process.path().join("environ")).unwrap_or_default();
        vars.split(|byte| *byte == 0)
            .any(|var| var.starts_with(tmp.as_bytes()))
    })
}
