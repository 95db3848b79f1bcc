//! Stands in for the reaper where the system tells no counters of connections: nothing is cut.

/// Cuts nothing.
#[derive(Debug)]
pub struct Reaper;

impl Reaper {
    /// Watches nothing.
    pub fn new(_port: u16) -> Self {
        Reaper
    }

    /// Cuts nothing.
    pub fn look(
        &mut self,
        _answering: &[Option<std::net::SocketAddr>],
    ) -> Vec<std::net::SocketAddr> {
        Vec::new()
    }
}
