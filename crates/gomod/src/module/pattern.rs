//! Lists of patterns, as in GOPRIVATE: <https://go.dev/ref/mod#private-modules>.

/// Whether the first elements of `target` match one of the comma-separated `globs`.
///
/// A pattern of N elements is held against the first N elements of the target. `*` matches any
/// characters and `?` one, neither of them a slash; `[a-z]` and `[^a-z]` match one character, `\`
/// takes the next one literally. Empty and malformed patterns match nothing; one trailing slash of
/// a pattern does not count.
pub fn match_prefix_patterns(globs: &str, target: &str) -> bool {
    globs.split(',').any(|glob| {
        let glob = glob.strip_suffix('/').unwrap_or(glob);
        let prefix = first_elements(target, glob.matches('/').count() + 1);
        !glob.is_empty()
            && prefix
                .zip(parse(glob))
                .is_some_and(|(prefix, tokens)| matches(&tokens, prefix))
    })
}

/// The first `count` elements of a path; none if it has fewer.
fn first_elements(path: &str, count: usize) -> Option<&str> {
    let end = path
        .match_indices('/')
        .map(|(i, _)| i)
        .chain([path.len()])
        .nth(count - 1)?;
    path.get(..end)
}

enum Token {
    Star,
    Any,
    Literal(char),
    Class {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
}

impl Token {
    fn matches(&self, c: char) -> bool {
        match self {
            Token::Star => false,
            Token::Any => c != '/',
            Token::Literal(want) => c == *want,
            Token::Class { negated, ranges } => {
                ranges.iter().any(|&(low, high)| low <= c && c <= high) != *negated
            }
        }
    }
}

/// The tokens of a pattern; none if it is malformed.
fn parse(glob: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut chars = glob.chars().peekable();
    while let Some(c) = chars.next() {
        tokens.push(match c {
            '*' => Token::Star,
            '?' => Token::Any,
            '\\' => Token::Literal(chars.next()?),
            '[' => {
                let negated = chars.next_if_eq(&'^').is_some();
                let mut ranges = Vec::new();
                while ranges.is_empty() || chars.next_if_eq(&']').is_none() {
                    let low = class_character(&mut chars)?;
                    let high = match chars.next_if_eq(&'-') {
                        Some(_) => class_character(&mut chars)?,
                        None => low,
                    };
                    ranges.push((low, high));
                }
                Token::Class { negated, ranges }
            }
            c => Token::Literal(c),
        });
    }
    Some(tokens)
}

fn class_character(chars: &mut impl Iterator<Item = char>) -> Option<char> {
    match chars.next()? {
        '-' | ']' => None,
        '\\' => chars.next(),
        c => Some(c),
    }
}

/// Tries each star as short as it can be and lengthens only the last one, so the time is bounded by
/// the product of the two lengths.
fn matches(tokens: &[Token], text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let (mut t, mut i) = (0, 0);
    let mut last_star = None;
    loop {
        match tokens.get(t) {
            Some(Token::Star) => {
                t += 1;
                last_star = Some((t, i));
                continue;
            }
            Some(token) if text.get(i).is_some_and(|&c| token.matches(c)) => {
                t += 1;
                i += 1;
                continue;
            }
            None if i == text.len() => return true,
            _ => {}
        }
        match last_star {
            Some((after, start)) if text.get(start).is_some_and(|&c| c != '/') => {
                last_star = Some((after, start + 1));
                (t, i) = (after, start + 1);
            }
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_the_first_elements() {
        for (globs, target, want) in [
            ("", "example.com/m", false),
            ("example.com", "example.com/m", true),
            ("example.com/", "example.com/m", true),
            ("example.com//", "example.com/m", false),
            ("example.com/m", "example.com", false),
            ("example.com/m", "example.com/m/v2", true),
            ("example.com/m", "example.com/mm", false),
            ("*.example.com", "git.example.com/m", true),
            ("*.example.com", "example.com/m", false),
            ("*", "example.com/m", true),
            ("*/*", "example.com", false),
            ("*/m", "example.com/m/x", true),
            ("other.com,example.com", "example.com/m", true),
            (",,example.com,", "example.com/m", true),
            ("example.com/[a-c]?", "example.com/bx", true),
            ("example.com/[^a-c]x", "example.com/bx", false),
            ("example.com/[^a-c]x", "example.com/dx", true),
            ("example.com/[", "example.com/[", false),
            ("example.com/[]a]", "example.com/]", false),
            ("example.com/[a-]", "example.com/a", false),
            ("example.com/\\*", "example.com/*", true),
            ("example.com/x\\", "example.com/x", false),
            ("a*b*c", "aXbXbXc", true),
            ("a*b*c", "aXbXbX", false),
            ("example.com?m", "example.com/m", false),
            ("none", "example.com/m", false),
        ] {
            assert_eq!(
                match_prefix_patterns(globs, target),
                want,
                "{globs} {target}"
            );
        }
    }

    #[test]
    fn takes_bounded_time_for_many_stars() {
        let globs = "*a".repeat(2_000) + "b";
        assert!(!match_prefix_patterns(&globs, &"a".repeat(4_000)));
    }
}
