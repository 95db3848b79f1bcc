//! Input that nobody meant: nothing panics or takes more memory than it may, and what is read is
//! what was written.

mod names;
mod files;
mod zips;
