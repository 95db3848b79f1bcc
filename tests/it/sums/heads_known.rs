//! Clients that have seen another head than the bag's.

use crate::sums::clients::shuffled;
use crate::support::bag::{Bag, stderr};
use crate::support::go::Go;
use crate::support::public::{FEW, NAME, OLD_HEAD, OLD_SIZE, captured, gobag_online, tree_of};
use crate::support::public_bags::{NEW, OLD, Offline, UNAWARE, bag_file, knows, latest_file};

/// Asks for a few versions.
fn few() -> String {
    let names = FEW
        .iter()
        .map(|(path, version)| format!("{path}@{version}"));
    format!("mod download {}", names.collect::<Vec<_>>().join(" "))
}

/// Asks for many others.
fn many(seed: u64) -> String {
    format!("mod download {}", shuffled(seed)[..40].join(" "))
}

/// The head that a user has seen last.
fn latest(go: &Go) -> String {
    std::fs::read_to_string(latest_file(go)).unwrap()
}

/// What a user does who is told to forget a database.
fn forget(go: &Go) {
    std::fs::remove_dir_all(latest_file(go).parent().unwrap()).unwrap();
    std::fs::remove_dir_all(go.modcache().join("cache/download/sumdb").join(NAME)).unwrap_or(());
}

/// The head of the newer bags, and its size.
fn new_head() -> (String, String) {
    let head = std::fs::read_to_string(captured().join("sumdb").join(NAME).join("latest")).unwrap();
    let size = head.lines().nth(1).unwrap().to_owned();
    (head, size)
}

#[test]
fn the_old_head_is_a_real_one() {
    let (_, size) = new_head();
    assert!(size.parse::<u64>().unwrap() > OLD_SIZE);
}

#[test]
fn a_client_of_an_older_bag_goes_on_with_a_newer_one() {
    let offline = Offline::new();
    let (old, new) = (offline.serve(&OLD), offline.serve(&NEW));
    let go = offline.user(old.url());
    go.ok(&few());
    assert_eq!(latest(&go), OLD_HEAD);
    let go = go.with("GOPROXY", new.url());
    go.ok(&many(1));
    assert_eq!(latest(&go), new_head().0);
    go.ok("clean -modcache");
    go.ok(&few());
    go.ok(&many(2));
}

#[test]
fn a_client_of_an_older_bag_goes_on_without_its_module_cache() {
    let offline = Offline::new();
    let (old, new) = (offline.serve(&OLD), offline.serve(&NEW));
    let go = offline.user(old.url());
    go.ok(&few());
    go.ok("clean -modcache");
    let go = go.with("GOPROXY", new.url());
    go.ok(&few());
    go.ok(&many(3));
}

#[test]
fn a_client_that_knows_the_head_of_an_earlier_bag_is_served() {
    let offline = Offline::new();
    let new = offline.serve(&NEW);
    let go = offline.user(new.url());
    knows(&go, OLD_HEAD);
    go.ok(&many(4));
    assert_eq!(latest(&go), new_head().0);
}

#[test]
fn a_client_that_knows_the_same_head_is_served() {
    let offline = Offline::new();
    let new = offline.serve(&NEW);
    let go = offline.user(new.url());
    knows(&go, &new_head().0);
    go.ok(&many(5));
}

#[test]
fn a_client_with_a_head_that_the_bag_does_not_know_is_told_which() {
    let offline = Offline::new();
    let gobag = offline.serve(&UNAWARE);
    let go = offline.user(gobag.url());
    knows(&go, OLD_HEAD);
    let said = go.fails(&few());
    let want = format!("initializing sumdb.Client: checking tree#{OLD_SIZE}: reading ");
    assert!(said.contains(&want), "{said}");
    assert!(said.contains(": 404 Not Found"), "{said}");
    // The remedy that the README gives.
    forget(&go);
    go.ok(&few());
}

#[test]
fn a_client_of_a_newer_bag_is_told_that_an_older_one_is_older() {
    let offline = Offline::new();
    let (old, new) = (offline.serve(&OLD), offline.serve(&NEW));
    let (_, size) = new_head();
    let go = offline.user(new.url());
    go.ok("mod download github.com/spf13/pflag@v1.0.10");
    let go = go.with("GOPROXY", old.url());
    let said = go.fails(&few());
    let want = format!("checking tree#{OLD_SIZE} against tree#{size}: reading ");
    assert!(said.contains(&want), "{said}");
    assert!(said.contains(": 404 Not Found"), "{said}");
    // Without its cache it cannot even begin.
    go.ok("clean -modcache");
    let said = go.fails(&few());
    let want = format!("initializing sumdb.Client: checking tree#{size}: reading ");
    assert!(said.contains(&want), "{said}");
    forget(&go);
    go.ok(&few());
}

#[test]
fn a_client_that_came_from_the_older_bag_may_go_back_while_it_keeps_its_cache() {
    let offline = Offline::new();
    let (old, new) = (offline.serve(&OLD), offline.serve(&NEW));
    let (first, second) = few()
        .split_once(" github.com/kr/fs")
        .map(|(first, rest)| {
            (
                first.to_owned(),
                format!("mod download github.com/kr/fs{rest}"),
            )
        })
        .unwrap();
    let go = offline.user(old.url());
    go.ok(&first);
    let go = go.with("GOPROXY", new.url());
    go.ok(&many(6));
    let go = go.with("GOPROXY", old.url());
    go.ok(&second);
}

#[test]
fn a_bag_that_is_packed_with_its_predecessor_knows_its_head() {
    let tree = tree_of(&FEW[..3], None);
    std::fs::remove_dir_all(tree.path().join("sumdb")).unwrap();
    let file = bag_file("successor");
    let mut pack = gobag_online("pack");
    pack.args(["--no-prove", "--import"]).arg(tree.path());
    pack.arg("--previous").arg(OLD.bin()).arg("-o").arg(&file);
    let output = pack.output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));

    let offline = Offline::new();
    let (old, new) = (offline.serve(&OLD), offline.serve(&Bag::at(file)));
    let go = offline.user(old.url());
    go.ok(&few());
    go.ok("clean -modcache");
    let go = go.with("GOPROXY", new.url());
    let (path, version) = FEW[1];
    go.ok(&format!("mod download {path}@{version}"));
}
