//! What comes of Markdown, read as strictly as nobody else reads it.

use mutated::{config, text};
use proptest::prelude::*;

use super::*;
use crate::check;

#[test]
fn markdown_becomes_html_that_is_safe_to_show() {
    for (text, want) in [
        ("# A *b*", "<h3 id=\"readme-a-b\">A <em>b</em></h3>\n"),
        (
            "## `x` y!\n## x y",
            "<h4 id=\"readme-x-y\"><code>x</code> y!</h4>\n<h4 id=\"readme-x-y-1\">x y</h4>\n",
        ),
        ("##### deep", "<h6 id=\"readme-deep\">deep</h6>\n"),
        (
            "# {#x .y onclick=z}",
            "<h3 id=\"readme-x-y-onclickz\">{#x .y onclick=z}</h3>\n",
        ),
        ("[a](docs/x.md)", "<p><a href=\"docs/x.md\">a</a></p>\n"),
        ("[a](../x.md) b", "<p>a b</p>\n"),
        ("[a](javascript:alert(1))", "<p>a</p>\n"),
        (
            "<https://a.b/?c&d>",
            "<p><a href=\"https://a.b/?c&amp;d\" rel=\"noopener noreferrer nofollow\">https://a.b/?c&amp;d</a></p>\n",
        ),
        (
            "<a@b.c>",
            "<p><a href=\"mailto:a@b.c\" rel=\"noopener noreferrer nofollow\">a@b.c</a></p>\n",
        ),
        (
            "[![Go *Ref*](https://x/y.svg)](#Use)",
            "<p><a href=\"#readme-use\">Go Ref</a></p>\n",
        ),
        ("![a\n[b](c)](d)", "<p>a b</p>\n"),
        (
            "- [x] done\n- [ ] not",
            "<ul>\n<li>\u{2611} done</li>\n<li>\u{2610} not</li>\n</ul>\n",
        ),
        ("~~a~~", "<p><del>a</del></p>\n"),
        (
            "```go onload=x\na < b\n```",
            "<pre><code>a &lt; b\n</code></pre>\n",
        ),
        (
            "|a|b|\n|:-:|--|\n|1|<b>2</b>|",
            "<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody>\n<tr><td>1</td><td>2</td></tr>\n</tbody></table>\n",
        ),
        (
            "<p align=center>\n<img src=x onerror=y> Hello <b>you</b>\n</p>",
            "<p>Hello you</p>\n",
        ),
        ("a <script>alert(1)</script> b", "<p>a  b</p>\n"),
        ("a <script>alert(1)\n\nb", "<p>a </p>\n<p>b</p>\n"),
        ("<script>\nalert(1)\n\nb\n</script>\n\nc", "<p>c</p>\n"),
        ("<!-- x -->", ""),
        ("&lt;script&gt;", "<p>&lt;script&gt;</p>\n"),
        ("> a", "<blockquote>\n<p>a</p>\n</blockquote>\n"),
        ("3. a", "<ol start=\"3\">\n<li>a</li>\n</ol>\n"),
    ] {
        assert_eq!(markdown(text), want, "{text}");
        assert_eq!(check(want), Ok(()), "{text}");
    }
}

#[test]
fn what_is_deep_or_long_is_bounded() {
    for text in [
        "> ".repeat(100_000),
        "- ".repeat(100_000),
        "*a ".repeat(100_000),
        "[".repeat(200_000),
        "![".repeat(100_000),
        "[a](".repeat(50_000),
        "<b>".repeat(100_000),
        format!(
            "{}\n{}\n{}",
            "|a".repeat(3000),
            "|-".repeat(3000),
            "|\n".repeat(100_000)
        ),
        "# a\n".repeat(130_000),
        "word & word\n".repeat(60_000),
        "`".repeat(300_000),
        "a**".repeat(100_000),
        "&".repeat(400_000),
    ] {
        let html = markdown(&text);
        assert!(html.len() <= MAX_HTML_BYTES, "{}", &text[..20]);
        assert_eq!(check(&html), Ok(()), "{}", &text[..20]);
    }
    let html = markdown(&"a line of text\n\n".repeat(40_000));
    assert!(html.ends_with(CUT) && html.starts_with("<p>a line of text</p>\n"));
}

const SEEDS: [&str; 6] = [
    "# Title {#id onclick=x}\n\n[a](https://b.c \"title\" ) ![i](x.png)\n\n<p onclick=\"x\">text</p>\n",
    "|a|b|\n|:--|--:|\n|<script>x</script>|`c`|\n\n- [x] a\n  > b\n\n```html\"onload=x\n<b>\n```\n",
    "<a href='javascript:x'>y</a> <style>z</style> <!-- c --> <img src=x onerror=y>\n\n***bold*** ~~s~~\n",
    "[r]: javascript:alert(1)\n[s]: ../../x 'y'\n\n[r] [s] <http://x\"y> <a@b.c>\n\n1. one\n2. two\n",
    "&lt;script&gt; &#60;b&#62; \\<b> a\u{0}b \u{202e}\r\n====\n\n* * *\n",
    "<div>\n\n**b**\n\n</div>\n<script>\nalert(1)\n</script>\n<svg onload=x>\n",
];

proptest! {
    #![proptest_config(config())]
    #[test]
    fn fuzz_of_any_markdown(text in text(SEEDS)) {
        for html in [markdown(&text), plain(&text)] {
            prop_assert_eq!(check(&html), Ok(()), "{}", html);
            prop_assert!(!html.to_lowercase().contains("<script"));
        }
    }
}
