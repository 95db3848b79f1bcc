//! What goes wrong while accepting: counted, and told once a second at most.

use std::time::{Duration, Instant};

/// How long nothing is told after something was.
const QUIET: Duration = Duration::from_secs(1);

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
        let connections = match self.untold {
            1 => "a connection was".to_string(),
            many => format!("{many} connections were"),
        };
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
            "a connection was turned away: x",
            "3 connections were turned away: y",
        ];
        assert_eq!(*said.borrow(), want);
    }
}
