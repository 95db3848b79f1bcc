//! What a person sees: printed text, sizes, the progress of long work.

pub mod printable;
pub mod size;
pub mod print;
pub mod choice;
pub mod progress;
