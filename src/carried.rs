//! What executables carry: the bag of this one and its texts, the bag of another, and several as one;
//! listed, verified, summed up and compared.

pub mod carrier;
pub mod bundle;
pub mod older;
pub mod pattern;
pub mod verify;
pub mod toolchains;
pub mod summary;
pub mod careful;
pub mod verdict;
pub mod difference;
pub mod inspect;
pub mod requirers;

#[cfg(test)]
pub mod sample;
