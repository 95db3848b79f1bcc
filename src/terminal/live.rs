//! Lines on standard error, and live ones below them where that is a terminal.
//!
//! Nothing here fails: whoever listened may be gone, and the work goes on.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::print::{error_is_terminal, print_error};

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Warnings, notes and errors alone.
    Quiet,
    /// What goes on as well.
    Normal,
    /// All of that, and what programs say that are run on the way.
    Verbose,
}

static VERBOSITY: AtomicU8 = AtomicU8::new(Verbosity::Normal as u8);

/// True once nothing is to be drawn any more.
static SILENT: AtomicBool = AtomicBool::new(false);

/// All live lines, which text is written above of.
static LIVE: LazyLock<Option<MultiProgress>> = LazyLock::new(|| {
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    (error_is_terminal() && !dumb)
        .then(|| MultiProgress::with_draw_target(ProgressDrawTarget::stderr()))
});

/// Sets how much is said from now on.
pub fn set_verbosity(verbosity: Verbosity) {
    VERBOSITY.store(verbosity as u8, Ordering::Relaxed);
}

/// How much is said.
pub fn verbosity() -> Verbosity {
    let set = VERBOSITY.load(Ordering::Relaxed);
    let all = [Verbosity::Quiet, Verbosity::Normal, Verbosity::Verbose];
    all.into_iter()
        .find(|one| *one as u8 == set)
        .unwrap_or(Verbosity::Normal)
}

/// Says what is of interest while all goes well, above the live lines.
pub fn say(text: &str) {
    if verbosity() > Verbosity::Quiet {
        write(text);
    }
}

/// Says what is to be known in any case: `note: text`.
pub fn note(text: &str) {
    write(&format!("{} {text}", paint(CYAN, "note:")));
}

/// Says what may go wrong later: `warning: text`.
pub fn warn(text: &str) {
    write(&format!("{} {text}", paint(YELLOW, "warning:")));
}

/// Says what failed, in any case and as it is.
pub fn complain(text: &str) {
    write(text);
}

/// The last line of all: live lines go, and none is drawn after it.
#[cfg(unix)]
pub fn last_word(text: &str) {
    SILENT.store(true, Ordering::Relaxed);
    if let Some(live) = &*LIVE {
        let _ = live.clear();
        live.set_draw_target(ProgressDrawTarget::hidden());
    }
    put(text);
}

fn write(text: &str) {
    match live() {
        Some(live) => live.suspend(|| put(text)),
        None => put(text),
    }
}

fn put(text: &str) {
    let _ = print_error(&format!("{text}\n"));
}

/// The live lines, where there are any.
pub fn live() -> Option<&'static MultiProgress> {
    let silent = SILENT.load(Ordering::Relaxed) || verbosity() == Verbosity::Quiet;
    LIVE.as_ref().filter(|_| !silent)
}

/// For titles; codes of colours are those of ECMA-48.
pub const BOLD: &str = "1";
/// For what is not as it should be.
pub const YELLOW: &str = "33";
/// For numbers and notes.
pub const CYAN: &str = "36";

/// `text` in a colour, where stderr shows such (no-color.org).
pub fn paint(colour: &str, text: &str) -> String {
    let plain = LIVE.is_none() || std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
    if plain {
        return text.to_owned();
    }
    format!("\x1b[{colour}m{text}\x1b[0m")
}

/// A line that nothing draws before it is among the live ones.
pub fn undrawn(len: Option<u64>, template: &str) -> ProgressBar {
    ProgressBar::with_draw_target(len, ProgressDrawTarget::hidden()).with_style(style(template))
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("## ")
        .with_key(
            "seconds",
            |state: &indicatif::ProgressState, out: &mut dyn std::fmt::Write| {
                // A live line that cannot be drawn is none.
                let _ = write!(out, "{} s", state.elapsed().as_secs());
            },
        )
}
