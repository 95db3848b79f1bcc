//! A network without any interface but loopback, so that nothing outside can help.
//!
//! Root makes one as it is. Anybody else makes it inside a user namespace, as oneself
//! (`--map-current-user`) and not as root, who would be stopped by no permission of a file. The
//! capabilities of its maker, without which loopback stays down, are kept for that alone
//! (`--keep-caps`): what enters later begins with all of them as well, and loses them when it
//! is executed, as any program of somebody who is not root does.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Output, Stdio};

/// A network namespace; it is gone when this is dropped and what runs inside has ended.
pub struct Namespace {
    keeper: Child,
    enter: Vec<String>,
}

impl Namespace {
    /// A new one, with loopback up.
    pub fn new() -> Namespace {
        let script = "ip link set lo up && ip -o link && echo && exec cat";
        let mut keeper = unshare(&["--net"])
            .args(["sh", "-c", script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("these tests need unshare: apt-get install util-linux");
        let lines = BufReader::new(keeper.stdout.take().unwrap()).lines();
        let interfaces: Vec<String> = lines
            .map(|line| line.expect("unshare --net and ip (apt-get install iproute2)"))
            .take_while(|line| !line.is_empty())
            .collect();
        assert!(
            !interfaces.is_empty() && interfaces.iter().all(|line| line.contains("LOOPBACK")),
            "unshare --net and ip (apt-get install iproute2): {interfaces:?}"
        );
        let mut enter = format!("nsenter --target {} --net", keeper.id());
        if !is_root() {
            enter.push_str(" --user --preserve-credentials");
        }
        let enter = enter.split(' ').map(str::to_owned).collect();
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

/// `unshare` with these flags, which root may use alone, and others inside a user namespace.
pub fn unshare(flags: &[&str]) -> Command {
    let mut command = Command::new("unshare");
    command.args(flags);
    if !is_root() {
        command.args(["--map-current-user", "--keep-caps"]);
    }
    command
}

/// What a shell script does that mounts file systems of its own.
pub fn mounting(script: &str) -> Output {
    let mut command = unshare(&["--mount"]);
    command.args(["sh", "-c", script]).output().unwrap()
}

/// True for root, whom no permission of a file stops.
pub fn is_root() -> bool {
    Command::new("id").arg("-u").output().unwrap().stdout == b"0\n"
}
