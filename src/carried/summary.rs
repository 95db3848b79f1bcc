//! What a bag holds, in a line.

use bag::manifest::Manifest;

use crate::terminal::size::{count, size};

/// `7 modules, 9 versions, 12.3 kB`: what a bag holds in full.
pub fn summary(manifest: &Manifest) -> String {
    let modules = manifest.modules.iter();
    let modules = modules.filter(|m| m.complete().next().is_some()).count();
    let bytes: u64 = manifest.complete().map(|(_, v)| v.zip_bytes).sum();
    format!(
        "{}, {}, {}",
        count(modules, "module"),
        count(manifest.complete().count(), "version"),
        size(bytes)
    )
}
