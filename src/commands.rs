//! The commands, a thin file each: what may be typed, and the call that it means.

pub mod serve;
pub mod list;
pub mod inspect;
pub mod verify;
pub mod unpack;
pub mod diff;
pub mod licenses;
pub mod sbom;
pub mod digest;
pub mod doctor;
pub mod env;
pub mod exec;
pub mod pack;
pub mod image;
pub mod capture_sums;
pub mod version;
pub mod man;
pub mod completions;

use crate::error::{Error, Result};

/// Refuses what contradicts itself.
///
/// # Errors
/// It does; `text` says how, and what to leave out.
fn refuse(contradiction: bool, text: &str) -> Result<()> {
    match contradiction {
        true => Err(Error::usage(text)),
        false => Ok(()),
    }
}
