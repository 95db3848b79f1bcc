//! A network without any interface but loopback, so that nothing outside can help.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// A network namespace; it is gone when this is dropped and what runs inside has ended.
pub struct Namespace {
    keeper: Child,
    enter: Vec<String>,
}

impl Namespace {
    /// A new one, with loopback up.
    pub fn new() -> Namespace {
        let root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
        // Without being root, one may have a network of one's own as root of a user namespace.
        let flags: &[&str] = if root {
            &["--net"]
        } else {
            &["--map-root-user", "--net"]
        };
        let mut keeper = Command::new("unshare")
            .args(flags)
            .args([
                "sh",
                "-c",
                "ip link set lo up && ip -o link && echo && exec cat",
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("these tests need unshare: apt-get install util-linux");
        let mut interfaces = Vec::new();
        let mut lines = BufReader::new(keeper.stdout.take().unwrap()).lines();
        loop {
            let line = lines
                .next()
                .expect("unshare --net and ip (apt-get install iproute2)");
            match line.unwrap() {
                line if line.is_empty() => break,
                line => interfaces.push(line),
            }
        }
        assert!(
            interfaces.iter().all(|line| line.contains("LOOPBACK")),
            "{interfaces:?}"
        );
        let pid = keeper.id().to_string();
        let mut enter = vec![
            "nsenter".to_owned(),
            "--target".to_owned(),
            pid,
            "--net".to_owned(),
        ];
        if !root {
            enter.extend(["--user".to_owned(), "--preserve-credentials".to_owned()]);
        }
        Namespace { keeper, enter }
    }

    /// The words that start a program inside when they stand before it.
    pub fn words(&self) -> Vec<&str> {
        self.enter.iter().map(String::as_str).collect()
    }

    /// A command that runs inside.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(&self.enter[0]);
        command.args(&self.enter[1..]).arg(program);
        command
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let _ = self.keeper.kill();
        let _ = self.keeper.wait();
    }
}
