//! A filter of system calls: those that a server needs no more answer EPERM.
//!
//! It names what is denied, so that no new version of the standard library or of a C library ends
//! a server; what only tells that a file is there (`stat`) is not in it, because the same call
//! tells of open ones. A call by the numbers of another processor, which no code of ours makes,
//! ends the process.

use std::collections::BTreeMap;

use libc as c;
use seccompiler::SeccompCmpArgLen::Dword;
use seccompiler::SeccompCmpOp::{Eq, MaskedEq, Ne};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch, apply_filter, apply_filter_all_threads,
};

use super::{Shut, Who};
use crate::error::{Error, Result};

/// Denied, whatever the arguments.
const DENIED: &[c::c_long] = &[
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
    c::SYS_process_vm_readv,
    c::SYS_process_vm_writev,
    c::SYS_process_madvise,
    c::SYS_kcmp,
    c::SYS_kill,
    c::SYS_tkill,
    c::SYS_rt_sigqueueinfo,
    c::SYS_rt_tgsigqueueinfo,
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
    c::SYS_kexec_file_load,
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
const DENIED_OLD: &[c::c_long] = &[
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
const DENIED_OLD: &[c::c_long] = &[c::SYS_renameat];

/// Denied where a number among the arguments is such a one.
fn denied_with() -> Vec<(c::c_long, u8, SeccompCmpOp, u32)> {
    let executable = MaskedEq(c::PROT_EXEC as u64);
    let fast_open = MaskedEq(c::MSG_FASTOPEN as u64);
    vec![
        // Memory that is executed: all of it is there.
        (c::SYS_mmap, 2, executable.clone(), c::PROT_EXEC as u32),
        (c::SYS_mprotect, 2, executable.clone(), c::PROT_EXEC as u32),
        (c::SYS_pkey_mprotect, 2, executable, c::PROT_EXEC as u32),
        // Connections that are made by sending.
        (c::SYS_sendto, 3, fast_open.clone(), c::MSG_FASTOPEN as u32),
        (c::SYS_sendmsg, 2, fast_open.clone(), c::MSG_FASTOPEN as u32),
        (c::SYS_sendmmsg, 3, fast_open, c::MSG_FASTOPEN as u32),
        // Typing into the terminal that this was started from.
        (c::SYS_ioctl, 1, Eq, c::TIOCSTI as u32),
        (c::SYS_ioctl, 1, Eq, c::TIOCLINUX as u32),
        // Who may look into this process.
        (c::SYS_prctl, 0, Eq, c::PR_SET_DUMPABLE as u32),
        // Signals to others.
        (c::SYS_tgkill, 0, Ne, std::process::id()),
    ]
}

/// Denies all of it.
pub fn shut(who: Who) -> Result<Shut> {
    let program = program().map_err(Error::new)?;
    match who {
        Who::Process => apply_filter_all_threads(&program),
        Who::Thread => apply_filter(&program),
    }
    .map_err(Error::new)?;
    Ok(Shut {
        by: "seccomp".into(),
        files: true,
        connections: true,
        programs: true,
    })
}

fn program() -> std::result::Result<BpfProgram, seccompiler::BackendError> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = BTreeMap::new();
    for number in DENIED.iter().chain(DENIED_OLD) {
        // No rule is for any arguments.
        rules.insert(*number, Vec::new());
    }
    for (number, argument, operator, value) in denied_with() {
        let condition = SeccompCondition::new(argument, Dword, operator, u64::from(value))?;
        let rule = SeccompRule::new(vec![condition])?;
        rules.entry(number).or_default().push(rule);
    }
    let processor = if cfg!(target_arch = "x86_64") {
        // The same calls by other numbers, with pointers of 32 bits.
        const X32: i64 = 0x4000_0000;
        let known: Vec<i64> = rules.keys().copied().chain(512..548).collect();
        for number in known {
            let also = rules.get(&number).cloned().unwrap_or_default();
            rules.insert(number | X32, also);
        }
        TargetArch::x86_64
    } else {
        TargetArch::aarch64
    };
    let denied = SeccompAction::Errno(c::EPERM as u32);
    SeccompFilter::new(rules, SeccompAction::Allow, denied, processor)?.try_into()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_filter_can_be_made() {
        // The kernel takes no more than 4096 steps.
        assert!(super::program().unwrap().len() < 4096);
    }
}
