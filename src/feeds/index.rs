//! The module index: <https://index.golang.org/>.
//!
//! A JSON object a line with `Path`, `Version` and `Timestamp`, oldest first. `since` is the oldest time
//! that is wanted, itself included; `limit` the most lines, at most 2000. The time is that of the
//! version's `.info`, and of several at the same microsecond each is told one microsecond later: so who
//! asks anew since the last time that he was told, or since a moment later, gets every version.

use gomod::time;

use super::query::{MAX_PAGE, page_len, parameter};
use super::versions::Versions;

/// The lines that `query` asks for.
///
/// # Errors
/// The query says something that cannot be meant; what, in a line.
pub fn page(versions: &Versions, query: &str) -> Result<&'static [u8], String> {
    let limit = page_len(query, "limit", MAX_PAGE)?;
    let since = match parameter(query, "since")? {
        None => i64::MIN,
        Some(text) => micros(&text).ok_or(
            "since is no time of RFC 3339; write it as 2006-01-02T15:04:05Z, with an offset as %2B01:00\n",
        )?,
    };
    let ends = &versions.ends;
    let first = ends.partition_point(|(time, _)| *time < since);
    let last = ends.len().min(first + limit);
    let end = |lines: usize| {
        let before = lines.checked_sub(1).and_then(|at| ends.get(at));
        before.map_or(0, |(_, end)| *end)
    };
    Ok(&versions.lines[end(first)..end(last)])
}

/// The first microsecond since 1970 that is not before a time of RFC 3339.
fn micros(text: &str) -> Option<i64> {
    let (seconds, nanoseconds) = time::instant(text)?;
    Some(seconds * 1_000_000 + i64::from(nanoseconds.div_ceil(1000)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines `0` to `4`, at 10 to 50 microseconds.
    fn versions() -> Versions {
        Versions {
            names: Vec::new(),
            lines: b"0\n1\n2\n3\n4\n",
            ends: (1..=5).map(|at| (at * 10, at as usize * 2)).collect(),
        }
    }

    #[test]
    fn a_page_begins_at_a_time_and_has_a_length() {
        for (query, want) in [
            ("", "01234"),
            ("limit=2", "01"),
            ("limit=9999", "01234"),
            ("since=1970-01-01T00:00:00Z", "01234"),
            ("since=1970-01-01T00:00:00.00002Z", "1234"),
            ("since=1970-01-01T00:00:00.000020001Z&limit=1", "2"),
            ("since=1970-01-01T00:00:00.00005Z", "4"),
            ("since=1970-01-01T00:00:00.000051Z", ""),
            ("since=1970-01-01T01:00:00.00002+01:00&limit=2", "12"),
            ("since=1970-01-01T01%3A00%3A00.00002%2B01%3A00", "1234"),
            ("since=0000-01-01T00:00:00%2B23:59", "01234"),
            ("since=9999-12-31T23:59:59-23:59", ""),
            ("since=&limit=&other=1", "01234"),
        ] {
            let got = page(&versions(), query).unwrap();
            let got = String::from_utf8_lossy(got).replace('\n', "");
            assert_eq!(got, want, "{query}");
        }
        let empty = Versions {
            ends: Vec::new(),
            lines: b"",
            names: Vec::new(),
        };
        assert_eq!(page(&empty, "limit=5"), Ok(&b""[..]));
    }

    #[test]
    fn what_cannot_be_meant_is_refused_in_a_line() {
        for query in [
            "since=yesterday",
            "since=2019-04-10",
            "since=1554923332",
            "since=2019-04-10T19:08:52",
            "since=2019-13-10T19:08:52Z",
            "since=%ff",
            "limit=0",
            "limit=-1",
        ] {
            let said = page(&versions(), query).unwrap_err();
            assert_eq!(said.lines().count(), 1, "{query}: {said}");
        }
    }
}
