//! Limits of this process, set before it serves.

/// Bounds what serving takes: descriptors, so that looking through them stays cheap, and
/// memory arenas, which glibc would make for each of the many threads after looking up the
/// number of processors in a file.
pub fn bound() {
    #[cfg(unix)]
    unix::bound();
}

#[cfg(unix)]
pub use unix::{descriptors, kill_group, send_signal};

#[cfg(unix)]
mod unix {
    #![allow(
        unsafe_code,
        reason = "resource limits are C functions that std does not wrap"
    )]

    /// No more descriptors than this are used; a connection takes two.
    const MAX_DESCRIPTORS: libc::rlim_t = 4096;

    /// How many descriptors are looked through.
    pub fn descriptors() -> i32 {
        let limit = limit().map_or(256, |l| l.rlim_cur).min(MAX_DESCRIPTORS);
        i32::try_from(limit).unwrap_or(256)
    }

    pub fn bound() {
        #[cfg(all(target_os = "linux", target_env = "gnu"))]
        // SAFETY: mallopt takes two numbers, and no other thread allocates yet.
        unsafe {
            libc::mallopt(libc::M_ARENA_MAX, 4);
        }
        if let Some(mut limit) = limit() {
            limit.rlim_cur = MAX_DESCRIPTORS.min(limit.rlim_max);
            // SAFETY: the pointer is to a live `rlimit`, which is only read.
            unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &limit) };
        }
    }

    /// Sends a signal to a child that was not waited for yet.
    pub fn send_signal(child: u32, signal: i32) {
        if let Ok(child) = libc::pid_t::try_from(child) {
            // SAFETY: kill takes two numbers; one that names no process is an error.
            unsafe { libc::kill(child, signal) };
        }
    }

    /// Kills every process of the group that a child leads.
    pub fn kill_group(leader: u32) {
        if let Ok(leader) = libc::pid_t::try_from(leader) {
            // SAFETY: kill takes two numbers; one that names no group is an error.
            unsafe { libc::kill(-leader, libc::SIGKILL) };
        }
    }

    fn limit() -> Option<libc::rlimit> {
        let mut limit = libc::rlimit {
            rlim_cur: 0,
            rlim_max: 0,
        };
        // SAFETY: the pointer is to a live `rlimit`, which is filled.
        let status = unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) };
        (status == 0).then_some(limit)
    }
}
