//! What a panic says: one line, for which no file is opened.

use std::panic::PanicHookInfo;

use crate::terminal::print::print_error;
use crate::terminal::printable::printable;

/// From now on a panic is one line on stderr. No backtrace is made, whatever RUST_BACKTRACE says:
/// that opens the program and whatever it was linked with, and may be in a server's box.
pub fn in_one_line() {
    std::panic::set_hook(Box::new(|info| {
        // Nobody is left to hear of an error.
        let _ = print_error(&line(info));
    }));
}

fn line(info: &PanicHookInfo<'_>) -> String {
    let said = info.payload();
    let said = said.downcast_ref::<&str>().copied();
    let said = said.or_else(|| info.payload().downcast_ref::<String>().map(String::as_str));
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    let thread = std::thread::current();
    format!(
        "gobag: thread {:?} panicked at {place}: {}\n",
        thread.name().unwrap_or("-"),
        printable(said.unwrap_or("-")),
    )
}
