//! A network of its own for children, tried by the commands that gobag gives itself alone.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::time::Instant;

use tempfile::TempDir;

use crate::support::bag::{built, stderr};
use crate::support::gobag::PATIENCE;
use crate::support::namespace::is_root;

/// Somebody whom permissions of files stop.
const NOBODY: u32 = 65534;

/// A keeper of namespaces, and who entered them.
struct Kept {
    user: Option<u32>,
    program: PathBuf,
    keeper: Child,
    stdin: Option<ChildStdin>,
    dir: TempDir,
}

impl Kept {
    /// As root where these tests are root's, else as whoever they are.
    fn new() -> Kept {
        Kept::of(None)
    }

    /// As an ordinary user.
    fn ordinary() -> Kept {
        Kept::of(is_root().then_some(NOBODY))
    }

    fn of(user: Option<u32>) -> Kept {
        let dir = tempfile::tempdir().unwrap();
        // Where everybody may execute it.
        let program = dir.path().join("gobag");
        let args = [Path::new(built()), &program];
        let copied = Command::new("install")
            .args(["-m", "755"])
            .args(args)
            .status();
        assert!(copied.unwrap().success());
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(dir.path(), open).unwrap();
        let mut keeper = by(user, &program)
            .arg("__keep")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        let mut stdout = BufReader::new(keeper.stdout.take().unwrap());
        stdout.read_line(&mut said).unwrap();
        let needs = "these tests need namespaces: sysctl kernel.unprivileged_userns_clone=1";
        assert_eq!(said, "ready\n", "{needs}");
        let stdin = keeper.stdin.take();
        Kept {
            user,
            program,
            keeper,
            stdin,
            dir,
        }
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = by(self.user, &self.program);
        let keeper = self.keeper.id().to_string();
        command.args(["__enter", &keeper, "--"]).args(words);
        command
    }

    fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }

    /// What a shell says inside, where it must succeed.
    fn sh(&self, script: &str) -> String {
        let output = self.run(&["sh", "-c", script]);
        assert!(output.status.success(), "{script}: {}", stderr(&output));
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let _ = self.keeper.kill();
        let _ = self.keeper.wait();
    }
}

fn by(user: Option<u32>, program: &Path) -> Command {
    let mut command = Command::new(program);
    // A folder in it that he may not enter would be another error than none.
    command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    if let Some(id) = user {
        command.uid(id).gid(id);
    }
    command
}

#[test]
fn there_is_loopback_alone_and_two_commands_meet_there() {
    for kept in [Kept::new(), Kept::ordinary()] {
        let devices = kept.sh("tail -n +3 /proc/net/dev | cut -d: -f1");
        assert_eq!(devices.trim(), "lo");
        let script = [
            kept.program.to_str().unwrap(),
            "serve",
            "--listen",
            "127.0.0.1:0",
        ];
        let gobag = crate::support::gobag::Gobag::start(kept.command(&script));
        let url = gobag.url().to_owned();
        assert!(
            std::net::TcpStream::connect(gobag.address()).is_err(),
            "outside"
        );
        let port = url.rsplit(':').next().unwrap();
        let script = format!(
            "exec 3<>/dev/tcp/127.0.0.1/{port} && \
             printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3 && head -n 1 <&3"
        );
        let output = kept.run(&["bash", "-c", &script]);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(said.starts_with("HTTP/1."), "{said}{}", stderr(&output));
    }
}

#[test]
fn whoever_enters_stays_who_he_is_with_no_more_rights() {
    let kept = Kept::ordinary();
    let capabilities = kept.sh("grep -E '^Cap(Inh|Prm|Eff|Amb)' /proc/self/status");
    for line in capabilities.lines() {
        assert!(line.ends_with("\t0000000000000000"), "{capabilities}");
    }
    let own = by(kept.user, Path::new("id")).arg("-u").output().unwrap();
    assert_eq!(kept.sh("id -u").as_bytes(), own.stdout);
    let secret = kept.dir.path().join("secret");
    std::fs::write(&secret, "secret").unwrap();
    let closed = std::os::unix::fs::PermissionsExt::from_mode(0o000);
    std::fs::set_permissions(&secret, closed).unwrap();
    let output = kept.run(&["cat", secret.to_str().unwrap()]);
    assert!(stderr(&output).contains("Permission denied"), "{output:?}");
    // Nor can the network be changed from inside.
    let output = kept.run(&["ip", "link", "set", "lo", "down"]);
    assert!(!output.status.success(), "{output:?}");
    // Root keeps what root has, and no user namespace.
    let kept = Kept::new();
    let outside = std::fs::read_link("/proc/self/ns/user").unwrap();
    let inside = kept.sh("readlink /proc/self/ns/user");
    assert_eq!(inside.trim() == outside.to_str().unwrap(), is_root());
    let own = Command::new("grep")
        .args(["^Cap", "/proc/self/status"])
        .output()
        .unwrap();
    if is_root() {
        assert_eq!(
            kept.sh("grep ^Cap /proc/self/status").as_bytes(),
            own.stdout
        );
    }
}

#[test]
fn all_else_is_passed_on() {
    for kept in [Kept::new(), Kept::ordinary()] {
        // The program's own file may be gone by then.
        let mut command = kept.command(&["sh", "-c", "pwd; echo $X; cat; exit 7"]);
        command
            .current_dir("/usr")
            .env("X", "a b")
            .stdin(Stdio::null());
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(7));
        assert_eq!(String::from_utf8_lossy(&output.stdout), "/usr\na b\n");
        let output = kept.run(&["sh", "-c", "kill -TERM $$"]);
        let signal = std::os::unix::process::ExitStatusExt::signal(&output.status);
        assert_eq!(signal, Some(15));
        let output = kept.run(&["nowhere-to-be-found"]);
        assert_eq!(output.status.code(), Some(127), "{output:?}");
        assert!(
            stderr(&output).starts_with("gobag: cannot run nowhere"),
            "{output:?}"
        );
        assert_eq!(kept.run(&["/etc"]).status.code(), Some(126));
    }
}

#[test]
fn a_keeper_ends_with_whoever_started_it() {
    let mut kept = Kept::ordinary();
    drop(kept.stdin.take());
    let deadline = Instant::now() + PATIENCE;
    while kept.keeper.try_wait().unwrap().is_none() {
        assert!(Instant::now() < deadline, "the keeper is left behind");
        std::thread::yield_now();
    }
    let output = kept.run(&["true"]);
    assert_eq!(output.status.code(), Some(125), "{output:?}");
    assert!(
        stderr(&output).starts_with("gobag: cannot enter"),
        "{output:?}"
    );
}

#[test]
fn what_gobag_gives_itself_alone_is_for_nobody_else() {
    let output = Command::new(built()).arg("--help").output().unwrap();
    assert!(!String::from_utf8_lossy(&output.stdout).contains("__"));
    let dir = tempfile::tempdir().unwrap();
    let output = Command::new(built())
        .args(["__remove", "1"])
        .arg(dir.path())
        .output();
    assert_eq!(output.unwrap().status.code(), Some(2));
    assert!(dir.path().exists());
    // A kernel that gives no namespaces is a reason, in one line.
    let script = format!(
        "echo 0 >/proc/sys/user/max_net_namespaces && exec {} __keep",
        built()
    );
    let output = Command::new("unshare")
        .args(["--map-root-user", "sh", "-c", &script])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(!output.status.success(), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}{}", stderr(&output));
    assert!(said.starts_with("the kernel refuses"), "{said}");
}
