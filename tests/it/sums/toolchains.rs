//! Other releases of Go as modules: <https://go.dev/doc/toolchain>.

use crate::support::bag::stderr;
use crate::support::go::Go;
use crate::support::gobag::Gobag;
use crate::support::program::PROGRAM;
use crate::support::public_bags::{Offline, requests};
use crate::support::releases::{NEWER, toolchain};
use crate::support::tree::Tree;

/// A user whose go command may change to another release, as one from go.dev may; the one here
/// may be told not to by its `go.env`.
pub fn switcher(offline: &Offline, gobag: &Gobag) -> Go {
    offline.user(gobag.url()).with("GOTOOLCHAIN", "auto")
}

/// A main module with these lines behind its first.
pub fn main_module(go: &Go, lines: &str) {
    go.write("go.mod", &format!("module main.test\n\n{lines}\n"));
    go.write(
        "main.go",
        "package main\n\nfunc main() { println(\"hello\") }\n",
    );
}

/// The language version of [`NEWER`], without `go`.
fn release() -> &'static str {
    NEWER.strip_prefix("go").unwrap()
}

/// The requests for modules, then those for the database.
pub fn asked(gobag: Gobag) -> (Vec<String>, Vec<String>) {
    requests(gobag)
        .into_iter()
        .partition(|line| !line.starts_with("/sumdb/"))
}

/// The request for the zip of [`NEWER`].
pub fn zip() -> String {
    format!("/golang.org/toolchain/@v/{}.zip 200", toolchain())
}

/// The request for its record.
pub fn lookup() -> String {
    format!(
        "/sumdb/sum.golang.org/lookup/golang.org/toolchain@{} 200",
        toolchain()
    )
}

#[test]
fn a_toolchain_line_changes_the_release_for_the_zip_and_its_proof_alone() {
    let offline = Offline::new();
    let gobag = offline.serve(&PROGRAM);
    let go = switcher(&offline, &gobag);
    main_module(&go, &format!("go 1.21\n\ntoolchain {NEWER}"));
    assert!(go.ok("version").contains(NEWER));
    go.ok("build ./...");
    let (modules, database) = asked(gobag);
    assert_eq!(modules, [zip()]);
    assert!(database.contains(&lookup()), "{database:#?}");
    assert!(
        database.iter().all(|line| line.ends_with(" 200")),
        "{database:#?}"
    );
}

#[test]
fn a_go_line_changes_the_release() {
    let offline = Offline::new();
    let gobag = offline.serve(&PROGRAM);
    let go = switcher(&offline, &gobag);
    main_module(&go, &format!("go {}", release()));
    assert!(go.ok("version").contains(NEWER));
    assert_eq!(asked(gobag).0, [zip()]);
}

#[test]
fn goproxy_alone_is_enough_for_another_release() {
    let offline = Offline::new();
    let gobag = offline.serve(&PROGRAM);
    let home = tempfile::tempdir().unwrap();
    std::fs::write(
        home.path().join("go.mod"),
        format!("module m\n\ngo {}\n", release()),
    )
    .unwrap();
    let run = |words: &[&str]| {
        let mut command = offline.command("go");
        command.env_clear().current_dir(home.path()).args(words);
        command.env("PATH", std::env::var("PATH").unwrap());
        command.env("HOME", home.path()).env("GOPROXY", gobag.url());
        // Go's own default; some distributions change it in their go.env.
        command.env("GOTOOLCHAIN", "auto");
        command.output().unwrap()
    };
    let output = run(&["version"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(String::from_utf8(output.stdout).unwrap().contains(NEWER));
    assert!(run(&["clean", "-modcache"]).status.success());
}

#[test]
fn a_language_version_asks_for_its_first_release() {
    let offline = Offline::new();
    let gobag = offline.serve(&PROGRAM);
    let go = switcher(&offline, &gobag);
    main_module(&go, "go 1.99");
    let said = go.fails("build ./...");
    let (modules, _) = asked(gobag);
    let zip = toolchain().replace(NEWER, "go1.99.0");
    assert_eq!(modules, [format!("/golang.org/toolchain/@v/{zip}.zip 404")]);
    assert!(said.contains("toolchain not available"), "{said}");
}

#[test]
fn a_dependency_that_needs_a_newer_release_gets_the_one_in_the_bag() {
    // It is in a bag of its own, which stands in front.
    let tree = Tree::new();
    let go_mod = format!("module needs.test/newer\n\ngo {}\n", release());
    tree.folder(
        "needs.test/newer",
        "v1.0.0",
        &[("go.mod", &go_mod), ("p.go", "package p\n")],
    );
    let offline = Offline::new();
    let (front, gobag) = (offline.serve(&tree.bag()), offline.serve(&PROGRAM));
    let go = switcher(&offline, &gobag)
        .with("GOPROXY", &format!("{},{}", front.url(), gobag.url()))
        .with("GONOSUMDB", "needs.test");
    main_module(&go, "go 1.21");
    let said = go.says("get needs.test/newer@v1.0.0");
    assert!(said.contains(&format!("switching to {NEWER}")), "{said}");
    let (modules, _) = asked(gobag);
    assert!(
        modules.contains(&"/golang.org/toolchain/@v/list 200".to_owned()),
        "{modules:#?}"
    );
    assert!(modules.contains(&zip()), "{modules:#?}");
}

#[test]
fn get_changes_the_toolchain() {
    let offline = Offline::new();
    let gobag = offline.serve(&PROGRAM);
    let go = switcher(&offline, &gobag);
    for query in [
        format!("toolchain@{NEWER}"),
        format!("go@{}", release()),
        "toolchain@latest".to_owned(),
    ] {
        main_module(&go, "go 1.21");
        go.ok(&format!("get {query}"));
        assert!(
            go.read("go.mod").contains(release()),
            "{query}: {}",
            go.read("go.mod")
        );
        assert!(go.ok("version").contains(NEWER), "{query}");
        go.ok("build ./...");
    }
}

#[test]
fn the_info_that_go_asks_for_on_every_platform_is_there_for_another() {
    let tree = Tree::new();
    let version = format!("v0.0.1-{NEWER}.darwin-arm64");
    tree.proxied("golang.org/toolchain", &version, &[("VERSION", NEWER)]);
    let bag = tree.bag();
    let gobag = bag.serve();
    let info = format!("/golang.org/toolchain/@v/v0.0.1-{NEWER}.linux-amd64.info");
    let version = gobag.get(&info).json();
    assert_eq!(version["Version"], format!("v0.0.1-{NEWER}.linux-amd64"));
    let zip = info.replace(".info", ".zip");
    assert_eq!(gobag.status(&zip), 404);
    // The go command that asks is content with it until it needs the zip.
    let offline = Offline::new();
    let gobag = offline.serve(&bag);
    let go = switcher(&offline, &gobag);
    main_module(&go, "go 1.21");
    let output = go.run(&format!("get toolchain@{NEWER}"));
    let (modules, _) = asked(gobag);
    assert!(modules.contains(&format!("{info} 200")), "{modules:#?}");
    let said = stderr(&output);
    assert!(
        output.status.success() || said.contains("toolchain not available"),
        "{said}"
    );
}
