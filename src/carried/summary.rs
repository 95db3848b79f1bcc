//! What a bag holds, in a line.

use bag::manifest::Manifest;

use crate::terminal::size::{count, size};

/// `7 modules, 9 versions, 12.3 kB`: what a bag holds in full.
pub fn summary(manifest: &Manifest) -> String {
    let modules = manifest.modules.iter();
    let modules = modules.filter(|m| m.complete().next().is_some()).count();
    let bytes: u64 = manifest.complete().map(|(_, v)| v.bytes()).sum();
    let compact = if manifest.is_compact() {
        " (compact)"
    } else {
        ""
    };
    format!(
        "{}, {}, {}{compact}",
        count(modules, "module"),
        count(manifest.complete().count(), "version"),
        size(bytes)
    )
}
