//! What a browser shows, as pure functions of the bag: pages, and what they are dressed in.

pub mod address;
pub mod assets;
pub mod place;
mod careful;
mod frame;
mod home;
mod files;
mod module;
pub mod pages;
