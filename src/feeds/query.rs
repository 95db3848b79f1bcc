//! What stands behind the question mark of a request target.

use percent_encoding::percent_decode_str;

/// The most versions on one page of a feed, as index.golang.org has it.
pub const MAX_PAGE: usize = 2000;

/// The value of the first parameter that is called `name`; none where there is none or it is empty.
/// A plus is one: no value of a feed holds a blank, and times and versions hold pluses.
///
/// # Errors
/// It is no UTF-8; why, in a line.
pub fn parameter(query: &str, name: &str) -> Result<Option<String>, String> {
    let mut pairs = query
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let Some((_, value)) = pairs.find(|(key, value)| *key == name && !value.is_empty()) else {
        return Ok(None);
    };
    match percent_decode_str(value).decode_utf8() {
        Ok(value) => Ok(Some(value.into_owned())),
        Err(_) => Err(format!("{name} is no UTF-8 text\n")),
    }
}

/// How many versions are wanted, at least 1: what the parameter `name` says, `default` without it, and
/// never more than [`MAX_PAGE`].
///
/// # Errors
/// It says something else than a number from 1 on.
pub fn page_len(query: &str, name: &str, default: usize) -> Result<usize, String> {
    let Some(text) = parameter(query, name)? else {
        return Ok(default);
    };
    let is_number = text.bytes().all(|b| b.is_ascii_digit());
    match text.parse() {
        Ok(0) => {}
        Ok(number) if is_number => return Ok(MAX_PAGE.min(number)),
        // A number that is too large.
        Err(_) if is_number => return Ok(MAX_PAGE),
        _ => {}
    }
    Err(format!(
        "{name} is no number of versions; write one from 1 to {MAX_PAGE}\n"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_read_or_not() {
        for (query, want) in [
            ("", Ok(None)),
            ("since", Ok(None)),
            ("since=", Ok(None)),
            ("since=&since=b", Ok(Some("b"))),
            ("since=a&since=b", Ok(Some("a"))),
            ("limit=1&since=a", Ok(Some("a"))),
            ("xsince=a&Since=b", Ok(None)),
            ("since=a=b", Ok(Some("a=b"))),
            ("since=1+2%2B3%20", Ok(Some("1+2+3 "))),
            ("since=%zz%", Ok(Some("%zz%"))),
            ("since=%ff", Err("since is no UTF-8 text\n".to_string())),
            ("&&&=&since=%00", Ok(Some("\0"))),
        ] {
            let want = want.map(|value| value.map(str::to_string));
            assert_eq!(parameter(query, "since"), want, "{query}");
        }
    }

    #[test]
    fn a_page_has_a_length() {
        for (query, want) in [
            ("", Some(7)),
            ("limit=", Some(7)),
            ("limit=1", Some(1)),
            ("limit=0002", Some(2)),
            ("limit=2000", Some(2000)),
            ("limit=2001", Some(2000)),
            ("limit=99999999999999999999999", Some(2000)),
            ("limit=0", None),
            ("limit=00", None),
            ("limit=-1", None),
            ("limit=+1", None),
            ("limit=1.5", None),
            ("limit=1e3", None),
            ("limit=x", None),
            ("limit=%ff", None),
            ("limit=%D9%A1", None),
        ] {
            assert_eq!(page_len(query, "limit", 7).ok(), want, "{query}");
        }
    }
}
