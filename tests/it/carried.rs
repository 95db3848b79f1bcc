//! The commands that show and compare what a bag carries.

mod commands;
mod damage;
mod digest;
mod diff;
mod streams;
mod typed;
mod help;
mod inspect;
mod cores;
mod older;
mod rebuild;
mod papers;
