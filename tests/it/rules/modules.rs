//! What may not go into a bag, and what is said of it: <https://go.dev/ref/mod#zip-files>.

use crate::support::tree::{Tree, go_mod, info, package, zip, zip_of};

/// The one line that is said of a tree with one fault; it names `file` and one of `words`.
#[track_caller]
fn one_fault(tree: &Tree, file: &str, words: &[&str]) {
    let said = tree.refused();
    let lines: Vec<&str> = said.lines().filter(|line| line.contains(file)).collect();
    assert_eq!(lines.len(), 1, "one line about {file}: {said}");
    let known = words
        .iter()
        .any(|word| lines[0].to_lowercase().contains(word));
    assert!(known, "one of {words:?}: {said}");
    assert!(lines[0].contains("; "), "a remedy after the rule: {said}");
}

fn folder(extra: &str) -> Tree {
    let tree = Tree::new();
    tree.module("tree.test/m", "v1.0.0");
    tree.file(&format!("tree.test/m@v1.0.0/{extra}"), "package p\n");
    tree
}

#[test]
fn a_name_that_windows_reserves_is_refused() {
    one_fault(
        &folder("sub/CON.go"),
        "sub/CON.go",
        &["windows", "con", "reserved"],
    );
    one_fault(&folder("aux"), "aux", &["windows", "aux", "reserved"]);
}

#[test]
fn a_name_with_a_forbidden_character_is_refused() {
    for name in [
        "a:b.go",
        "what?.go",
        "star*.go",
        "back\\slash.go",
        "quo\"te.go",
        "dot.",
    ] {
        one_fault(
            &folder(name),
            "tree.test/m@v1.0.0",
            &["invalid", "malformed", "char", "dot"],
        );
    }
}

#[test]
fn names_that_differ_in_case_alone_are_refused() {
    let tree = folder("Readme.md");
    tree.file("tree.test/m@v1.0.0/README.md", "#\n");
    let said = tree.refused().to_lowercase();
    assert!(said.contains("case"), "{said}");
    assert!(said.contains("readme.md"), "{said}");
}

#[test]
fn a_capital_go_mod_is_refused() {
    let tree = Tree::new();
    let files = [
        ("GO.MOD", go_mod("tree.test/m")),
        ("p.go", package("tree.test/m")),
    ];
    let files = files.map(|(name, text)| (format!("tree.test/m@v1.0.0/{name}"), text));
    let bytes = zip_of(
        files
            .iter()
            .map(|(name, text)| (name.clone(), text.as_bytes())),
    );
    tree.part("tree.test/m", "v1.0.0", "zip", bytes);
    one_fault(&tree, "tree.test/m/@v/v1.0.0.zip", &["go.mod"]);
}

#[test]
fn a_zip_with_a_go_mod_below_its_root_is_refused() {
    let tree = Tree::new();
    let go_mod = go_mod("tree.test/m");
    let files = [("go.mod", go_mod.as_str()), ("sub/go.mod", "module x\n")];
    tree.proxied("tree.test/m", "v1.0.0", &files);
    one_fault(&tree, "tree.test/m/@v/v1.0.0.zip", &["go.mod"]);
}

#[test]
fn a_zip_of_another_module_is_refused() {
    let tree = Tree::new();
    let go_mod = go_mod("tree.test/m");
    tree.proxied("tree.test/m", "v1.0.0", &[("go.mod", &go_mod)]);
    tree.part(
        "tree.test/m",
        "v1.0.0",
        "zip",
        zip("tree.test/other", "v1.0.0", &[("go.mod", &go_mod)]),
    );
    one_fault(
        &tree,
        "tree.test/m/@v/v1.0.0.zip",
        &["tree.test/m@v1.0.0", "prefix"],
    );
}

#[test]
fn what_is_no_zip_is_refused() {
    let tree = Tree::new();
    tree.part("tree.test/m", "v1.0.0", "zip", "<html>not found</html>");
    one_fault(&tree, "tree.test/m/@v/v1.0.0.zip", &["zip"]);
    let tree = Tree::new();
    let go_mod = go_mod("tree.test/m");
    let whole = zip(
        "tree.test/m",
        "v1.0.0",
        &[("go.mod", &go_mod), ("p.go", &package("tree.test/m"))],
    );
    tree.part("tree.test/m", "v1.0.0", "zip", &whole[..whole.len() / 2]);
    one_fault(&tree, "tree.test/m/@v/v1.0.0.zip", &["zip"]);
}

#[test]
fn a_zip_with_a_flipped_bit_is_refused() {
    let tree = Tree::new();
    let go_mod = go_mod("tree.test/m");
    let text = "package p\n".repeat(500);
    let mut bytes = zip(
        "tree.test/m",
        "v1.0.0",
        &[("go.mod", &go_mod), ("p.go", &text)],
    );
    // The last byte of the last entry's compressed data lies before the directory.
    let directory = bytes
        .windows(4)
        .position(|four| four == b"PK\x01\x02")
        .unwrap();
    bytes[directory - 8] ^= 0x10;
    tree.part("tree.test/m", "v1.0.0", "zip", bytes);
    one_fault(
        &tree,
        "tree.test/m/@v/v1.0.0.zip",
        &["crc", "checksum", "corrupt", "damaged", "deflate", "zip"],
    );
}

