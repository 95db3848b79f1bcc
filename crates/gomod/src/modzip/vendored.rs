//! Which files belong to vendored packages.

/// Whether a path is in a package below a `vendor` directory.
///
/// `modern` says that the module's Go version is 1.24 or later: then files in a `vendor` directory
/// itself belong to no package, but `vendor/modules.txt` is left out all the same. Hashes of older
/// modules depend on two mistakes that were made until then: `vendor/modules.txt` stays, and of a
/// `vendor` that is not at the root, the files in it count as packages too:
/// <https://go.dev/issue/37397>.
pub(super) fn is_vendored(path: &str, modern: bool) -> bool {
    if let Some(rest) = path.strip_prefix("vendor/") {
        return rest.contains('/') || (modern && rest == "modules.txt");
    }
    path.split_once("/vendor/")
        .is_some_and(|(_, rest)| !modern || rest.contains('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_old_and_the_new_rules() {
        for (path, old, new) in [
            ("vendor/modules.txt", false, true),
            ("vendor/vendor.go", false, false),
            ("vendor/x/x.go", true, true),
            ("pkg/vendor/vendor.go", true, false),
            ("sub/vendor/sub.txt", true, false),
            ("sub/vendor/x/x.go", true, true),
            ("sub/vendor/modules.txt", true, false),
            ("a/vendor/v.go", true, false),
            ("é/vendor/v.go", true, false),
            ("vendors/x/x.go", false, false),
            ("vendor", false, false),
            ("x/vendor", false, false),
        ] {
            assert_eq!(is_vendored(path, false), old, "old {path}");
            assert_eq!(is_vendored(path, true), new, "new {path}");
        }
    }
}
