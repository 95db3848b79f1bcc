//! What a bag holds, in a line.

use bag::manifest::Manifest;

use crate::terminal::size::size;

/// `7 modules, 9 versions, 12.3 kB`: what a bag holds in full.
pub fn summary(manifest: &Manifest) -> String {
    let versions = || {
        manifest
            .modules
            .iter()
            .flat_map(|m| &m.versions)
            .filter(|v| v.is_complete())
    };
    let modules = manifest
        .modules
        .iter()
        .filter(|m| m.versions.iter().any(|v| v.is_complete()))
        .count();
    let bytes: u64 = versions().map(|v| v.zip_bytes).sum();
    let plural = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    format!(
        "{}, {}, {}",
        plural(modules, "module"),
        plural(versions().count(), "version"),
        size(bytes)
    )
}
