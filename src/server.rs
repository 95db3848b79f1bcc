//! Answers on a socket: listener, connections, limits, who may read, access log, miss journal, stop.

pub mod listen;
pub mod limits;
pub mod stop;
pub mod sockets;
#[cfg_attr(not(target_os = "linux"), path = "server/no_reaper.rs")]
pub mod reaper;
pub mod wire;
pub mod allow;
pub mod auth;
pub mod guard;
pub mod http;
pub mod log;
pub mod journal;
pub mod service;
