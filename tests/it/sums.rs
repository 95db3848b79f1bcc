//! The checksum database, asked by go with its default settings.

mod clients;
mod serving;
mod heads_known;
mod tampered;
mod exchanged;
mod flipped;
mod private;
mod own_log;
mod imported;
mod project;
pub mod upstream;
mod logins;
mod second_hop;
mod other_database;
mod cached;
mod without_go;
mod toolchains;
mod toolchains_verified;
