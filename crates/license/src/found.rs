//! What is found in a text.

use std::collections::BTreeSet;

use crate::form::{Hashed, is_term};
use crate::known;
use crate::words;

/// The longest text that is looked at, in bytes. The GPL has 35,000, and files of many licences 200,000.
const MAX_TEXT_BYTES: usize = 256 << 10;

/// The SPDX identifiers of the licences that `text` has in full, sorted, each once. None where it has none, or
/// where more than licences stands there: terms beside those that are known are terms that nobody here knows.
///
/// The text of a GNU licence alone does not tell whether later versions of it may be chosen: it is called
/// `-only`, and `-or-later` where a notice in the same text says so.
pub fn of(text: &str) -> Vec<&'static str> {
    if text.len() > MAX_TEXT_BYTES {
        return Vec::new();
    }
    let text = Hashed::of(words::of(text));
    let mut found = BTreeSet::new();
    let mut at = 0;
    while let Some(word) = text.words.get(at) {
        let here = known::all().iter().filter_map(|known| {
            let end = known.form.ends(&text, BTreeSet::from([at])).pop_last()?;
            (end > at).then_some((end, known.name))
        });
        match here.max() {
            Some((end, name)) => {
                found.insert(name);
                at = end;
            }
            None if is_term(word) => return Vec::new(),
            None => at += 1,
        }
    }
    let later: Vec<String> = found
        .iter()
        .filter_map(|name| Some(format!("{}-only", name.strip_suffix("-or-later")?)))
        .collect();
    found.retain(|name| !later.iter().any(|only| only == name));
    found.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use mutated::{config, text};
    use proptest::prelude::*;

    use super::*;
    use crate::form::Form;

    /// The notice that stands in files under the Apache licence.
    const APACHE: &str = "Licensed under the Apache License, Version 2.0 (the \"License\");\n\
        you may not use this file except in compliance with the License.\n\
        You may obtain a copy of the License at\n\n    http://www.apache.org/licenses/LICENSE-2.0\n\n\
        Unless required by applicable law or agreed to in writing, software\n\
        distributed under the License is distributed on an \"AS IS\" BASIS,\n\
        WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.\n\
        See the License for the specific language governing permissions and\n\
        limitations under the License.\n";

    /// The terms of 0BSD and, with a condition between its halves, of ISC.
    fn isc(condition: &str, who: &str) -> String {
        format!(
            "Permission to use, copy, modify, and/or distribute this software for any\n\
             purpose with or without fee is hereby granted{condition}.\n\n\
             THE SOFTWARE IS PROVIDED \"AS IS\" AND {who} DISCLAIMS ALL WARRANTIES WITH\n\
             REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY\n\
             AND FITNESS. IN NO EVENT SHALL {who} BE LIABLE FOR ANY SPECIAL, DIRECT,\n\
             INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM\n\
             LOSS OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR\n\
             OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR\n\
             PERFORMANCE OF THIS SOFTWARE.\n"
        )
    }

    const NOTICE: &str = ", provided that the above\ncopyright notice and this permission notice appear in all copies";

    #[test]
    fn a_licence_is_named_by_its_terms_and_none_by_what_is_nearest() {
        let [zero, isc_text] = [isc("", "THE AUTHOR"), isc(NOTICE, "THE AUTHOR")];
        let gpl = "under the terms of the GNU General Public License as published by the Free Software Foundation, \
                   either version 3 of the License, or (at your option) any later version.";
        for (text, want) in [
            (zero.clone(), &["0BSD"][..]),
            (isc_text.clone(), &["ISC"]),
            (isc(NOTICE, "JANE DOE AND FRIENDS"), &["ISC"]),
            (
                format!("ISC License\n\nCopyright (c) 2026 Jane\n\n{isc_text}"),
                &["ISC"],
            ),
            (isc_text.replace('\n', "\n// "), &["ISC"]),
            (isc_text.to_uppercase().replace(' ', "  "), &["ISC"]),
            (format!("{APACHE}\n{isc_text}"), &["Apache-2.0", "ISC"]),
            (APACHE.replace("http:", "https:"), &["Apache-2.0"]),
            (gpl.to_string(), &["GPL-3.0-or-later"]),
            (gpl.replace("version 3", "version 4"), &[]),
            // What is changed in its terms, or has more of them, has no name.
            (isc_text.replace("with or without fee", "without fee"), &[]),
            (isc(", except to Jane", "THE AUTHOR"), &[]),
            (isc(NOTICE, "ONLY THE AUTHOR"), &[]),
            (
                format!("{isc_text}\nThe software shall be used for good."),
                &[],
            ),
            (format!("No commercial use.\n\n{isc_text}"), &[]),
            (isc_text.replace("PERFORMANCE OF THIS SOFTWARE", ""), &[]),
            ("MIT License".to_string(), &[]),
            (String::new(), &[]),
            ("mit ".repeat(MAX_TEXT_BYTES / 4) + &isc_text, &[]),
        ] {
            assert_eq!(of(&text), want, "{text}");
        }
    }

    #[test]
    fn a_form_by_its_words_tells_what_may_be_otherwise() {
        let form = Form::of_words("Copy [this|that [|fine]] program, by {3}; keep it").unwrap();
        let again = Form::of_runs(&form.to_string()).unwrap();
        assert_eq!(again, form);
        for (text, want) in [
            ("copy this program by me keep it", true),
            ("Copy that fine program, by: me, you; keep it.", true),
            ("copy that program by keep it", true),
            ("copy fine program by me keep it", false),
            ("copy this program by one two three four keep it", false),
            ("copy this program by you must keep it", false),
        ] {
            let hashed = Hashed::of(words::of(text));
            let ends = form.ends(&hashed, BTreeSet::from([0]));
            assert_eq!(ends.last() == Some(&hashed.words.len()), want, "{text}");
        }
        for wrong in ["[a", "a]", "{x}", "{2", "a|b"] {
            assert!(Form::of_words(wrong).is_err(), "{wrong}");
        }
        for wrong in ["[ 1:a", "1:a ]", "x", "1:xyz", "*", "|"] {
            assert!(Form::of_runs(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #![proptest_config(config())]
        #[test]
        fn fuzz_of_any_text(text in text([isc(NOTICE, "X"), APACHE.to_string()])) {
            let names = of(&text);
            prop_assert!(names.is_sorted());
        }
    }
}
