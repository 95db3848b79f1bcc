//! From a project to a bag that builds it without a network.

mod commands;
mod sources;
mod vulns;
mod output;
mod compact;
mod older;
mod readme;
mod preflight;
mod failures;
mod interrupted;
mod imperfect;
mod kinds;
mod workspaces;
mod toolchains;
mod verdict;
mod programs;
mod large;
mod real;
