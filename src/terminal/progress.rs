//! What long work says on standard error, and how it shows that it goes on: one live line a piece
//! of work on a terminal, a line now and then elsewhere.
//!
//! Nothing here fails: whoever listened may be gone, and the work goes on.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar};

#[cfg(unix)]
pub use super::live::last_word;
use super::live::{BOLD, CYAN, YELLOW, live, paint, undrawn};
pub use super::live::{Verbosity, complain, note, say, set_verbosity, verbosity, warn};
use super::size::{count, size};

/// How often a live line is drawn, how often what it tells is counted, and how often a line is
/// written where there is no terminal.
const DRAW_TIME: Duration = Duration::from_millis(100);
const COUNT_TIME: Duration = Duration::from_secs(1);
const LINE_TIME: Duration = Duration::from_secs(10);

/// Counts finished parts of one piece of work.
#[derive(Debug)]
pub struct Progress {
    what: String,
    total: usize,
    done: AtomicUsize,
    bar: Option<ProgressBar>,
    last: Mutex<Instant>,
}

impl Progress {
    /// Begins `what`, which has `total` parts.
    pub fn new(what: impl Into<String>, total: usize) -> Self {
        let what = what.into();
        let bar = live().map(|live| {
            let bar = undrawn(Some(total as u64), "  {prefix} [{bar:30}] {pos}/{len}");
            live.add(bar.with_prefix(what.clone()))
        });
        Progress {
            what,
            total,
            done: AtomicUsize::new(0),
            bar,
            last: Mutex::new(Instant::now()),
        }
    }

