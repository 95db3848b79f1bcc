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

use super::denied::{DENIED, DENIED_OLD, F_SETOWN_EX};
use super::{Shut, Who};
use crate::error::{Error, Result};

const PROCESSOR: TargetArch = if cfg!(target_arch = "x86_64") {
    TargetArch::x86_64
} else {
    TargetArch::aarch64
};

/// Denied where a number among the arguments is such a one.
fn denied_with() -> Vec<(c::c_long, u8, SeccompCmpOp, u32)> {
    // Where a flag is set, and where a number is this one.
    let flag =
        |call, argument, flag: c::c_int| (call, argument, MaskedEq(flag as u64), flag as u32);
    let is = |call, argument, value: u32| (call, argument, Eq, value);
    let mut denied = vec![
        // Memory that is executed: all of it is there.
        flag(c::SYS_mmap, 2, c::PROT_EXEC),
        flag(c::SYS_mprotect, 2, c::PROT_EXEC),
        flag(c::SYS_pkey_mprotect, 2, c::PROT_EXEC),
        // Connections that are made by sending.
        flag(c::SYS_sendto, 3, c::MSG_FASTOPEN),
        flag(c::SYS_sendmsg, 2, c::MSG_FASTOPEN),
        flag(c::SYS_sendmmsg, 3, c::MSG_FASTOPEN),
        // Typing into the terminal that this was started from.
        is(c::SYS_ioctl, 1, c::TIOCSTI as u32),
        is(c::SYS_ioctl, 1, c::TIOCLINUX as u32),
        // Who may look into this process.
        is(c::SYS_prctl, 0, c::PR_SET_DUMPABLE as u32),
        // Limits of others, and signals to them.
        (c::SYS_prlimit64, 0, Ne, 0),
        is(c::SYS_fcntl, 1, c::F_SETOWN as u32),
        is(c::SYS_fcntl, 1, F_SETOWN_EX),
        (c::SYS_tgkill, 0, Ne, std::process::id()),
        // Memory of others; of its own, a page that is not there is an error and no signal.
        (c::SYS_process_vm_readv, 0, Ne, std::process::id()),
    ];
    // Another view of the system, for a new process.
    let views = [
        c::CLONE_NEWNS,
        c::CLONE_NEWCGROUP,
        c::CLONE_NEWUTS,
        c::CLONE_NEWIPC,
        c::CLONE_NEWUSER,
        c::CLONE_NEWPID,
        c::CLONE_NEWNET,
    ];
    denied.extend(views.map(|view| flag(c::SYS_clone, 0, view)));
    denied
}

/// Denies all of it.
pub fn shut(who: Who) -> Result<Shut> {
    for program in [
        newest().map_err(Error::new)?,
        program().map_err(Error::new)?,
    ] {
        match who {
            Who::Process => apply_filter_all_threads(&program),
            Who::Thread => apply_filter(&program),
        }
        .map_err(Error::new)?;
    }
    Ok(Shut {
        by: "seccomp".into(),
        files: true,
        connections: true,
        programs: true,
    })
}

/// Threads are started by `clone`, whose arguments can be looked at: the newer call for that, whose
/// arguments lie in memory, is unknown, and every C library falls back.
fn newest() -> std::result::Result<BpfProgram, seccompiler::BackendError> {
    let rules = BTreeMap::from([(c::SYS_clone3, Vec::new())]);
    let unknown = SeccompAction::Errno(c::ENOSYS as u32);
    SeccompFilter::new(rules, SeccompAction::Allow, unknown, PROCESSOR)?.try_into()
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
    if cfg!(target_arch = "x86_64") {
        // The same calls by other numbers, with pointers of 32 bits.
        const X32: i64 = 0x4000_0000;
        let known: Vec<i64> = rules.keys().copied().chain(512..548).collect();
        for number in known {
            let also = rules.get(&number).cloned().unwrap_or_default();
            rules.insert(number | X32, also);
        }
    }
    let denied = SeccompAction::Errno(c::EPERM as u32);
    SeccompFilter::new(rules, SeccompAction::Allow, denied, PROCESSOR)?.try_into()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_filter_can_be_made() {
        // The kernel takes no more than 4096 steps.
        assert!(super::program().unwrap().len() < 4096);
    }
}
