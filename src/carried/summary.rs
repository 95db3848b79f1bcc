//! What a bag holds, in a line, and as JSON.

use bag::built::{BuildCache, HeldCache, Target};
use bag::manifest::{About, Manifest};
use bag::{Bag, TOOLCHAIN};
use serde::Serialize;
use serde_json::{Value, json};

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

/// The system and the processor of this program: `linux-x86_64`.
pub fn platform() -> String {
    format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH)
}

/// What this program is and what `bag` holds: version, platform, modules, versions, bytes, base, proof
/// (null where nothing was proved) and build_cache (null where nothing of it is carried).
pub fn version(bag: &Bag<'_>) -> Value {
    let about = bag.about();
    // What is wrong with it verify tells.
    let built = HeldCache::of(bag).unwrap_or_default();
    let built = built.first().map(|held| &held.list);
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "platform": platform(),
        "modules": about.modules,
        "versions": about.versions,
        "bytes": about.bytes,
        "base": about.base,
        "proof": about.proof,
        "build_cache": built.map(Cached::of),
    })
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

/// What is carried of a build cache.
#[derive(Debug, Serialize)]
pub struct Cached {
    /// What it takes in the file, in bytes.
    pub bytes: u64,
    /// What it takes on a disk, in bytes.
    pub unpacked_bytes: u64,
    /// What was compiled for, and how.
    pub targets: Vec<Target>,
}

impl Cached {
    /// What is told of `list`.
    pub fn of(list: &BuildCache) -> Self {
        Cached {
            bytes: list.held_bytes(),
            unpacked_bytes: list.bytes(),
            targets: list.targets.clone(),
        }
    }
}

/// The versions that can be downloaded but for toolchains, `path@version` and how many bytes the bag
/// holds of each; the largest come first.
pub fn largest(manifest: &Manifest) -> Vec<(String, u64)> {
    let modules = manifest.complete().filter(|(path, _)| *path != TOOLCHAIN);
    let sizes = modules.map(|(path, v)| (format!("{path}@{}", v.version), v.bytes()));
    let mut sizes: Vec<(String, u64)> = sizes.collect();
    sizes.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    sizes
}
