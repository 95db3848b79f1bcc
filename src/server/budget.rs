//! How many connections this process can hold, and for how long: limits of the system are looked
//! at once, before it serves.

use std::time::Duration;

use crate::error::{Error, Result};
use crate::terminal::size::count;

/// How many connections are held where nothing says otherwise.
pub const CONNECTIONS: usize = 1024;

/// What a go command may need at once.
const FEWEST: usize = 8;

/// The stack of a thread that answers, in bytes; most of it is never touched.
pub const STACK_BYTES: usize = 256 << 10;

/// How long running answers may take to finish after a stop.
pub const FINISH_TIME: Duration = Duration::from_secs(10);

/// Connections that are on their way out while the next is there already.
pub const LEAVING: usize = 8;

/// Descriptors for everything else: standard streams, listener, journal, what libraries keep.
const OTHER_DESCRIPTORS: u64 = 14;

/// Address space for everything else, in bytes: two pools of memory, and the log.
const OTHER_BYTES: u64 = 160 << 20;

/// Parts of the address space for everything else.
const OTHER_MAPS: u64 = 1024;

/// Parts of the address space that a connection has: stack, signal stack, and a guard for each.
const CONNECTION_MAPS: u64 = 4;

/// What a connection takes of the address space, in bytes: stack, signal stack, buffers.
const CONNECTION_BYTES: u64 = STACK_BYTES as u64 + (128 << 10);

/// How many connections to hold: `wanted`, or what descriptors and memory allow if that is less.
pub fn connections(wanted: usize) -> usize {
    let limits = limits();
    let descriptors = limits.descriptors.saturating_sub(OTHER_DESCRIPTORS);
    let bytes = limits.bytes.saturating_sub(OTHER_BYTES);
    let maps = limits.maps.saturating_sub(OTHER_MAPS);
    let allowed = descriptors
        .min(bytes / CONNECTION_BYTES)
        .min(maps / CONNECTION_MAPS);
    let allowed = usize::try_from(allowed).unwrap_or(usize::MAX);
    wanted.min(allowed.saturating_sub(LEAVING))
}

/// How many pools of memory threads may share: few where the address space is limited.
pub fn memory_pools() -> u8 {
    if limits().bytes == u64::MAX { 8 } else { 2 }
}

/// What a person should know where fewer connections are allowed than `wanted`, as a line.
///
/// # Errors
/// So few are allowed that one go command may need more.
pub fn notice(wanted: usize, allowed: usize) -> Result<String> {
    if allowed == wanted {
        return Ok(String::new());
    }
    let text = format!(
        "{} at once, as the limits of the system allow",
        count(allowed, "connection")
    );
    match allowed < FEWEST {
        true => Err(Error::new(format!(
            "{text}: too few for a go command; raise them (ulimit -n, -v, -d)"
        ))),
        false => Ok(text + "\n"),
    }
}

/// What this process may have.
struct Limits {
    descriptors: u64,
    /// What is left of the address space, or of what may be written to in it.
    bytes: u64,
    /// How many parts the address space may have.
    maps: u64,
}

#[cfg(unix)]
fn limits() -> Limits {
    use rustix::process::{Resource, getrlimit};

    let descriptors = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let left = |limit: Resource, used: u64| {
        let limit = getrlimit(limit).current;
        limit.map_or(u64::MAX, |limit| limit.saturating_sub(used))
    };
    let [all, data] = used_bytes();
    let maps = std::fs::read_to_string("/proc/sys/vm/max_map_count").ok();
    let maps = maps.and_then(|text| text.trim().parse().ok());
    Limits {
        descriptors,
        bytes: left(Resource::As, all).min(left(Resource::Data, data)),
        maps: maps.unwrap_or(u64::MAX),
    }
}

#[cfg(not(unix))]
fn limits() -> Limits {
    Limits {
        descriptors: u64::MAX,
        bytes: u64::MAX,
        maps: u64::MAX,
    }
}

/// The address space that is in use, and how much of it may be written to; elsewhere than on Linux
/// a guess that is too low.
#[cfg(unix)]
fn used_bytes() -> [u64; 2] {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: Vec<u64> = statm.split(' ').flat_map(str::parse).collect();
    let bytes = |at: usize| {
        pages
            .get(at)
            .map_or(0, |n| n * rustix::param::page_size() as u64)
    };
    [bytes(0), bytes(5)]
}

/// Raises the limit on descriptors as far as it may be raised.
pub fn raise_descriptors() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

        let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
        let limit = Rlimit {
            current: maximum,
            maximum,
        };
        // What cannot be raised stays as it was.
        let _ = setrlimit(Resource::Nofile, limit);
    }
}
