//! Options whose value is one of a few words.

use super::nearest::nearest;

/// What the word `text` stands for.
///
/// # Errors
/// It is none of the words, which are named, and the one that was meant.
pub fn choose<T: Copy>(text: &str, words: &[(&str, T)]) -> Result<T, String> {
    let found = words.iter().find(|(word, _)| *word == text);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let meant = nearest(text, words.iter().copied());
        let meant = meant.map(|meant| format!("; did you mean {meant}?"));
        let words = words.join(", ");
        format!("{text:?} is none of {words}{}", meant.unwrap_or_default())
    })
}

#[cfg(test)]
mod tests {
    use super::choose;

    #[test]
    fn names_the_words_that_there_are() {
        let words = [("on", true), ("off", false)];
        assert_eq!(choose("off", &words), Ok(false));
        assert_eq!(
            choose("no", &words),
            Err("\"no\" is none of on, off; did you mean on?".into())
        );
        let far = Err("\"always\" is none of on, off".into());
        assert_eq!(choose("always", &words), far);
    }
}
