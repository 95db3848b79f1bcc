//! What a bag holds, in a line.

use bag::manifest::About;

use crate::terminal::size::{count, size};

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
