//! Between a person and the program: words to choose from, printed text, sizes, progress, and how
//! the program is called.

pub mod printable;
pub mod quoted;
pub mod called;
pub mod size;
pub mod print;
pub mod choice;
pub mod nearest;
mod live;
pub mod progress;
