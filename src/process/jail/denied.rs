//! The system calls that a server needs no more.

use libc as c;

// The newest numbers, which are the same on all processors and not all named by libc.
const SYS_FCHMODAT2: c::c_long = 452;
const SYS_QUOTACTL_FD: c::c_long = 443;
const SYS_SETXATTRAT: c::c_long = 463;
const SYS_REMOVEXATTRAT: c::c_long = 466;
const SYS_OPEN_TREE_ATTR: c::c_long = 467;
const SYS_FILE_SETATTR: c::c_long = 469;

/// What a descriptor tells whom, not named by libc (`fcntl(2)`).
pub const F_SETOWN_EX: u32 = 15;

/// libc does not name it for every C library.
const SYS_KEXEC_FILE_LOAD: c::c_long = if cfg!(target_arch = "x86_64") {
    320
} else {
    294
};

/// Denied, whatever the arguments.
pub const DENIED: &[c::c_long] = &[
    // Files: to open them by any name, and what Landlock does not know or an old one did not.
    c::SYS_openat,
    c::SYS_openat2,
    c::SYS_open_by_handle_at,
    c::SYS_name_to_handle_at,
    c::SYS_memfd_create,
    c::SYS_memfd_secret,
    c::SYS_truncate,
    c::SYS_renameat2,
    c::SYS_unlinkat,
    c::SYS_linkat,
    c::SYS_symlinkat,
    c::SYS_readlinkat,
    c::SYS_mkdirat,
    c::SYS_mknodat,
    c::SYS_fchmodat,
    c::SYS_fchownat,
    c::SYS_faccessat,
    c::SYS_faccessat2,
    c::SYS_utimensat,
    c::SYS_setxattr,
    c::SYS_lsetxattr,
    c::SYS_removexattr,
    c::SYS_lremovexattr,
    SYS_QUOTACTL_FD,
    SYS_FCHMODAT2,
    SYS_SETXATTRAT,
    SYS_REMOVEXATTRAT,
    SYS_OPEN_TREE_ATTR,
    SYS_FILE_SETATTR,
    c::SYS_chdir,
    c::SYS_chroot,
    c::SYS_inotify_init1,
    c::SYS_fanotify_init,
    c::SYS_acct,
    c::SYS_quotactl,
    c::SYS_mq_open,
    c::SYS_shmget,
    c::SYS_shmat,
    c::SYS_msgget,
    c::SYS_semget,
    // Programs.
    c::SYS_execve,
    c::SYS_execveat,
    // Connections: what listens is there, and what comes is accepted.
    c::SYS_socket,
    c::SYS_socketpair,
    c::SYS_connect,
    c::SYS_bind,
    c::SYS_listen,
    // Other processes.
    c::SYS_ptrace,
    c::SYS_process_vm_writev,
    c::SYS_process_madvise,
    c::SYS_kcmp,
    c::SYS_kill,
    c::SYS_rt_sigqueueinfo,
    c::SYS_rt_tgsigqueueinfo,
    c::SYS_setpriority,
    c::SYS_ioprio_set,
    c::SYS_pidfd_open,
    c::SYS_pidfd_getfd,
    c::SYS_pidfd_send_signal,
    // Another view of the system.
    c::SYS_mount,
    c::SYS_umount2,
    c::SYS_pivot_root,
    c::SYS_move_mount,
    c::SYS_open_tree,
    c::SYS_fsopen,
    c::SYS_fsconfig,
    c::SYS_fsmount,
    c::SYS_fspick,
    c::SYS_mount_setattr,
    c::SYS_unshare,
    c::SYS_setns,
    // The rest of the kernel, as far as it is the largest target.
    c::SYS_bpf,
    c::SYS_perf_event_open,
    c::SYS_userfaultfd,
    c::SYS_io_uring_setup,
    c::SYS_io_uring_enter,
    c::SYS_io_uring_register,
    c::SYS_io_setup,
    c::SYS_add_key,
    c::SYS_request_key,
    c::SYS_keyctl,
    c::SYS_personality,
    c::SYS_syslog,
    c::SYS_vhangup,
    c::SYS_kexec_load,
    SYS_KEXEC_FILE_LOAD,
    c::SYS_init_module,
    c::SYS_finit_module,
    c::SYS_delete_module,
    c::SYS_reboot,
    c::SYS_swapon,
    c::SYS_swapoff,
    c::SYS_sethostname,
    c::SYS_setdomainname,
    c::SYS_settimeofday,
    c::SYS_clock_settime,
    c::SYS_clock_adjtime,
    c::SYS_adjtimex,
    // Who this process is.
    c::SYS_setuid,
    c::SYS_setgid,
    c::SYS_setreuid,
    c::SYS_setregid,
    c::SYS_setresuid,
    c::SYS_setresgid,
    c::SYS_setfsuid,
    c::SYS_setfsgid,
    c::SYS_setgroups,
    c::SYS_capset,
];

/// What older programs call.
#[cfg(target_arch = "x86_64")]
pub const DENIED_OLD: &[c::c_long] = &[
    c::SYS_open,
    c::SYS_creat,
    c::SYS_access,
    c::SYS_readlink,
    c::SYS_rename,
    c::SYS_renameat,
    c::SYS_unlink,
    c::SYS_rmdir,
    c::SYS_link,
    c::SYS_symlink,
    c::SYS_mkdir,
    c::SYS_mknod,
    c::SYS_chmod,
    c::SYS_chown,
    c::SYS_lchown,
    c::SYS_utime,
    c::SYS_utimes,
    c::SYS_futimesat,
    c::SYS_uselib,
    c::SYS_inotify_init,
    c::SYS_fork,
    c::SYS_vfork,
    c::SYS_iopl,
    c::SYS_ioperm,
    c::SYS_modify_ldt,
];

#[cfg(target_arch = "aarch64")]
pub const DENIED_OLD: &[c::c_long] = &[c::SYS_renameat];
