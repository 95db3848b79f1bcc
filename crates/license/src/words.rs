//! The words of a text, as two copies of a licence have them in common.

/// Words that are written in two ways.
const SAME: [(&str, &str); 4] = [
    ("https", "http"),
    ("licence", "license"),
    ("licenced", "licensed"),
    ("licences", "licenses"),
];

/// The words of `text` in lower case: no punctuation, no hyphens within, and nothing that items of a list are
/// counted by.
pub fn of(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for token in text.split_whitespace().filter(|token| !is_counter(token)) {
        let without = |c: &char| !matches!(c, '-' | '\'' | '\u{2019}' | '\u{2010}' | '\u{2011}');
        let token: String = token.chars().filter(without).collect();
        for word in token.split(|c: char| !c.is_alphanumeric()) {
            if !word.is_empty() {
                let word = word.to_lowercase();
                let same = SAME.iter().find(|(from, _)| *from == word);
                words.push(same.map_or(word, |(_, to)| to.to_string()));
            }
        }
    }
    words
}

/// True for what an item of a list is counted by, with a dot or a bracket: `1.`, `2.1`, `(b)`, `iv)`. It may stand
/// anywhere, since lines are broken anywhere; so `2.0` is none of the words either.
fn is_counter(token: &str) -> bool {
    let text = token.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let marked = token.contains(['.', ')', ':']) && !token.contains('%') && text.len() <= 5;
    let roman = text
        .bytes()
        .all(|b| b"ivx".contains(&b.to_ascii_lowercase()));
    let digits = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let letter = text.len() == 1 && text.bytes().all(|b| b.is_ascii_alphabetic());
    marked && (roman || digits || letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_copies_have_the_same_words() {
        for (text, want) in [
            (
                "THE SOFTWARE IS PROVIDED \"AS IS\",",
                "the software is provided as is",
            ),
            (
                "// Non-Infringement\n// don\u{2019}t",
                "noninfringement dont",
            ),
            (
                "1. Redistributions\n  * of\n(b) source\niv) code\n2.1. x",
                "redistributions of source code x",
            ),
            (
                "means (i) the power (c) 2.0, (the \"License\")",
                "means the power the license",
            ),
            (
                "for 30 days, 1999, by me; 50%.",
                "for 30 days 1999 by me 50",
            ),
            ("Licence at https://a.b/", "license at http a b"),
            ("a b\nI am, mix. The", "a b i am mix the"),
            ("> quoted\r\n## Title #", "quoted title"),
            ("", ""),
            ("- - -", ""),
        ] {
            assert_eq!(of(text).join(" "), want, "{text:?}");
        }
    }
}
