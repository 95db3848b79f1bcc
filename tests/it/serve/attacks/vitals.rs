//! What the kernel tells of a server: its memory, threads and descriptors.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, Scope};
use std::time::Duration;

use crate::serve::attacks::ground::Server;

/// How often the memory is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// What a server holds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Vitals {
    /// Threads.
    pub threads: usize,
    /// Descriptors.
    pub descriptors: usize,
    /// Bytes of memory that are not pages of a file.
    pub memory: u64,
}

impl Vitals {
    /// Now; none where the process has ended.
    pub fn of(server: &Server) -> Option<Vitals> {
        Some(Vitals {
            threads: usize::try_from(status(server.pid, "Threads")?).ok()?,
            descriptors: descriptors(server.pid).unwrap_or_else(|| connections(server.address)),
            memory: memory(server.pid)?,
        })
    }

    /// The larger of each.
    pub fn most(self, other: Vitals) -> Vitals {
        Vitals {
            threads: self.threads.max(other.threads),
            descriptors: self.descriptors.max(other.descriptors),
            memory: self.memory.max(other.memory),
        }
    }
}

/// A number from `/proc/PID/status`; none where the process has ended.
fn status(pid: u32, name: &str) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let value = text.lines().find_map(|line| line.strip_prefix(name))?;
    let value = value.strip_prefix(':')?.trim();
    value.split(' ').next()?.parse().ok()
}

/// Bytes that are not pages of a file.
fn memory(pid: u32) -> Option<u64> {
    Some(status(pid, "RssAnon")? * 1024)
}

/// How many descriptors are open; none where the kernel tells it to root alone.
fn descriptors(pid: u32) -> Option<usize> {
    Some(std::fs::read_dir(format!("/proc/{pid}/fd")).ok()?.count())
}

/// How many connections the server at `address` holds: what stands for its descriptors where
/// these are not told.
fn connections(address: SocketAddr) -> usize {
    let text = std::fs::read_to_string("/proc/net/tcp").unwrap_or_default();
    let port = format!(":{:04X}", address.port());
    let held = text.lines().filter(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let local = words.get(1).is_some_and(|word| word.ends_with(&port));
        // What no process holds any more has no inode.
        local && words.get(9).is_some_and(|inode| *inode != "0")
    });
    held.count()
}

/// The most memory that a server had since somebody last asked.
#[derive(Debug, Default)]
pub struct Peak {
    bytes: AtomicU64,
    stop: AtomicBool,
}

impl Peak {
    /// Looks at the server until [`Peak::stop`].
    pub fn watch<'scope>(&'scope self, scope: &'scope Scope<'scope, '_>, server: &'scope Server) {
        scope.spawn(move || {
            while !self.stop.load(Ordering::Relaxed) {
                let now = memory(server.pid).unwrap_or(0);
                self.bytes.fetch_max(now, Ordering::Relaxed);
                thread::park_timeout(LOOK);
            }
        });
    }

    /// The most until now; begins anew.
    pub fn take(&self) -> u64 {
        self.bytes.swap(0, Ordering::Relaxed)
    }

    /// Looks no more.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}
