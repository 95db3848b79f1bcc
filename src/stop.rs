//! Asking a running server to stop.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

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

    /// Waits for a stop, but no longer than `time`; true when stopped.
    pub fn wait(&self, time: Duration) -> bool {
        let (stopped, wake) = &*self.0;
        let guard = stopped.lock().unwrap_or_else(|p| p.into_inner());
        let waited = wake.wait_timeout_while(guard, time, |stopped| !*stopped);
        *waited.unwrap_or_else(|p| p.into_inner()).0
    }
}
