//! The README and the source itself.

mod readme;
mod rooms;
mod tidy;
