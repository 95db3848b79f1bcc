//! Module paths, versions, and patterns of both.

use std::cmp::Ordering;

use gomod::module::{self, ModuleVersion};
use gomod::pseudo::PseudoVersion;
use gomod::{goversion, modfile, semver};
use mutated::frugal;
use proptest::prelude::*;

const PATHS: [&str; 6] = [
    "example.com/m",
    "github.com/BurntSushi/toml",
    "github.com/a/b/v2",
    "gopkg.in/yaml.v3",
    "gopkg.in/yaml.v2-unstable",
    "a-b.example/~x/_y/z.v1",
];

const ESCAPED: [&str; 3] = [
    "github.com/!burnt!sushi/toml",
    "v1.0.0-!r!c1",
    "example.com/!a/b/v12",
];

const VERSIONS: [&str; 8] = [
    "v1.2.3",
    "v1",
    "v2.0.0+incompatible",
    "v1.2.3-rc.1+meta",
    "v0.0.0-20191109021931-daa7c04131f5",
    "v1.2.4-0.20191109021931-daa7c04131f5",
    "v1.2.3-pre.0.20191109021931-daa7c04131f5+incompatible",
    "main",
];

const PATTERNS: [&str; 3] = [
    "*.corp.example,example.com/[a-z]*",
    "git?.example/\\*x/[^0-9]-*",
    "a*b*c*d*/e*,*",
];

const GO_VERSIONS: [&str; 4] = ["1.21", "1.21rc1", "go1.26.8", "go1.21.1-custom"];

proptest! {
    #![proptest_config(mutated::config())]

    #[test]
    fn a_legal_path_is_escaped_to_itself_and_back(path in mutated::text(PATHS)) {
        let legal = frugal(path.len(), || module::check_path(&path)).is_ok();
        prop_assert_eq!(module::escape_path(&path).is_ok(), legal);
        if legal {
            let escaped = module::escape_path(&path).unwrap();
            prop_assert!(!escaped.bytes().any(|b| b.is_ascii_uppercase()));
            prop_assert_eq!(module::unescape_path(&escaped), Ok(path));
        }
    }

    #[test]
    fn what_unescapes_is_the_one_escaped_form(text in mutated::text(ESCAPED)) {
        if let Ok(path) = module::unescape_path(&text) {
            prop_assert_eq!(module::escape_path(&path), Ok(text.clone()));
        }
        if let Ok(version) = module::unescape_version(&text) {
            prop_assert_eq!(module::escape_version(&version), Ok(text));
        }
    }

    #[test]
    fn a_version_has_one_canonical_form(
        path in mutated::text(PATHS),
        v in mutated::text(VERSIONS),
        w in mutated::text(VERSIONS),
    ) {
        let canonical = frugal(v.len(), || semver::canonical(&v));
        prop_assert!(!semver::is_canonical(&v) || canonical.is_some());
        if let Some(canonical) = canonical {
            prop_assert!(semver::is_canonical(&canonical));
            prop_assert_eq!(semver::compare(&v, &canonical), Ordering::Equal);
            prop_assert_eq!(semver::canonical(&canonical), Some(canonical.clone()));
            prop_assert_eq!(semver::major(&v), semver::major(&canonical));
        }
        prop_assert_eq!(semver::compare(&v, &w), semver::compare(&w, &v).reverse());
        prop_assert_eq!(semver::compare_total(&v, &w) == Ordering::Equal, v == w);
        if let Some(pseudo) = PseudoVersion::parse(&v) {
            let end = [pseudo.time, pseudo.rev].join("-");
            prop_assert!(v.contains(&end), "{}", end);
        }
        if let Ok(escaped) = module::escape_version(&v) {
            prop_assert_eq!(module::unescape_version(&escaped), Ok(v.clone()));
        }
        if let Ok(m) = ModuleVersion::new(path, v) {
            prop_assert_eq!(m.to_string().parse(), Ok(m.clone()));
            let (path, version) = (m.escaped_path(), m.escaped_version());
            prop_assert_eq!(module::unescape_path(&path), Ok(m.path));
            prop_assert_eq!(module::unescape_version(&version), Ok(m.version));
        }
    }

    #[test]
    fn go_versions_are_ordered(v in mutated::text(GO_VERSIONS), w in mutated::text(GO_VERSIONS)) {
        prop_assert_eq!(goversion::compare(&v, &w), goversion::compare(&w, &v).reverse());
        if let Some(version) = goversion::of_toolchain(&v) {
            let name = goversion::toolchain(version);
            let again = goversion::of_toolchain(&name).unwrap();
            let release = [version, "0"].join(".");
            prop_assert!(again == version || again == release, "{}", again);
        }
    }

    #[test]
    fn patterns_are_held_against_anything(
        globs in mutated::text(PATTERNS),
        target in mutated::text(PATHS),
    ) {
        let len = globs.len() + target.len();
        let matched = frugal(len, || module::match_prefix_patterns(&globs, &target));
        let more = format!("{globs},no.such.example");
        prop_assert!(!matched || module::match_prefix_patterns(&more, &target));
    }

    #[test]
    fn what_is_quoted_is_read_as_it_was(text in mutated::text(PATHS)) {
        let quoted = modfile::auto_quote(&text);
        // A bracket is not quoted, and a line that ends in one begins a block.
        if text.len() == 1 && "()[]{},".contains(&text) {
            return Ok(());
        }
        let file = modfile::ModFile::parse_strict(format!("tool {quoted}\n").as_bytes());
        prop_assert_eq!(file.unwrap().tool, [text]);
    }
}
