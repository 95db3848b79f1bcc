//! A serving process: started, read, asked and ended.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use crate::support::http::{self, Reply};

/// Longer than anything takes that goes well, on a machine with many other things to do.
pub const PATIENCE: Duration = Duration::from_secs(180);

/// What `work` returns, which must take no longer than `limit`: on a machine where a program
/// always starts and ends within ten milliseconds, and as much longer on one that is slower now,
/// up to six times.
pub fn within<T>(limit: Duration, work: impl FnOnce() -> T) -> T {
    let begin = Instant::now();
    let done = work();
    let took = begin.elapsed();
    if took >= limit {
        let start = |_| {
            let begin = Instant::now();
            assert!(Command::new("true").status().unwrap().success());
            begin.elapsed().as_secs_f64()
        };
        let slower = (0..50).map(start).fold(0.0, f64::max) / 0.01;
        assert!(took < limit.mul_f64(slower.clamp(1.0, 6.0)), "{took:?}");
    }
    done
}

/// A `gobag serve` that is killed when it is dropped.
pub struct Gobag {
    child: Child,
    log: Arc<Log>,
    url: String,
}

/// The lines of standard error so far, and whether it has been closed.
#[derive(Default)]
struct Log {
    state: Mutex<(Vec<String>, bool)>,
    changed: Condvar,
}

impl Gobag {
    /// Starts `command` and waits for the line that tells the address.
    pub fn start(mut command: Command) -> Gobag {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let log = Arc::new(Log::default());
        let pipe = child.stderr.take().unwrap();
        std::thread::spawn({
            let log = Arc::clone(&log);
            move || log.fill(BufReader::new(pipe))
        });
        let mut gobag = Gobag {
            child,
            log,
            url: String::new(),
        };
        let line = gobag.logged("listening on http://");
        let (_, url) = line.split_once("listening on ").unwrap();
        let url = url.split_whitespace().next().unwrap();
        gobag.url = url.trim_end_matches('/').to_owned();
        gobag
    }

    /// `http://127.0.0.1:PORT`, and the base path where there is one.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// `127.0.0.1:PORT`.
    pub fn address(&self) -> &str {
        let rest = self.url.strip_prefix("http://").unwrap();
        rest.split('/').next().unwrap()
    }

    /// The number of the process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The answer to a plain `GET` of `path`.
    pub fn get(&self, path: &str) -> Reply {
        http::request(self.address(), "GET", path, &[])
    }

    /// The text of `path`, which must be there.
    pub fn text(&self, path: &str) -> String {
        let reply = self.get(path);
        assert_eq!(reply.status, 200, "{path}: {}", reply.text());
        reply.text()
    }

    /// The status code of `path`.
    pub fn status(&self, path: &str) -> u16 {
        self.get(path).status
    }

    /// All lines that it has written so far.
    pub fn log(&self) -> Vec<String> {
        self.log.state.lock().unwrap().0.clone()
    }

    /// The first line that holds `part`, waiting for it if need be.
    pub fn logged(&self, part: &str) -> String {
        let found = self
            .log
            .wait(|(lines, _)| lines.iter().find(|line| line.contains(part)).cloned());
        found.unwrap_or_else(|| panic!("no line with {part:?} in {:#?}", self.log()))
    }

    /// Panics unless the page `/`, as somebody sees it who has these headers, says the same
    /// settings as the lines at the start; returns those.
    #[track_caller]
    pub fn told_alike(&self, headers: &[(&str, &str)]) -> Vec<String> {
        self.logged("  go build ./...");
        let page = http::request(self.address(), "GET", &self.path("/"), headers).text();
        let typed = |lines: &mut dyn Iterator<Item = &str>| {
            let lines = lines.filter(|line| line.starts_with("  "));
            lines.map(str::to_owned).collect::<Vec<_>>()
        };
        let log = self.log();
        let told = typed(&mut log.iter().map(String::as_str));
        assert_eq!(typed(&mut page.lines()), told, "{page}");
        told
    }

    /// A path below the base path.
    fn path(&self, name: &str) -> String {
        let rest = self.url.strip_prefix("http://").unwrap();
        let base = rest.split_once('/').map(|(_, base)| format!("/{base}"));
        base.unwrap_or_default() + name
    }

    /// Asks it to end and waits until it has: `INT` or `TERM`.
    pub fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.pid());
        assert!(
            Command::new("sh")
                .args(["-c", &kill])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Sends SIGTERM and returns how it ended and all that it wrote.
    pub fn terminate(self) -> (ExitStatus, Vec<String>) {
        self.signal("TERM");
        self.ended()
    }

    /// Waits until it has ended; returns how it ended and all that it wrote.
    pub fn ended(mut self) -> (ExitStatus, Vec<String>) {
        let closed = self.log.wait(|(_, closed)| closed.then_some(()));
        assert!(closed.is_some(), "still running: {:#?}", self.log());
        let status = self.child.wait().unwrap();
        (status, self.log())
    }
}

impl Drop for Gobag {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Log {
    /// Adds line after line until there are no more.
    fn fill(&self, pipe: impl BufRead) {
        for line in pipe.split(b'\n') {
            let Ok(line) = line else { break };
            let line = String::from_utf8_lossy(&line).into_owned();
            self.state.lock().unwrap().0.push(line);
            self.changed.notify_all();
        }
        self.state.lock().unwrap().1 = true;
        self.changed.notify_all();
    }

    /// Waits until `found` finds something; `None` when there will be no more or patience is over.
    fn wait<T>(&self, found: impl Fn(&(Vec<String>, bool)) -> Option<T>) -> Option<T> {
        let deadline = Instant::now() + PATIENCE;
        let mut state = self.state.lock().unwrap();
        loop {
            if let Some(value) = found(&state) {
                return Some(value);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if state.1 || left.is_zero() {
                return None;
            }
            state = self.changed.wait_timeout(state, left).unwrap().0;
        }
    }
}
