//! The few system calls that no safe function wraps.

#![cfg_attr(
    unix,
    allow(unsafe_code, reason = "what is called is said to be safe here")
)]

/// Gives this process namespaces of its own; it must have one thread alone.
#[cfg(target_os = "linux")]
pub fn unshare(flags: rustix::thread::UnshareFlags) -> rustix::io::Result<()> {
    // SAFETY: only CLONE_FILES breaks a promise, as another thread would see other descriptors;
    // it is not asked for here.
    unsafe { rustix::thread::unshare_unsafe(flags - rustix::thread::UnshareFlags::FILES) }
}

/// Ignores SIGINT, SIGTERM and SIGHUP from now on, in what this process executes as well.
#[cfg(unix)]
pub fn ignore_signals() {
    for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP] {
        // SAFETY: no handler runs code of ours; to ignore these three is always allowed.
        unsafe { libc::signal(signal, libc::SIG_IGN) };
    }
}

/// Has the C library keep few pools of memory, before it makes any: each takes 64 MiB of address
/// space, and it would look up the number of processors in a file for the ninth.
pub fn bound_memory_pools() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: mallopt takes two numbers, and no other thread allocates yet.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 2);
    }
}
