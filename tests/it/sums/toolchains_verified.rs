//! No release of Go runs without its proof, whatever is set.

use crate::sums::toolchains::{asked, lookup, main_module, switcher, zip};
use crate::support::program::PROGRAM;
use crate::support::public_bags::{NEW, Offline};
use crate::support::releases::NEWER;

#[test]
fn without_a_database_go_itself_refuses_a_toolchain() {
    let offline = Offline::new();
    let gobag = offline.serve(&PROGRAM);
    let go = switcher(&offline, &gobag).with("GOSUMDB", "off");
    main_module(&go, &format!("go 1.21\n\ntoolchain {NEWER}"));
    let said = go.fails("version");
    assert!(
        said.contains("checksum database disabled by GOSUMDB=off"),
        "{said}"
    );
}

#[test]
fn a_toolchain_is_verified_even_where_nothing_else_is() {
    let offline = Offline::new();
    let gobag = offline.serve(&PROGRAM);
    let go = switcher(&offline, &gobag).with("GONOSUMDB", "*");
    main_module(&go, &format!("go 1.21\n\ntoolchain {NEWER}"));
    assert!(go.ok("version").contains(NEWER));
    let (_, database) = asked(gobag);
    assert!(database.contains(&lookup()), "{database:#?}");
}

#[test]
fn a_toolchain_in_go_sum_is_verified_all_the_same() {
    let offline = Offline::new();
    let gobag = offline.serve(&PROGRAM);
    let record = String::from_utf8(offline.get(&gobag, &lookup().replace(" 200", ""))).unwrap();
    let sums: String = record
        .lines()
        .filter(|line| line.contains(" h1:"))
        .map(|line| format!("{line}\n"))
        .collect();
    assert_eq!(sums.lines().count(), 2, "{record}");
    let go = switcher(&offline, &gobag);
    main_module(&go, &format!("go 1.21\n\ntoolchain {NEWER}"));
    go.write("go.sum", &sums);
    assert!(go.ok("version").contains(NEWER));
    // The first is the one above.
    let (_, database) = asked(gobag);
    let lookups = database.iter().filter(|line| **line == lookup());
    assert_eq!(lookups.count(), 2, "{database:#?}");
}

#[test]
fn a_bag_without_toolchains_has_none_available() {
    let offline = Offline::new();
    let gobag = offline.serve(&NEW);
    assert_eq!(NEW.serve().status("/golang.org/toolchain/@v/list"), 404);
    let go = switcher(&offline, &gobag);
    main_module(&go, &format!("go 1.21\n\ntoolchain {NEWER}"));
    let said = go.fails("version");
    assert!(said.contains(&format!("download {NEWER} for ")), "{said}");
    assert!(said.contains(": toolchain not available"), "{said}");
    assert_eq!(asked(gobag).0, [zip().replace(" 200", " 404")]);
}

#[test]
fn a_release_that_is_not_in_the_bag_is_not_available() {
    let offline = Offline::new();
    let gobag = offline.serve(&PROGRAM);
    let go = switcher(&offline, &gobag).with("GOTOOLCHAIN", "go1.27.0");
    let said = go.fails("version");
    assert!(said.contains("toolchain not available"), "{said}");
}
