//! The path of a request, from the request line to the name of an entry.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use crate::page::place;

/// The largest request target that is looked at, in bytes. The longest module path and
/// version that go sends stay far below.
const MAX_TARGET_BYTES: usize = 8 << 10;

/// The name that `target` asks for, below `base_path` (empty, or `/…` without a final slash),
/// without its first slash; none where it cannot name an entry.
///
/// Decoded once and not cleaned: `..`, empty elements, NUL and an encoded slash or backslash
/// name nothing; a slash at the end is of the name of a page alone. A query is cut off; the absolute form (`http://host/…`) is allowed, as
/// RFC 9112 asks.
pub fn name<'a>(target: &'a str, base_path: &str) -> Option<Cow<'a, str>> {
    if target.len() > MAX_TARGET_BYTES {
        return None;
    }
    let path = match target.strip_prefix("http://") {
        Some(rest) => &rest[rest.find('/')?..],
        None => target,
    };
    let path = path.split(['?', '#']).next().unwrap_or(path);
    let mut codes = path.split('%').skip(1);
    if codes.any(|code| {
        matches!(
            code.as_bytes(),
            [b'2', b'f' | b'F', ..] | [b'5', b'c' | b'C', ..] | [b'0', b'0', ..]
        )
    }) {
        return None;
    }
    let below =
        |path: &str| Some(path.len() - path.strip_prefix(base_path)?.strip_prefix('/')?.len());
    let name = match percent_decode_str(path).decode_utf8().ok()? {
        Cow::Borrowed(path) => Cow::Borrowed(&path[below(path)?..]),
        Cow::Owned(mut path) => {
            path.drain(..below(&path)?);
            Cow::Owned(path)
        }
    };
    let legal = |element: &str| !element.is_empty() && element != "." && element != "..";
    let plain = !name.bytes().any(|b| b == b'\\' || b == 0);
    let elements = match name.starts_with(place::ROOT) {
        true => name.strip_suffix('/').unwrap_or(&name),
        false => &name,
    };
    (plain && (name.is_empty() || elements.split('/').all(legal))).then_some(name)
}

/// What stands behind the question mark of `target`; empty where there is none.
pub fn query(target: &str) -> &str {
    let target = target.split('#').next().unwrap_or(target);
    target.split_once('?').map_or("", |(_, query)| query)
}

#[cfg(test)]
mod tests {
    use super::{name, query};

    #[test]
    fn a_query_stands_behind_the_first_question_mark() {
        for (target, want) in [
            ("/index", ""),
            ("/index?", ""),
            ("/index?a=b&c", "a=b&c"),
            ("/index?a?b#c?d", "a?b"),
            ("/index#?a", ""),
        ] {
            assert_eq!(query(target), want, "{target}");
        }
    }

    #[test]
    fn decodes_once_and_refuses_tricks() {
        let long = format!("/{}", "a".repeat(9000));
        let table = [
            ("/", "", Some("")),
            (
                "/rsc.io/%21c%21g%21o/@v/list",
                "",
                Some("rsc.io/!c!g!o/@v/list"),
            ),
            ("/rsc.io/!c!g!o/@v/list", "", Some("rsc.io/!c!g!o/@v/list")),
            (
                "/m/@v/v2.0.0%2Bincompatible.info",
                "",
                Some("m/@v/v2.0.0+incompatible.info"),
            ),
            (
                "/m/@v/v2.0.0+incompatible.info",
                "",
                Some("m/@v/v2.0.0+incompatible.info"),
            ),
            ("/a%20b", "", Some("a b")),
            ("/a%2520b", "", Some("a%20b")),
            ("/m/@latest?x=y", "", Some("m/@latest")),
            ("http://host:1/m/@latest", "", Some("m/@latest")),
            ("/mod/m/@latest", "/mod", Some("m/@latest")),
            ("/mod", "/mod", None),
            ("/other/m/@latest", "/mod", None),
            ("/models/m", "/mod", None),
            ("m", "", None),
            ("*", "", None),
            ("//m", "", None),
            ("/m//@latest", "", None),
            ("/m/", "", None),
            ("/-/m/a.test/m@v1.0.0/", "", Some("-/m/a.test/m@v1.0.0/")),
            ("/mod/-/m/a.test/m/", "/mod", Some("-/m/a.test/m/")),
            ("/-/m/a.test/m//", "", None),
            ("/-/m//", "", None),
            ("/-/m/", "", Some("-/m/")),
            ("/-/x/", "", None),
            ("/-/m/a@v1/../x", "", None),
            ("/../etc/passwd", "", None),
            ("/a/%2e%2e/b", "", None),
            ("/a%2fb", "", None),
            ("/a%5Cb", "", None),
            ("/a%00b", "", None),
            ("/%ff", "", None),
            (long.as_str(), "", None),
        ];
        for (target, base, want) in table {
            assert_eq!(
                name(target, base).as_deref(),
                want,
                "{target} below {base:?}"
            );
        }
    }
}
