//! Which licences are denied.

/// True where `denied` names the licence `spdx`, or all of its kind: `GPL-3.0` names `GPL-3.0-only` and
/// `GPL-3.0-or-later`. Upper and lower case are the same, as SPDX has it.
pub fn is_denied(spdx: &str, denied: &str) -> bool {
    let [spdx, denied] = [spdx, denied].map(str::to_ascii_lowercase);
    let rest = spdx.strip_prefix(denied.as_str());
    rest.is_some_and(|rest| ["", "-only", "-or-later"].contains(&rest))
}

#[cfg(test)]
mod tests {
    use super::*;

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
