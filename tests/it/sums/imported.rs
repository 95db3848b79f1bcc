//! Module caches and bags brought in without a network.

use std::fs;
use std::path::{Path, PathBuf};

use crate::sums::clients::shuffled;
use crate::support::bag::{Bag, text};
use crate::support::public::{FEW, NAME, OLD_HEAD, left_by_go, tree_of, versions};
use crate::support::public_bags::{NEW, OLD, Offline, UNAWARE, bag_file, knows, requests};
use crate::support::tree::files;

/// Packs folders together; returns the bag and what was said.
fn import(name: &str, folders: &[&Path]) -> (Bag, String) {
    let arguments: Vec<&str> = folders
        .iter()
        .flat_map(|folder| ["--import", folder.to_str().unwrap()])
        .collect();
    Bag::packed(&arguments, bag_file(name))
}

/// Every version of `bag` is believed by a new client and by one that knows `head`, unless it
/// was named when the bag was packed.
fn all_but_the_named_verify(bag: &Bag, said: &str, head: Option<&str>) -> usize {
    let list = bag.ok(["list"]);
    let (named, rest): (Vec<&str>, Vec<&str>) = list
        .lines()
        .partition(|name| said.contains(&format!("{name} cannot be proved")));
    let offline = Offline::new();
    let gobag = offline.serve(bag);
    let go = offline.user(gobag.url());
    go.ok(&format!("mod download {}", rest.join(" ")));
    if let Some(head) = head {
        let go = offline.user(gobag.url());
        knows(&go, head);
        go.ok(&format!("mod download {}", rest.join(" ")));
    }
    for name in named {
        offline
            .user(gobag.url())
            .fails(&format!("mod download {name}"));
    }
    rest.len()
}

/// The module cache of a client of `bag` that asked for `names`, copied to `to`.
fn used(bag: &Bag, names: &[String], to: &Path) -> PathBuf {
    let offline = Offline::new();
    let gobag = offline.serve(bag);
    let go = offline.user(gobag.url());
    for name in names {
        go.ok(&format!("mod download {name}"));
    }
    fs::rename(go.modcache(), to).unwrap();
    to.to_owned()
}

fn few() -> Vec<String> {
    FEW.iter()
        .map(|(path, version)| format!("{path}@{version}"))
        .collect()
}

#[test]
fn two_module_caches_with_different_heads_make_one_bag() {
    let dir = tempfile::tempdir().unwrap();
    let old = used(&OLD, &few(), &dir.path().join("old"));
    let new = used(&NEW, &shuffled(58)[..12], &dir.path().join("new"));
    let (bag, said) = import("two-caches", &[&old, &new]);
    let proved = all_but_the_named_verify(&bag, &said, None);
    assert!(proved >= 12, "{proved} of 18: {said}");
}

#[test]
fn one_module_cache_is_a_bag() {
    let dir = tempfile::tempdir().unwrap();
    let cache = used(&OLD, &few(), &dir.path().join("cache"));
    let (bag, said) = import("one-cache", &[&cache]);
    assert_eq!(
        all_but_the_named_verify(&bag, &said, Some(OLD_HEAD)),
        FEW.len(),
        "{said}"
    );
}

#[test]
fn what_go_left_in_its_cache_on_the_connected_side_is_enough() {
    let tree = tree_of(&versions()[..60], None);
    let sums = tree.path().join("sumdb");
    fs::remove_dir_all(&sums).unwrap();
    let left = left_by_go();
    for name in files(&left) {
        tree.file(
            &format!("sumdb/{name}"),
            fs::read(left.join(&name)).unwrap(),
        );
    }
    let (bag, said) = import("left", &[tree.path()]);
    let proved = all_but_the_named_verify(&bag, &said, None);
    assert!(proved >= 50, "{proved} of 60: {said}");
}

