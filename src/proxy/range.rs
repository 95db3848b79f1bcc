//! The `Range` header: a single byte range (RFC 9110, section 14).

/// What a `Range` header asks of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    /// Everything: the header asks for no range that is understood here.
    Whole,
    /// The bytes from the first to the last, both included.
    Part(u64, u64),
    /// A range that lies outside the answer.
    Unsatisfiable,
}

/// Reads the value of a `Range` header for an answer of `len` bytes. Several ranges, other
/// units and nonsense count as no range at all, as the RFC allows.
pub fn parse(value: &str, len: u64) -> Range {
    let spec = value.trim().split_once('=');
    let Some((_, spec)) = spec.filter(|(unit, _)| unit.eq_ignore_ascii_case("bytes")) else {
        return Range::Whole;
    };
    let Some((first, last)) = spec.trim().split_once('-') else {
        return Range::Whole;
    };
    let number = |digits: &str| {
        let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| digits.parse::<u64>().unwrap_or(u64::MAX))
    };
    let (begin, end) = match (number(first), number(last)) {
        (None, Some(suffix)) if first.is_empty() => (len.saturating_sub(suffix), u64::MAX),
        (Some(begin), None) if last.is_empty() => (begin, u64::MAX),
        (Some(begin), Some(end)) if begin <= end => (begin, end),
        _ => return Range::Whole,
    };
    if begin < len {
        Range::Part(begin, end.min(len - 1))
    } else {
        Range::Unsatisfiable
    }
}

#[cfg(test)]
mod tests {
    use super::{Range, parse};

    #[test]
    fn reads_one_range() {
        let table = [
            ("bytes=0-0", 10, Range::Part(0, 0)),
            ("bytes=2-4", 10, Range::Part(2, 4)),
            ("Bytes=2-4", 10, Range::Part(2, 4)),
            ("bytes=5-", 10, Range::Part(5, 9)),
            ("bytes=-3", 10, Range::Part(7, 9)),
            ("bytes=-30", 10, Range::Part(0, 9)),
            ("bytes=2-99", 10, Range::Part(2, 9)),
            ("bytes=2-99999999999999999999999", 10, Range::Part(2, 9)),
            ("bytes=10-", 10, Range::Unsatisfiable),
            ("bytes=10-12", 10, Range::Unsatisfiable),
            ("bytes=-0", 10, Range::Unsatisfiable),
            ("bytes=0-", 0, Range::Unsatisfiable),
            ("bytes=-1", 0, Range::Unsatisfiable),
            ("bytes=4-2", 10, Range::Whole),
            ("bytes=0-1,3-4", 10, Range::Whole),
            ("bytes=a-b", 10, Range::Whole),
            ("bytes=-", 10, Range::Whole),
            ("bytes=+1-2", 10, Range::Whole),
            ("lines=1-2", 10, Range::Whole),
            ("", 10, Range::Whole),
        ];
        for (value, len, want) in table {
            assert_eq!(parse(value, len), want, "{value} of {len}");
        }
    }
}
