//! What comments of a `go.mod` file mean.

use std::sync::Arc;

use super::syntax::Line;

/// Whether the line is a requirement that only other modules need: its comment is `// indirect`, or
/// begins with `// indirect;`.
pub(super) fn is_indirect(line: &Line<'_>) -> bool {
    let mut words = line
        .suffix
        .unwrap_or_default()
        .trim_start_matches("//")
        .split_whitespace();
    matches!(
        (words.next(), words.next()),
        (Some("indirect"), None) | (Some("indirect;"), Some(_))
    )
}

/// The text of the comments above and behind a line, one line each. A line of a block that has
/// none, and no blank line above it, is told by those above the block, of which `block` is the text.
pub(super) fn text_of(line: &Line<'_>, block: Option<&Arc<str>>) -> Arc<str> {
    let own = !line.above.is_empty() || line.suffix.is_some();
    let block = block.filter(|_| !own).cloned();
    block.unwrap_or_else(|| text(line))
}

/// The text of the comments above and behind a line or a block.
pub(super) fn text(commented: &Line<'_>) -> Arc<str> {
    let comments = commented.above.iter().chain(&commented.suffix);
    let texts: Vec<&str> = comments
        .filter_map(|c| c.strip_prefix("//"))
        .map(str::trim)
        .collect();
    texts.join("\n").into()
}

/// The rest of the first paragraph that begins with `Deprecated:`; none if it is empty.
/// <https://go.dev/ref/mod#go-mod-file-module-deprecation>
pub(super) fn deprecation(text: &str) -> Option<String> {
    const MARK: &str = "Deprecated:";
    let begins_paragraph = |i: usize| i == 0 || text[..i].ends_with("\n\n");
    let (start, _) = text
        .match_indices(MARK)
        .find(|&(i, _)| begins_paragraph(i))?;
    let message = text[start + MARK.len()..].trim_start_matches(' ');
    let message = message.split("\n\n").next().unwrap_or_default();
    (!message.is_empty()).then(|| message.to_owned())
}
