//! What is in a bag and why, told by `inspect`.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::bag::{Bag, stderr, text};
use crate::support::go::Go;
use crate::support::tree::Tree;

fn json<const N: usize>(bag: &Bag, arguments: [&str; N]) -> Value {
    serde_json::from_str(&bag.ok(arguments)).unwrap()
}

/// Modules that require each other, in two versions and in a circle.
fn tree() -> Tree {
    let tree = Tree::new();
    let a = "require (\n\twhy.test/b v1.0.0\n\twhy.test/c v1.0.0 // indirect\n)\n";
    tree.module_with("why.test/a", "v1.0.0", a);
    tree.module_with("why.test/b", "v1.0.0", "require why.test/c v1.1.0\n");
    tree.module("why.test/c", "v1.0.0");
    tree.module_with("why.test/c", "v1.1.0", "require why.test/b v1.0.0\n");
    tree
}

#[test]
fn who_requires_a_module_is_what_go_mod_graph_prints() {
    let bag = tree().bag();
    let gobag = bag.serve();
    let go = Go::new(gobag.url());
    // Before go 1.17 nothing of the graph is left out.
    go.requires("1.16", &["why.test/a v1.0.0"]);
    let graph = go.ok("mod graph");
    let graph = graph.lines().filter(|line| !line.starts_with("main.test "));
    let graph: BTreeSet<String> = graph
        .filter(|line| !line.contains("go@") && !line.contains("toolchain@"))
        .map(str::to_owned)
        .collect();
    let mut told = BTreeSet::new();
    for path in ["why.test/a", "why.test/b", "why.test/c"] {
        let why = json(&bag, ["inspect", "--why", path, "--json"]);
        assert_eq!(why["module"], path);
        for version in why["versions"].as_array().unwrap() {
            let required = format!("{path}@{}", version["version"].as_str().unwrap());
            for by in version["required_by"].as_array().unwrap() {
                told.insert(format!("{} {required}", by["module"].as_str().unwrap()));
            }
        }
    }
    assert_eq!(told, graph);

    let bytes = |name: &str| {
        let held = json(&bag, ["list", name, "--json"]);
        held[0]["held_bytes"].to_string()
    };
    let (first, second) = (bytes("c@v1.0.0"), bytes("c@v1.1.0"));
    let want = format!(
        "why.test/c@v1.0.0 ({first} B) is required by\n\
         \x20 why.test/a@v1.0.0 // indirect\n\
         why.test/c@v1.1.0 ({second} B) is required by\n\
         \x20 why.test/a@v1.0.0 > why.test/b@v1.0.0\n"
    );
    assert_eq!(bag.ok(["inspect", "--why", "why.test/c"]), want);
    let none =
        "none in this bag requires it; a project that was packed does, or whoever packed named it";
    let said = bag.ok(["inspect", "--why", "why.test/a@v1.0.0"]);
    assert!(said.contains(none), "{said}");
    for (absent, code, why) in [
        ("why.test/d", 1, "is not in this bag"),
        ("why.test/a@v1.1.0", 1, "is not in this bag"),
        ("why.test", 1, "is not in this bag"),
        (
            "why.test/a@",
            2,
            "names no version; name a module, or path@version",
        ),
        ("why.test/a@latest", 2, "; name a module, or path@version"),
        ("\u{1b}[2J", 2, "; name a module, or path@version"),
    ] {
        let output = bag.run(["inspect", "--why", absent]);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains(why), "{said}");
        assert!(
            !said.contains('\u{1b}') && said.lines().count() == 1,
            "{said}"
        );
    }
}

#[test]
fn every_byte_of_the_file_is_told_of_once() {
    let (tree, dir) = (tree(), tempfile::tempdir().unwrap());
    let (file, older) = (dir.path().join("bag"), dir.path().join("older"));
    let import = ["--import", text(tree.path()), "--own-log"];
    let (bag, _) = Bag::packed(&import, file.clone());
    let found = json(&bag, ["inspect", "--json"]);
    let len = file.metadata().unwrap().len();
    assert_eq!(found["bytes"], len);
    let sizes = found["sizes"].as_object().unwrap();
    let sum: u64 = sizes.values().map(|bytes| bytes.as_u64().unwrap()).sum();
    assert_eq!(sum, len, "{sizes:?}");
    let held = json(&bag, ["list", "--json"]);
    let held = held.as_array().unwrap().iter();
    let zips: u64 = held.map(|row| row["held_bytes"].as_u64().unwrap()).sum();
    assert_eq!(sizes["module_zips"], zips);
    assert!(sizes["checksum_data"].as_u64() > Some(100), "{sizes:?}");
    assert_eq!(found["databases"][0]["records"], 4);
    assert_eq!(
        (&found["modules"], &found["versions"]),
        (&3.into(), &4.into())
    );
    assert_eq!(found["largest"].as_array().unwrap().len(), 4);

    // Another gobag tells the same, and what was left out of a newer bag.
    let file = text(bag.bin());
    assert_eq!(json(&Bag::example(), ["inspect", file, "--json"]), found);
    let said = Bag::example().ok(["inspect", file]);
    for part in [
        ": 3 modules, 4 versions, ",
        "\n  program ",
        "\nlargest:\n",
        ", the bag's own log: a head of 4 records, which does not tell when it was signed\n",
        "\nnothing was proved of it\n",
    ] {
        assert!(said.contains(part), "{part:?} in {said}");
    }
    tree.module("why.test/d", "v1.0.0");
    let since = ["--import", text(tree.path()), "--since", file];
    let (newer, _) = Bag::packed(&since, older);
    let said = newer.ok(["inspect"]);
    assert!(
        said.contains("builds on bag (SHA-256 of its archive: "),
        "{said}"
    );
    assert!(!said.contains("why.test/a@"), "{said}");
}

#[test]
fn verify_tells_a_program_what_is_damaged() {
    let bag = tree().bag();
    let sound = json(&bag, ["verify", "--json"]);
    let want = r#"{"faults":[],"file_digest":"intact","rebuilt":null,"versions":4}"#;
    assert_eq!(sound.to_string(), want);
    let mut bytes = std::fs::read(bag.bin()).unwrap();
    bytes[100_000] ^= 1;
    let damaged = Bag::written(&bytes);
    let output = Bag::example().run(["verify", text(damaged.bin()), "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["file_digest"], "broken");
    let faults = told["faults"].as_array().unwrap();
    assert_eq!(faults.len(), 1, "{told}");
    let fault = faults[0].as_str().unwrap();
    assert_eq!(stderr(&output), format!("gobag: {fault}\n"));
    let none = json(&Bag::example(), ["verify", "--json"]);
    assert_eq!(none["file_digest"], "none");
}
