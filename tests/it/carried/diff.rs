//! What `gobag diff` says of two bags.

use crate::support::bag::{Bag, built, stderr};
use crate::support::tree::Tree;

fn older() -> Bag {
    let tree = Tree::new();
    tree.module("diff.test/kept", "v1.0.0");
    tree.module("diff.test/gone", "v1.0.0");
    tree.module("diff.test/grown", "v1.9.0");
    tree.module("diff.test/edited", "v1.0.0");
    tree.bag()
}

fn newer() -> Bag {
    let tree = Tree::new();
    tree.module("diff.test/kept", "v1.0.0");
    tree.module("diff.test/grown", "v1.9.0");
    tree.module("diff.test/grown", "v1.10.0");
    tree.part("diff.test/kept", "v1.1.0", "mod", "module diff.test/kept\n");
    tree.module_with("diff.test/edited", "v1.0.0", "\n// Another text.\n");
    tree.bag()
}

/// The file of a bag.
fn file(bag: &Bag) -> &str {
    bag.bin().to_str().unwrap()
}

#[test]
fn says_what_is_added_removed_and_changed() {
    let (older, newer) = (older(), newer());
    let said = newer.ok(["diff", file(&older)]);
    let lines: Vec<&str> = said.lines().collect();
    let changed = "~ diff.test/edited@v1.0.0 (zip h1:";
    assert!(lines[0].starts_with(changed), "{said}");
    assert!(lines[0].contains("; go.mod h1:"), "{said}");
    assert_eq!(
        lines[1..],
        [
            "- diff.test/gone@v1.0.0",
            "+ diff.test/grown@v1.10.0",
            "+ diff.test/kept@v1.1.0/go.mod",
        ]
    );
    // Two files say the same to a third one.
    let third = Bag::example();
    assert_eq!(third.ok(["diff", file(&older), file(&newer)]), said);
}

#[test]
fn says_nothing_of_equal_bags() {
    let bag = older();
    assert_eq!(bag.ok(["diff", file(&bag)]), "");
    assert_eq!(bag.ok(["diff", file(&bag), "--json"]).trim(), "[]");
}

#[test]
fn tells_programs_what_each_thing_is() {
    let (older, newer) = (older(), newer());
    let said = newer.ok(["diff", "--json", file(&older)]);
    let rows: serde_json::Value = serde_json::from_str(&said).unwrap();
    let rows: Vec<[&str; 3]> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| ["change", "kind", "name"].map(|key| row[key].as_str().unwrap()))
        .collect();
    assert_eq!(
        rows,
        [
            ["changed", "module", "diff.test/edited@v1.0.0"],
            ["removed", "module", "diff.test/gone@v1.0.0"],
            ["added", "module", "diff.test/grown@v1.10.0"],
            ["added", "go.mod", "diff.test/kept@v1.1.0/go.mod"],
        ]
    );
}

#[test]
fn a_file_without_a_bag_is_named() {
    for name in ["/no/such/file", "/etc/passwd", built()] {
        let output = Bag::example().run(["diff", name]);
        assert_eq!(output.status.code(), Some(1), "{name}");
        let said = stderr(&output);
        assert!(said.contains(name), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}
