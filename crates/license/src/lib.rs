//! Which licences a text is, by their SPDX identifiers (<https://spdx.org/licenses/>), as pure functions of text;
//! opens no file.
//!
//! `words` makes the words of a text, in which neither lines nor quotes count. A `form` is what the text of a
//! licence looks like: runs of words that are there as they are, some of which may be left out or be others, and
//! names between them. Of a run only its length and a hash are kept (`known`), so that no licence is carried to tell
//! it by. `found` looks for forms in a text. One in which any word of the terms is another has no name here: it
//! is never called what is nearest.

mod words;
pub mod form;
mod known;
mod found;
mod denied;
mod files;

pub use denied::{is_denied, is_known};
pub use files::is_license_file;
pub use found::of;
