//! How many connections this process can hold: limits of the system are looked at once, before
//! it serves.

/// How many connections are held where nothing says otherwise.
pub const CONNECTIONS: usize = 1024;

/// The stack of a thread that answers, in bytes; most of it is never touched.
pub const STACK_BYTES: usize = 256 << 10;

/// Connections that are on their way out while the next is there already.
pub const LEAVING: usize = 16;

/// Descriptors for everything else: standard streams, listener, journal, what libraries keep.
const OTHER_DESCRIPTORS: u64 = 24;

/// Address space for everything else, in bytes: two pools of memory, and the log.
const OTHER_BYTES: u64 = 160 << 20;

/// What a connection takes of the address space, in bytes: stack, signal stack, buffers.
const CONNECTION_BYTES: u64 = STACK_BYTES as u64 + (128 << 10);

/// How many connections to hold: `wanted`, or what descriptors and memory allow if that is less.
pub fn connections(wanted: usize) -> usize {
    let limits = limits();
    let descriptors = limits.descriptors.saturating_sub(OTHER_DESCRIPTORS);
    let bytes = limits.bytes.saturating_sub(OTHER_BYTES);
    let allowed = descriptors.min(bytes / CONNECTION_BYTES);
    let allowed = usize::try_from(allowed).unwrap_or(usize::MAX);
    wanted.min(allowed.saturating_sub(LEAVING).max(1))
}

/// What this process may have.
struct Limits {
    descriptors: u64,
    /// What is left of the address space.
    bytes: u64,
}

#[cfg(unix)]
fn limits() -> Limits {
    use rustix::process::{Resource, getrlimit};

    let descriptors = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let bytes = getrlimit(Resource::As).current;
    let bytes = bytes.map_or(u64::MAX, |limit| limit.saturating_sub(used_bytes()));
    Limits { descriptors, bytes }
}

#[cfg(not(unix))]
fn limits() -> Limits {
    Limits {
        descriptors: u64::MAX,
        bytes: u64::MAX,
    }
}

/// The address space that is in use; elsewhere than on Linux a guess that is too low.
#[cfg(unix)]
fn used_bytes() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split(' ').next().and_then(|pages| pages.parse().ok());
    pages.map_or(0, |pages: u64| pages * rustix::param::page_size() as u64)
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
