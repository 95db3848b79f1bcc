//! Asking a running server to stop.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use crate::error::Result;

/// Asks a running server to stop. Clones ask the same server.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    stopped: AtomicBool,
    /// Held while it is set, so that nobody misses that.
    setting: Mutex<()>,
    wake: Condvar,
}

impl Stop {
    /// Running answers are finished, and whoever comes meanwhile is answered; then it ends.
    pub fn stop(&self) {
        let _setting = self.0.setting.lock().unwrap_or_else(|p| p.into_inner());
        self.0.stopped.store(true, Ordering::SeqCst);
        self.0.wake.notify_all();
    }

    /// True after [`Stop::stop`].
    pub fn is_stopped(&self) -> bool {
        self.0.stopped.load(Ordering::SeqCst)
    }

    /// Waits for a stop.
    pub fn wait(&self) {
        let guard = self.0.setting.lock().unwrap_or_else(|p| p.into_inner());
        let running = |_: &mut ()| !self.is_stopped();
        let _stopped = self.0.wake.wait_while(guard, running);
    }
}

/// Signals that end a server.
#[cfg(unix)]
#[derive(Debug)]
pub struct Signals {
    signals: signal_hook::iterator::Signals,
    stop: Stop,
}

#[cfg(unix)]
impl Signals {
    /// From now on SIGINT and SIGTERM wait to be heard.
    ///
    /// # Errors
    /// The handlers cannot be set.
    pub fn of(stop: &Stop) -> Result<Self> {
        use crate::error::Context;
        use signal_hook::consts::{SIGINT, SIGTERM};

        let signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM]);
        Ok(Signals {
            signals: signals.context("cannot handle signals")?,
            stop: stop.clone(),
        })
    }

    /// Asks the server to stop at the first, in a thread; a second ends the process at once.
    pub fn hear(mut self) {
        std::thread::spawn(move || {
            for (count, _) in self.signals.forever().enumerate() {
                if count > 0 {
                    std::process::exit(1);
                }
                self.stop.stop();
            }
        });
    }
}

/// Signals end the process as the platform does it.
#[cfg(not(unix))]
#[derive(Debug)]
pub struct Signals;

#[cfg(not(unix))]
impl Signals {
    /// There is nothing to set.
    ///
    /// # Errors
    /// Never.
    pub fn of(_stop: &Stop) -> Result<Self> {
        Ok(Signals)
    }

    /// There is nothing to hear.
    pub fn hear(self) {}
}
