//! The major version at the end of a module path: <https://go.dev/ref/mod#major-version-suffixes>.

use crate::semver;

/// Splits a path into what its versions share and the major version, so that the two joined give
/// the path.
///
/// The second part is empty or `/vN` with N of at least 2; for paths that begin with `gopkg.in/` it
/// is `.vN` with any N, or that followed by `-unstable`, and must not be missing. None if the end
/// is no legal major version (`/v1`, `/v02`, `/v1.2`).
pub fn split_path_version(path: &str) -> Option<(&str, &str)> {
    if path.starts_with("gopkg.in/") {
        return split_gopkg_in(path);
    }
    let front = path.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let number = &path[front.len()..];
    let Some(prefix) = front
        .strip_suffix("/v")
        .filter(|prefix| !number.is_empty() && path.len() > prefix.len())
    else {
        return Some((path, ""));
    };
    let legal = !number.contains('.') && !number.starts_with('0') && number != "1";
    legal.then(|| path.split_at(prefix.len()))
}

fn split_gopkg_in(path: &str) -> Option<(&str, &str)> {
    let stable = path.strip_suffix("-unstable").unwrap_or(path);
    let front = stable.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = &stable[front.len()..];
    let prefix = front.strip_suffix(".v")?;
    // Unlike v0, v0-unstable does not exist.
    let zero = number == "0" && stable == path;
    let legal = !number.is_empty() && (zero || !number.starts_with('0'));
    legal.then(|| path.split_at(prefix.len()))
}

/// Whether `version` may belong to a path that ends in `path_major` (from [`split_path_version`]).
///
/// Without one: v0, v1 and everything `+incompatible`. With one: that major version. As an
/// exception `.v1` also takes `v0.0.0-…`, which an old bug made of commits of gopkg.in modules.
pub fn match_path_major(version: &str, path_major: &str) -> bool {
    if version.starts_with("v0.0.0-") && path_major == ".v1" {
        return true;
    }
    let major = semver::major(version).unwrap_or_default();
    match path_major_prefix(path_major) {
        Some("") => matches!(major, "v0" | "v1") || semver::build(version) == Some("+incompatible"),
        Some(want) => major == want,
        None => false,
    }
}

/// `v2` for `/v2`, `.v2` and `.v2-unstable`, empty for an empty `path_major`; none for anything
/// else.
pub fn path_major_prefix(path_major: &str) -> Option<&str> {
    if path_major.is_empty() {
        return Some("");
    }
    let major = match path_major.strip_prefix('.') {
        Some(major) => major.strip_suffix("-unstable").unwrap_or(major),
        None => path_major.strip_prefix('/')?,
    };
    (semver::major(major) == Some(major)).then_some(major)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_the_major_version_off() {
        for (path, want) in [
            ("example.com/m", Some(("example.com/m", ""))),
            ("example.com/m/v2", Some(("example.com/m", "/v2"))),
            ("example.com/m/v10", Some(("example.com/m", "/v10"))),
            ("example.com/m/v", Some(("example.com/m/v", ""))),
            ("example.com/mv2", Some(("example.com/mv2", ""))),
            ("example.com/v2", Some(("example.com", "/v2"))),
            ("example.com/m/v1", None),
            ("example.com/m/v0", None),
            ("example.com/m/v02", None),
            ("example.com/m/v1.2", None),
            ("example.com/m/v2.", None),
            ("v2", Some(("v2", ""))),
            ("/v2", Some(("", "/v2"))),
            ("", Some(("", ""))),
            ("gopkg.in/yaml.v2", Some(("gopkg.in/yaml", ".v2"))),
            ("gopkg.in/yaml.v0", Some(("gopkg.in/yaml", ".v0"))),
            ("gopkg.in/yaml.v1", Some(("gopkg.in/yaml", ".v1"))),
            (
                "gopkg.in/user/yaml.v2-unstable",
                Some(("gopkg.in/user/yaml", ".v2-unstable")),
            ),
            ("gopkg.in/yaml.v00", None),
            ("gopkg.in/yaml.v02", None),
            ("gopkg.in/yaml.v", None),
            ("gopkg.in/yaml/v2", None),
            ("gopkg.in/yaml", None),
        ] {
            assert_eq!(split_path_version(path), want, "{path}");
        }
    }

    #[test]
    fn matches_versions_to_major_versions() {
        for (version, path_major, want) in [
            ("v0.1.0", "", true),
            ("v1.1.0", "", true),
            ("v2.0.0", "", false),
            ("v2.0.0+incompatible", "", true),
            ("v2.0.0", "/v2", true),
            ("v2.0.0", ".v2", true),
            ("v2.0.0", ".v2-unstable", true),
            ("v1.0.0", "/v2", false),
            ("v3.0.0+incompatible", "/v2", false),
            ("v0.0.0-20160101000000-abcdef123456", ".v1", true),
            ("v0.0.0-20160101000000-abcdef123456", ".v2", false),
            ("v0.1.0", ".v1", false),
            ("nonsense", "", false),
            ("v2.0.0", "v2", false),
        ] {
            assert_eq!(
                match_path_major(version, path_major),
                want,
                "{version} {path_major}"
            );
        }
    }
}
