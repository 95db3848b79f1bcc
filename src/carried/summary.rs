//! What a bag holds, in a line.

use bag::built::Target;
use bag::manifest::About;

use crate::terminal::printable::printable;
use crate::terminal::size::{count, size};

/// `go1.26.8 linux/amd64 -trimpath CGO_ENABLED=0, 238 packages`: what a build cache has something for.
pub fn target(target: &Target) -> String {
    let trimpath = if target.trimpath { " -trimpath" } else { "" };
    let cgo = if target.cgo { "" } else { " CGO_ENABLED=0" };
    let packages = count(target.packages, "package");
    let (go, platform) = (printable(&target.go), printable(&target.platform));
    format!("{go} {platform}{trimpath}{cgo}, {packages}")
}

/// What build caches have something for, in a line; empty where they have nothing.
pub fn targets<'a>(all: impl IntoIterator<Item = &'a Target>) -> String {
    let all: Vec<String> = all.into_iter().map(target).collect();
    all.join("; ")
}

/// `7 modules, 9 versions, 12.3 kB`: what a bag holds in full.
pub fn summary(about: &About) -> String {
    let compact = if about.is_compact() { " (compact)" } else { "" };
    format!(
        "{}, {}, {}{compact}",
        count(about.modules, "module"),
        count(about.versions, "version"),
        size(about.bytes)
    )
}