#[test]
fn two_bags_with_different_heads_make_one() {
    let dir = tempfile::tempdir().unwrap();
    let (old, new) = (dir.path().join("old"), dir.path().join("new"));
    OLD.ok(["unpack", old.to_str().unwrap()]);
    UNAWARE.ok(["unpack", new.to_str().unwrap()]);
    let (bag, said) = import("two-bags", &[&old, &new]);
    assert_eq!(
        all_but_the_named_verify(&bag, &said, None),
        FEW.len(),
        "{said}"
    );

    let knowing = dir.path().join("knowing");
    NEW.ok(["unpack", knowing.to_str().unwrap()]);
    let (bag, said) = import("two-bags-knowing", &[&old, &knowing]);
    assert_eq!(
        all_but_the_named_verify(&bag, &said, Some(OLD_HEAD)),
        versions().len(),
        "{said}"
    );
}

#[test]
fn a_cache_without_records_is_packed_with_a_warning() {
    let tree = tree_of(&FEW, None);
    for (path, version) in &FEW[1..] {
        let name = format!("{}@{version}", crate::support::tree::escape(path));
        fs::remove_file(tree.path().join(format!("sumdb/{NAME}/lookup/{name}"))).unwrap();
    }
    let (bag, said) = import("without-records", &[tree.path()]);
    let note = format!("note: sumdb/{NAME}: no checksum data for 5 versions");
    assert!(said.contains(&note), "{said}");
    let offline = Offline::new();
    let gobag = offline.serve(&bag);
    let go = offline.user(gobag.url());
    go.ok("mod download github.com/pkg/errors@v0.9.1");
    go.fails("mod download github.com/kr/fs@v0.1.0");
}

#[test]
fn a_cache_without_any_record_is_packed_with_a_warning() {
    let tree = tree_of(&FEW, None);
    fs::remove_dir_all(tree.path().join("sumdb")).unwrap();
    let (_, said) = import("without-sums", &[tree.path()]);
    assert!(said.contains("no checksum data for 6 versions"), "{said}");
}

#[test]
fn a_bag_with_what_an_older_one_lacks_stands_in_front_of_it() {
    let tree = tree_of(&versions()[..30], None);
    let few = tree_of(&FEW, None);
    let arguments = [
        "--import",
        tree.path().to_str().unwrap(),
        "--import",
        few.path().to_str().unwrap(),
        "--since",
        OLD.bin().to_str().unwrap(),
    ];
    let (bag, _) = Bag::packed(&arguments, bag_file("since"));
    let offline = Offline::new();
    let (new, old) = (offline.serve(&bag), offline.serve(&OLD));
    let go = offline.user(&format!("{},{}", new.url(), old.url()));
    let mut names: Vec<String> = versions()[..30]
        .iter()
        .map(|(p, v)| format!("{p}@{v}"))
        .collect();
    names.extend(FEW.map(|(path, version)| format!("{path}@{version}")));
    go.ok(&format!("mod download {}", names.join(" ")));
    // One server does for both, and one database.
    let with = ["--with", text(OLD.bin())];
    let both = offline.serve_with(&bag, &with);
    let go = offline.user(both.url());
    go.ok(&format!("mod download {}", names.join(" ")));
    let lines = requests(both).join("\n");
    assert!(
        lines.contains("/sumdb/") && !lines.contains(" 404"),
        "{lines}"
    );
}

#[test]
fn what_only_the_older_of_three_bags_holds_is_verified_as_well() {
    let old = text(OLD.bin());
    let [second, third] = [0..15, 15..30].map(|part| tree_of(&versions()[part], None));
    let arguments = ["--import", text(second.path()), "--since", old];
    let (second, _) = Bag::packed(&arguments, bag_file("second"));
    let second = text(second.bin());
    let arguments = [
        "--import",
        text(third.path()),
        "--since",
        second,
        "--with",
        old,
    ];
    let (third, said) = Bag::packed(&arguments, bag_file("third"));
    assert!(!said.contains("no checksum data"), "{said}");
    let with = ["--with", old, "--with", second];
    let offline = Offline::new();
    let gobag = offline.serve_with(&third, &with);
    let versions = versions();
    let names = versions[..30].iter().map(|(p, v)| format!("{p}@{v}"));
    let few = FEW.map(|(path, version)| format!("{path}@{version}"));
    let names: Vec<String> = names.chain(few).collect();
    let go = offline.user(gobag.url());
    go.ok(&format!("mod download {}", names.join(" ")));
    // And for a client who has seen the head of the first.
    let go = offline.user(gobag.url());
    knows(&go, OLD_HEAD);
    go.ok(&format!("mod download {}", names.join(" ")));
}
