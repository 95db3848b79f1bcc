//! The README and the source itself.

mod readme;
mod papers;
mod rooms;
mod tidy;
mod scripts;
