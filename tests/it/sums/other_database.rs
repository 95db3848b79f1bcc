//! Another checksum database than the one that `go env` names.

use std::fs;

use crate::sums::upstream::{LOGGED, MODULES, Upstream, key, modules, name, user};
use crate::support::bag::{Bag, built, stderr, text};
use crate::support::public_bags::bag_file;

#[test]
fn another_database_is_captured_by_its_key() {
    let gobag = LOGGED.serve();
    let upstream = Upstream::relay(None, &gobag, None);
    let go = user(&upstream.url).with("GOSUMDB", "off");
    let tree = modules();
    let capture = |arguments: &[&str]| {
        let mut command = go.command(built());
        command.arg("capture-sums").args(arguments);
        command.output().unwrap()
    };
    let refused = capture(&[text(tree.path())]);
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    let said = "gobag: GOSUMDB is off: there is no checksum database to ask; name one with --key\n";
    assert_eq!(stderr(&refused), said);
    assert_eq!(upstream.paths(), [""; 0]);
    let captured = capture(&[text(tree.path()), "--key", &key()]);
    assert!(captured.status.success(), "{}", stderr(&captured));
    let (all, folder) = (MODULES.len(), tree.path().join("sumdb"));
    let told = format!(
        "{all} records of {} in {} (0 without a record, 0 private)\n",
        name(),
        folder.display()
    );
    assert_eq!(String::from_utf8_lossy(&captured.stdout), told);
    // Whoever packs the folder later finds the key there.
    let (bag, _) = Bag::packed(&["--import", text(tree.path())], bag_file("by-key"));
    let served = bag.serve();
    for (path, version) in MODULES {
        user(served.url()).ok(&format!("mod download {path}@{version}"));
    }
}

#[test]
fn the_folder_of_modules_need_not_be_named() {
    let gobag = LOGGED.serve();
    let go = user(gobag.url());
    let capture = || go.command(built()).arg("capture-sums").output().unwrap();
    let refused = capture();
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    assert!(stderr(&refused).contains("modules: "), "{refused:?}");
    let from = modules();
    let mut copy = go.command("cp");
    let copied = copy.arg("-R").arg(from.path()).arg("modules").status();
    assert!(copied.unwrap().success());
    let captured = capture();
    assert!(captured.status.success(), "{}", stderr(&captured));
    let said = String::from_utf8(captured.stdout).unwrap();
    assert!(said.contains(" in modules/sumdb ("), "{said}");
    assert!(go.work().join("modules/sumdb").join(name()).is_dir());
    // A module that breaks a rule is told, and nothing is fetched for it.
    fs::write(go.work().join("modules/capture.test/X@v1.0.0"), "").unwrap();
    let refused = capture();
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    assert!(
        stderr(&refused).contains("capture.test/X@v1.0.0"),
        "{refused:?}"
    );
}
