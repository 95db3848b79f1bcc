//! What goes wrong while accepting: counted, and told once a second at most.

use std::io;
use std::time::{Duration, Instant};

use crate::terminal::size::count;

/// How long nothing is told after something was.
const QUIET: Duration = Duration::from_secs(1);

/// True where a client that was to be accepted has gone, and nothing is wrong here.
pub fn is_clients_own(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionReset | Interrupted
    )
}

/// True where this process, or the system, has no descriptor left.
pub fn is_short_of_descriptors(error: &io::Error) -> bool {
    // ENFILE and EMFILE, the same on every Unix; WSAEMFILE.
    let codes: &[i32] = if cfg!(windows) { &[10024] } else { &[23, 24] };
    error
        .raw_os_error()
        .is_some_and(|code| codes.contains(&code))
}

/// Counts what went wrong.
pub struct Troubles<T> {
    tell: T,
    told: Option<Instant>,
    untold: u64,
}

impl<T: Fn(String)> Troubles<T> {
    /// Nothing has gone wrong yet; `tell` hears of it.
    pub fn new(tell: T) -> Self {
        Troubles {
            tell,
            told: None,
            untold: 0,
        }
    }

    /// A connection was lost for this reason.
    pub fn tell(&mut self, why: &str) {
        self.untold += 1;
        if self.told.is_some_and(|told| told.elapsed() < QUIET) {
            return;
        }
        let connections = count(self.untold, "connection");
        (self.tell)(format!("{connections} turned away: {why}"));
        self.told = Some(Instant::now());
        self.untold = 0;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn tells_once_a_second_and_counts() {
        let said = RefCell::new(Vec::new());
        let mut troubles = Troubles::new(|text| said.borrow_mut().push(text));
        for _ in 0..3 {
            troubles.tell("x");
        }
        troubles.told = troubles.told.and_then(|told| told.checked_sub(QUIET));
        troubles.tell("y");
        let want = [
            "1 connection turned away: x",
            "3 connections turned away: y",
        ];
        assert_eq!(*said.borrow(), want);
    }
}
