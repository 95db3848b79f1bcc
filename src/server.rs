//! Answers on a socket: listener, connections, limits, who may read, access log, miss journal, stop.

pub mod listen;
pub mod stop;
pub mod answered;
mod slots;
pub mod allow;
pub mod auth;
pub mod guard;
pub mod log;
pub mod journal;
pub mod records;
pub mod budget;
mod head;
mod wire;
mod unpacked;
mod socket;
mod connection;
mod table;
mod seats;
mod pool;
mod troubles;
pub mod bounded;
mod stock;
pub mod service;
pub mod beside;
