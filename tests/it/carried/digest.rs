//! The digests that a person compares.

use std::process::Command;

use serde_json::Value;

use crate::support::bag::{Bag, built, compact, pack, stderr, text};
use crate::support::tree::Tree;

/// The SHA-256 that another program finds.
fn sha256sum(file: &str) -> String {
    let output = Command::new("sha256sum").arg(file).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    said.split(' ').next().unwrap().to_owned()
}

fn json(bag: &Bag, file: &str) -> Value {
    serde_json::from_str(&bag.ok(["digest", file, "--json"])).unwrap()
}

#[test]
fn digest_prints_what_sha256sum_does_and_that_of_the_archive() {
    let tree = Tree::new();
    tree.module("tree.test/m", "v1.0.0");
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    // Another program: one byte longer, where nothing reads it.
    let engine = [&std::fs::read(built()).unwrap()[..], b"x"].concat();
    let engine_file = at("engine");
    std::fs::write(&engine_file, engine).unwrap();
    let import = ["--import", text(tree.path())];
    let (bag, _) = Bag::packed(&import, at("bag"));
    let (again, _) = Bag::packed(&import, at("again"));
    let other = [&import[..], &["--engine", text(&engine_file)]].concat();
    let (other, _) = Bag::packed(&other, at("other"));

    let said = bag.ok(["digest"]);
    let path = text(bag.bin());
    let lines: Vec<&str> = said.lines().collect();
    let file = format!("file     {}", sha256sum(path));
    assert_eq!((lines.len(), lines[1]), (2, &*file), "{said}");
    assert_eq!(Bag::example().ok(["digest", path]), said);
    assert_eq!(again.ok(["digest"]), said);
    let differs = other.ok(["digest"]);
    assert_eq!(differs.lines().next(), said.lines().next());
    assert_ne!(differs, said);

    let told = json(&bag, path);
    assert_eq!(told["file"], path);
    assert_eq!(told["file_sha256"], sha256sum(path));
    assert_eq!(
        lines[0],
        format!("archive  {}", told["archive_sha256"].as_str().unwrap())
    );
    // The archive is what any zip tool reads, and lies before the 48 bytes of the digest.
    let bytes = std::fs::read(bag.bin()).unwrap();
    assert_eq!(told["file_bytes"], bytes.len());
    let end = bytes.len() - 48;
    let archive = &bytes[end - told["archive_bytes"].as_u64().unwrap() as usize..end];
    std::fs::write(at("archive.zip"), archive).unwrap();
    assert_eq!(told["archive_sha256"], sha256sum(text(&at("archive.zip"))));
    let names = zip::ZipArchive::new(std::io::Cursor::new(archive)).unwrap();
    assert!(names.file_names().any(|name| name.unwrap() == "bag.json"));
}

#[test]
fn digest_takes_what_cargo_built_as_itself_alone() {
    let said = Bag::example().ok(["digest"]);
    let file = format!("file     {}", sha256sum(built()));
    assert_eq!(said.lines().nth(1), Some(&*file), "{said}");
    let output = Bag::example().run(["digest", built()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("carries no packed bag"),
        "{output:?}"
    );
}

#[test]
fn packing_on_from_a_bag_leaves_its_digest_out() {
    let (first, second) = (Tree::new(), Tree::new());
    first.module("tree.test/first", "v1.0.0");
    second.module("tree.test/second", "v1.0.0");
    let dir = tempfile::tempdir().unwrap();
    let direct = dir.path().join("direct");
    let import = ["--import", text(second.path())];
    let (direct, _) = Bag::packed(&import, direct);
    let (first, on) = (first.bag(), dir.path().join("on"));
    let output = Command::new(first.bin())
        .args(["pack", "--no-prove", "--no-sums", "-o", text(&on)])
        .args(compact())
        .args(import)
        .output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let on = Bag::at(on);
    assert_eq!(on.ok(["digest"]), direct.ok(["digest"]));
    on.ok(["verify"]);

    // Nor is one made of a program that was damaged, with a digest that fits.
    let mut bytes = std::fs::read(on.bin()).unwrap();
    bytes[100_000] ^= 1;
    let damaged = dir.path().join("damaged");
    std::fs::write(&damaged, bytes).unwrap();
    let output = pack(
        &["--import", text(second.path()), "--engine", text(&damaged)],
        &dir.path().join("never"),
    );
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(said.contains("is not as it was written"), "{said}");
    assert!(!dir.path().join("never").exists());
}
