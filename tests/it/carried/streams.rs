//! What a program is given that nobody meant: environments that are no text, and standard streams
//! that are closed, full, or read by nobody.

use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::support::bag::{built, stderr, text};

/// What go and gobag look at.
const NAMES: [&str; 26] = [
    "GOPROXY",
    "GONOPROXY",
    "GOSUMDB",
    "GONOSUMDB",
    "GOPRIVATE",
    "GOFLAGS",
    "GOENV",
    "GOPATH",
    "GOMODCACHE",
    "GOCACHE",
    "GOWORK",
    "GOTOOLCHAIN",
    "GO111MODULE",
    "GOAUTH",
    "GOROOT",
    "GOTMPDIR",
    "HOME",
    "TMPDIR",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "TERM",
    "NO_COLOR",
    "LANG",
    "HTTPS_PROXY",
    "NETRC",
    "PWD",
];

/// Panics where the program did, or was ended by a signal.
#[track_caller]
fn ends_well(output: &Output, told: &str) {
    let said = stderr(output);
    assert!(!said.contains("panicked"), "{told}: {said}");
    // 101 is that of a panic of which nobody heard.
    let code = output.status.code();
    assert!(
        code.is_some_and(|code| code != 101),
        "{told}: {code:?} {said}"
    );
}

#[test]
fn no_environment_makes_it_panic() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("go.mod"), "module app.test\n\ngo 1.24\n").unwrap();
    let long = vec![b'x'; 20_000];
    let values: [&[u8]; 5] = [
        b"",
        b"/caf\xe9\xff",
        b"a\nb\x1b[2J",
        b"\xff=\xfe,|: @",
        &long,
    ];
    let pack = ["pack", "--module", "a.test/b@v1.0.0", "-o", "bag"];
    let commands: [&[&str]; 6] = [
        &["env"],
        &["doctor"],
        &["exec", "--", "/bin/true"],
        &["list"],
        &["verify"],
        &pack,
    ];
    let run = |args: &[&str], set: &[(&OsStr, &[u8])]| {
        let mut command = Command::new(built());
        command
            .args(args)
            .current_dir(dir.path())
            .env("GOPROXY", "off");
        command.envs(
            set.iter()
                .map(|(name, value)| (name, OsStr::from_bytes(value))),
        );
        let output = command.stdin(Stdio::null()).output().unwrap();
        ends_well(&output, &format!("{args:?} {set:?}"));
    };
    for value in values {
        let all: Vec<(&OsStr, &[u8])> = NAMES.iter().map(|n| (OsStr::new(n), value)).collect();
        for args in commands {
            run(args, &all);
            let path = [&all[..], &[(OsStr::new("PATH"), value)]].concat();
            run(args, &path);
        }
    }
    for name in NAMES {
        for args in [&["env"][..], &["exec", "--", "/bin/true"]] {
            run(args, &[(OsStr::new(name), b"/caf\xe9")]);
        }
    }
    let odd = OsStr::from_bytes(b"GO\xff");
    commands
        .iter()
        .for_each(|args| run(args, &[(odd, b"\xff")]));
    let mut nothing = Command::new(built());
    let output = nothing.args(["env"]).env_clear().output().unwrap();
    ends_well(&output, "an empty environment");
}

/// A standard stream that takes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stream {
    Closed,
    Full,
    Unread,
}

/// `program args` with these streams; one that is not given is read.
fn started(args: &[&str], out: Option<Stream>, err: Option<Stream>, dir: &Path) -> Output {
    let closed = |stream, number| match stream {
        Some(Stream::Closed) => format!(" {number}>&-"),
        _ => String::new(),
    };
    let script = format!("exec \"$0\" \"$@\"{}{}", closed(out, 1), closed(err, 2));
    let stdio = |stream| match stream {
        Some(Stream::Full) => Stdio::from(File::create("/dev/full").unwrap()),
        Some(Stream::Unread) => Stdio::from(std::io::pipe().unwrap().1),
        _ => Stdio::piped(),
    };
    let mut command = Command::new("sh");
    command.args(["-c", &script, built()]).args(args);
    command.current_dir(dir).stdin(Stdio::null());
    let child = command.stdout(stdio(out)).stderr(stdio(err)).spawn();
    child.unwrap().wait_with_output().unwrap()
}

