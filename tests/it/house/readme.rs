//! The sessions in README.md, run as a reader would.
//!
//! A block that begins with ```` ```console ```` is a session. A line `$ command` is typed into
//! one shell, which stays the same from the first session to the last: what is exported stays
//! exported. A line that ends in `\` goes on in the next one. The lines that follow, up to the
//! next command, are what it prints to either output; `...` in one of them stands for any text,
//! and a line that is `...` for any lines. Each command must succeed.
//!
//! `gobag`, `gobag serve …` and `cargo run --release` go on serving; the lines after them are the
//! first ones that they print. The shell is in a network of its own, so that port 8080 is free
//! and nothing outside can help. It begins in an empty folder with the repository's `modules/`,
//! with the binary in `PATH`, and with nothing that `go` would take a setting from.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use crate::support::bag::{built, path_with_built};
use crate::support::go::CLOCK;
use crate::support::gobag::Gobag;
use crate::support::namespace::Namespace;
use crate::support::paper::{fits, steps};
use crate::support::place::kept;

/// Ends the output of a command, followed by its exit code.
const MARK: &str = "--- end of output, exit code ";

#[test]
fn the_sessions_of_the_readme_run_as_shown() {
    let steps = steps("README.md", "");
    assert!(!steps.is_empty(), "the README shows a session");
    let mut shell = Shell::new();
    let mut servers = Vec::new();
    for step in steps {
        let shown = step.expected.join("\n");
        if serves(&step.command) {
            let gobag = shell.serve(&step.command);
            if let Some(last) = step.expected.last() {
                gobag.logged(last.trim_end_matches("..."));
            }
            let log = gobag.log();
            let log: Vec<&str> = log.iter().map(String::as_str).collect();
            let any = [step.expected.clone(), vec!["...".to_owned()]].concat();
            assert!(
                fits(&any, &log),
                "$ {}\n{}\nREADME:\n{shown}",
                step.command,
                log.join("\n")
            );
            servers.push(gobag);
            continue;
        }
        let (printed, code) = shell.run(&step.command);
        let lines: Vec<&str> = printed.iter().map(String::as_str).collect();
        let told = format!(
            "$ {}\n{}\nREADME:\n{shown}",
            step.command,
            printed.join("\n")
        );
        assert_eq!(code, 0, "{told}");
        assert!(fits(&step.expected, &lines), "{told}");
    }
}

fn serves(command: &str) -> bool {
    let words: Vec<&str> = command.split_whitespace().collect();
    matches!(
        words[..],
        ["gobag"] | ["gobag", "serve", ..] | ["cargo", "run", "--release"]
    )
}

/// One shell, which is asked one command after another.
struct Shell {
    child: Child,
    stdin: ChildStdin,
    lines: std::io::Lines<BufReader<ChildStdout>>,
    namespace: Namespace,
    home: tempfile::TempDir,
}

impl Shell {
    fn new() -> Shell {
        let (namespace, home) = (Namespace::new(), tempfile::tempdir().unwrap());
        let copied = std::process::Command::new("cp")
            .args(["-R", concat!(env!("CARGO_MANIFEST_DIR"), "/modules")])
            .arg(home.path())
            .status();
        assert!(copied.unwrap().success());
        let mut child = namespace
            .command("sh")
            .current_dir(home.path())
            .env_clear()
            .env("PATH", path_with_built())
            .env("HOME", home.path())
            .env("GOFLAGS", "-modcacherw")
            .env("GOENV", "off")
            .env("GOTOOLCHAIN", "local")
            .env("GOCACHE", kept().join("go-build"))
            .envs(
                CLOCK
                    .iter()
                    .filter_map(|key| Some((key, std::env::var_os(key)?))),
            )
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(b"exec 2>&1\n").unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Shell {
            child,
            stdin,
            lines,
            namespace,
            home,
        }
    }

    /// What a command prints, and its exit code.
    fn run(&mut self, command: &str) -> (Vec<String>, i32) {
        writeln!(self.stdin, "{command}\nprintf '\\n{MARK}%s\\n' $?").unwrap();
        let mut printed = Vec::new();
        loop {
            let line = self.lines.next().expect("the shell goes on").unwrap();
            if let Some(code) = line.strip_prefix(MARK) {
                // The empty line was printed with the mark.
                if printed.last().is_some_and(String::is_empty) {
                    printed.pop();
                }
                return (printed, code.parse().unwrap());
            }
            printed.push(line);
        }
    }

    fn serve(&self, command: &str) -> Gobag {
        let words = command
            .split_whitespace()
            .skip_while(|word| *word != "serve");
        let mut serve = self.namespace.command(built());
        serve.args(words).current_dir(self.home.path());
        Gobag::start(serve)
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
