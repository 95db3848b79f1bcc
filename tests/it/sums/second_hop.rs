//! Checksum data of a folder that an unpacked bag is.

use crate::sums::upstream::{LOGGED, MODULES, key, modules, user};
use crate::support::bag::{Bag, built, stderr, text};
use crate::support::public_bags::bag_file;

#[test]
fn records_are_read_from_a_folder_as_go_reads_them() {
    let dir = tempfile::tempdir().unwrap();
    let tree = dir.path().join("a tree");
    LOGGED.ok(["unpack", text(&tree)]);
    let url = format!("file://{}", text(&tree).replace(' ', "%20"));
    let go = user(&url);
    go.ok("mod download capture.test/a@v1.0.0");
    let source = modules();
    // The key of the option counts, and not what go env names.
    let mut pack = go.command(built());
    pack.env("GOSUMDB", "off");
    let file = bag_file("second-hop");
    pack.args([
        "pack",
        "--import",
        text(source.path()),
        "--sumdb",
        &key(),
        "-o",
        text(&file),
    ]);
    let output = pack.output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    // Somebody who has the second bag alone believes it.
    let served = Bag::at(file).serve();
    for (path, version) in MODULES {
        user(served.url()).ok(&format!("mod download {path}@{version}"));
    }
}
