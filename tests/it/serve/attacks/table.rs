//! The table of a run.

use std::fmt::{self, Display, Formatter};

use crate::serve::attacks::trial::Row;

/// The first line.
pub struct Head;

impl Display for Head {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        write!(
            to,
            "{:<46} {:>7} {:>8} {:>7} {:>8} {:>6} {:>19} {:>7} {:>6}",
            "attack",
            "clients",
            "answered",
            "parted",
            "requests",
            "failed",
            "p99 ms calm/now/mc",
            "mem MiB",
            "calm s"
        )
    }
}

impl Display for Row {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        let [calm, now, machine] = self.p99.map(|time| time.as_secs_f64() * 1e3);
        let p99 = format!("{calm:.1}/{now:.1}/{machine:.1}");
        let after = self
            .calm_after
            .map_or("-".to_owned(), |t| format!("{:.1}", t.as_secs_f64()));
        let (outcome, tally) = (&self.outcome, &self.tally);
        write!(
            to,
            "{:<46} {:>7} {:>8} {:>7} {:>8} {:>6} {:>19} {:>7} {:>6}  {}",
            self.name,
            outcome.came,
            outcome.answered,
            outcome.parted,
            tally.good + tally.failures,
            tally.failures,
            p99,
            self.memory >> 20,
            after,
            if self.faults.is_empty() { "" } else { "RED" }
        )?;
        for fault in &self.faults {
            let fault: String = fault.replace('\n', " ").chars().take(600).collect();
            write!(to, "\n    {fault}")?;
        }
        Ok(())
    }
}
