//! What the kernel keeps away from a server: its box, its memory, what others left open in it.

use std::path::Path;
use std::process::{Command, Output};

use crate::serve::serving::large_bag;
use crate::support::bag::{Bag, built, stderr};
use crate::support::chain::Chain;
use crate::support::gobag::Gobag;
use crate::support::namespace::is_root;
use crate::support::tree::Tree;
use crate::support::zoo;

const EPERM: &str = "1";
const EACCES: &str = "13";

/// What the kernel tells of a process or a thread: the value of one line.
fn told(status: &str, name: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let value = line.unwrap_or_else(|| panic!("{name} in {status}"));
    let value = value.trim_start_matches(':').split_whitespace().next();
    value.unwrap().parse().unwrap()
}

fn status(file: impl AsRef<Path>) -> String {
    std::fs::read_to_string(file).unwrap()
}

/// What is told of each thread of a server.
fn threads(gobag: &Gobag) -> Vec<String> {
    let threads = std::fs::read_dir(format!("/proc/{}/task", gobag.pid())).unwrap();
    // One may end meanwhile.
    let told = threads.map(|thread| std::fs::read_to_string(thread.unwrap().path().join("status")));
    told.filter_map(Result::ok).collect()
}

/// How many filters a process has that these tests start, without any of ours.
fn filters_of_ours() -> u64 {
    told(&status("/proc/self/status"), "Seccomp_filters")
}

/// The line of a server that tells what is in force.
fn claim(gobag: &Gobag) -> String {
    gobag.logged("In another shell");
    gobag.logged(" box")
}

fn is_filtered(claim: &str) -> bool {
    claim.starts_with("in a box") && !claim.contains("seccomp is refused")
}

/// The lines that the probe prints, after the one that tells what is in force.
fn probe(words: &[&str]) -> (String, Vec<(String, String)>) {
    let output = Command::new(built()).arg("__probe").args(words).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let said = String::from_utf8(output.stdout).unwrap();
    let mut lines = said.lines();
    let claim = lines.next().unwrap().to_owned();
    let pairs = lines.map(|line| line.split_once(' ').unwrap());
    let pairs = pairs.map(|(name, number)| (name.to_owned(), number.to_owned()));
    (claim, pairs.collect())
}

/// Runs a server under strace, which answers the system calls named in `refused` in the
/// kernel's place, and which must be all that it does before it ends.
fn where_the_kernel_has_no(refused: &[&str], arguments: &[&str]) -> Output {
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-o", "/dev/null"]);
    for call in refused {
        command.args(["-e", &format!("inject={call}:error=ENOSYS")]);
    }
    command.arg(built()).args(arguments);
    let output = command.output();
    output.expect("this test needs strace: apt-get install strace")
}

#[test]
fn every_thread_of_a_server_is_in_the_box_that_it_tells_of() {
    let gobag = Bag::example().serve();
    let claim = claim(&gobag);
    assert_eq!(gobag.status("/example.com/gobag/greet/@v/list"), 200);
    let threads = threads(&gobag);
    assert!(threads.len() > 1, "{threads:#?}");
    for thread in &threads {
        assert_eq!(told(thread, "NoNewPrivs"), 1, "{claim}: {thread}");
        if is_filtered(&claim) {
            assert_eq!(told(thread, "Seccomp"), 2, "{claim}: {thread}");
            let filters = told(thread, "Seccomp_filters");
            // One for the newest way to start a thread, one for all the rest.
            assert_eq!(filters, filters_of_ours() + 2, "{thread}");
        }
    }
    // Linux 5.13 and newer have Landlock where it is not left out; all in use have filters.
    assert!(claim.starts_with("in a box: no files, "), "{claim}");
    let (status, log) = gobag.terminate();
    assert_eq!(status.code(), Some(0), "{log:#?}");
}

#[test]
fn without_the_box_nothing_is_in_force() {
    let gobag = Bag::example().serve_with(["--sandbox", "off"]);
    assert_eq!(claim(&gobag), "in no box (--sandbox off)");
    let own = status("/proc/self/status");
    for thread in threads(&gobag) {
        for name in ["NoNewPrivs", "Seccomp", "Seccomp_filters"] {
            assert_eq!(told(&thread, name), told(&own, name), "{thread}");
        }
    }
}

#[test]
fn a_box_that_is_required_is_there_in_full_or_nothing_is_served() {
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--sandbox", "require"];
    for (call, name) in [
        ("landlock_create_ruleset", "landlock is refused"),
        ("seccomp", "seccomp is refused"),
    ] {
        let output = where_the_kernel_has_no(&[call], &arguments);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(
            said.starts_with("gobag: no box as --sandbox require"),
            "{said}"
        );
        assert!(said.contains(name), "{said}");
        let exec = ["exec", "--sandbox", "require", "--", "echo", "it ran"];
        let output = where_the_kernel_has_no(&[call], &exec);
        assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
        assert_eq!(output.stdout, b"", "the command is not started");
        assert!(stderr(&output).contains(name), "{}", stderr(&output));
        // What is tried goes on without, and says nothing of it.
        let exec = ["exec", "--", "echo", "it ran"];
        let output = where_the_kernel_has_no(&[call], &exec);
        assert_eq!(output.stdout, b"it ran\n", "{}", stderr(&output));
        assert_eq!(stderr(&output), "");
    }
    let (claim, _) = probe(&["try"]);
    if !claim.contains("refused") {
        let gobag = Bag::example().serve_with(["--sandbox", "require"]);
        assert_eq!(gobag.logged(" box"), claim);
    }
}

