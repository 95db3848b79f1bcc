//! Which files are looked at.

/// True for the name of a file at a module's root that says it has the text of a licence: `LICENSE`, `COPYING.md`,
/// `LICENSE-MIT`, `MIT-LICENSE.txt`, `UNLICENSE`. Not so `NOTICE` and `PATENTS`, nor programs and settings.
pub fn is_license_file(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let (stem, end) = name.rsplit_once('.').unwrap_or((&name, ""));
    let other = [
        "go", "sh", "py", "js", "json", "yml", "yaml", "toml", "html", "tmpl", "tpl", "png", "svg",
        "pdf",
    ];
    if stem.is_empty() || other.contains(&end) {
        return false;
    }
    let words = name.split(|c: char| !c.is_ascii_alphanumeric());
    let says = [
        "license",
        "licence",
        "licenses",
        "licences",
        "copying",
        "copyright",
        "unlicense",
    ];
    words.into_iter().any(|word| says.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_so() {
        let yes = "LICENSE LICENCE license.md LICENSE.txt COPYING COPYING.LESSER UNLICENSE LICENSE-MIT LICENSE.Apache \
                   MIT-LICENSE.txt GO_LICENSE LICENSE-APACHE-2.0 License.rst LICENSES.md COPYRIGHT LICENSE.libyaml";
        let no = "NOTICE PATENTS README.md license.go .licenserc.yaml checklicense.sh .license licensed AUTHORS go.mod \
                  .golicense.hcl LICENSE.tmpl";
        for (names, want) in [(yes, true), (no, false)] {
            for name in names.split_whitespace() {
                assert_eq!(is_license_file(name), want, "{name}");
            }
        }
    }
}
