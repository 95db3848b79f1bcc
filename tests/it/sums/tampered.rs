//! Damaged and forged input stops the packer, which names it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::public::{FEW, NAME, tree_of};
use crate::support::tree::Tree;

/// The module that is tampered with.
pub const PATH: &str = "github.com/pkg/errors";
/// Its version.
pub const VERSION: &str = "v0.9.1";

/// Two modules with their records, as they were captured.
pub fn good() -> Tree {
    assert_eq!(FEW[0], (PATH, VERSION));
    tree_of(&FEW[..2], None)
}

/// The file with the record of the module.
pub fn lookup(tree: &Tree) -> PathBuf {
    tree.path()
        .join(format!("sumdb/{NAME}/lookup/{PATH}@{VERSION}"))
}

/// Changes the text of a file.
pub fn edit(file: &Path, change: impl Fn(&str) -> String) {
    let text = fs::read_to_string(file).unwrap();
    let changed = change(&text);
    assert_ne!(text, changed, "{}", file.display());
    fs::write(file, changed).unwrap();
}

/// Flips one bit of a file.
pub fn flip(file: &Path, byte: usize, bit: u32) {
    let mut bytes = fs::read(file).unwrap();
    bytes[byte] ^= 1 << bit;
    fs::write(file, bytes).unwrap();
}

/// The files of the tiles that prove the record of the module in a bag of it.
fn proving_tiles(tree: &Tree) -> Vec<PathBuf> {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("tree");
    tree.bag().ok(["unpack", out.to_str().unwrap()]);
    let names = crate::support::tree::files(&out);
    let full = names
        .iter()
        .filter(|n| n.contains("/tile/") && !n.contains(".p/"));
    full.map(|name| tree.path().join(name)).collect()
}

/// Each of `parts` is said.
#[track_caller]
pub fn names(said: &str, parts: &[&str]) {
    for part in parts {
        assert!(said.contains(part), "no {part:?} in: {said}");
    }
}

#[test]
fn untouched_input_is_packed() {
    good().bag();
}

#[test]
fn a_forged_record_is_refused_by_name() {
    let tree = good();
    edit(&lookup(&tree), |text| {
        text.replacen("h1:", "h1:A", 1).replacen("=\n", "\n", 1)
    });
    names(&tree.refused(), &[NAME, PATH]);

    // Another hash of the right form, as if the module had been changed as well.
    let tree = good();
    edit(&lookup(&tree), |text| {
        let at = text.find("h1:").unwrap() + 3;
        let letter = if text.as_bytes()[at] == b'A' {
            "B"
        } else {
            "A"
        };
        format!("{}{letter}{}", &text[..at], &text[at + 1..])
    });
    names(&tree.refused(), &[NAME, &format!("{PATH}@{VERSION}")]);
}

#[test]
fn a_record_in_the_place_of_another_is_refused_by_name() {
    let tree = good();
    edit(&lookup(&tree), |text| {
        let (id, rest) = text.split_once('\n').unwrap();
        format!("{}\n{rest}", id.parse::<u64>().unwrap() ^ 1)
    });
    names(&tree.refused(), &[NAME, &format!("{PATH}@{VERSION}")]);
}

#[test]
fn a_record_needs_the_line_of_the_zip_and_that_of_go_mod() {
    for end in [" h1:", "/go.mod h1:"] {
        let tree = good();
        let start = format!("{PATH} {VERSION}{end}");
        edit(&lookup(&tree), |text| {
            let lines = text
                .split_inclusive('\n')
                .filter(|line| !line.starts_with(&start));
            lines.collect()
        });
        names(&tree.refused(), &[NAME, &format!("{PATH}@{VERSION}")]);
    }
}

#[test]
fn a_head_that_the_database_did_not_sign_is_refused() {
    let unsigned = |text: &str| {
        let at = text.rfind("— ").unwrap() + "— sum.golang.org Az3gri__".len();
        let letter = if text.as_bytes()[at] == b'A' {
            "B"
        } else {
            "A"
        };
        format!("{}{letter}{}", &text[..at], &text[at + 1..])
    };
    let tree = good();
    edit(&lookup(&tree), unsigned);
    names(
        &tree.refused(),
        &[NAME, &format!("{PATH}@{VERSION}"), "invalid signature"],
    );

    let tree = good();
    edit(&tree.path().join(format!("sumdb/{NAME}/latest")), unsigned);
    names(&tree.refused(), &[NAME, "invalid signature"]);

    // A greater tree under the signature of the real one.
    let tree = good();
    edit(&tree.path().join(format!("sumdb/{NAME}/latest")), |text| {
        text.replacen("\n7", "\n8", 1)
    });
    names(&tree.refused(), &[NAME, "invalid signature"]);
}

#[test]
fn a_damaged_tile_is_refused_by_name() {
    let tree = good();
    let tiles = proving_tiles(&tree);
    assert!(tiles.len() >= 2, "{tiles:?}");
    for file in tiles {
        flip(&file, 4711, 3);
        let name = file
            .strip_prefix(tree.path().join("sumdb").join(NAME))
            .unwrap();
        names(&tree.refused(), &[NAME, name.to_str().unwrap()]);
        flip(&file, 4711, 3);
    }
}

#[test]
fn half_a_tile_is_refused_by_name() {
    let tree = good();
    let file = proving_tiles(&tree).remove(0);
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, &bytes[..bytes.len() - 1]).unwrap();
    let name = file
        .strip_prefix(tree.path().join("sumdb").join(NAME))
        .unwrap();
    names(&tree.refused(), &[NAME, name.to_str().unwrap()]);
}
