//! The forms of licences that are known.
//!
//! `known.txt` has a line for each form: the licence's SPDX identifier, and the form by its runs. The same licence
//! may have several. They were made of the templates of <https://github.com/spdx/license-list-XML>, which tell
//! what may be otherwise in a text of a licence, by `cargo run -p license --example fingerprint`.

use std::sync::OnceLock;

use crate::form::Form;

/// A form, and whose it is.
pub(crate) struct Known {
    /// The SPDX identifier of the licence.
    pub(crate) name: &'static str,
    /// What its text looks like.
    pub(crate) form: Form,
}

/// All of them.
pub(crate) fn all() -> &'static [Known] {
    static ALL: OnceLock<Vec<Known>> = OnceLock::new();
    ALL.get_or_init(|| {
        let lines = include_str!("known.txt").lines();
        let known = lines.filter_map(|line| {
            let (name, form) = line.split_once(' ')?;
            let form = Form::of_runs(form).ok()?;
            Some(Known { name, form })
        });
        known.collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_can_be_read() {
        assert_eq!(all().len(), include_str!("known.txt").lines().count());
        for (known, line) in all().iter().zip(include_str!("known.txt").lines()) {
            assert_eq!(format!("{} {}", known.name, known.form), line);
        }
    }
}
