//! Options whose value is one of a few words.

/// What the word `text` stands for.
///
/// # Errors
/// It is none of the words, which are named.
pub fn choose<T: Copy>(text: &str, words: &[(&str, T)]) -> Result<T, String> {
    let found = words.iter().find(|(word, _)| *word == text);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        format!("{text:?} is none of {}", words.join(", "))
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
            Err("\"no\" is none of on, off".into())
        );
    }
}
