//! Content of modules as HTML that is safe to show, as pure functions of text; opens no file.
//!
//! Whoever wrote the text is nobody that is trusted: what comes of it has no element and no attribute but a few, no
//! script, no style, and nothing that a browser would load. [`markdown()`] and [`plain`] are for READMEs, [`source()`] for
//! any file, and [`check`] finds out whether HTML is what one of the first two made; `link` says where a link may lead, `language` how a language is written.

mod text;
mod link;
mod tags;
mod markdown;
mod language;
mod source;
mod strict;

pub use markdown::markdown;
pub use source::source;
pub use strict::check;
pub use text::{escaped, plain};

/// The longest text that is shown, in bytes; of a longer one its beginning, and a line that says so.
pub const MAX_TEXT_BYTES: usize = 512 << 10;

/// The longest HTML that comes of a text, in bytes.
pub const MAX_HTML_BYTES: usize = 1 << 20;

/// A README as HTML, by the name of its file: [`markdown()`] for `README.md`, else [`plain`].
pub fn readme(file: &str, text: &str) -> String {
    let file = file.to_ascii_lowercase();
    match [".md", ".markdown", ".mdown"]
        .iter()
        .any(|end| file.ends_with(end))
    {
        true => markdown(text),
        false => plain(text),
    }
}
