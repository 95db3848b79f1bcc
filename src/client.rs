//! What a go client on this host needs: go env, GOPROXY, logins, HTTP, the settings for a bag,
//! heads of checksum databases, shells.

pub mod apart;
mod credentials;
pub mod fetch;
pub mod goauth;
pub mod goenv;
pub mod goproxy;
pub mod heads;
pub mod netrc;
pub mod place;
mod resolve;
pub mod settings;
pub mod shell;
