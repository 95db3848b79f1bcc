//! The plain tree that `gobag unpack` writes, without us: <https://go.dev/ref/mod#serving-from-proxy>.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::support::bag::Bag;
use crate::support::go::Go;
use crate::support::tree::files;
use crate::support::zoo;

fn unpack(bag: &Bag) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let tree = dir.path().join("tree");
    bag.ok(["unpack", tree.to_str().unwrap()]);
    (dir, tree)
}

fn uses_it(go: &Go) {
    go.requires("1.21", &["zoo.test/CGO v1.0.0", "zoo.test/bytes v1.0.0"]);
    go.ok("mod download");
    go.ok("get zoo.test/mixed@latest zoo.test/pseudo@latest zoo.test/graph@latest");
    let go_mod = go.read("go.mod");
    for line in [
        "zoo.test/mixed v1.10.0",
        "zoo.test/pseudo v0.0.0-20250601000000-bbbbbbbbbbbb",
        "zoo.test/graph v1.0.0",
    ] {
        assert!(go_mod.contains(line), "{go_mod}");
    }
    go.ok("mod verify");
    go.ok("install zoo.test/graph/cmd/hi@v1.0.0");
}

#[test]
fn go_reads_the_folder_itself() {
    let (_dir, tree) = unpack(&zoo::ZOO);
    uses_it(&Go::new(&format!("file://{}", tree.display())));
}

#[test]
fn any_static_web_server_serves_the_folder() {
    let (_dir, tree) = unpack(&zoo::ZOO);
    let mut server = Command::new("python3")
        .args([
            "-u",
            "-m",
            "http.server",
            "--bind",
            "127.0.0.1",
            "--directory",
        ])
        .arg(&tree)
        .arg("0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("this test needs python3: apt-get install python3");
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let (_, rest) = line.split_once("(http://").expect(&line);
    let address = rest.split('/').next().unwrap();
    let used = std::panic::catch_unwind(|| uses_it(&Go::new(&format!("http://{address}"))));
    server.kill().unwrap();
    server.wait().unwrap();
    used.unwrap();
}

#[test]
fn the_folder_is_what_the_server_answers() {
    let (_dir, tree) = unpack(&zoo::ZOO);
    let gobag = zoo::serve();
    let files = files(&tree);
    assert!(files.len() > 50, "{files:?}");
    for name in files {
        let reply = gobag.get(&format!("/{name}"));
        assert_eq!(reply.status, 200, "{name}");
        assert!(
            reply.body == std::fs::read(tree.join(&name)).unwrap(),
            "{name}"
        );
    }
}

#[test]
fn the_folder_is_a_bag_again() {
    let (_dir, tree) = unpack(&zoo::ZOO);
    assert_eq!(
        Bag::of(&tree).ok(["list", "--json"]),
        zoo::ZOO.ok(["list", "--json"])
    );
}
