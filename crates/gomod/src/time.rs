//! RFC 3339 times: <https://www.rfc-editor.org/rfc/rfc3339#section-5.6>.
//!
//! Upper-case `T` and `Z` only, no leap second, offsets below 24 hours, any number of fraction digits after a full
//! stop. Go takes all of these, and for now some that are not RFC 3339 (a comma, an offset of `24:00`), which no
//! proxy should hand on. This is not a calendar: a time is checked and compared, never changed.

/// Whether `text` is a time that every Go reads.
pub fn is_rfc3339(text: &str) -> bool {
    instant(text).is_some()
}

/// The instant that `text` names: seconds since 1970 and nanoseconds; none if it is no RFC 3339 time.
///
/// Digits of the fraction after the ninth do not count.
pub fn instant(text: &str) -> Option<(i64, u32)> {
    let (front, rest) = text.split_at_checked("2006-01-02T15:04:05".len())?;
    let b = front.as_bytes();
    let marks = b[4] == b'-' && b[7] == b'-' && b[10] == b'T' && b[13] == b':' && b[16] == b':';
    let year = number(&b[0..4], 9999)?;
    let month = number(&b[5..7], 12)?;
    let day = number(&b[8..10], 31)?;
    let (hour, minute, second) = (
        number(&b[11..13], 23)?,
        number(&b[14..16], 59)?,
        number(&b[17..19], 59)?,
    );
    if !marks || month < 1 || day < 1 || day > days_in(month, year) {
        return None;
    }
    let (nanoseconds, zone) = split_fraction(rest)?;
    let seconds = days_since_1970(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    Some((seconds - offset_seconds(zone)?, nanoseconds))
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
    let b: &[u8; 6] = zone.as_bytes().try_into().ok()?;
    let seconds = number(&b[1..3], 23)? * 3600 + number(&b[4..6], 59)? * 60;
    match (b[0], b[3]) {
        (b'+', b':') => Some(seconds),
        (b'-', b':') => Some(-seconds),
        _ => None,
    }
}

fn number(digits: &[u8], most: i64) -> Option<i64> {
    let all = digits.iter().all(u8::is_ascii_digit);
    let value = digits
        .iter()
        .fold(0, |n, d| n * 10 + i64::from(d.wrapping_sub(b'0')));
    (all && value <= most).then_some(value)
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in(month: i64, year: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Counts in years that begin in March, so that the leap day is the last one:
/// <https://howardhinnant.github.io/date_algorithms.html#days_from_civil>.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (y, m) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let leap_days = y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400);
    365 * y + leap_days + (153 * m + 2) / 5 + day - 1 - 719_468
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
