//! What a page below `-/m/` is of, by its name; and the links that lead there.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What the names of these pages begin with.
pub const ROOT: &str = "-/m/";

/// What stands in a link as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/')
    .remove(b'+')
    .remove(b'@')
    .remove(b'!');

/// What a page is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place<'a> {
    /// A module: the version that is its latest.
    Latest(&'a str),
    /// A version of a module.
    Version(Version<'a>),
    /// A file or a folder of it, by its path below the module's root; a folder has a slash at its end, and the root is
    /// empty.
    Within(Version<'a>, &'a str),
}

/// A version of a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version<'a> {
    /// The module path.
    pub path: &'a str,
    /// The version.
    pub version: &'a str,
}

impl<'a> Place<'a> {
    /// What the page with this name is of: `-/m/<module>`, `-/m/<module>@<version>/` or `-/m/<module>@<version>/<file>`,
    /// nothing of it escaped; none of any other. That there is such a module is not said.
    pub fn of(name: &'a str) -> Option<Self> {
        let rest = name.strip_prefix(ROOT)?;
        let Some((path, rest)) = rest.split_once('@') else {
            return Some(Place::Latest(rest.strip_suffix('/').unwrap_or(rest)));
        };
        Some(match rest.split_once('/') {
            None => Place::Version(Version {
                path,
                version: rest,
            }),
            Some((version, below)) => Place::Within(Version { path, version }, below),
        })
    }
}

impl Version<'_> {
    /// The link to its page, from the server's root.
    pub fn link(&self) -> String {
        link(&format!("{ROOT}{}@{}/", self.path, self.version))
    }
}

/// The link to the page of a module, from the server's root.
pub fn module_link(path: &str) -> String {
    link(&format!("{ROOT}{path}"))
}

/// A name as it stands in a link.
pub fn link(name: &str) -> String {
    utf8_percent_encode(name, PLAIN).to_string()
}

/// From a page with this name to the server's root.
pub fn up(name: &str) -> String {
    "../".repeat(name.matches('/').count())
}

/// From the page with this name to that which has a slash more at its end.
pub fn with_slash(name: &str) -> String {
    let last = name.rsplit('/').next().unwrap_or_default();
    format!("./{}/", link(last))
}

/// From the page of a module, with a slash at its end or without, to that of a version of it.
pub fn latest(name: &str, version: &str) -> String {
    let (name, up) = match name.strip_suffix('/') {
        Some(name) => (name, "../"),
        None => (name, "./"),
    };
    let last = name.rsplit('/').next().unwrap_or_default();
    format!("{up}{}/", link(&format!("{last}@{version}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_of_what_its_name_tells() {
        let v = Version {
            path: "a.test/M",
            version: "v1.0.0+incompatible",
        };
        for (name, want) in [
            ("-/m/a.test/M", Some(Place::Latest("a.test/M"))),
            ("-/m/a.test/M/", Some(Place::Latest("a.test/M"))),
            ("-/m/", Some(Place::Latest(""))),
            ("-/m/a.test/M@v1.0.0+incompatible", Some(Place::Version(v))),
            (
                "-/m/a.test/M@v1.0.0+incompatible/",
                Some(Place::Within(v, "")),
            ),
            (
                "-/m/a.test/M@v1.0.0+incompatible/a/b@c.go",
                Some(Place::Within(v, "a/b@c.go")),
            ),
            (
                "-/m/a.test/M@v1.0.0+incompatible/a/",
                Some(Place::Within(v, "a/")),
            ),
            ("-/m", None),
            ("m/a.test/M", None),
            ("", None),
        ] {
            assert_eq!(Place::of(name), want, "{name}");
        }
    }

    #[test]
    fn links_lead_from_a_page_to_another() {
        let v = Version {
            path: "a.test/M",
            version: "v2.0.0+incompatible",
        };
        assert_eq!(v.link(), "-/m/a.test/M@v2.0.0+incompatible/");
        assert_eq!(link("a b#?%/é\"'<.go"), "a%20b%23%3F%25/%C3%A9%22%27%3C.go");
        assert_eq!(up("-/m/a.test/M@v1.0.0/x/y.go"), "../../../../../");
        assert_eq!(up(""), "");
        assert_eq!(with_slash("-/m/a.test/M@v1.0.0"), "./M@v1.0.0/");
        assert_eq!(with_slash("-/m/a.test/M@v1.0.0/a/b c"), "./b%20c/");
        assert_eq!(latest("-/m/a.test/M", "v1.0.0"), "./M@v1.0.0/");
        assert_eq!(latest("-/m/a.test/M/", "v1.0.0"), "../M@v1.0.0/");
    }
}