#[test]
fn the_line_says_what_is_missing() {
    let words = ["__probe", "try"];
    let all = ["landlock_create_ruleset", "seccomp"];
    let claim = |refused: &[&str]| {
        let output = where_the_kernel_has_no(refused, &words);
        let said = String::from_utf8(output.stdout).unwrap();
        said.lines().next().unwrap().to_owned()
    };
    let line = claim(&all);
    assert!(
        line.starts_with("in no box: landlock is refused: "),
        "{line}"
    );
    assert!(line.contains("; seccomp is refused: "), "{line}");
    let line = claim(&all[..1]);
    let begin = "in a box: no files, no new connections, no programs (seccomp; landlock is refused";
    assert!(line.starts_with(begin), "{line}");
    let line = claim(&all[1..]);
    assert!(line.contains("seccomp is refused"), "{line}");
}

#[test]
fn the_kernel_refuses_what_is_said_to_be_kept_away() {
    let (claim, attempts) = probe(&["try"]);
    assert!(attempts.len() > 15, "{attempts:#?}");
    let seccomp = is_filtered(&claim);
    for (name, number) in &attempts {
        let file = ["open", "write", "list", "younger-thread", "exec"].contains(&name.as_str());
        match (seccomp, file && claim.contains("no files")) {
            (true, _) => assert_eq!(number, EPERM, "{claim}: {name}"),
            (false, true) => assert_eq!(number, EACCES, "{claim}: {name}"),
            (false, false) => {}
        }
    }
    // Without a box each is answered otherwise.
    let (claim, attempts) = probe(&["off"]);
    assert_eq!(claim, "in no box (--sandbox off)");
    for name in [
        "open",
        "write",
        "list",
        "younger-thread",
        "connect",
        "bind",
        "socket",
    ] {
        let found = attempts.iter().find(|(attempt, _)| attempt == name);
        assert_eq!(found.unwrap().1, "0", "{name}");
    }
}

#[test]
fn landlock_holds_by_itself() {
    let (line, _) = probe(&["try"]);
    if line.contains("landlock is refused") {
        let output = Command::new(built()).args(["__probe", "landlock"]).output();
        assert!(!output.unwrap().status.success());
        return;
    }
    let (claim, attempts) = probe(&["landlock"]);
    let mut kept_away = vec!["open", "write", "list", "younger-thread", "exec"];
    if claim.contains("no new connections") {
        kept_away.extend(["connect", "bind"]);
    }
    for name in kept_away {
        let found = attempts.iter().find(|(attempt, _)| attempt == name);
        assert_eq!(found.unwrap().1, EACCES, "{claim}: {name}");
    }
}

#[test]
fn a_panic_in_the_box_is_one_line_and_opens_no_file() {
    let dir = tempfile::tempdir().unwrap();
    let trace = dir.path().join("trace");
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-e", "trace=file,seccomp", "-o"]);
    command
        .arg(&trace)
        .arg(built())
        .args(["__probe", "try", "panic"]);
    let output = command.env("RUST_BACKTRACE", "full").output();
    let output = output.expect("this test needs strace: apt-get install strace");
    assert!(output.status.success(), "{}", stderr(&output));
    let said = stderr(&output);
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(
        said.starts_with("gobag: thread \"answer\" panicked at "),
        "{said}"
    );
    assert!(said.ends_with(": as it was told\\x0ato\n"), "{said}");
    let trace = std::fs::read_to_string(trace).unwrap();
    let (_, after) = trace.split_once("seccomp(SECCOMP_SET_MODE_FILTER").unwrap();
    let after: Vec<&str> = after.lines().skip(1).collect();
    assert!(
        !after.iter().any(|line| line.contains("open")),
        "{after:#?}"
    );
}

/// Serves with a locked file that is left open, and tells whether it is open still.
fn what_is_left_open_stays_open(sandbox: &str) -> bool {
    let dir = tempfile::tempdir().unwrap();
    let lock = dir.path().join("lock");
    let script = "exec 9>\"$1\" && flock 9 && shift && exec \"$@\"";
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh"]).arg(&lock).arg(built());
    command.args(["serve", "--listen", "127.0.0.1:0", "--sandbox", sandbox]);
    let gobag = Gobag::start(command);
    let free = Command::new("flock")
        .arg("-n")
        .arg(&lock)
        .arg("true")
        .status();
    let free = free.expect("this test needs flock: apt-get install util-linux");
    // Its standard streams are as they were.
    assert_eq!(gobag.status("/"), 200);
    gobag.logged(" / 200 ");
    !free.success()
}

