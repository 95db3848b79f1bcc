//! Progress of long work: a bar on a terminal, a line now and then elsewhere.

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How often a bar is drawn, and how often a line is written.
const BAR_TIME: Duration = Duration::from_millis(100);
const LINE_TIME: Duration = Duration::from_secs(10);

/// Counts finished parts of one piece of work, on stderr.
#[derive(Debug)]
pub struct Progress {
    what: String,
    total: usize,
    done: AtomicUsize,
    terminal: bool,
    last: Mutex<Instant>,
}

impl Progress {
    /// Begins `what`, which has `total` parts.
    pub fn new(what: impl Into<String>, total: usize) -> Self {
        let terminal = io::stderr().is_terminal();
        Progress {
            what: what.into(),
            total,
            done: AtomicUsize::new(0),
            terminal,
            last: Mutex::new(Instant::now()),
        }
    }

    /// One part is done.
    pub fn step(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        let Ok(mut last) = self.last.try_lock() else {
            return;
        };
        let pause = if self.terminal { BAR_TIME } else { LINE_TIME };
        if last.elapsed() < pause && done < self.total {
            return;
        }
        *last = Instant::now();
        let line = line(&self.what, done, self.total, self.terminal);
        let _ = io::stderr().lock().write_all(line.as_bytes());
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.terminal && self.done.load(Ordering::Relaxed) > 0 {
            let _ = io::stderr().lock().write_all(b"\r\x1b[K");
        }
    }
}

/// One stage of long work, which consists of steps that follow one another.
#[derive(Debug)]
pub struct Stage {
    total: usize,
    begun: usize,
}

/// A step that is under way.
#[derive(Debug)]
pub struct Running {
    line: String,
    begin: Instant,
}

impl Stage {
    /// Begins a stage of `total` steps. `watched` is a module cache that they fill: on a terminal
    /// the live line tells how many modules and bytes have arrived in it.
    pub fn new(title: &str, total: usize, _watched: Option<&Path>) -> Self {
        say(title);
        Stage { total, begun: 0 }
    }

    /// The next step begins, which is shown as `label`.
    pub fn begin(&mut self, label: &str) -> Running {
        self.begun += 1;
        let line = format!("  [{}/{}] {label}", self.begun, self.total);
        let begin = Instant::now();
        Running { line, begin }
    }
}

impl Running {
    /// The step has ended; `how` is a word or two where it did not simply succeed.
    pub fn end(self, how: &str) -> Duration {
        let took = self.begin.elapsed();
        let how = if how.is_empty() {
            String::new()
        } else {
            format!(" {how},")
        };
        say(&format!("{}:{how} {:.1} s", self.line, took.as_secs_f64()));
        took
    }
}

/// Says which step of the work begins.
pub fn say(text: &str) {
    let _ = io::stderr()
        .lock()
        .write_all(format!("{text}\n").as_bytes());
}

fn line(what: &str, done: usize, total: usize, terminal: bool) -> String {
    const WIDTH: usize = 30;
    if !terminal {
        return format!("  {what}: {done} of {total}\n");
    }
    let full = (done * WIDTH)
        .checked_div(total)
        .unwrap_or(WIDTH)
        .min(WIDTH);
    format!(
        "\r  {what} [{}{}] {done}/{total}",
        "#".repeat(full),
        " ".repeat(WIDTH - full)
    )
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn shows_a_bar_on_a_terminal_and_lines_elsewhere() {
        assert_eq!(
            line("lookups", 1, 2, true),
            format!("\r  lookups [{}{}] 1/2", "#".repeat(15), " ".repeat(15))
        );
        assert_eq!(line("lookups", 1, 2, false), "  lookups: 1 of 2\n");
    }
}
