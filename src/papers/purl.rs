//! Package URLs of Go modules
//! (<https://github.com/package-url/purl-spec/blob/main/types-doc/golang-definition.md>).

/// The package URL of a version of a module. Path and name are in lower case there, so that two modules may have the
/// same one.
pub fn purl(path: &str, version: &str) -> String {
    let names: Vec<String> = path
        .split('/')
        .map(|name| encoded(&name.to_lowercase()))
        .collect();
    format!("pkg:golang/{}@{}", names.join("/"), encoded(version))
}

/// `text` with all but letters, digits and `.-_~` as `%NN`.
fn encoded(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
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
