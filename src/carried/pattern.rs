//! Patterns that pick module versions.

/// True when `pattern` picks the version `line` (`path@version`) of the module `path`. One without
/// `*` is found anywhere in the line; with `*`, which stands for any text, it fits the whole path
/// or the whole line.
pub fn fits(pattern: &str, path: &str, line: &str) -> bool {
    if pattern.contains('*') {
        glob(pattern, path) || glob(pattern, line)
    } else {
        line.contains(pattern)
    }
}

/// True when `text` is `pattern` with each `*` replaced by any text.
fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or("");
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn finds_by_pattern() {
        let path = "golang.org/x/text";
        for (pattern, want) in [
            ("x/text", true),
            ("v0.3", true),
            ("golang.org/x/*", true),
            ("*text", true),
            ("*/text@v0*", true),
            ("*tex", false),
            ("golang.org/*/mod", false),
            ("*", true),
            ("", true),
        ] {
            assert_eq!(
                fits(pattern, path, "golang.org/x/text@v0.3.0"),
                want,
                "{pattern}"
            );
        }
    }
}
