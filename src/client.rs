//! What a go client on this host needs: go env, GOPROXY, the settings for a bag, shell syntax.

pub mod goenv;
pub mod goproxy;
pub mod settings;
pub mod shell;
