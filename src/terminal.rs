//! Between a person and the program: words to choose from, printed text, sizes, progress.

pub mod printable;
pub mod size;
pub mod print;
pub mod choice;
mod live;
pub mod progress;
