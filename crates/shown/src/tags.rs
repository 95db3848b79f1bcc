//! HTML within Markdown: nothing of it is kept but its text.

/// Whether a tag begins or ends what has no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hidden {
    Begins,
    Ends,
}

/// What the first tag of `html` does to the text that follows.
pub(crate) fn hidden(html: &str) -> Option<Hidden> {
    let name = html.trim_start().strip_prefix('<')?;
    let (name, what) = match name.strip_prefix('/') {
        Some(name) => (name, Hidden::Ends),
        None => (name, Hidden::Begins),
    };
    let end = name
        .find(|c: char| !c.is_ascii_alphanumeric())
        .unwrap_or(name.len());
    let has_no_text = ["script", "style", "template", "svg", "math", "title"];
    let is_one = has_no_text
        .iter()
        .any(|one| name[..end].eq_ignore_ascii_case(one));
    is_one.then_some(what)
}

/// The text of `html`: without tags, comments, and what scripts and styles hold.
pub(crate) fn text(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    let mut hides = false;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        if !hides {
            out += before;
        }
        match hidden(tag) {
            Some(Hidden::Begins) => hides = true,
            Some(Hidden::Ends) => hides = false,
            None => {}
        }
        let is_tag = tag[1..].starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c));
        let end = match () {
            () if tag.starts_with("<!--") => tag.find("-->").map(|at| at + 3),
            () if is_tag => end_of(tag),
            () => {
                if !hides {
                    out.push('<');
                }
                Some(1)
            }
        };
        // What is not closed has no text.
        rest = end.map_or("", |end| &tag[end..]);
        if is_tag && !out.ends_with(char::is_whitespace) && breaks(tag) {
            out.push(' ');
        }
    }
    if !hides {
        out += rest;
    }
    unescaped(&out)
}

/// Where a tag ends; a `>` in quotes ends none.
fn end_of(tag: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in tag.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '>' => return Some(at + 1),
            None if c == '"' || c == '\'' => quote = Some(c),
            None => {}
        }
    }
    // A quote that is not closed is none.
    tag.find('>').map(|at| at + 1)
}

/// True for a tag that stands between words.
fn breaks(tag: &str) -> bool {
    let name = tag.trim_start_matches(['<', '/']);
    let end = name
        .find(|c: char| !c.is_ascii_alphanumeric())
        .unwrap_or(name.len());
    let name = name[..end].to_ascii_lowercase();
    ![
        "a", "b", "i", "em", "strong", "code", "span", "kbd", "sub", "sup", "u",
    ]
    .contains(&name.as_str())
}

/// The characters that are written by name most often.
fn unescaped(text: &str) -> String {
    let known = [
        ("&nbsp;", "\u{a0}"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
    ];
    known
        .iter()
        .fold(text.to_string(), |text, (from, to)| text.replace(from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_what_is_between_tags() {
        for (html, want) in [
            ("<p align=\"center\">A <b>b</b>old.</p>", "A bold."),
            ("one<br>two", "one two"),
            ("<script>alert('<p>x')</script>after", "after"),
            ("<SCRIPT src=x>a<style>b</style>c", "c"),
            ("<!-- <b>no</b> -->yes", "yes"),
            ("<!-- never closed", ""),
            ("<a title=\">\">x</a>", "x"),
            ("<a title=\">x", "x"),
            ("1 < 2 &amp;&lt; 3", "1 < 2 &< 3"),
            ("<", "<"),
            ("<é>", "<é>"),
            ("<scripted>kept</scripted>", "kept"),
        ] {
            assert_eq!(text(html).trim(), want, "{html}");
        }
    }
}
