//! Modules that no public database knows: <https://go.dev/ref/mod#private-modules>.

use std::sync::LazyLock;

use crate::support::bag::{Bag, stderr, text};
use crate::support::go::Go;
use crate::support::public::{FEW, NAME, gobag_online, tree_of};
use crate::support::public_bags::{NEW, Offline, bag_file, requests, setting};
use crate::support::tree::Tree;

/// A few public modules with their records, and two private ones.
pub fn mixed() -> Tree {
    let tree = tree_of(&FEW[..3], None);
    tree.module("example.com/private/Tool", "v1.0.0");
    tree.module("example.com/private/lib", "v1.2.0");
    tree.module("example.com/private/lib/v2", "v2.0.0");
    tree
}

static MIXED: LazyLock<Bag> = LazyLock::new(|| {
    let (bag, said) = Bag::packed(&["--import", text(mixed().path())], bag_file("mixed"));
    assert!(said.contains("no checksum data for 3 versions"), "{said}");
    bag
});

/// The pattern that `gobag env` prints.
const PRIVATE: &str = "example.com/private/Tool,example.com/private/lib";

fn project(go: &Go) {
    go.requires(
        "1.21",
        &[
            "example.com/private/Tool v1.0.0",
            "github.com/pkg/errors v0.9.1",
        ],
    );
    let imports = "import (\n\t_ \"example.com/private/Tool\"\n\t_ \"github.com/pkg/errors\"\n)\n";
    go.write(
        "main.go",
        &format!("package main\n\n{imports}\nfunc main() {{}}\n"),
    );
}

#[test]
fn gobag_env_names_private_modules_alone() {
    // As a server does, in a browser too.
    let told = MIXED.serve().told_alike(&[]);
    assert_eq!(told[1], format!("  export GONOSUMDB={PRIVATE}"));
    let told = NEW.serve().told_alike(&[]);
    assert!(!told.join("\n").contains("GONOSUMDB"), "{told:?}");
    let url = ["--url", "http://127.0.0.1:1"];
    assert_eq!(setting(&MIXED, &url, "GONOSUMDB").as_deref(), Some(PRIVATE));
    assert_eq!(
        setting(&MIXED, &url, "GOPROXY").as_deref(),
        Some("http://127.0.0.1:1")
    );
    assert_eq!(setting(&MIXED, &url, "GOPRIVATE"), None);
    assert_eq!(
        setting(&crate::support::public_bags::NEW, &url, "GONOSUMDB"),
        None
    );
}

#[test]
fn without_a_setting_private_modules_have_no_record() {
    let offline = Offline::new();
    let gobag = offline.serve(&MIXED);
    let go = offline.user(gobag.url());
    project(&go);
    let said = go.fails("mod tidy");
    let url = format!("/sumdb/{NAME}/lookup/example.com/private/!tool@v1.0.0: 404 Not Found");
    assert!(said.contains("verifying") && said.contains(&url), "{said}");
}

#[test]
fn with_the_printed_setting_public_modules_are_verified_and_private_ones_not_asked_for() {
    let offline = Offline::new();
    let gobag = offline.serve(&MIXED);
    let go = offline.user(gobag.url()).with("GONOSUMDB", PRIVATE);
    project(&go);
    go.ok("mod tidy");
    go.ok("build ./...");
    go.ok("mod download example.com/private/lib@v1.2.0 example.com/private/lib/v2@v2.0.0");
    let asked = requests(gobag);
    let lookup = format!("/sumdb/{NAME}/lookup/");
    let lookups: Vec<_> = asked
        .iter()
        .filter(|line| line.starts_with(&lookup))
        .collect();
    assert_eq!(
        lookups,
        [&format!("{lookup}github.com/pkg/errors@v0.9.1 200")]
    );
}

#[test]
fn with_a_complete_go_sum_private_modules_need_no_setting() {
    let offline = Offline::new();
    let gobag = offline.serve(&MIXED);
    let go = offline.user(gobag.url()).with("GONOSUMDB", PRIVATE);
    project(&go);
    go.ok("mod tidy");
    let again = offline.serve(&MIXED);
    let other = offline.user(again.url());
    project(&other);
    for name in ["go.mod", "go.sum"] {
        other.write(name, &go.read(name));
    }
    other.ok("mod download");
    other.ok("build ./...");
    assert!(
        !requests(again)
            .iter()
            .any(|line| line.starts_with("/sumdb/"))
    );
}

#[test]
fn capture_says_which_modules_have_no_public_record() {
    let tree = Tree::new();
    tree.module("example.com/private/tool", "v1.0.0");
    // Made here of a public module, under a version that nobody published.
    tree.module("github.com/pkg/errors", "v0.9.999");
    let mut gobag = gobag_online("capture-sums");
    gobag.env("GONOSUMDB", "example.com/private");
    let output = gobag.arg(tree.path()).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let unknown = "  no public record: github.com/pkg/errors@v0.9.999\n";
    assert!(stderr(&output).contains(unknown), "{}", stderr(&output));
    let said = String::from_utf8(output.stdout).unwrap();
    let want = format!(
        "0 records of {NAME} in {}/sumdb (1 without a record, 1 private)\n",
        tree.path().display()
    );
    assert_eq!(said, want);
}
