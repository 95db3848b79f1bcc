//! What somebody may have meant who mistyped a word.

/// The word that is nearest to `typed`, in whatever case; none where all are far from it.
pub fn nearest<'a>(typed: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let most = (typed.chars().count() / 2).clamp(1, 3);
    let near = words.into_iter().map(|word| (distance(typed, word), word));
    let near = near.filter(|(distance, _)| *distance <= most);
    near.min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// How many letters are to be added, left out, exchanged or swapped with the next one (optimal
/// string alignment).
fn distance(a: &str, b: &str) -> usize {
    let letters = |word: &str| word.chars().flat_map(char::to_lowercase).collect();
    let (a, b): (Vec<char>, Vec<char>) = (letters(a), letters(b));
    let mut before = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let other = usize::from(a[i - 1] != b[j - 1]);
            let mut least = (above[j - 1] + other).min(above[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(before[j - 2] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_what_is_near_alone() {
        let words = ["serve", "list", "verify", "version", "--json", "-v", "pack"];
        for (typed, want) in [
            ("serf", Some("serve")),
            ("sevre", Some("serve")),
            ("lst", Some("list")),
            ("verfy", Some("verify")),
            ("VERIFY", Some("verify")),
            ("VERFY", Some("verify")),
            ("vrsion", Some("version")),
            ("-json", Some("--json")),
            ("--jsno", Some("--json")),
            ("-w", Some("-v")),
            ("frobnicate", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(typed, words), want, "{typed}");
        }
        let long = "a".repeat(1000);
        assert_eq!(nearest(&long, words), None);
    }
}
