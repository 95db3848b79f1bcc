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
    let Some(spec) = value.trim().strip_prefix("bytes=") else {
        return Range::Whole;
    };
    let Some((first, last)) = spec.trim().split_once('-') else {
        return Range::Whole;
    };
    let number = |digits: &str| {
        let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| digits.parse::<u64>().unwrap_or(u64::MAX))
    };
    match (number(first), number(last)) {
        (None, Some(0)) if first.is_empty() => Range::Unsatisfiable,
        (None, Some(_)) if first.is_empty() && len == 0 => Range::Unsatisfiable,
        (None, Some(suffix)) if first.is_empty() => {
            Range::Part(len.saturating_sub(suffix), len - 1)
        }
        (Some(first), None) if last.is_empty() && first < len => Range::Part(first, len - 1),
        (Some(first), Some(last)) if first <= last && first < len => {
            Range::Part(first, last.min(len - 1))
        }
        (Some(first), Some(last)) if first > last => Range::Whole,
        (Some(_), Some(_)) => Range::Unsatisfiable,
        (Some(_), None) if last.is_empty() => Range::Unsatisfiable,
        _ => Range::Whole,
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
