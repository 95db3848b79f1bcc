//! What a go client on this host needs: go env, HTTP, GOPROXY, the settings for a bag, shell syntax.

pub mod fetch;
pub mod goenv;
pub mod goproxy;
pub mod settings;
pub mod shell;