#[test]
fn a_file_and_a_folder_of_one_name_in_a_zip_are_refused() {
    let tree = Tree::new();
    let entries =
        ["go.mod", "a", "a/b.go"].map(|name| (format!("tree.test/m@v1.0.0/{name}"), &b"x"[..]));
    tree.part("tree.test/m", "v1.0.0", "zip", zip_of(entries));
    one_fault(&tree, "tree.test/m/@v/v1.0.0.zip", &["a"]);
}

#[test]
fn a_path_that_climbs_out_of_a_zip_is_refused() {
    let tree = Tree::new();
    let entries =
        ["go.mod", "../../evil.go"].map(|name| (format!("tree.test/m@v1.0.0/{name}"), &b"x"[..]));
    tree.part("tree.test/m", "v1.0.0", "zip", zip_of(entries));
    one_fault(&tree, "tree.test/m/@v/v1.0.0.zip", &["evil", ".."]);
}

#[test]
fn a_module_of_more_than_500_mib_is_refused() {
    let tree = Tree::new();
    tree.module("tree.test/m", "v1.0.0");
    let large = std::fs::File::create(tree.path().join("tree.test/m@v1.0.0/large.bin")).unwrap();
    // A hole in the file: it takes no space.
    large.set_len(500 * 1024 * 1024 + 1).unwrap();
    one_fault(&tree, "tree.test/m@v1.0.0", &["large", "500", "524288000"]);
}

#[test]
fn a_go_mod_of_more_than_16_mib_is_refused() {
    let tree = folder("q.go");
    let long = format!("{}// {}\n", go_mod("tree.test/m"), "x".repeat(16 << 20));
    tree.file("tree.test/m@v1.0.0/go.mod", long);
    one_fault(&tree, "go.mod", &["large", "16"]);
}

#[test]
fn a_version_that_does_not_belong_to_its_path_is_refused() {
    for (path, version) in [
        ("tree.test/m", "v2.0.0"),
        ("tree.test/m/v2", "v1.0.0"),
        ("tree.test/m", "v1.0"),
    ] {
        let tree = Tree::new();
        tree.module(path, version);
        let said = tree.refused();
        assert!(said.contains(&format!("{path}@{version}")), "{said}");
    }
}

#[test]
fn an_info_that_says_another_version_is_refused() {
    let tree = Tree::new();
    let go_mod = go_mod("tree.test/m");
    tree.proxied("tree.test/m", "v1.0.0", &[("go.mod", &go_mod)]);
    tree.part("tree.test/m", "v1.0.0", "info", info("v1.0.1"));
    one_fault(&tree, "tree.test/m/@v/v1.0.0.info", &["v1.0.1"]);
    for broken in [
        "",
        "{",
        "[]",
        "{\"Version\":\"v1.0.0\",\"Time\":\"yesterday\"}",
        "{\"Version\":\"v1.0.0\",\"Origin\":7}",
    ] {
        tree.part("tree.test/m", "v1.0.0", "info", broken);
        one_fault(&tree, "tree.test/m/@v/v1.0.0.info", &[""]);
    }
}

#[test]
fn a_capital_in_a_folder_name_is_refused_with_its_remedy() {
    let tree = Tree::new();
    tree.file("tree.test/Big@v1.0.0/go.mod", "module tree.test/Big\n");
    one_fault(&tree, "tree.test/Big@v1.0.0", &["escaped"]);
}

#[test]
fn a_file_that_belongs_to_no_module_is_refused() {
    let tree = Tree::new();
    tree.module("tree.test/m", "v1.0.0")
        .file("tree.test/n/stray.go", "package n\n");
    one_fault(&tree, "tree.test/n/stray.go", &["module"]);
}

#[test]
fn a_ziphash_that_differs_from_its_zip_is_refused() {
    let tree = Tree::new();
    let go_mod = go_mod("tree.test/m");
    tree.proxied("tree.test/m", "v1.0.0", &[("go.mod", &go_mod)]);
    let other = crate::rules::source_folders::hash([("x".to_owned(), &b"x"[..])]);
    tree.part("tree.test/m", "v1.0.0", "ziphash", other);
    one_fault(&tree, "tree.test/m/@v/v1.0.0.zip", &["h1:", "hash"]);
}

#[test]
fn all_faults_are_told_and_not_only_the_first() {
    let tree = Tree::new();
    tree.module("tree.test/good", "v1.0.0");
    tree.module("tree.test/wrong", "v2.0.0");
    tree.part("tree.test/broken", "v1.0.0", "zip", "no zip");
    tree.folder(
        "tree.test/con",
        "v1.0.0",
        &[
            ("aux.go", "package p\n"),
            ("nul", "x"),
            ("go.mod", "module tree.test/con\n"),
        ],
    );
    let said = tree.refused();
    for file in [
        "tree.test/wrong@v2.0.0",
        "tree.test/broken/@v/v1.0.0.zip",
        "aux.go",
        "nul",
    ] {
        assert!(
            said.lines().any(|line| line.contains(file)),
            "{file}: {said}"
        );
    }
    assert!(!said.contains("tree.test/good"), "{said}");
}
