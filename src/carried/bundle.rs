//! What this executable carries: its bag and its static texts.
//!
//! The bag is a slice of the program's own memory, put there by the loader of the operating
//! system: the archive that was grafted onto this executable, else the one that the build
//! linked into it. No file is opened for it.

use std::borrow::Cow;

use bag::Bag;
use rust_embed::Embed;

use crate::carried::carrier::{self, Carrier};
use crate::error::Result;

/// Static texts.
#[derive(Embed)]
#[folder = "src/assets"]
struct Assets;

/// Opens the bag that this executable carries, after a look whether its file is there in full.
///
/// # Errors
/// It is not, or the bag is damaged.
pub fn bag() -> Result<Bag<'static>> {
    Ok(bag_and_file()?.0)
}

/// The same with that file, where the system tells which it is.
///
/// # Errors
/// As [`bag()`].
pub fn bag_and_file() -> Result<(Bag<'static>, Option<Carrier>)> {
    let own = Carrier::own()?;
    let bag = carrier::bag_in(archive(), "this executable carries no readable bag")?;
    own.as_ref().map_or(Ok(()), |own| own.has_all_of(&bag))?;
    Ok((bag, own))
}

/// The archive that this executable carries.
fn archive() -> &'static [u8] {
    graft::mapped().unwrap_or_else(graft::linked)
}

/// The static text with this name, from `src/assets`.
pub fn asset(name: &str) -> &'static str {
    std::str::from_utf8(bytes(Assets::get(name))).unwrap_or("")
}

fn bytes(file: Option<rust_embed::EmbeddedFile>) -> &'static [u8] {
    match file.map(|f| f.data) {
        Some(Cow::Borrowed(bytes)) => bytes,
        // With `debug-embed` every build embeds, and what is embedded is borrowed.
        Some(Cow::Owned(_)) | None => &[],
    }
}
