//! What is attacked: a bag, all that it answers, and a server of it on a host that may be short
//! of something.

use std::collections::BTreeMap;
use std::fs::{File, Permissions};
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::support::bag::Bag;
use crate::support::gobag::Gobag;
use crate::support::namespace::{is_root, unshare};
use crate::support::tree::{Tree, files};
use crate::support::zoo;

/// The largest answer.
pub const LARGE: &str = "/large.test/m/@v/v1.0.0.zip";

/// Small ones.
pub const SMALL: [&str; 3] = [
    "/small.test/m0/@v/list",
    "/small.test/m1/@v/v1.0.0.info",
    "/small.test/m2/@v/v1.0.0.mod",
];

/// How many small modules there are.
const MODULES: usize = 10;

/// Somebody who runs nothing else, whose threads can be counted and forbidden.
const LONELY: &str = "64317";

/// How long a server may take to listen.
const START: Duration = Duration::from_secs(20);

/// A bag to be served, where everybody may read it, and all its answers by their paths.
pub struct Ground {
    bag: Bag,
    dir: TempDir,
    /// What is answered to each path.
    pub files: BTreeMap<String, Vec<u8>>,
}

impl Ground {
    /// A few small modules, and one whose zip fits into no socket buffer.
    pub fn new() -> Ground {
        let tree = Tree::new();
        tree.module("large.test/m", "v1.0.0")
            .file("large.test/m@v1.0.0/noise.txt", zoo::noise(16 << 20));
        for number in 0..MODULES {
            tree.module(&format!("small.test/m{number}"), "v1.0.0");
        }
        let (packed, dir) = (tree.bag(), tempfile::tempdir().unwrap());
        std::fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).unwrap();
        let bin = dir.path().join("gobag");
        let mut install = Command::new("install");
        install.args(["-m", "755"]).arg(packed.bin()).arg(&bin);
        assert!(install.status().unwrap().success());
        let bag = Bag::at(bin);
        let folder = dir.path().join("tree");
        bag.ok(["unpack", folder.to_str().unwrap()]);
        let names = files(&folder)
            .into_iter()
            .filter(|name| name.contains("/@"));
        let files = names
            .map(|name| {
                (
                    format!("/{name}"),
                    std::fs::read(folder.join(&name)).unwrap(),
                )
            })
            .collect();
        Ground { bag, dir, files }
    }

    /// The small modules, as go names them.
    pub fn modules(&self) -> Vec<String> {
        (0..MODULES)
            .map(|n| format!("small.test/m{n}@v1.0.0"))
            .collect()
    }

    /// The journal of misses of a server that keeps one.
    pub fn journal(&self) -> std::path::PathBuf {
        self.dir.path().join("misses")
    }

    /// Starts a server on such a host.
    pub fn serve(&self, host: Host) -> Result<Server, String> {
        let bin = self.bag.bin().to_str().unwrap();
        let mut command = match host {
            Host::Descriptors(most) => limited(bin, &format!("--nofile={most}")),
            Host::Memory(bytes) => limited(bin, &format!("--as={bytes}")),
            Host::Threads(most) => alone(bin, &format!("--nproc={most}")),
            Host::WithoutStderr => without_stderr(bin),
            _ => Command::new(bin),
        };
        command
            .arg("serve")
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        if let Host::Journal = host {
            let _ = std::fs::remove_file(self.journal());
            command.arg("--misses").arg(self.journal());
        }
        match host {
            Host::Unread | Host::Unlistened => start_and_read(command, host),
            Host::FullStderr | Host::WithoutStderr => start_unheard(command, host),
            _ => {
                command.args(["--listen", "127.0.0.1:0"]);
                let gobag = catch_unwind(AssertUnwindSafe(|| Gobag::start(command)));
                let gobag = gobag.map_err(|_| "it did not start".to_owned())?;
                Ok(Server {
                    address: gobag.address().parse().unwrap(),
                    pid: gobag.pid(),
                    process: Process::Read(gobag),
                })
            }
        }
    }
}

/// What the host of a server is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Host {
    /// As it should be.
    Good,
    /// The same, and the server keeps a journal of misses.
    Journal,
    /// Nobody reads what the server writes to stderr after its first lines.
    Unread,
    /// Who read them is gone.
    Unlistened,
    /// There is no stderr.
    WithoutStderr,
    /// What is written to stderr finds no room.
    FullStderr,
    /// The hard limit on descriptors.
    Descriptors(u32),
    /// The limit on threads.
    Threads(u32),
    /// The limit on addresses for memory, in bytes.
    Memory(u64),
}

