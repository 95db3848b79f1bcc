//! The commands in other forms than `--help`, made of the same words: a man page, and completions
//! for shells.

pub mod completions;
pub mod man;

/// What the program is called there, whatever a bag is called.
const NAME: &str = "gobag";
