//! What a go client on this host needs: go env, GOPROXY, HTTP, the settings for a bag, shells.

pub mod fetch;
pub mod goenv;
pub mod goproxy;
pub mod settings;
pub mod shell;
