//! A module cache as `go` leaves it, copied in as it is:
//! <https://go.dev/ref/mod#module-cache>.

use crate::rules::source_folders::{hash, zip_names};
use crate::support::go::Go;
use crate::support::tree::{Tree, go_mod, package};
use crate::support::zoo;

fn proxied() -> Tree {
    let tree = Tree::new();
    let files = [
        ("go.mod", go_mod("tree.test/m")),
        ("p.go", package("tree.test/m")),
    ];
    let files = files.each_ref().map(|(name, text)| (*name, text.as_str()));
    tree.proxied("tree.test/m", "v1.0.0", &files);
    tree
}

#[test]
fn a_module_cache_is_a_bag() {
    let first = zoo::serve();
    let go = Go::new(first.url());
    go.requires(
        "1.21",
        &[
            "zoo.test/mixed v1.9.0",
            "zoo.test/CGO v1.0.0",
            "zoo.test/pre v1.0.0-beta.2",
        ],
    );
    go.ok("mod download");
    go.ok("list -m -u all");
    let cache = go.modcache().join("cache/download");
    let bag = crate::support::bag::Bag::of(&cache);
    let list = bag.ok(["list"]);
    for module in [
        "zoo.test/CGO@v1.0.0",
        "zoo.test/mixed@v1.9.0",
        "zoo.test/pre@v1.0.0-beta.2",
    ] {
        assert!(list.lines().any(|line| line == module), "{list}");
    }
    let second = bag.serve();
    let list = second.text("/zoo.test/mixed/@v/list");
    assert_eq!(
        list, "v1.9.0\n",
        "not v1.10.0, of which the cache has the .mod alone"
    );
    let again = Go::new(second.url());
    again
        .write("go.mod", &go.read("go.mod"))
        .write("go.sum", &go.read("go.sum"));
    again.ok("mod download");
    again.ok("mod verify");
}

#[test]
fn what_a_cache_holds_beside_modules_is_never_served() {
    let tree = proxied();
    for end in [
        "lock",
        "partial",
        "ziphash",
        "zip123.tmp",
        "mod9.tmp",
        "info1.tmp",
    ] {
        tree.part("tree.test/m", "v1.0.0", end, "");
    }
    tree.file("tree.test/m/@v/list", "v1.0.0\nv1.5.0\n\0\0");
    tree.file("tree.test/m/@latest", "{}");
    tree.part("tree.test/m", "v1.1.0", "zip7.tmp", "half a zip");
    tree.file("cache/lock", "");
    tree.file("cache/vcs/0123456789/HEAD", "ref: refs/heads/main\n");
    let bag = tree.bag();
    assert_eq!(bag.ok(["list"]), "tree.test/m@v1.0.0\n");
    let gobag = bag.serve();
    assert_eq!(gobag.text("/tree.test/m/@v/list"), "v1.0.0\n");
    assert_eq!(
        gobag.get("/tree.test/m/@latest").json()["Version"],
        "v1.0.0"
    );
    for name in [
        "v1.0.0.lock",
        "v1.0.0.partial",
        "v1.0.0.ziphash",
        "v1.0.0.zip123.tmp",
        "v1.1.0.zip7.tmp",
        "v1.1.0.zip",
    ] {
        assert_eq!(
            gobag.status(&format!("/tree.test/m/@v/{name}")),
            404,
            "{name}"
        );
    }
}

#[test]
fn a_ziphash_that_a_crash_left_behind_is_passed_over() {
    for text in [
        "",
        "\0\0\0\0\0\0\0\0",
        "h1:",
        "h1:\0\0\0\0",
        "h1:bm90IGEgaGFzaA==",
    ] {
        let tree = proxied();
        tree.part("tree.test/m", "v1.0.0", "ziphash", text);
        assert_eq!(tree.bag().ok(["list"]), "tree.test/m@v1.0.0\n", "{text:?}");
    }
}

