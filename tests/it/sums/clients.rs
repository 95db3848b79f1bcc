//! Real clients with default settings, without a network.

use std::sync::Mutex;

use crate::support::go::Go;
use crate::support::public::{captured, versions};
use crate::support::public_bags::{NEW, Offline, requests};
use crate::support::releases::{NEWER, OLDER, newer, older, with_go};
use crate::support::tree::escape;

/// Puts `items` into an order that only `seed` decides.
pub fn shuffle<T>(items: &mut [T], seed: u64) {
    let mut state = seed;
    for i in (1..items.len()).rev() {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        items.swap(i, (state >> 33) as usize % (i + 1));
    }
}

/// All captured versions as `path@version`, in the order of `seed`.
pub fn shuffled(seed: u64) -> Vec<String> {
    let mut names: Vec<String> = versions().iter().map(|(p, v)| format!("{p}@{v}")).collect();
    shuffle(&mut names, seed);
    names
}

#[test]
fn a_new_client_believes_each_of_300_versions() {
    let offline = Offline::new();
    let gobag = offline.serve(&NEW);
    let left = Mutex::new(shuffled(49));
    assert!(left.lock().unwrap().len() >= 300);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                loop {
                    let next = left.lock().unwrap().pop();
                    let Some(name) = next else { break };
                    offline
                        .user(gobag.url())
                        .ok(&format!("mod download {name}"));
                }
            });
        }
    });
    let refused = requests(gobag)
        .into_iter()
        .filter(|line| !line.ends_with(" 200"));
    assert_eq!(refused.collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn one_client_believes_all_versions_one_by_one() {
    let offline = Offline::new();
    let gobag = offline.serve(&NEW);
    let go = offline.user(gobag.url());
    for name in shuffled(50).iter().take(60) {
        go.ok(&format!("mod download {name}"));
    }
    // Lookups and tiles are forgotten, the head is not.
    go.ok("clean -modcache");
    for name in shuffled(51).iter().take(60) {
        go.ok(&format!("mod download {name}"));
    }
}

/// One process that asks for `names`, forgets them and asks for some again.
fn believes_all(go: &Go, release: &str, names: &[String]) {
    let version = go.ok("version");
    assert!(version.contains(release), "{version}");
    go.ok(&format!("mod download {}", names.join(" ")));
    go.ok("clean -modcache");
    go.ok(&format!("mod download {}", names[..20].join(" ")));
}

/// Those versions whose go.mod files `go 1.minor` reads.
fn readable_by(minor: u32, seed: u64) -> Vec<String> {
    let mut names = Vec::new();
    for (path, version) in versions() {
        let file = format!("{}/@v/{}.mod", escape(path), escape(version));
        let text = std::fs::read_to_string(captured().join(file)).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix("go 1."));
        let needs = line.map_or(0, |rest| {
            let digits = rest.split(|c: char| !c.is_ascii_digit()).next().unwrap();
            digits.parse().unwrap()
        });
        if needs < minor {
            names.push(format!("{path}@{version}"));
        }
    }
    shuffle(&mut names, seed);
    names
}

#[test]
fn the_installed_go_believes_all_versions_at_once() {
    let offline = Offline::new();
    let gobag = offline.serve(&NEW);
    believes_all(&offline.user(gobag.url()), "go1.", &shuffled(52));
}

#[test]
fn a_newer_go_believes_all_versions_at_once() {
    let offline = Offline::new();
    let gobag = offline.serve(&NEW);
    let go = with_go(offline.user(gobag.url()), &newer());
    believes_all(&go, NEWER, &shuffled(53));
}

#[test]
fn older_go_commands_believe_all_versions_at_once() {
    let offline = Offline::new();
    let gobag = offline.serve(&NEW);
    for (release, minor) in OLDER {
        let go = with_go(offline.user(gobag.url()), &older(release));
        let names = readable_by(minor, 54);
        assert!(names.len() > 100, "go{release}: {}", names.len());
        believes_all(&go, release, &names);
    }
}

#[test]
fn records_are_found_below_a_base_path() {
    let offline = Offline::new();
    let gobag = offline.serve_with(&NEW, &["--base-path", "/go/mod"]);
    offline
        .user(gobag.url())
        .ok("mod download github.com/pkg/errors@v0.9.1");
    let supported = "/go/mod/sumdb/sum.golang.org/supported 200".to_owned();
    let asked = requests(gobag);
    assert!(asked.contains(&supported), "{asked:#?}");
}

#[test]
fn with_a_complete_go_sum_nothing_is_asked_of_the_database() {
    let offline = Offline::new();
    let gobag = offline.serve(&NEW);
    let go = offline.user(gobag.url());
    go.requires("1.21", &["github.com/pkg/errors v0.9.1"]);
    go.write(
        "main.go",
        "package main\n\nimport _ \"github.com/pkg/errors\"\n\nfunc main() {}\n",
    );
    go.ok("mod download");
    go.ok("mod tidy");
    let asked = |gobag| {
        requests(gobag)
            .iter()
            .any(|line| line.starts_with("/sumdb/"))
    };
    assert!(asked(gobag));
    let again = offline.serve(&NEW);
    let other = offline.user(again.url());
    for name in ["go.mod", "go.sum", "main.go"] {
        other.write(name, &go.read(name));
    }
    other.ok("mod download");
    other.ok("build ./...");
    assert!(!asked(again));
}
