//! Modules that are not the recorded ones and keys that are not the database's stop the packer.

use std::fs;
use std::process::Command;

use crate::sums::tampered::{PATH, VERSION, edit, flip, good, lookup, names};
use crate::support::bag::{Bag, pack, stderr};
use crate::support::public::NAME;
use crate::support::public_bags::bag_file;
use crate::support::tree::{escape, zip};

#[test]
fn a_module_that_is_not_the_recorded_one_is_refused_by_name() {
    let tree = good();
    let files = [
        ("go.mod", "module github.com/pkg/errors\n"),
        ("errors.go", "package errors\n"),
    ];
    tree.part(PATH, VERSION, "zip", zip(PATH, VERSION, &files));
    names(
        &tree.refused(),
        &[
            &format!("{PATH}@{VERSION}"),
            "zip",
            "the checksum database has",
        ],
    );

    let tree = good();
    tree.part(PATH, VERSION, "mod", format!("module {PATH}\n\ngo 1.21\n"));
    names(
        &tree.refused(),
        &[
            &format!("{PATH}@{VERSION}"),
            "go.mod",
            "the checksum database has",
        ],
    );
}

#[test]
fn a_damaged_zip_is_refused_by_name() {
    let tree = good();
    let file = tree
        .path()
        .join(format!("{}/@v/{VERSION}.zip", escape(PATH)));
    let middle = fs::metadata(&file).unwrap().len() / 2;
    flip(&file, middle as usize, 0);
    names(&tree.refused(), &[PATH, VERSION, "zip"]);
}

#[test]
fn nothing_is_believed_of_a_database_whose_key_is_unknown() {
    let tree = good();
    let sums = tree.path().join("sumdb");
    fs::rename(sums.join(NAME), sums.join("other.example")).unwrap();
    names(&tree.refused(), &["sumdb/other.example", "unknown key"]);
    tree.file("sumdb/other.example/key", sumdb::key::SUM_GOLANG_ORG);
    assert!(!tree.refused().is_empty(), "the key is another database's");
}

#[test]
fn without_its_key_nobody_signs_for_the_public_database() {
    let dir = tempfile::tempdir().unwrap();
    let key = dir.path().join("key");
    let signer = sumdb::key::SignerKey::from_seed(NAME, [7; 32]).unwrap();
    fs::write(&key, signer.to_string()).unwrap();
    let tree = good();
    let arguments = [
        "--import",
        tree.path().to_str().unwrap(),
        "--own-log-key",
        key.to_str().unwrap(),
    ];
    let output = pack(&arguments, &bag_file("forged"));
    assert!(
        !output.status.success(),
        "a log of our own must not be called {NAME}: {}",
        stderr(&output)
    );
}

#[test]
fn a_bag_that_was_refused_leaves_the_one_before_alone() {
    let file = bag_file("kept");
    let tree = good();
    let arguments = ["--import", tree.path().to_str().unwrap()];
    assert!(pack(&arguments, &file).status.success());
    let before = Command::new("sha256sum")
        .arg(&file)
        .output()
        .unwrap()
        .stdout;
    edit(&lookup(&tree), |text| text.replacen("h1:", "h2:", 1));
    assert!(!pack(&arguments, &file).status.success());
    assert_eq!(
        Command::new("sha256sum")
            .arg(&file)
            .output()
            .unwrap()
            .stdout,
        before
    );
    Bag::at(file).ok(["verify"]);
}
