//! The versions of a bag in the order of a feed, derived once and kept.

use std::io::{self, Read};

use bag::Bag;
use gomod::info::Info;
use gomod::{module, time};
use jiff::Timestamp;
use serde_json::json;

use crate::process::memory::{self, Mapped};

/// More of an `.info` is not read, in bytes: it is one commit.
const MAX_INFO_BYTES: u64 = 1 << 20;

/// The times that a feed tells, in microseconds since 1970: the years 1 to 9999, less a day or two, in
/// which there is room for more versions at one time than any bag has.
const TIMES: (i64, i64) = (-62_135_596_800_000_000, 253_402_128_000_000_000);

/// The versions of a bag that can be downloaded.
#[derive(Debug)]
pub struct Versions {
    /// `path@version`, sorted as text.
    pub names: Vec<Box<str>>,
    /// A line of the index for each, oldest first. They are kept for as long as the program runs, so
    /// that a page is a part of them.
    pub lines: &'static [u8],
    /// The time of each line in microseconds since 1970, rising and each another; and where it ends.
    pub ends: Vec<(i64, usize)>,
}

impl Versions {
    /// Those of `bag`. No file is opened; every `.info` is read.
    ///
    /// # Errors
    /// One of them cannot be read, as the file is gone.
    pub fn of(bag: &Bag<'static>) -> io::Result<Self> {
        let with_care = memory::is_read_with_care();
        let mut stems: Vec<&str> = bag.stems().collect();
        stems.sort_unstable();
        stems.dedup();
        let rows = stems.into_iter().filter_map(|stem| {
            let (path, version) = stem.split_once("/@v/")?;
            let path = module::unescape_path(path).ok()?;
            let version = module::unescape_version(version).ok()?;
            let time = committed(bag, stem, with_care);
            Some(time.map(|time| (time, format!("{path}@{version}"))))
        });
        Ok(Versions::sorted(rows.collect::<io::Result<_>>()?))
    }

    /// The same of times and names.
    fn sorted(mut rows: Vec<(i64, String)>) -> Self {
        rows.sort_unstable();
        let mut lines = String::new();
        let mut ends: Vec<(i64, usize)> = Vec::with_capacity(rows.len());
        for (micros, name) in &rows {
            let micros = (*micros).clamp(TIMES.0, TIMES.1);
            let later = |(last, _): &(i64, usize)| micros.max(last + 1);
            let micros = ends.last().map_or(micros, later);
            let (path, version) = halves(name);
            let (path, version, time) = (json!(path), json!(version), json!(told(micros)));
            lines += &format!("{{\"Path\":{path},\"Version\":{version},\"Timestamp\":{time}}}\n");
            ends.push((micros, lines.len()));
        }
        let mut names: Vec<Box<str>> = rows.into_iter().map(|(_, name)| name.into()).collect();
        names.sort_unstable();
        Versions {
            names,
            lines: lines.leak().as_bytes(),
            ends,
        }
    }
}

/// The path and the version of `path@version`, neither of which holds an `@`.
pub fn halves(name: &str) -> (&str, &str) {
    name.split_once('@').unwrap_or((name, ""))
}

/// When a version was committed, by its `.info`, in microseconds since 1970; the beginning of the year
/// 1, which is Go's time for none, where nothing tells.
fn committed(bag: &Bag<'static>, stem: &str, with_care: bool) -> io::Result<i64> {
    let held = bag.get(&format!("{stem}.info")).unwrap_or_default();
    let mut info = Vec::new();
    let held = Mapped::read_with_care(held, with_care);
    held.take(MAX_INFO_BYTES).read_to_end(&mut info)?;
    let time = || {
        let (seconds, nanoseconds) = time::instant(&Info::parse(&info).ok()?.time?)?;
        Some(seconds * 1_000_000 + i64::from(nanoseconds / 1000))
    };
    Ok(time().unwrap_or(TIMES.0))
}

/// A time as RFC 3339 has it.
fn told(micros: i64) -> String {
    Timestamp::from_microsecond(micros)
        .unwrap_or_default()
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_a_time_of_its_own() {
        let rows = [
            (0, "c@v1.0.0"),
            (5, "a@v1.0.0"),
            (5, "a@v1.10.0"),
            (5, "a@v1.9.0"),
            (6, "b/v2@v2.0.0+incompatible"),
            (9, "d@v1.0.0"),
            (i64::MIN, "e@v1.0.0"),
            (i64::MAX, "f@v1.0.0"),
            (i64::MAX, "g@v1.0.0"),
        ];
        let rows = rows.map(|(micros, name)| (micros, name.to_string()));
        let held = Versions::sorted(rows.to_vec());
        let want = [
            ("e", "v1.0.0", "0001-01-01T00:00:00Z"),
            ("c", "v1.0.0", "1970-01-01T00:00:00Z"),
            ("a", "v1.0.0", "1970-01-01T00:00:00.000005Z"),
            ("a", "v1.10.0", "1970-01-01T00:00:00.000006Z"),
            ("a", "v1.9.0", "1970-01-01T00:00:00.000007Z"),
            ("b/v2", "v2.0.0+incompatible", "1970-01-01T00:00:00.000008Z"),
            ("d", "v1.0.0", "1970-01-01T00:00:00.000009Z"),
            ("f", "v1.0.0", "9999-12-30T00:00:00Z"),
            ("g", "v1.0.0", "9999-12-30T00:00:00.000001Z"),
        ];
        let lines = String::from_utf8(held.lines.to_vec()).unwrap();
        let lines = lines.lines().map(|line| {
            let row: serde_json::Value = serde_json::from_str(line).unwrap();
            let text = |name: &str| row[name].as_str().unwrap().to_string();
            (text("Path"), text("Version"), text("Timestamp"))
        });
        let want = want.map(|(path, version, time)| (path.into(), version.into(), time.into()));
        assert_eq!(lines.collect::<Vec<_>>(), want);
        assert!(held.ends.is_sorted_by(|(a, x), (b, y)| a < b && x < y));
        assert_eq!(held.ends.last().unwrap().1, held.lines.len());
        assert!(held.names.is_sorted());
        assert_eq!(held.names.len(), 9);
    }
}
