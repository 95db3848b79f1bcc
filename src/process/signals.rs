//! Signals that are passed on to children.

use std::process::{Command, ExitCode, ExitStatus};

#[cfg(unix)]
use crate::error::Context;
use crate::error::Result;

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
fn is_ignored(signal: i32) -> bool {
    // Elsewhere than on Linux there is no such file, and it is heard.
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

/// Hears signals from now on; SIGHUP only where that is not ignored.
///
/// # Errors
/// The handlers cannot be set.
#[cfg(unix)]
pub fn heard(numbers: &[i32]) -> Result<signal_hook::iterator::Signals> {
    use signal_hook::consts::SIGHUP;

    let numbers = numbers.iter().copied();
    let numbers = numbers.filter(|number| *number != SIGHUP || !is_ignored(SIGHUP));
    signal_hook::iterator::Signals::new(numbers).context("cannot handle signals")
}

/// Signals for a child that is yet to be started: from now on they wait for it.
#[derive(Debug)]
pub struct Heard {
    #[cfg(unix)]
    signals: signal_hook::iterator::Signals,
}

#[cfg(unix)]
impl Heard {
    /// Hears SIGTERM, SIGHUP, SIGINT and SIGQUIT.
    ///
    /// # Errors
    /// The handlers cannot be set.
    pub fn new() -> Result<Self> {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

        let signals = heard(&[SIGINT, SIGQUIT, SIGTERM, SIGHUP])?;
        Ok(Heard { signals })
    }

    /// Runs the command to its end, and passes signals on to it; at a terminal it gets those of keys
    /// from there already. Where one came before that, it is as if that had ended the command. To be
    /// called by the main thread: on Linux the command is killed when it ends.
    ///
    /// # Errors
    /// The command cannot be started.
    pub fn run_to_end(mut self, command: &mut Command) -> std::io::Result<ExitStatus> {
        use rustix::process::{Pid, Signal, kill_process};
        use signal_hook::consts::{SIGINT, SIGQUIT};
        use std::io::IsTerminal;

        #[cfg(target_os = "linux")]
        super::kernel::end_with_us(command);
        if let Some(signal) = self.signals.pending().next() {
            return Ok(std::os::unix::process::ExitStatusExt::from_raw(signal));
        }
        let handle = self.signals.handle();
        let mut child = command.spawn()?;
        let id = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        let passer = std::thread::spawn(move || {
            for signal in self.signals.forever() {
                let of_keys = signal == SIGINT || signal == SIGQUIT;
                if of_keys && std::io::stdin().is_terminal() {
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
}

#[cfg(not(unix))]
impl Heard {
    /// They are the platform's.
    ///
    /// # Errors
    /// Never.
    pub fn new() -> Result<Self> {
        Ok(Heard {})
    }

    /// Runs the command to its end.
    ///
    /// # Errors
    /// The command cannot be started.
    pub fn run_to_end(self, command: &mut Command) -> std::io::Result<ExitStatus> {
        command.spawn()?.wait()
    }
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