impl Host {
    /// How many failures are forgiven to one who answers so many: where there is less room than
    /// those who work ask for at times, some of them are turned away.
    pub fn forgiven(self, good: usize) -> usize {
        if self.is_short() { good / 10 } else { 0 }
    }

    /// True where there is less room than a server takes by default.
    pub fn is_short(self) -> bool {
        matches!(
            self,
            Host::Descriptors(_) | Host::Threads(_) | Host::Memory(_)
        )
    }
}

/// A server that is being attacked; it is killed when this is dropped.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// The number of its process.
    pub pid: u32,
    process: Process,
}

/// Who holds the other end of its stderr.
enum Process {
    Read(Gobag),
    Held {
        child: Child,
        _stderr: Option<ChildStderr>,
    },
}

impl Server {
    /// What it has written to stderr, where that is read.
    pub fn log(&self) -> Vec<String> {
        match &self.process {
            Process::Read(gobag) => gobag.log(),
            Process::Held { .. } => Vec::new(),
        }
    }

    /// Sends it a signal, such as `STOP`, unless it has ended.
    pub fn signal(&self, name: &str) {
        let pid = self.pid.to_string();
        let told = Command::new("kill")
            .args([&format!("-{name}"), &pid])
            .status();
        told.expect("this test needs kill: apt-get install procps");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Process::Held { child, .. } = &mut self.process {
            // It may have ended already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// `program` with a limit, hard and soft.
fn limited(program: &str, limit: &str) -> Command {
    let mut command = Command::new("prlimit");
    command.args([limit, "--", program]);
    command
}

/// The same by a user whose other threads do not count: for root somebody else, for others they
/// themselves in a user namespace.
fn alone(program: &str, limit: &str) -> Command {
    let mut command = if is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid", LONELY, "--regid", LONELY, "--clear-groups", "--"]);
        command
    } else {
        unshare(&["--user"])
    };
    command.args(["prlimit", limit, "--", program]);
    command
}

/// `program` whose stderr is closed.
fn without_stderr(program: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", "exec \"$0\" \"$@\" 2>&-", program]);
    command
}

/// A server whose stderr is read until it listens. It is held unread afterwards, or closed.
fn start_and_read(mut command: Command, host: Host) -> Result<Server, String> {
    command
        .args(["--listen", "127.0.0.1:0"])
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let (pid, mut pipe) = (child.id(), child.stderr.take().unwrap());
    let mut address = None;
    let mut said = Vec::new();
    for line in BufReader::with_capacity(1, &mut pipe).lines() {
        let line = line.unwrap();
        if let Some((_, rest)) = line.split_once("listening on http://") {
            address = rest.split(['/', ' ']).next().and_then(|a| a.parse().ok());
        }
        // The last of the first lines.
        if line.contains("go build") {
            break;
        }
        said.push(line);
    }
    let process = Process::Held {
        child,
        _stderr: (host == Host::Unread).then_some(pipe),
    };
    let address = address.ok_or_else(|| format!("it did not start: {said:?}"))?;
    Ok(Server {
        address,
        pid,
        process,
    })
}

/// A server whose first lines nobody reads, at a port that was free a moment ago.
fn start_unheard(mut command: Command, host: Host) -> Result<Server, String> {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    command.args(["--listen", &address.to_string()]);
    if host == Host::FullStderr {
        let full = File::options().write(true).open("/dev/full").unwrap();
        command.stderr(full);
    }
    let mut child = command.spawn().unwrap();
    let end = Instant::now() + START;
    while TcpStream::connect(address).is_err() {
        if let Some(status) = child.try_wait().unwrap() {
            return Err(format!("it did not start: {status}"));
        }
        if Instant::now() > end {
            let _ = child.kill();
            let _ = child.wait();
            return Err("it does not listen".to_owned());
        }
        thread::park_timeout(Duration::from_millis(10));
    }
    let pid = child.id();
    let process = Process::Held {
        child,
        _stderr: None,
    };
    Ok(Server {
        address,
        pid,
        process,
    })
}