#[test]
fn a_ziphash_that_is_right_does_no_harm() {
    let tree = proxied();
    let name = |name: &str| format!("tree.test/m@v1.0.0/{name}");
    let (go_mod, package) = (go_mod("tree.test/m"), package("tree.test/m"));
    let sum = hash([
        (name("go.mod"), go_mod.as_bytes()),
        (name("p.go"), package.as_bytes()),
    ]);
    tree.part("tree.test/m", "v1.0.0", "ziphash", sum);
    tree.bag();
}

#[test]
fn a_missing_info_or_mod_is_made_from_what_is_there() {
    let tree = proxied();
    for end in ["info", "mod"] {
        std::fs::remove_file(tree.path().join(format!("tree.test/m/@v/v1.0.0.{end}"))).unwrap();
    }
    let old = crate::support::tree::zip("tree.test/old", "v1.0.0", &[("p.go", "package p\n")]);
    tree.part("tree.test/old", "v1.0.0", "zip", old);
    let gobag = tree.bag().serve();
    assert_eq!(
        gobag.text("/tree.test/m/@v/v1.0.0.mod"),
        go_mod("tree.test/m")
    );
    assert_eq!(
        gobag.get("/tree.test/m/@v/v1.0.0.info").json()["Version"],
        "v1.0.0"
    );
    assert_eq!(
        gobag.text("/tree.test/old/@v/v1.0.0.mod"),
        "module tree.test/old\n"
    );
    assert_eq!(gobag.text("/tree.test/old/@v/list"), "v1.0.0\n");
}

#[test]
fn a_zip_of_a_tree_is_served_as_it_is() {
    let tree = proxied();
    let bytes = std::fs::read(tree.path().join("tree.test/m/@v/v1.0.0.zip")).unwrap();
    let gobag = tree.plain_bag().serve();
    assert!(gobag.get("/tree.test/m/@v/v1.0.0.zip").body == bytes);
}

#[test]
fn a_tree_and_folders_lie_side_by_side() {
    let tree = proxied();
    tree.module("tree.test/m", "v1.1.0")
        .module("tree.test/Folder", "v0.1.0");
    tree.file("README.md", "# Mine\n");
    let bag = tree.bag();
    assert_eq!(
        bag.ok(["list"]),
        "tree.test/Folder@v0.1.0\ntree.test/m@v1.0.0\ntree.test/m@v1.1.0\n"
    );
    assert_eq!(zip_names(&bag, "tree.test/m", "v1.1.0").len(), 2);
}

#[test]
fn the_mod_beside_a_zip_rules_and_not_the_one_inside() {
    let tree = proxied();
    let beside = "module tree.test/m\n\ngo 1.20\n";
    tree.part("tree.test/m", "v1.0.0", "mod", beside);
    let gobag = tree.bag().serve();
    assert_eq!(gobag.text("/tree.test/m/@v/v1.0.0.mod"), beside);
    Go::new(gobag.url()).ok("mod download tree.test/m@v1.0.0");
}

#[test]
fn a_fork_keeps_the_path_in_its_go_mod() {
    let tree = Tree::new();
    let original = go_mod("tree.test/original");
    let files = [("go.mod", original.as_str()), ("p.go", "package p\n")];
    tree.folder("tree.test/fork", "v1.0.0", &files)
        .proxied("tree.test/fork", "v1.1.0", &files);
    let gobag = tree.bag().serve();
    for version in ["v1.0.0", "v1.1.0"] {
        let go = Go::new(gobag.url());
        let replace = format!("replace tree.test/original => tree.test/fork {version}\n");
        go.requires("1.21", &["tree.test/original v1.0.0"]);
        go.write("go.mod", &(go.read("go.mod") + &replace));
        go.write(
            "main.go",
            "package main\n\nimport _ \"tree.test/original\"\n\nfunc main() {}\n",
        );
        go.ok("mod tidy");
        go.ok("build ./...");
    }
}

#[test]
fn an_empty_folder_is_an_empty_bag() {
    let tree = Tree::new();
    tree.file("README.md", "# Nothing yet\n");
    let bag = tree.bag();
    assert_eq!(bag.ok(["list"]), "");
    assert_eq!(bag.serve().status("/tree.test/m/@v/list"), 404);
}
