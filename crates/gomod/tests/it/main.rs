//! Holds this crate against Go itself: the real `go` fetches Go's own module library, and the cases
//! that come with it are the expectations. Nothing of them is kept here. And against input that nobody
//! meant.

#![allow(
    clippy::unwrap_used,
    reason = "a test that unwraps fails where it should"
)]

mod go;
mod txtar;
mod raw_zip;
mod zip_cases;
mod fuzz;
