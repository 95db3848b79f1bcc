//! Whether the kernel really refuses what the box is said to keep away: in builds for tests alone.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use rustix::net::{AddressFamily, SocketType};

use super::jail::{Mode, Who, enter, enter_landlock_alone};
use super::kernel::call_with_nothing;
use crate::error::{Error, Result};
use crate::terminal::print::print;
use crate::terminal::progress::complain;

/// `MODE` or `landlock`, and then what to do inside: `panic`, or else every attempt, a line each:
/// its name, and the number of the error or 0.
pub fn run(words: &[OsString]) -> ExitCode {
    let word = |at: usize| words.get(at).and_then(|word| word.to_str()).unwrap_or("");
    match probe(word(0), word(1) == "panic") {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("gobag: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn probe(how: &str, panics: bool) -> Result<()> {
    // What a server has before it enters.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(Error::new)?;
    let address = listener.local_addr().map_err(Error::new)?;
    let socket = || rustix::net::socket(AddressFamily::INET, SocketType::STREAM, None);
    let sockets = [socket(), socket()].map(|made| made.map_err(Error::new));
    let [to_connect, to_bind] = sockets;
    let (to_connect, to_bind) = (to_connect?, to_bind?);
    // A thread of before, as signals have one.
    let (go_on, wait) = std::sync::mpsc::channel::<()>();
    let older = std::thread::spawn(move || {
        wait.recv().map_err(io::Error::other)?;
        File::open("/proc/self/exe").map(drop)
    });
    let entered = match how {
        "landlock" => enter_landlock_alone()?,
        mode => enter(mode.parse::<Mode>().map_err(Error::new)?, Who::Process)?,
    };
    print(&format!("{entered}\n"))?;
    if panics {
        let fails = std::thread::Builder::new().name("answer".into());
        let failing = fails
            .spawn(|| panic!("as it was told\nto"))
            .map_err(Error::new)?;
        return match failing.join() {
            Ok(()) => Err(Error::new("it did not panic")),
            Err(_) => Ok(()),
        };
    }
    let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    // It waits for nothing else.
    let _ = go_on.send(());
    let in_older = older.join().unwrap_or(Ok(()));
    let younger = std::thread::spawn(|| File::open("/proc/self/exe").map(drop));
    let in_younger = younger.join().unwrap_or(Ok(()));
    let write = OpenOptions::new().write(true).open("/dev/null");
    for (name, done) in [
        ("open", File::open("/proc/self/exe").map(drop)),
        ("write", write.map(drop)),
        ("list", fs::read_dir("/").map(drop)),
        ("rename", fs::rename("/nowhere/a", "/nowhere/b")),
        ("older-thread", in_older),
        ("younger-thread", in_younger),
        (
            "connect",
            rustix::net::connect(&to_connect, &address).map_err(io::Error::from),
        ),
        (
            "bind",
            rustix::net::bind(&to_bind, &any_port).map_err(io::Error::from),
        ),
        ("socket", socket().map(drop).map_err(io::Error::from)),
        ("ptrace", call_with_nothing(libc::SYS_ptrace)),
        (
            "process_vm_readv",
            call_with_nothing(libc::SYS_process_vm_readv),
        ),
        (
            "io_uring_setup",
            call_with_nothing(libc::SYS_io_uring_setup),
        ),
        ("bpf", call_with_nothing(libc::SYS_bpf)),
        ("mount", call_with_nothing(libc::SYS_mount)),
        ("openat2", call_with_nothing(libc::SYS_openat2)),
        ("x32-open", call_with_nothing(0x4000_0000 | 2)),
    ] {
        tell(name, done)?;
    }
    // The last, as nobody comes back where it is allowed.
    tell("exec", Err(Command::new("/bin/true").exec()))
}

fn tell(name: &str, done: io::Result<()>) -> Result<()> {
    let number = done.map_or_else(|e| e.raw_os_error().unwrap_or(-1), |()| 0);
    print(&format!("{name} {number}\n")).map(drop)
}
