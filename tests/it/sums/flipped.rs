//! A go command refuses what was changed after packing: nothing that we serve is trusted.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::sums::clients::{shuffle, shuffled};
use crate::sums::tampered::flip;
use crate::support::bag::Bag;
use crate::support::go::Go;
use crate::support::public::NAME;
use crate::support::public_bags::{NEW, Offline, UNAWARE};
use crate::support::releases::{newer, older, with_go};
use crate::support::tree::files;

const MODULE: &str = "github.com/pkg/errors";
const VERSION: &str = "v0.9.1";

fn unpack(bag: &Bag) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let tree = dir.path().join("tree");
    bag.ok(["unpack", tree.to_str().unwrap()]);
    (dir, tree)
}

fn reader(offline: &Offline, tree: &Path) -> Go {
    offline.user(&format!("file://{}", tree.display()))
}

fn download() -> String {
    format!("mod download {MODULE}@{VERSION}")
}

#[test]
fn the_folder_alone_is_a_proxy_with_a_database() {
    let (_dir, tree) = unpack(&NEW);
    let offline = Offline::new();
    reader(&offline, &tree).ok(&format!("mod download {}", shuffled(84).join(" ")));
    for name in &shuffled(85)[..20] {
        reader(&offline, &tree).ok(&format!("mod download {name}"));
    }
    for bin in [older("1.21.13"), newer()] {
        with_go(reader(&offline, &tree), &bin).ok(&download());
    }
}

#[test]
fn what_go_says_to_a_changed_file() {
    let (_dir, tree) = unpack(&UNAWARE);
    let offline = Offline::new();
    let lookup = tree.join(format!("sumdb/{NAME}/lookup/{MODULE}@{VERSION}"));
    let answer = fs::read_to_string(&lookup).unwrap();
    // A letter from there on that is another one with its last bit flipped.
    let letter = |start: usize| {
        let flipped = |at: &usize| (answer.as_bytes()[*at] ^ 1).is_ascii_alphanumeric();
        (start..answer.len()).find(flipped).unwrap()
    };
    let sum = letter(answer.find("h1:").unwrap() + 3);
    let root = letter(answer.find("\ngo.sum database tree\n").unwrap() + 31);
    let signature = letter(answer.rfind("Az3g").unwrap() + 8);
    let tiles: Vec<PathBuf> = files(&tree.join("sumdb"))
        .iter()
        .filter(|name| name.contains("/tile/8/0/"))
        .map(|name| tree.join("sumdb").join(name))
        .collect();
    for (what, bytes, said) in [
        (
            "text of the record",
            sum,
            "cannot authenticate record data in server response",
        ),
        ("place of the record", 0, ""),
        ("root hash", root, "invalid signature"),
        ("signature", signature, "invalid signature"),
    ] {
        flip(&lookup, bytes, 0);
        let refused = reader(&offline, &tree).fails(&download());
        assert!(refused.contains(said), "{what}: {refused}");
        flip(&lookup, bytes, 0);
    }
    for tile in &tiles {
        flip(tile, 33, 5);
    }
    let refused = reader(&offline, &tree).fails(&download());
    assert!(
        refused.contains("downloaded inconsistent tile"),
        "{refused}"
    );
    for tile in &tiles {
        flip(tile, 33, 5);
    }
    let module = tree.join(MODULE).join("@v");
    let go_mod = module.join(format!("{VERSION}.mod"));
    let zip = module.join(format!("{VERSION}.zip"));
    let text = fs::read(&go_mod).unwrap();
    fs::write(&go_mod, format!("module {MODULE}\n\ngo 1.99\n")).unwrap();
    let refused = reader(&offline, &tree).fails(&download());
    assert!(refused.contains("SECURITY ERROR"), "{refused}");
    fs::write(&go_mod, text).unwrap();
    let other = crate::support::tree::zip(MODULE, VERSION, &[("errors.go", "package errors\n")]);
    fs::write(&zip, other).unwrap();
    let refused = reader(&offline, &tree).fails(&download());
    assert!(refused.contains("SECURITY ERROR"), "{refused}");
}

#[test]
fn go_refuses_any_flipped_bit_of_a_proof() {
    let (_dir, tree) = unpack(&UNAWARE);
    let offline = Offline::new();
    let sums = tree.join("sumdb").join(NAME);
    // What this one client reads, by what it keeps.
    let go = reader(&offline, &tree);
    go.ok(&download());
    let kept = go.modcache().join("cache/download/sumdb").join(NAME);
    let mut bits = Vec::new();
    for name in files(&kept) {
        let size = fs::metadata(sums.join(&name)).unwrap().len() as usize;
        let mut places: Vec<(usize, u32)> =
            (0..size * 8).map(|i| (i / 8, (i % 8) as u32)).collect();
        shuffle(&mut places, 60);
        bits.extend(
            places
                .into_iter()
                .take(5)
                .map(|(byte, bit)| (name.clone(), byte, bit)),
        );
    }
    assert!(bits.len() >= 20, "{bits:?}");
    for (name, byte, bit) in bits {
        flip(&sums.join(&name), byte, bit);
        let refused = reader(&offline, &tree).run(&download());
        assert!(!refused.status.success(), "{name}: byte {byte} bit {bit}");
        flip(&sums.join(&name), byte, bit);
    }
    reader(&offline, &tree).ok(&download());
}
