//! Numbers for a person.

use std::fmt::Display;

/// A number of bytes for a person: `999 B`, `1.5 kB`, `76.3 MB`.
pub fn size(bytes: u64) -> String {
    let units = [("GB", 1e9), ("MB", 1e6), ("kB", 1e3)];
    match units.iter().find(|(_, unit)| bytes as f64 >= *unit) {
        Some((name, unit)) => format!("{:.1} {name}", bytes as f64 / unit),
        None => format!("{bytes} B"),
    }
}

/// A number of things for a person: `1 zip`, `2 zips`.
pub fn count<N: Display + PartialEq + From<u8>>(n: N, what: &str) -> String {
    let plural = if n == N::from(1) { "" } else { "s" };
    format!("{n} {what}{plural}")
}

#[cfg(test)]
mod tests {
    use super::{count, size};

    #[test]
    fn one_is_no_plural() {
        assert_eq!(count(0_usize, "zip"), "0 zips");
        assert_eq!(count(1_u64, "module version"), "1 module version");
        assert_eq!(count(2_u32, "zip"), "2 zips");
    }

    #[test]
    fn shows_sizes() {
        for (bytes, want) in [
            (0, "0 B"),
            (999, "999 B"),
            (1500, "1.5 kB"),
            (76_300_000, "76.3 MB"),
            (8 << 30, "8.6 GB"),
        ] {
            assert_eq!(size(bytes), want);
        }
    }
}
