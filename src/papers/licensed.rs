//! Under which licences modules are.

use bag::described::Description;

/// What a licence is called that is not known, and what `--deny` calls it.
pub const UNKNOWN: &str = "unknown";

/// The names of the licences of a version, sorted, each once: all that its licence files have the text of, whether
/// all of them hold or one may be chosen. [`UNKNOWN`] is among them where a file has a text that is not known,
/// or there is none.
pub fn names(description: &Description) -> Vec<&str> {
    let of = description
        .licenses
        .iter()
        .flat_map(|file| match file.spdx.is_empty() {
            true => vec![UNKNOWN],
            false => file.spdx.iter().map(String::as_str).collect(),
        });
    let mut names: Vec<&str> = of.collect();
    if names.is_empty() {
        names.push(UNKNOWN);
    }
    names.sort_unstable();
    names.dedup();
    names
}

/// The first of `names` that is denied, with the word that denies it.
pub fn denied<'a>(names: &[&'a str], denied: &'a [String]) -> Option<(&'a str, &'a str)> {
    let pairs = names
        .iter()
        .flat_map(|name| denied.iter().map(move |word| (*name, word.as_str())));
    pairs
        .into_iter()
        .find(|(name, word)| license::is_denied(name, word))
}

#[cfg(test)]
mod tests {
    use bag::described::LicenseFile;

    use super::*;

    #[test]
    fn what_is_not_known_is_named_as_such_and_denied_by_that_name() {
        for (files, want, by) in [
            (&[][..], "unknown", Some("unknown")),
            (&[""], "unknown", Some("unknown")),
            (&["MIT"], "MIT", None),
            (&["MIT Apache-2.0", "MIT"], "Apache-2.0 MIT", None),
            (&["MIT", ""], "MIT unknown", Some("unknown")),
            (
                &["MIT GPL-3.0-or-later"],
                "GPL-3.0-or-later MIT",
                Some("GPL-3.0"),
            ),
        ] {
            let licenses = files.iter().map(|spdx| LicenseFile {
                file: "LICENSE".into(),
                spdx: spdx.split_whitespace().map(str::to_string).collect(),
            });
            let description = Description {
                licenses: licenses.collect(),
                ..Description::default()
            };
            let names = names(&description);
            assert_eq!(names.join(" "), want, "{files:?}");
            let words = ["GPL-3.0".to_string(), "Unknown".to_string()];
            let found = denied(&names, &words).map(|(_, word)| word.to_lowercase());
            assert_eq!(found, by.map(str::to_lowercase), "{files:?}");
        }
    }
}
