//! Where a link in a README may lead.

use crate::text::escaped;

/// What stands before the id of each heading, so that none is an id of the page around it.
pub(crate) const PREFIX: &str = "readme-";

/// Where a link leads.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// To another server, or to somebody's mail.
    Outside(String),
    /// To a file of the module, or a heading of the same text.
    Within(String),
}

impl Target {
    /// The tag that begins a link to it.
    pub(crate) fn tag(&self) -> String {
        match self {
            Target::Outside(href) => {
                let href = escaped(href);
                format!("<a href=\"{href}\" rel=\"noopener noreferrer nofollow\">")
            }
            Target::Within(href) => format!("<a href=\"{}\">", escaped(href)),
        }
    }
}

/// Where a link leads that says `href` in a file at the root of a module; none where it may not. What lies in the
/// module is told from its root, without a `/` before it, so that it is found below the address of the README.
pub(crate) fn target(href: &str) -> Option<Target> {
    // A browser takes the one for a slash, and leaves the others out.
    if href.contains(|c: char| c == '\\' || c.is_control()) {
        return None;
    }
    let href = href.trim().replace(' ', "%20");
    if let Some(id) = href.strip_prefix('#') {
        return (!id.is_empty()).then(|| Target::Within(format!("#{PREFIX}{}", id.to_lowercase())));
    }
    let scheme = href.split(['/', '?', '#']).next().unwrap_or_default();
    if let Some((scheme, _)) = scheme.split_once(':') {
        let known = ["https", "http", "mailto"];
        let known = known.iter().any(|known| scheme.eq_ignore_ascii_case(known));
        return known.then_some(Target::Outside(href));
    }
    if href.starts_with("//") {
        return None;
    }
    let (path, id) = href.split_once('#').unwrap_or((&href, ""));
    let path = path.split('?').next().unwrap_or_default();
    let mut names: Vec<&str> = Vec::new();
    for name in path.split('/') {
        match name.to_ascii_lowercase().replace("%2e", ".").as_str() {
            "" | "." => {}
            ".." => {
                names.pop()?;
            }
            _ => names.push(name),
        }
    }
    // It would be a scheme.
    if names.first()?.contains(':') {
        return None;
    }
    let folder = if path.ends_with('/') { "/" } else { "" };
    let id = if id.is_empty() {
        String::new()
    } else {
        format!("#{id}")
    };
    Some(Target::Within(format!("{}{folder}{id}", names.join("/"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_to_the_web_or_to_a_file_of_the_module() {
        let outside = |href: &str| Some(Target::Outside(href.into()));
        let within = |href: &str| Some(Target::Within(href.into()));
        for (href, want) in [
            (
                "https://example.com/a b",
                outside("https://example.com/a%20b"),
            ),
            ("HTTP://example.com", outside("HTTP://example.com")),
            ("mailto:a@example.com", outside("mailto:a@example.com")),
            ("docs/x.md", within("docs/x.md")),
            ("./docs/../x.md#L3", within("x.md#L3")),
            ("/docs/", within("docs/")),
            ("a/b?raw=true", within("a/b")),
            ("#Some-Part", within("#readme-some-part")),
            ("docs/a:b", within("docs/a:b")),
            ("../x", None),
            ("a/../../x", None),
            ("a/%2E%2e/../x", None),
            ("%2e./x", None),
            ("//example.com", None),
            ("/\\example.com", None),
            ("/..//example.com", None),
            ("javascript:alert(1)", None),
            ("JavaScript:alert(1)", None),
            ("java\nscript:alert(1)", None),
            ("./javascript:alert(1)", None),
            ("data:text/html,x", None),
            (" vbscript:x", None),
            ("", None),
            ("#", None),
            (".", None),
        ] {
            assert_eq!(target(href), want, "{href}");
        }
        // What a browser would make of several slashes.
        assert_eq!(target("/.//example.com"), within("example.com"));
    }

    #[test]
    fn a_link_cannot_leave_its_quotes() {
        let tag = target("https://x/\"onclick='y'>").unwrap().tag();
        assert_eq!(tag.matches('"').count(), 4, "{tag}");
        assert_eq!(tag.matches(['<', '>', '\'']).count(), 2, "{tag}");
    }
}
