//! The commands that show and compare what a bag carries.

mod commands;
mod diff;
mod older;
