//! What may lie in `modules/`, and what is said against the rest.

mod modules;
mod layout;
pub mod source_folders;
