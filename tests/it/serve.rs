//! Every answer of the GOPROXY protocol, and what clients do to a server.

mod serving;
mod selection;
mod probes;
mod escaping;
mod infos;
mod bodies;
mod headers;
mod ranges;
mod forms;
mod compact;
mod hostile;
mod unreadable;
mod attacks;
mod bounded;
mod sandbox;
mod older;
mod bursts;
mod crowd;
mod closure;
pub mod auth;
mod example;
mod feeds;
