//! Package URLs of Go modules
//! (<https://github.com/package-url/purl-spec/blob/main/types-doc/golang-definition.md>).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stands as `%NN`: all but letters, digits and these.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'.')
    .remove(b'-')
    .remove(b'_')
    .remove(b'~');

/// The package URL of a version of a module. Path and name are in lower case there, so that two modules may have the
/// same one.
pub fn purl(path: &str, version: &str) -> String {
    let names: Vec<String> = path
        .split('/')
        .map(|name| encoded(&name.to_lowercase()))
        .collect();
    format!("pkg:golang/{}@{}", names.join("/"), encoded(version))
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

#[cfg(test)]
mod tests {
    use super::purl;

    #[test]
    fn a_module_has_a_package_url() {
        for (path, version, want) in [
            (
                "github.com/BurntSushi/toml",
                "v1.6.0",
                "pkg:golang/github.com/burntsushi/toml@v1.6.0",
            ),
            (
                "rsc.io/x",
                "v2.0.0+incompatible",
                "pkg:golang/rsc.io/x@v2.0.0%2Bincompatible",
            ),
            ("a.test/~x/y!", "v1.0.0", "pkg:golang/a.test/~x/y%21@v1.0.0"),
        ] {
            assert_eq!(purl(path, version), want);
        }
    }
}
