//! The bag's own log: everything is verified by one key.

use std::fs;
use std::sync::LazyLock;

use sumdb::key::{SignerKey, VerifierKey};

use crate::sums::private::mixed;
use crate::support::bag::{Bag, stderr, text};
use crate::support::go::Go;
use crate::support::public::NAME;
use crate::support::public_bags::{Offline, bag_file, requests, setting};
use crate::support::releases::{OLDER, newer, older, with_go};
use crate::support::tree::files;
use crate::support::tree::{Tree, zip};

/// Public and private modules, and a log over all of them with a name made of its content.
static SIGNED: LazyLock<Bag> = LazyLock::new(|| signed("signed", &mixed(), &["--own-log"]));

fn signed(name: &str, tree: &Tree, arguments: &[&str]) -> Bag {
    let arguments = [&["--import", text(tree.path())], arguments].concat();
    Bag::packed(&arguments, bag_file(name)).0
}

fn key(bag: &Bag) -> VerifierKey {
    let value = setting(bag, &["--own-log"], "GOSUMDB").unwrap();
    value.parse().unwrap()
}

/// A file with a signer key of this name.
fn key_file(name: &str) -> (tempfile::TempDir, String, SignerKey) {
    let dir = tempfile::tempdir().unwrap();
    let signer = SignerKey::from_seed(name, [42; 32]).unwrap();
    let file = dir.path().join("key");
    fs::write(&file, format!("{signer}\n")).unwrap();
    let path = file.to_str().unwrap().to_owned();
    (dir, path, signer)
}

const ALL: &str = "mod download example.com/private/Tool@v1.0.0 example.com/private/lib@v1.2.0 \
    example.com/private/lib/v2@v2.0.0 github.com/pkg/errors@v0.9.1 github.com/MakeNowJust/heredoc@v1.0.0";

fn user(offline: &Offline, proxy: &str, key: &VerifierKey) -> Go {
    offline.user(proxy).with("GOSUMDB", &key.to_string())
}

#[test]
fn everything_is_verified_by_the_key_of_the_bag() {
    let offline = Offline::new();
    let gobag = offline.serve(&SIGNED);
    let key = key(&SIGNED);
    user(&offline, gobag.url(), &key).ok(ALL);
    let asked = requests(gobag);
    let lookup = format!("/sumdb/{}/lookup/", key.name());
    assert_eq!(
        asked
            .iter()
            .filter(|line| line.starts_with(&lookup))
            .count(),
        5,
        "{asked:#?}"
    );
    let public = format!("/sumdb/{NAME}/");
    assert!(
        !asked.iter().any(|line| line.starts_with(&public)),
        "{asked:#?}"
    );
}

#[test]
fn other_releases_verify_by_the_key_of_the_bag() {
    let offline = Offline::new();
    let gobag = offline.serve(&SIGNED);
    let mut bins = vec![newer()];
    bins.extend(OLDER.map(|(release, _)| older(release)));
    for bin in bins {
        with_go(user(&offline, gobag.url(), &key(&SIGNED)), &bin).ok(ALL);
    }
}

#[test]
fn the_public_database_is_there_beside_the_own_log() {
    let offline = Offline::new();
    let gobag = offline.serve(&SIGNED);
    offline
        .user(gobag.url())
        .ok("mod download github.com/pkg/errors@v0.9.1");
    let private = setting(&SIGNED, &[], "GONOSUMDB");
    assert_eq!(
        private.as_deref(),
        Some("example.com/private/Tool,example.com/private/lib")
    );
}

#[test]
fn a_wrong_key_believes_nothing() {
    let offline = Offline::new();
    let gobag = offline.serve(&SIGNED);
    let other = SignerKey::from_seed(key(&SIGNED).name(), [1; 32])
        .unwrap()
        .verifier();
    let said =
        user(&offline, gobag.url(), &other).fails("mod download example.com/private/lib@v1.2.0");
    assert!(
        said.contains("unverifiable") || said.contains("no verifiable signatures"),
        "{said}"
    );
}

#[test]
fn a_given_key_signs_under_its_name() {
    for name in ["log.example", "log.example/gobag/2026"] {
        let (_dir, file, signer) = key_file(name);
        let bag = signed("keyed", &mixed(), &["--own-log-key", &file]);
        assert_eq!(key(&bag), signer.verifier());
        let offline = Offline::new();
        let gobag = offline.serve(&bag);
        user(&offline, gobag.url(), &signer.verifier()).ok(ALL);
        let supported = format!("/sumdb/{name}/supported 200");
        let asked = requests(gobag);
        assert!(asked.contains(&supported), "{asked:#?}");
    }
}

