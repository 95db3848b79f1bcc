//! The system calls that no safe function wraps.

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

/// Has what `command` starts killed when the thread that starts it ends, however that is. The kernel
/// forgets it for a program that takes another user's rights, such as sudo.
#[cfg(target_os = "linux")]
pub fn end_with_us(command: &mut std::process::Command) {
    use rustix::process::{Signal, getpid, getppid, set_parent_process_death_signal};
    use std::os::unix::process::CommandExt;

    let parent = getpid();
    let tie = move || {
        set_parent_process_death_signal(Some(Signal::KILL))?;
        // It may have ended before that.
        match getppid() == Some(parent) {
            true => Ok(()),
            false => Err(rustix::io::Errno::SRCH.into()),
        }
    };
    // SAFETY: the new process makes two system calls, and allocates nothing.
    unsafe { command.pre_exec(tie) };
}

/// True where this process was started with its stdout closed (`gobag list >&-`). The standard library opens
/// `/dev/null` in its place before `main`, and so it is looked at before that.
pub fn began_without_stdout() -> bool {
    #[cfg(target_os = "linux")]
    {
        use std::sync::atomic::{AtomicBool, Ordering};

        static IS_CLOSED: AtomicBool = AtomicBool::new(false);

        extern "C" fn look() {
            // SAFETY: it takes numbers alone.
            let flags = unsafe { libc::fcntl(libc::STDOUT_FILENO, libc::F_GETFD) };
            IS_CLOSED.store(flags == -1, Ordering::Relaxed);
        }

        // SAFETY: the loader calls what stands here before `main`, once, as C has it; `look` needs nothing of the
        // standard library that is not there yet.
        #[used]
        #[unsafe(link_section = ".init_array")]
        static LOOK: extern "C" fn() = look;

        IS_CLOSED.load(Ordering::Relaxed)
    }
    #[cfg(not(target_os = "linux"))]
    false
}

/// Ignores SIGINT, SIGTERM and SIGHUP from now on, in what this process executes as well.
#[cfg(unix)]
pub fn ignore_signals() {
    for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP] {
        // SAFETY: no handler runs code of ours; to ignore these three is always allowed.
        unsafe { libc::signal(signal, libc::SIG_IGN) };
    }
}

/// Has a write beyond the limit on the size of files fail, instead of ending this process.
pub fn outlive_file_size_limit() {
    #[cfg(unix)]
    // SAFETY: no handler runs code of ours; to ignore this signal is always allowed.
    unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
    }
}

/// From now on memory that lies in a file, and cannot be read since that was cut short or is gone
/// with its medium, ends this process with one line and exit code 1, instead of by a signal.
/// Elsewhere that signal has other reasons as well.
pub fn end_in_one_line_where_a_file_is_gone() {
    #[cfg(target_os = "linux")]
    {
        extern "C" fn end(_signal: libc::c_int) {
            const LINE: &str = "gobag: a file that is in use can no longer be read: it was cut \
                                short, or its medium is gone or damaged; copy it again\n";
            let mut stderr = libc::pollfd {
                fd: libc::STDERR_FILENO,
                events: libc::POLLOUT,
                revents: 0,
            };
            // SAFETY: three system calls, which a handler may make; nothing is allocated. Where
            // nobody reads it, the line is left out.
            unsafe {
                if libc::poll(&raw mut stderr, 1, 0) == 1 {
                    let _ = libc::write(libc::STDERR_FILENO, LINE.as_ptr().cast(), LINE.len());
                }
                libc::_exit(1)
            }
        }
        let end: extern "C" fn(libc::c_int) = end;
        // SAFETY: the handler is one as signal(2) asks for, and never returns.
        unsafe { libc::signal(libc::SIGBUS, end as libc::sighandler_t) };
    }
}

/// Has the C library keep no more than this many pools of memory, before it makes any: each takes
/// 64 MiB of address space, and it would look up the number of processors in a file. What is large is
/// in none of them, and goes back to the system when it is freed.
pub fn bound_memory_pools(most: u8) {
    #[cfg(not(all(target_os = "linux", target_env = "gnu")))]
    let _ = most;
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: mallopt takes two numbers, and no other thread allocates yet.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, most.into());
        // What it begins with; it would be raised with each large piece that is freed.
        libc::mallopt(libc::M_MMAP_THRESHOLD, 128 << 10);
    }
}

/// Closes every descriptor but the three standard streams. This process must have opened none
/// itself that it goes on using.
#[cfg(target_os = "linux")]
pub fn close_all_but_standard_streams() -> std::io::Result<()> {
    const FIRST: libc::c_uint = 3;
    let (last, flags): (libc::c_uint, libc::c_uint) = (libc::c_uint::MAX, 0);
    // SAFETY: it takes numbers alone, and no value of ours owns a descriptor, as is said above.
    if unsafe { libc::syscall(libc::SYS_close_range, FIRST, last, flags) } == 0 {
        return Ok(());
    }
    // Kernels before 5.9 have no such call.
    let numbers = std::fs::read_dir("/proc/self/fd")?;
    let numbers = numbers.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    // The folder's own descriptor is closed when all are collected.
    let numbers: Vec<libc::c_int> = numbers.collect();
    for number in numbers.into_iter().filter(|number| *number >= 3) {
        // SAFETY: as above.
        unsafe { libc::close(number) };
    }
    Ok(())
}

/// Copies memory to `to`; returns how much that is, which is less where a page of it cannot be read. By
/// the kernel, so that such a page is an error, and not the end of this process.
#[cfg(target_os = "linux")]
pub fn copy_memory(from: &[u8], to: &mut [u8]) -> std::io::Result<usize> {
    let len = from.len().min(to.len());
    let part = |at: *mut u8| libc::iovec {
        iov_base: at.cast(),
        iov_len: len,
    };
    let (to, from) = (part(to.as_mut_ptr()), part(from.as_ptr().cast_mut()));
    let own = std::process::id() as libc::pid_t;
    // SAFETY: `len` bytes of `to` are written to, which nobody else has; `from` is read alone, and
    // need not be there.
    let copied = unsafe { libc::process_vm_readv(own, &raw const to, 1, &raw const from, 1, 0) };
    usize::try_from(copied).map_err(|_| std::io::Error::last_os_error())
}

/// Elsewhere nobody copies memory that need not be there.
#[cfg(not(target_os = "linux"))]
pub fn copy_memory(_from: &[u8], _to: &mut [u8]) -> std::io::Result<usize> {
    Err(std::io::ErrorKind::Unsupported.into())
}

/// Reads these pages and keeps them in memory for as long as this process runs.
#[cfg(unix)]
pub fn lock_memory(pages: std::ops::Range<usize>) -> rustix::io::Result<()> {
    let begin = std::ptr::with_exposed_provenance_mut(pages.start);
    // SAFETY: nothing is written, and the kernel refuses what is not mapped.
    unsafe { rustix::mm::mlock(begin, pages.len()) }
}

/// Makes a system call that can do nothing, as its first argument is no descriptor, process or
/// address, and all others are 0.
#[cfg(all(target_os = "linux", debug_assertions))]
pub fn call_with_nothing(number: libc::c_long) -> std::io::Result<()> {
    const NOTHING: libc::c_long = -1;
    // SAFETY: no argument leads to memory.
    match unsafe { libc::syscall(number, NOTHING, 0, 0, 0, 0, 0) } {
        -1 => Err(std::io::Error::last_os_error()),
        _ => Ok(()),
    }
}
