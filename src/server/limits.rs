//! Limits of this process, set before it serves.

/// Bounds what serving takes: descriptors, so that looking through them stays cheap, and
/// memory arenas, which glibc would make for each of the many threads after looking up the
/// number of processors in a file.
pub fn bound() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[allow(unsafe_code, reason = "mallopt is a C function that no crate wraps")]
    // SAFETY: mallopt takes two numbers, and no other thread allocates yet.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 4);
    }
    #[cfg(unix)]
    unix::bound();
}

#[cfg(unix)]
pub use unix::descriptors;

#[cfg(unix)]
mod unix {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    /// No more descriptors than this are used; a connection takes two.
    const MAX_DESCRIPTORS: u64 = 4096;

    /// How many descriptors are looked through.
    pub fn descriptors() -> i32 {
        let limit = getrlimit(Resource::Nofile).current;
        i32::try_from(limit.unwrap_or(u64::MAX).min(MAX_DESCRIPTORS)).unwrap_or(256)
    }

    pub fn bound() {
        let maximum = getrlimit(Resource::Nofile).maximum;
        let limit = Rlimit {
            current: Some(MAX_DESCRIPTORS.min(maximum.unwrap_or(u64::MAX))),
            maximum,
        };
        // What cannot be set stays as it was.
        let _ = setrlimit(Resource::Nofile, limit);
    }
}
