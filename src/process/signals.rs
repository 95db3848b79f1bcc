//! Signals that are passed on to children.

use std::process::{Command, ExitCode, ExitStatus};

/// Kills every process of the group that the child `leader` leads.
#[cfg(unix)]
pub fn kill_group(leader: u32) {
    use rustix::process::{Pid, Signal, kill_process_group};

    if let Some(leader) = i32::try_from(leader).ok().and_then(Pid::from_raw) {
        // One that has ended already is no error.
        let _ = kill_process_group(leader, Signal::KILL);
    }
}

/// True for a signal that whoever started this process wants it to ignore, as `nohup` does.
#[cfg(unix)]
pub fn is_ignored(signal: i32) -> bool {
    // Elsewhere than on Linux there is no such file, and it is heard.
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

/// Runs the command to its end. From before it starts SIGTERM, SIGHUP and SIGINT are passed on to
/// it; at a terminal it gets the last from there already.
#[cfg(unix)]
pub fn run_to_end(command: &mut Command) -> std::io::Result<ExitStatus> {
    use rustix::process::{Pid, Signal, kill_process};
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use std::io::IsTerminal;

    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    let handle = signals.handle();
    let mut child = command.spawn()?;
    let id = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let passer = std::thread::spawn(move || {
        for signal in signals.forever() {
            if signal == SIGINT && std::io::stdin().is_terminal() {
                continue;
            }
            if let (Some(id), Some(signal)) = (id, Signal::from_named_raw(signal)) {
                // A child that has ended needs no signal.
                let _ = kill_process(id, signal);
            }
        }
    });
    let status = child.wait();
    handle.close();
    let _ = passer.join();
    status
}

/// Runs the command to its end.
#[cfg(not(unix))]
pub fn run_to_end(command: &mut Command) -> std::io::Result<ExitStatus> {
    command.spawn()?.wait()
}

/// The child's exit code, or 128 and the number of the signal that ended it, as shells have it.
pub fn exit_code(status: ExitStatus) -> ExitCode {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return ExitCode::from(u8::try_from(128 + signal).unwrap_or(u8::MAX));
    }
    status
        .code()
        .and_then(|c| u8::try_from(c).ok())
        .map_or(ExitCode::FAILURE, ExitCode::from)
}