#[test]
fn a_log_bears_a_given_name() {
    let name = "corp.example/go/sums";
    let bag = signed("named", &mixed(), &["--own-log-name", name]);
    let key = key(&bag);
    assert_eq!(key.name(), name);
    let offline = Offline::new();
    let gobag = offline.serve(&bag);
    user(&offline, gobag.url(), &key).ok(ALL);
}

#[test]
fn logs_of_different_content_have_different_names() {
    let tree = mixed();
    let other = signed(
        "signed-other",
        tree.module("example.com/private/more", "v1.0.0"),
        &["--own-log"],
    );
    let (one, two) = (key(&SIGNED), key(&other));
    assert_ne!(one.name(), two.name());
    // So that one client can use both, one after the other.
    let offline = Offline::new();
    let (first, second) = (offline.serve(&SIGNED), offline.serve(&other));
    let go = user(&offline, first.url(), &one);
    go.ok(ALL);
    let go = go
        .with("GOPROXY", second.url())
        .with("GOSUMDB", &two.to_string());
    go.ok("mod download example.com/private/more@v1.0.0");
    let go = go
        .with("GOPROXY", first.url())
        .with("GOSUMDB", &one.to_string());
    go.ok("clean -modcache");
    go.ok(ALL);
}

#[test]
fn a_module_that_was_exchanged_after_signing_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let tree = dir.path().join("tree");
    SIGNED.ok(["unpack", tree.to_str().unwrap()]);
    let file = tree.join("example.com/private/lib/@v/v1.2.0.zip");
    let other = [
        ("go.mod", "module example.com/private/lib\n\ngo 1.21\n"),
        ("p.go", "package evil\n"),
    ];
    fs::write(&file, zip("example.com/private/lib", "v1.2.0", &other)).unwrap();
    let offline = Offline::new();
    let go = user(
        &offline,
        &format!("file://{}", tree.display()),
        &key(&SIGNED),
    );
    let said = go.fails("mod download example.com/private/lib@v1.2.0");
    assert!(said.contains("SECURITY ERROR"), "{said}");
    go.ok("mod download example.com/private/Tool@v1.0.0");
}

#[test]
fn the_key_that_signed_is_not_in_the_bag() {
    let (_dir, file, signer) = key_file("log.example/secret");
    let bag = signed("secret", &mixed(), &["--own-log-key", &file]);
    let dir = tempfile::tempdir().unwrap();
    let tree = dir.path().join("tree");
    bag.ok(["unpack", tree.to_str().unwrap()]);
    for name in files(&tree) {
        let bytes = fs::read(tree.join(&name)).unwrap();
        assert!(
            !String::from_utf8_lossy(&bytes).contains("PRIVATE+KEY"),
            "{name}"
        );
        assert!(!bytes.windows(32).any(|seed| seed == [42; 32]), "{name}");
    }
    assert!(signer.to_string().starts_with("PRIVATE+KEY+"));
}

#[test]
fn what_a_client_left_in_its_module_cache_does_not_stop_the_next_pack() {
    let offline = Offline::new();
    let gobag = offline.serve(&SIGNED);
    let key = key(&SIGNED);
    let go = user(&offline, gobag.url(), &key);
    go.ok(ALL);
    let left = go.modcache().join("cache/download/sumdb").join(key.name());
    assert!(left.join("lookup").is_dir());
    let cache = go.modcache();
    let (bag, said) = Bag::packed(&["--import", text(&cache)], bag_file("left-by-own-log"));
    let note = format!("left out: sumdb/{} of a module cache: ", key.name());
    assert_eq!(said.matches(&note).count(), 1, "{said}");
    assert!(bag.ok(["list"]).contains("example.com/private/lib@v1.2.0"));
    // The same by its other name.
    let downloads = cache.join("cache/download");
    let (_, said) = Bag::packed(&["--import", text(&downloads)], bag_file("left-by-own-log"));
    assert!(said.contains(&note), "{said}");
    // Elsewhere than in a module cache somebody put it there on purpose.
    let tree = Tree::new();
    for name in files(&left) {
        let bytes = fs::read(left.join(&name)).unwrap();
        tree.file(&format!("sumdb/{}/{name}", key.name()), bytes);
    }
    assert!(tree.refused().to_string().contains("unknown key"));
}

#[test]
fn a_bag_without_an_own_log_says_so() {
    let output = crate::support::public_bags::NEW.run(["env", "--own-log"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        stderr(&output),
        "gobag: this bag has no log of its own; pack it with --own-log\n"
    );
}
