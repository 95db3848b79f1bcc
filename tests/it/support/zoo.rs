//! One bag with every kind of module in it, shared by the tests that only read.
//!
//! The host names end in `.test`, so that nothing here can be a real module.

use std::path::Path;
use std::sync::LazyLock;

use crate::support::bag::Bag;
use crate::support::gobag::Gobag;
use crate::support::place::kept;
use crate::support::tree::{Tree, go_mod, package};

/// The bag; packed once for all tests.
pub static ZOO: LazyLock<Bag> = LazyLock::new(|| {
    let tree = Tree::new();
    add_selection(&tree);
    add_spelling(&tree);
    add_infos(&tree);
    add_bodies(&tree);
    keep(tree.bag())
});

/// Starts serving the zoo.
pub fn serve() -> Gobag {
    ZOO.serve()
}

/// The `go.mod` of `zoo.test/bytes`: Windows line ends, and no newline at the end.
pub const ODD_GO_MOD: &str = "module zoo.test/bytes\r\n\r\ngo 1.21 // odd,\tbut legal";

/// The commit that `zoo.test/origin` v1.2.0 was made from.
pub const ORIGIN_HASH: &str = "0123456789abcdef0123456789abcdef01234567";

fn add_selection(tree: &Tree) {
    let main = (
        "cmd/hi/main.go",
        "package main\n\nfunc main() { println(\"hi\") }\n",
    );
    let graph = go_mod("zoo.test/graph");
    tree.folder("zoo.test/graph", "v1.0.0", &[("go.mod", &graph), main]);
    tree.part("zoo.test/graph", "v1.9.0", "mod", &graph);
    let pseudo = go_mod("zoo.test/pseudo");
    for version in [
        "v0.0.0-20250601000000-bbbbbbbbbbbb",
        "v1.0.1-0.20240101000000-aaaaaaaaaaaa",
    ] {
        let p = package("zoo.test/pseudo");
        tree.folder(
            "zoo.test/pseudo",
            version,
            &[("go.mod", &pseudo), ("p.go", &p), main],
        );
    }
    for version in ["v1.0.0-alpha.1", "v1.0.0-beta.2", "v1.0.0-beta.11"] {
        tree.module("zoo.test/pre", version);
    }
    tree.module("zoo.test/mixed", "v1.0.0");
    tree.module("zoo.test/mixed", "v1.10.0");
    tree.module("zoo.test/mixed", "v1.9.0");
    tree.module("zoo.test/mixed", "v1.11.0-rc.1");
    let incompatible = package("zoo.test/incompatible");
    for version in ["v1.0.0", "v2.0.0+incompatible"] {
        tree.folder("zoo.test/incompatible", version, &[("p.go", &incompatible)]);
    }
    let compatible = package("zoo.test/compatible");
    tree.module("zoo.test/compatible", "v1.0.0");
    tree.folder(
        "zoo.test/compatible",
        "v2.0.0+incompatible",
        &[("p.go", &compatible)],
    );
    tree.module("zoo.test/retracted", "v1.0.0");
    tree.module_with(
        "zoo.test/retracted",
        "v1.1.0",
        "\nretract v1.1.0 // published by accident\n",
    );
    let all = "\nretract [v1.0.0, v1.0.1] // none of it works\n";
    tree.module("zoo.test/withdrawn", "v1.0.0");
    tree.module_with("zoo.test/withdrawn", "v1.0.1", all);
    let deprecated = format!(
        "// Deprecated: use zoo.test/mixed.\n{}",
        go_mod("zoo.test/old")
    );
    tree.folder(
        "zoo.test/old",
        "v1.0.0",
        &[("go.mod", &deprecated), ("p.go", &package("zoo.test/old"))],
    );
}

fn add_spelling(tree: &Tree) {
    let buggy = ("buggy/p.go", "package buggy\n");
    tree.folder(
        "zoo.test/quote",
        "v1.5.2",
        &[("go.mod", &go_mod("zoo.test/quote")), buggy],
    );
    tree.module("zoo.test/CGO", "v1.0.0");
    tree.module("zoo.test/cgo", "v1.0.0");
    tree.module("zoo.test/QUOTE", "v1.5.3-PRE");
    tree.module("solo.test", "v1.0.0");
    tree.module("zoo.test/two/v2", "v2.0.0");
    tree.module("zoo.test/two/v2", "v2.1.0");
}

fn add_infos(tree: &Tree) {
    for version in [
        "v0.0.0-20250101000000-abcdef123456",
        "v0.0.0-20250102000000-abcdef1fffff",
        "v0.0.0-20250103000000-0f0f0f0f0f0f",
    ] {
        tree.module("zoo.test/commits", version);
    }
    let origin = go_mod("zoo.test/origin");
    let p = package("zoo.test/origin");
    tree.proxied(
        "zoo.test/origin",
        "v1.2.0",
        &[("go.mod", &origin), ("p.go", &p)],
    );
    let info = format!(
        r#"{{"Version":"v1.2.0","Time":"2025-03-04T05:06:07Z","Origin":{{"VCS":"git","URL":"https://zoo.test/origin","Hash":"{ORIGIN_HASH}","Ref":"refs/tags/v1.2.0"}}}}"#
    );
    tree.part("zoo.test/origin", "v1.2.0", "info", &info);
    // What was asked for as `main` when the module was captured.
    tree.part("zoo.test/origin", "main", "info", &info);
}

fn add_bodies(tree: &Tree) {
    let p = package("zoo.test/bytes");
    tree.proxied(
        "zoo.test/bytes",
        "v1.0.0",
        &[("go.mod", ODD_GO_MOD), ("p.go", &p)],
    );
    tree.folder(
        "zoo.test/nomod",
        "v1.0.0",
        &[("p.go", &package("zoo.test/nomod"))],
    );
    // Larger than what any layer between it and the socket may hold back.
    let noise = noise(300_000);
    let big = go_mod("zoo.test/big");
    tree.folder(
        "zoo.test/big",
        "v1.0.0",
        &[
            ("go.mod", &big),
            ("p.go", "package big\n"),
            ("noise.txt", &noise),
        ],
    );
}

/// Text that no packer makes small.
pub fn noise(length: usize) -> String {
    let mut state = 1_u32;
    let letters = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from(b' ' + (state >> 24) as u8 % 95)
    });
    letters.take(length).collect()
}

/// Moves a bag to where it is found by the next run, which removes it: nothing drops a static.
fn keep(bag: Bag) -> Bag {
    let tmp = kept();
    for entry in std::fs::read_dir(&tmp).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap_or_default();
        if let Some(pid) = name.strip_prefix("zoo-")
            && !Path::new("/proc").join(pid).exists()
        {
            let _ = std::fs::remove_file(entry.path());
        }
    }
    let bin = tmp.join(format!("zoo-{}", std::process::id()));
    // By a process of its own: one that is forked while we write would keep the file busy.
    let copied = std::process::Command::new("cp")
        .arg(bag.bin())
        .arg(&bin)
        .status();
    assert!(copied.unwrap().success());
    Bag::at(bin)
}