/// Commands that print to stdout, that fail, and that were mistyped.
fn commands(modules: &str) -> Vec<Vec<&str>> {
    let lines = [
        "--help",
        "-h",
        "--version",
        "list",
        "list --json",
        "verify",
        "version",
        "env",
        "doctor",
        "pack --help",
        "exec --help",
        "serf",
        "list --jsn",
        "serve --listen nowhere",
        "unpack /dev/null/x",
        "exec",
        "exec -- no-such-program",
        "exec -- /bin/true",
        "list no-such",
        "man",
        "licenses",
        "sbom",
        "diff /dev/null",
        "pack --no-sums -o b --import",
        "pack --no-sums -o b --json --import",
        "pack --no-sums -q -o b --import /dev/null/x",
    ];
    let words = lines.map(|line| line.split(' ').collect::<Vec<_>>());
    let named = words.map(|mut words| {
        if words.last() == Some(&"--import") {
            words.push(modules);
        }
        words
    });
    named.into()
}

#[test]
fn no_stream_makes_it_panic() {
    let modules = concat!(env!("CARGO_MANIFEST_DIR"), "/modules");
    for args in commands(modules) {
        let dir = tempfile::tempdir().unwrap();
        let run = |out, err| started(&args, out, err, dir.path());
        let well = run(None, None);
        ends_well(&well, &format!("{args:?}"));
        let code = well.status.code();
        let prints = !well.stdout.is_empty();
        for stream in [Stream::Closed, Stream::Full, Stream::Unread] {
            let told = format!("{args:?}: {stream:?}");
            // Who does not read what is said against him is not told it, and no more.
            let output = run(None, Some(stream));
            ends_well(&output, &told);
            assert_eq!(output.status.code(), code, "stderr of {told}");
            if args[0] != "version" {
                assert_eq!(output.stdout.is_empty(), !prints, "{told}");
            }
            let output = run(Some(stream), None);
            ends_well(&output, &told);
            let said = stderr(&output);
            match stream {
                _ if !prints => {
                    assert_eq!(output.status.code(), code, "stdout of {told}: {said}");
                }
                Stream::Full | Stream::Closed => {
                    assert_eq!(output.status.code(), Some(1), "{told}: {said}");
                    let last = said.lines().last().unwrap_or_default();
                    let why = match stream {
                        Stream::Full => "No space left on device",
                        _ => "it is closed",
                    };
                    let why = format!("gobag: cannot write to stdout: {why}");
                    assert!(last.starts_with(&why), "{told}: {said}");
                }
                _ if code == Some(1) => assert_eq!(output.status.code(), code, "{told}"),
                _ => {
                    assert_eq!(output.status.code(), Some(141), "{told}: {said}");
                    assert!(!said.contains("stdout"), "{told}: {said}");
                }
            }
            ends_well(&run(Some(stream), Some(stream)), &told);
        }
    }
}

#[test]
fn a_server_whose_words_nobody_reads_serves() {
    for (err, stream) in [("2>&-", "closed"), ("2>/dev/full", "full")] {
        let dir = tempfile::tempdir().unwrap();
        let script = format!(
            "exec \"$0\" exec --log text -- sh -c 'exec 2>&1; echo $GOPROXY' {err} </dev/null"
        );
        let output = Command::new("sh")
            .args(["-c", &script, built()])
            .current_dir(dir.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{stream}: {}", stderr(&output));
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            printed.starts_with("http://127.0.0.1:"),
            "{stream}: {printed}"
        );
    }
}

#[test]
fn it_starts_where_every_stream_and_the_folder_are_gone() {
    let dir = tempfile::tempdir().unwrap();
    let gone = dir.path().join("gone");
    std::fs::create_dir(&gone).unwrap();
    let line = "cd \"$1\" && rmdir \"$1\" && \"$0\" list <&- >&- 2>&-; a=$?; \
        \"$0\" doctor; \"$0\" env; \"$0\" pack --import modules --no-sums -o bag; exit $a";
    let output = Command::new("sh")
        .args(["-c", line, built(), text(&gone)])
        .output()
        .unwrap();
    ends_well(&output, "nothing is there");
    // What nobody was told is no success.
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
}