#[test]
fn what_others_left_open_is_closed() {
    assert!(!what_is_left_open_stays_open("try"));
    assert!(what_is_left_open_stays_open("off"));
}

#[test]
fn what_exec_runs_is_in_no_box() {
    let bag = Bag::example();
    let own = status("/proc/self/status");
    // Its parent is this program, whose first thread starts it.
    let child = bag.ok(["exec", "--", "cat", "/proc/self/status"]);
    for name in ["NoNewPrivs", "Seccomp", "Seccomp_filters"] {
        assert_eq!(told(&child, name), told(&own, name), "{child}");
    }
    // One that ends meanwhile is none of them.
    let script = "cat /proc/$PPID/task/*/status 2>/dev/null; true";
    let threads = bag.ok(["exec", "--", "sh", "-c", script]);
    let count = |line: &str| threads.lines().filter(|other| *other == line).count();
    assert!(count("NoNewPrivs:\t1") > 0, "the server's: {threads}");
    assert!(count("NoNewPrivs:\t0") > 0 || told(&own, "NoNewPrivs") == 1);
}

/// Whether this user may lock as many kilobytes.
fn may_lock(kilobytes: u64) -> bool {
    let limit = Command::new("sh").args(["-c", "ulimit -H -l"]).output();
    let limit = String::from_utf8(limit.unwrap().stdout).unwrap();
    let too_small = |limit: u64| limit < kilobytes;
    is_root() || !limit.trim().parse().is_ok_and(too_small)
}

#[test]
fn the_whole_program_is_locked_in_memory_when_that_is_asked() {
    let bag = large_bag();
    let size = std::fs::metadata(bag.bin()).unwrap().len() >> 10;
    let locked = |gobag: &Gobag| {
        let status = status(format!("/proc/{}/status", gobag.pid()));
        told(&status, "VmLck")
    };
    assert_eq!(locked(&bag.serve()), 0);
    let limit = format!("ulimit -l {} 2>/dev/null; exec \"$@\"", size * 2);
    let mut command = Command::new("sh");
    command.args(["-c", &limit, "sh"]).arg(bag.bin());
    command.args(["serve", "--listen", "127.0.0.1:0", "--lock-memory"]);
    if !may_lock(size * 2) {
        // Whoever may not lock as much hears that, as below.
        let output = command.output().unwrap();
        refuses_to_lock(&output);
        return;
    }
    let gobag = Gobag::start(command);
    // The module alone is as large; what no segment reaches of the file is not in memory.
    let locked = locked(&gobag);
    assert!((16 << 10..=size).contains(&locked), "{locked} of {size}");
    let line = gobag.logged("locked in memory");
    assert!(line.contains(" MB locked in memory: "), "{line}");
}

#[test]
fn the_bags_that_it_builds_on_are_locked_as_well() {
    let (older, newer) = (Tree::new(), Tree::new());
    older.module("locked.test/old", "v1.0.0");
    older.file("locked.test/old@v1.0.0/noise.txt", zoo::noise(8 << 20));
    newer.module("locked.test/new", "v1.0.0");
    let chain = Chain::of(&[older, newer], &[]);
    let old = chain.file("first");
    let locked = |with: &[&str]| {
        let mut command = Command::new(chain.newest().bin());
        command.args(["serve", "--listen", "127.0.0.1:0", "--lock-memory"]);
        command.args(with);
        if !may_lock(128 << 10) {
            refuses_to_lock(&command.output().unwrap());
            return None;
        }
        let gobag = Gobag::start(command);
        let status = status(format!("/proc/{}/status", gobag.pid()));
        Some(told(&status, "VmLck"))
    };
    if let (Some(alone), Some(both)) = (locked(&[]), locked(&["--with", &old])) {
        let module: serde_json::Value =
            serde_json::from_str(&chain.bags[0].ok(["version", "--json"])).unwrap();
        let module = module["bytes"].as_u64().unwrap() >> 10;
        assert!(module > 1 << 10, "noise is large: {module} kB");
        assert!(both - alone >= module, "{alone}, {both} and {module} kB");
    }
}

#[track_caller]
fn refuses_to_lock(output: &Output) {
    let said = stderr(output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    for part in [
        "cannot lock ",
        "ulimit -l ",
        "LimitMEMLOCK=",
        "CAP_IPC_LOCK",
    ] {
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn who_may_not_lock_memory_hears_how_he_may() {
    for limit in [0, 64] {
        let script = format!("ulimit -l {limit} && exec \"$@\"");
        let mut command = Command::new(if is_root() { "setpriv" } else { "env" });
        if is_root() {
            // Else no limit holds for him.
            command.arg("--bounding-set=-ipc_lock");
        }
        command.args(["sh", "-c", &script, "sh", built()]);
        command.args(["serve", "--listen", "127.0.0.1:0", "--lock-memory"]);
        refuses_to_lock(&command.output().unwrap());
    }
}
