//! Asking a running server to stop.

use std::sync::{Arc, Condvar, Mutex};

use crate::error::Result;

/// Asks a running server to stop. Clones ask the same server.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<(Mutex<bool>, Condvar)>);

impl Stop {
    /// Running answers are finished, no new ones begun.
    pub fn stop(&self) {
        let (stopped, wake) = &*self.0;
        *stopped.lock().unwrap_or_else(|p| p.into_inner()) = true;
        wake.notify_all();
    }

    /// True after [`Stop::stop`].
    pub fn is_stopped(&self) -> bool {
        *self.0.0.lock().unwrap_or_else(|p| p.into_inner())
    }

    /// Waits for a stop.
    pub fn wait(&self) {
        let (stopped, wake) = &*self.0;
        let guard = stopped.lock().unwrap_or_else(|p| p.into_inner());
        let _stopped = wake.wait_while(guard, |stopped| !*stopped);
    }
}
/// Asks `stop` to stop at SIGINT and SIGTERM; a second signal ends the process at once.
///
/// # Errors
/// The handlers cannot be set.
#[cfg(unix)]
pub fn stop_at_signals(stop: &Stop) -> Result<()> {
    use crate::error::Context;
    use signal_hook::consts::{SIGINT, SIGTERM};

    let mut signals =
        signal_hook::iterator::Signals::new([SIGINT, SIGTERM]).context("cannot handle signals")?;
    let stop = stop.clone();
    std::thread::spawn(move || {
        for (count, _) in signals.forever().enumerate() {
            if count > 0 {
                std::process::exit(1);
            }
            stop.stop();
        }
    });
    Ok(())
}

/// Signals end the process as the platform does it.
#[cfg(not(unix))]
pub fn stop_at_signals(_stop: &Stop) -> Result<()> {
    Ok(())
}
