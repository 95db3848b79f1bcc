//! What decides on the commands beside the projects: the host, its go, and what builds are for.

use gomod::goversion;

use super::platform::{Platform, Profile};

/// What is known of the host and the order beside its projects.
#[derive(Debug, Clone)]
pub struct Setting {
    /// How much of each project.
    pub profile: Profile,
    /// What builds are for.
    pub platforms: Vec<Platform>,
    /// This host.
    pub host: Platform,
    /// The version of its go command: `go1.26.8`.
    pub go: String,
    /// True where that has a C compiler for this host.
    pub has_cgo: bool,
}

impl Setting {
    /// True when this go has `go work vendor`.
    pub fn has_work_vendor(&self) -> bool {
        self.is_at_least("1.22")
    }

    /// True when this go has `go mod vendor -o`.
    pub fn has_vendor_output(&self) -> bool {
        self.is_at_least("1.18")
    }

    /// A development version has no number, and everything.
    fn is_at_least(&self, version: &str) -> bool {
        let go = goversion::of_toolchain(&self.go);
        go.is_none_or(|go| goversion::compare(go, version).is_ge())
    }
}
