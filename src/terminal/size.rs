//! Numbers for a person.

/// A number of bytes for a person: `999 B`, `1.5 kB`, `76.3 MB`.
pub fn size(bytes: u64) -> String {
    let units = [("GB", 1e9), ("MB", 1e6), ("kB", 1e3)];
    match units.iter().find(|(_, unit)| bytes as f64 >= *unit) {
        Some((name, unit)) => format!("{:.1} {name}", bytes as f64 / unit),
        None => format!("{bytes} B"),
    }
}

/// A number of things for a person: `1 zip`, `2 zips`.
pub fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::size;

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
