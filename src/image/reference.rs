//! What an image is called: `registry.example/go/app-bag:june`.

use std::fmt;
use std::str::FromStr;

/// The name of an image with its tag, in the grammar that registries, container tools and the OCI
/// image layout have in common
/// ([reference](https://github.com/distribution/reference/blob/main/reference.go)).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference(String);

impl FromStr for Reference {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let rule = "lower-case words with . _ - between them, / between parts, and a tag behind a colon, such as registry.example/app-bag:june";
        match is_reference(text) {
            true => Ok(Reference(text.to_string())),
            false => Err(format!("{text:?} is no name of an image; it has {rule}")),
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_reference(text: &str) -> bool {
    let Some((name, tag)) = text.rsplit_once(':') else {
        return false;
    };
    let (host, path) = match name.split_once('/') {
        Some((first, path)) if is_host(first) => (Some(first), path),
        _ => (None, name),
    };
    let host = host.is_none_or(|host| {
        let (host, port) = host.rsplit_once(':').unwrap_or((host, "0"));
        let digits = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
        digits && host.split('.').all(is_label)
    });
    host && name.len() <= 255 && path.split('/').all(is_part) && is_tag(tag)
}

/// The first part is a host where it cannot be anything else.
fn is_host(first: &str) -> bool {
    first == "localhost" || first.contains(['.', ':'])
}

fn is_label(label: &str) -> bool {
    let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let all = label
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b == b'-');
    all && ends(label.chars().next()) && ends(label.chars().next_back())
}

/// Words of lower-case letters and digits, between which stands `.`, `_`, `__` or any number of `-`.
fn is_part(part: &str) -> bool {
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let between = part.split(is_word).filter(|sign| !sign.is_empty());
    let mut signs = between.map(|s| matches!(s, "." | "_" | "__") || s.bytes().all(|b| b == b'-'));
    signs.all(|fits| fits) && part.starts_with(is_word) && part.ends_with(is_word)
}

fn is_tag(tag: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let all = tag.chars().all(|c| is_word(c) || matches!(c, '.' | '-'));
    all && tag.starts_with(is_word) && tag.len() <= 128
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_a_tag_and_the_grammar_of_registries() {
        let long = format!("{}:1", "a".repeat(255));
        let tag = format!("a:{}", "b".repeat(128));
        for name in [
            "app-bag:june",
            "go/app_bag/x__y--z.a:v1.2.3-rc.1",
            "registry.example:5000/go/app:Latest_1",
            "localhost/app:1",
            "Registry.Example/app:1",
            &long,
            &tag,
        ] {
            assert_eq!(
                name.parse().map(|r: Reference| r.to_string()),
                Ok(name.into())
            );
        }
        for name in [
            "",
            "app",
            ":june",
            "app:",
            "App:june",
            "app bag:june",
            "app:ju ne",
            "app:-june",
            "-app:1",
            "app-:1",
            "a..b:1",
            "a___b:1",
            "a//b:1",
            "/a:1",
            "a/:1",
            "registry.example:5000/app",
            "registry.example:/app:1",
            "-registry.example/app:1",
            "app@sha256:00",
            "äpp:1",
            &format!("a{long}"),
            &format!("{tag}b"),
            "a:1\n",
        ] {
            let error = name.parse::<Reference>().unwrap_err();
            assert!(error.contains("is no name of an image"), "{name}");
        }
    }
}