    /// One part is done.
    pub fn step(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if let Some(bar) = &self.bar {
            return bar.inc(1);
        }
        let Ok(mut last) = self.last.try_lock() else {
            return;
        };
        if last.elapsed() < LINE_TIME && done < self.total {
            return;
        }
        *last = Instant::now();
        say(&format!("  {}: {done} of {}", self.what, self.total));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// One stage of long work, which consists of steps that follow one another.
#[derive(Debug)]
pub struct Stage {
    total: usize,
    begun: usize,
    watched: Option<PathBuf>,
}

/// A step that is under way.
#[derive(Debug)]
pub struct Running {
    line: String,
    begin: Instant,
    live: Option<LiveLine>,
}

impl Stage {
    /// Begins a stage of `total` steps. `watched` is the `cache/download` of a module cache that
    /// they fill: on a terminal the live line tells how many modules and bytes have arrived.
    pub fn new(title: &str, total: usize, watched: Option<&Path>) -> Self {
        say(&paint(BOLD, title));
        Stage {
            total,
            begun: 0,
            watched: watched.map(Path::to_path_buf),
        }
    }

    /// The next step begins, which is shown as `label`.
    pub fn begin(&mut self, label: &str) -> Running {
        self.begun += 1;
        let number = format!("[{}/{}]", self.begun, self.total);
        let line = format!("  {number} {label}");
        let shown = format!("  {} {label}", paint(CYAN, &number));
        let live = live().map(|live| LiveLine::new(live, shown, self.watched.clone()));
        let begin = Instant::now();
        Running { line, begin, live }
    }
}

impl Running {
    /// The step has ended; `how` is a word or two where it did not simply succeed.
    pub fn end(mut self, how: &str) -> Duration {
        let took = self.begin.elapsed();
        drop(self.live.take());
        let how = match how {
            "" => String::new(),
            how => format!(" {},", paint(YELLOW, how)),
        };
        say(&format!("{}:{how} {:.1} s", self.line, took.as_secs_f64()));
        took
    }
}

/// Something that takes long, shown on a terminal alone and until this is dropped.
#[derive(Debug)]
#[must_use]
pub struct Waiting {
    _line: Option<LiveLine>,
}

impl Waiting {
    /// It begins, and is shown as `label`.
    pub fn begin(label: &str) -> Self {
        let line = live().map(|live| LiveLine::new(live, label.to_string(), None));
        Waiting { _line: line }
    }
}

/// A line that is drawn anew until it is dropped.
#[derive(Debug)]
struct LiveLine {
    bar: ProgressBar,
    stop: Option<mpsc::Sender<()>>,
    drawer: Option<JoinHandle<()>>,
}

impl LiveLine {
    fn new(live: &MultiProgress, shown: String, watched: Option<PathBuf>) -> Self {
        let bar = undrawn(None, "{prefix}: {seconds}{msg}");
        let bar = live.add(bar.with_prefix(shown));
        let (stop, stopped) = mpsc::channel();
        let drawn = bar.clone();
        let drawer = std::thread::Builder::new().spawn(move || {
            let mut next = Instant::now();
            drawn.tick();
            while stopped.recv_timeout(DRAW_TIME) == Err(mpsc::RecvTimeoutError::Timeout) {
                if let Some(folder) = watched.as_ref().filter(|_| Instant::now() >= next) {
                    let begin = Instant::now();
                    let (modules, bytes) = arrived(folder);
                    if modules > 0 {
                        drawn.set_message(format!(
                            ", {}, {}",
                            count(modules, "module"),
                            size(bytes)
                        ));
                    }
                    // A large cache is not counted all the time.
                    next = Instant::now() + COUNT_TIME.max(begin.elapsed() * 20);
                }
                drawn.tick();
            }
        });
        LiveLine {
            bar,
            stop: Some(stop),
            // Without a thread it is drawn once.
            drawer: drawer.ok(),
        }
    }
}

impl Drop for LiveLine {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(drawer) = self.drawer.take() {
            let _ = drawer.join();
        }
        self.bar.finish_and_clear();
    }
}

/// How many module zips are below `folder`, and their bytes.
fn arrived(folder: &Path) -> (usize, u64) {
    let zips = walkdir::WalkDir::new(folder).into_iter().flatten();
    zips.filter(|e| e.path().extension().is_some_and(|end| end == "zip"))
        .filter_map(|e| e.metadata().ok())
        .fold((0, 0), |(n, bytes), data| (n + 1, bytes + data.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Output, Stdio};

    /// What a process does that the tests below start: this test, with a folder to watch.
    #[test]
    fn plays_a_stage_where_it_is_told_to() {
        let Some(folder) = std::env::var_os("GOBAG_TEST_STAGE").map(PathBuf::from) else {
            return;
        };
        if std::env::var_os("GOBAG_TEST_QUIET").is_some() {
            set_verbosity(Verbosity::Quiet);
        }
        let mut stage = Stage::new("recording:", 2, Some(&folder));
        let step = stage.begin("go list");
        // Until the line was drawn with what arrived.
        let (_stop, never) = mpsc::channel::<()>();
        let _ = never.recv_timeout(DRAW_TIME * 5);
        say("said meanwhile");
        step.end("");
        stage.begin("go vet").end("failed");
        let progress = Progress::new("zips", 2);
        progress.step();
        progress.step();
        drop(progress);
        warn("mind the gap");
        complain("the end");
    }

    fn words(folder: &Path) -> (Command, String) {
        let zip = folder.join("a.test/@v/v1.0.0.zip");
        std::fs::create_dir_all(zip.parent().unwrap()).unwrap();
        std::fs::write(zip, [0; 1500]).unwrap();
        let own = std::env::current_exe().unwrap();
        let name = "terminal::progress::tests::plays_a_stage_where_it_is_told_to";
        let line = format!("{} --exact {name} --nocapture", own.display());
        (Command::new("sh"), line)
    }

    fn played(command: &mut Command, folder: &Path) -> Output {
        command
            .env("GOBAG_TEST_STAGE", folder)
            .env_remove("NO_COLOR")
            .env("TERM", "xterm")
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// What a terminal was sent.
    #[cfg(target_os = "linux")]
    fn at_a_terminal(var: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let (_, line) = words(folder.path());
        let mut script = Command::new("script");
        script.args(["-qec", &format!("env {var} {line}"), "/dev/null"]);
        String::from_utf8(played(&mut script, folder.path()).stdout).unwrap()
    }

    /// The lines that a person sees in the end.
    #[cfg(target_os = "linux")]
    fn left(sent: &str) -> Vec<String> {
        let lines = sent.split('\n').map(|line| {
            let line = line.trim_end_matches('\r');
            // Clearing a line, or returning to its start, leaves what follows.
            let line = line.rsplit(['\r']).next().unwrap_or(line);
            line.rsplit("\x1b[2K").next().unwrap_or(line).to_owned()
        });
        lines.collect()
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_terminal_has_a_live_line_that_goes() {
        let sent = at_a_terminal("X=1");
        assert!(sent.contains("go list: 0 s, 1 module, 1.5 kB"), "{sent:?}");
        assert!(sent.contains("\x1b[36m"), "coloured: {sent:?}");
        assert!(sent.contains("  zips ["), "{sent:?}");
        let left = left(&sent);
        let live = |line: &&String| line.contains("1.5 kB") || line.contains("zips");
        assert_eq!(left.iter().find(live), None, "{left:#?}");
        let said = |text: &str| left.iter().any(|line| line.contains(text));
        for text in ["said meanwhile", "  [1/2] go list: 0.", "failed", "the end"] {
            assert!(said(text), "{text}: {left:#?}");
        }
        // Without colours, and on a terminal that can do nothing.
        let sent = at_a_terminal("NO_COLOR=1");
        assert!(
            !sent.contains("\x1b[36m") && sent.contains("1.5 kB"),
            "{sent:?}"
        );
        let sent = at_a_terminal("TERM=dumb");
        assert!(
            !sent.contains('\x1b') && !sent.contains("1.5 kB"),
            "{sent:?}"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_gets_plain_lines() {
        let folder = tempfile::tempdir().unwrap();
        let run = |vars: &str, to: &str| {
            let (mut sh, line) = words(folder.path());
            let output = played(
                sh.arg("-c").arg(format!("{vars} {line} {to}")),
                folder.path(),
            );
            assert!(output.status.success(), "{output:?}");
            String::from_utf8(output.stderr).unwrap()
        };
        let said = run("", "");
        let lines: Vec<&str> = said.lines().collect();
        assert_eq!(lines[..2], ["recording:", "said meanwhile"]);
        assert!(lines[2].starts_with("  [1/2] go list: 0."), "{said}");
        assert!(lines[3].starts_with("  [2/2] go vet: failed, 0."), "{said}");
        assert_eq!(
            lines[4..],
            ["  zips: 2 of 2", "warning: mind the gap", "the end"]
        );
        assert_eq!(
            run("GOBAG_TEST_QUIET=1", ""),
            "warning: mind the gap\nthe end\n"
        );
        // Nobody listens.
        run("", "2>&-");
        #[cfg(target_os = "linux")]
        run("", "2>/dev/full");
    }
}
