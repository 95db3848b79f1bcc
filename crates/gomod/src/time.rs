//! RFC 3339 times: <https://www.rfc-editor.org/rfc/rfc3339#section-5.6>.
//!
//! Upper-case `T` and `Z` only, no leap second, offsets below 24 hours, any number of fraction
//! digits after a full stop. Go takes all of these, and for now some that are not RFC 3339 (a
//! comma, an offset of `24:00`), which no proxy should hand on. This is not a calendar: a time is
//! checked and compared, never changed.

use jiff::civil::{DateTime, Time, date};

/// Whether `text` is a time that every Go reads.
pub fn is_rfc3339(text: &str) -> bool {
    instant(text).is_some()
}

/// The instant that `text` names: seconds since 1970 and nanoseconds; none if it is no RFC 3339
/// time.
///
/// Digits of the fraction after the ninth do not count.
pub fn instant(text: &str) -> Option<(i64, u32)> {
    let (front, rest) = text.split_at_checked("2006-01-02T15:04:05".len())?;
    // jiff takes other forms too, and a leap second for the second before it.
    if !is_shaped(front, "0000-00-00T00:00:00") || front.ends_with("60") {
        return None;
    }
    let time: DateTime = front.parse().ok()?;
    let since_1970 = time.duration_since(date(1970, 1, 1).to_datetime(Time::midnight()));
    let (nanoseconds, zone) = split_fraction(rest)?;
    Some((since_1970.as_secs() - offset_seconds(zone)?, nanoseconds))
}

fn split_fraction(rest: &str) -> Option<(u32, &str)> {
    let Some(digits) = rest.strip_prefix('.') else {
        return Some((0, rest));
    };
    let count = digits.bytes().take_while(u8::is_ascii_digit).count();
    let (fraction, zone) = digits.split_at(count);
    let nine: String = fraction
        .chars()
        .chain("000000000".chars())
        .take(9)
        .collect();
    (count > 0).then_some((nine.parse().ok()?, zone))
}

fn offset_seconds(zone: &str) -> Option<i64> {
    if zone == "Z" {
        return Some(0);
    }
    let (sign, offset) = zone.split_at_checked(1)?;
    if !is_shaped(offset, "00:00") || !matches!(sign, "+" | "-") {
        return None;
    }
    let (hours, minutes): (i64, i64) = (offset[..2].parse().ok()?, offset[3..].parse().ok()?);
    let seconds = hours * 3600 + minutes * 60;
    let seconds = if sign == "-" { -seconds } else { seconds };
    (hours < 24 && minutes < 60).then_some(seconds)
}

/// Whether `text` has digits where `shape` has zeros, and else the same characters.
fn is_shaped(text: &str, shape: &str) -> bool {
    let fits = |(b, s): (u8, u8)| b == s || (s == b'0' && b.is_ascii_digit());
    text.len() == shape.len() && text.bytes().zip(shape.bytes()).all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_instant() {
        for (text, want) in [
            ("1970-01-01T00:00:00Z", (0, 0)),
            ("1970-01-01T01:00:00+01:00", (0, 0)),
            ("1969-12-31T23:59:59.5Z", (-1, 500_000_000)),
            ("2000-02-29T12:00:00Z", (951_825_600, 0)),
            ("2019-11-09T02:19:31Z", (1_573_265_971, 0)),
            (
                "2019-11-09T02:19:31.1234567899-00:30",
                (1_573_267_771, 123_456_789),
            ),
            ("0001-01-01T00:00:00Z", (-62_135_596_800, 0)),
            ("0000-01-01T00:00:00Z", (-62_167_219_200, 0)),
            ("9999-12-31T23:59:59-23:59", (253_402_387_139, 0)),
        ] {
            assert_eq!(instant(text), Some(want), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_not_rfc_3339() {
        for text in [
            "",
            "2019-11-09",
            "2019-11-09 02:19:31Z",
            "2019-11-09t02:19:31Z",
            "2019-11-09T02:19:31z",
            "2019-11-09T02:19:31",
            "2019-11-09T02:19:31.Z",
            "2019-11-09T02:19:31,5Z",
            "2019-11-09T02:19:60Z",
            "2019-11-09T02:19:61Z",
            "2019-11-09T02:60:31Z",
            "2019-11-09T02:19:31+01:60",
            "2019-11-09T02:19:31.5+24:00",
            "2019-11-09T24:00:00Z",
            "2019-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2019-13-01T00:00:00Z",
            "2019-00-01T00:00:00Z",
            "2019-01-00T00:00:00Z",
            "2019-11-09T02:19:31+24:00",
            "2019-11-09T02:19:31+0100",
            "2019-11-09T02:19:31Z ",
            "2019-11-09T02:19:3１Z",
            "+019-11-09T02:19:31Z",
        ] {
            assert!(!is_rfc3339(text), "{text}");
        }
    }
}
