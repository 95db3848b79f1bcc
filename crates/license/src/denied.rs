//! Which licences are denied.

use crate::known;

/// True where `denied` names the licence `spdx`, or all of its kind: `GPL-3.0` names `GPL-3.0-only` and
/// `GPL-3.0-or-later`. Upper and lower case are the same, as SPDX has it.
pub fn is_denied(spdx: &str, denied: &str) -> bool {
    let [spdx, denied] = [spdx, denied].map(str::to_ascii_lowercase);
    let rest = spdx.strip_prefix(denied.as_str());
    rest.is_some_and(|rest| ["", "-only", "-or-later"].contains(&rest))
}

/// True where `denied` names a licence that [`of`](crate::of) can name.
pub fn is_known(denied: &str) -> bool {
    known::all()
        .iter()
        .any(|known| is_denied(known.name, denied))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_denies_nothing_is_known_as_such() {
        for (denied, want) in [
            ("GPL-3.0", true),
            ("gpl-3.0-only", true),
            ("MIT", true),
            ("GPLv3", false),
            ("GPL-3.0+", false),
            ("GPL", false),
            ("", false),
        ] {
            assert_eq!(is_known(denied), want, "{denied}");
        }
    }

    #[test]
    fn a_name_denies_all_of_its_kind() {
        for (spdx, denied, want) in [
            ("GPL-3.0-only", "GPL-3.0", true),
            ("GPL-3.0-or-later", "gpl-3.0", true),
            ("GPL-3.0-or-later", "GPL-3.0-only", false),
            ("LGPL-3.0-only", "GPL-3.0", false),
            ("MIT-0", "MIT", false),
            ("MIT", "MIT", true),
            ("MIT", "", false),
        ] {
            assert_eq!(is_denied(spdx, denied), want, "{spdx} {denied}");
        }
    }
}
