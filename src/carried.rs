//! What executables carry: the bag of this one, that of another, how they differ.

pub mod bundle;
pub mod packed;
pub mod pattern;
pub mod verify;
pub mod toolchains;
pub mod summary;
pub mod difference;

#[cfg(test)]
pub mod sample;
