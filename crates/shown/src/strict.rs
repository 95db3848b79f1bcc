//! HTML, read as strictly as nobody else reads it.

/// Reads what [`readme`](crate::readme) made, which may have lain where somebody else writes: it has these elements and
/// attributes alone, each element closed where it ought to be.
///
/// # Errors
/// It is anything else; what, in a few words.
pub fn check(html: &str) -> Result<(), String> {
    let elements = "p h3 h4 h5 h6 blockquote pre code ul ol li table thead tbody tr th td em strong del a br hr";
    let (mut open, mut rest) = (Vec::new(), html);
    while let Some(at) = rest.find(['<', '>', '"', '\'', '\0', '\u{1b}']) {
        let is_quote = rest[at..].starts_with(['"', '\'']);
        if is_quote {
            rest = &rest[at + 1..];
            continue;
        }
        let tag = rest[at..].strip_prefix('<').ok_or("what is no tag")?;
        let (tag, after) = tag.split_once('>').ok_or("a tag without an end")?;
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name) {
                return Err(format!("</{name}> after {open:?}"));
            }
            continue;
        }
        let is_empty = tag.ends_with(" /");
        let tag = tag.trim_end_matches(" /");
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        if !elements.split(' ').any(|element| element == name) {
            return Err(format!("<{tag}>"));
        }
        match is_empty {
            true if ["br", "hr"].contains(&name) => {}
            true => return Err(format!("<{tag} />")),
            false => open.push(name),
        }
        let value = |value: &str| {
            let value = value.strip_suffix('"')?;
            (!value.contains(['"', '\'', '<'])).then_some(value.to_string())
        };
        let within = |v: &str| {
            // A browser takes nothing behind these for a scheme or a way out.
            let mut elements = v.split(['?', '#']).next().unwrap_or_default().split('/');
            !v.starts_with(['/', '\\'])
                && !elements.clone().any(|element| element == "..")
                && !elements.next().unwrap_or_default().contains(':')
        };
        let sound = match (name, attributes.split_once("=\"")) {
            (_, None) => attributes.is_empty(),
            ("a", Some(("href", rest))) => {
                match rest.strip_suffix("\" rel=\"noopener noreferrer nofollow\"") {
                    Some(href) => {
                        let href = href.to_ascii_lowercase();
                        let known = ["http:", "https:", "mailto:"]
                            .iter()
                            .any(|known| href.starts_with(known));
                        known && value(&format!("{href}\"")).is_some()
                    }
                    None => value(rest).is_some_and(|v| within(&v)),
                }
            }
            ("ol", Some(("start", rest))) => value(rest).is_some_and(|v| v.parse::<u64>().is_ok()),
            ("h3" | "h4" | "h5" | "h6", Some(("id", rest))) => value(rest)
                .is_some_and(|v| v.starts_with("readme-") && !v.contains(char::is_whitespace)),
            _ => false,
        };
        if !sound {
            return Err(format!("<{tag}>"));
        }
    }
    match open.is_empty() {
        true => Ok(()),
        false => Err(format!("not closed: {open:?}")),
    }
}
