//! What decides on the commands beside the projects: the host, its go, and what builds are for.

use gomod::goversion;

use super::platform::{Platform, Profile};

/// The release that has `go work vendor`.
const WORK_VENDOR: &str = "1.22";

/// What is known of the host and the order beside its projects.
#[derive(Debug)]
pub struct Setting {
    /// How much of each project.
    pub profile: Profile,
    /// What builds are for.
    pub platforms: Vec<Platform>,
    /// This host.
    pub host: Platform,
    /// The version of its go command: `go1.26.8`.
    pub go: String,
}

impl Setting {
    /// True when this go has `go work vendor`.
    pub fn has_work_vendor(&self) -> bool {
        let go = goversion::of_toolchain(&self.go).unwrap_or_default();
        goversion::compare(go, WORK_VENDOR).is_ge()
    }
}
