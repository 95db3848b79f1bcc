//! `pack --compact`: zips held in less room.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::pack::failures;
use crate::support::bag::{Bag, built, stderr, text};
use crate::support::go::Go;
use crate::support::project::names;
use crate::support::tree::{Tree, files, go_mod};

/// Modules of which each file is like the others, one that is short, and one of bytes that nothing
/// makes less.
fn tree() -> Tree {
    let tree = Tree::new();
    let (like, go_mod) = (
        |n: u32| format!("package p\n\nconst N{n} = {n}\n").repeat(40),
        go_mod,
    );
    let files: Vec<(String, String)> = (0..400).map(|n| (format!("p/{n}.txt"), like(n))).collect();
    let text = go_mod("compact.test/like");
    let mut named: Vec<(&str, &str)> = vec![("go.mod", &text)];
    named.extend(files.iter().map(|(name, text)| (&**name, &**text)));
    tree.folder("compact.test/like", "v1.0.0", &named);
    tree.module("compact.test/short", "v1.0.0");
    tree
}

/// The command that packs a tree compact, for a user whose cache folder is `cache`.
fn packing(tree: &Tree, cache: &Path, file: &Path) -> Command {
    let mut command = Command::new(built());
    command.args(["pack", "--compact", "--no-prove", "--no-sums"]);
    command.args(["--import", text(tree.path()), "-o", text(file)]);
    command.env("XDG_CACHE_HOME", cache);
    command
}

fn packed(mut command: Command, file: PathBuf) -> (Bag, String) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    (Bag::at(file), stderr(&output))
}

/// A folder that is one user's alone.
fn private() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn sizes(bag: &Bag) -> Vec<(u64, u64)> {
    let told: serde_json::Value = serde_json::from_str(&bag.ok(["list", "--json"])).unwrap();
    let told = told.as_array().unwrap().iter();
    let size = |row: &serde_json::Value, name: &str| row[name].as_u64().unwrap();
    told.map(|row| (size(row, "zip_bytes"), size(row, "held_bytes")))
        .collect()
}

#[test]
fn a_project_is_packed_proved_and_built_from_it() {
    let upstream = failures::upstream(true);
    let project = failures::project(upstream.url());
    project.ok("", "mod tidy");
    let said = project.packs("app -o bag --compact");
    assert!(
        said.contains("compacting") && said.contains("(compact)"),
        "{said}"
    );
    let bag = Bag::at(project.beside("bag"));
    assert!(
        bag.ok(["verify"]).contains("3 module"),
        "{}",
        bag.ok(["verify"])
    );
    let exec = project.go().command(text(bag.bin()));
    let mut exec = { exec };
    exec.args(["exec", "--", "go", "build", "./..."])
        .current_dir(project.dir());
    let output = exec.output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
}

#[test]
fn the_same_work_makes_the_same_bytes_and_is_done_once() {
    let (tree, one, other, out) = (tree(), private(), private(), private());
    let file = |name: &str| out.path().join(name);
    let (bag, _) = packed(packing(&tree, one.path(), &file("a")), file("a"));
    let sizes = sizes(&bag);
    assert!(sizes[0].1 < sizes[0].0 / 5, "{sizes:?}");
    let plain = tree.plain_bag();
    assert!(fs::metadata(bag.bin()).unwrap().len() < fs::metadata(plain.bin()).unwrap().len());

    // By one thread alone, and nothing is known of it.
    let mut alone = Command::new("taskset");
    let command = packing(&tree, other.path(), &file("b"));
    alone
        .args(["-c", "0"])
        .arg(command.get_program())
        .args(command.get_args());
    alone.env("XDG_CACHE_HOME", other.path());
    packed(alone, file("b"));
    assert!(fs::read(file("a")).unwrap() == fs::read(file("b")).unwrap());

    // Once more: what is kept is taken.
    let kept = one.path().join("gobag/compact");
    let frames: Vec<String> = names(&kept);
    assert_eq!(frames.len(), 4, "{frames:?}");
    let made = |name: &String| fs::metadata(kept.join(name)).unwrap().created().unwrap();
    let first: Vec<_> = frames.iter().map(made).collect();
    packed(packing(&tree, one.path(), &file("c")), file("c"));
    assert_eq!(frames.iter().map(made).collect::<Vec<_>>(), first);
    // What was changed there is made anew.
    for name in frames.iter().filter(|name| name.ends_with(".zst")) {
        fs::write(kept.join(name), "changed").unwrap();
    }
    packed(packing(&tree, one.path(), &file("d")), file("d"));
    for name in ["c", "d"] {
        assert!(fs::read(file("a")).unwrap() == fs::read(file(name)).unwrap());
    }
}

#[test]
fn without_a_home_nothing_is_kept() {
    let (tree, out) = (tree(), private());
    let file = out.path().join("bag");
    let mut command = packing(&tree, out.path(), &file);
    command.env_clear().env("TMPDIR", out.path());
    let (bag, _) = packed(command, file);
    assert!(sizes(&bag)[0].1 > 0);
    assert_eq!(names(out.path()), ["bag"]);
}

#[test]
fn an_interrupted_one_leaves_nothing() {
    let (tree, cache, out) = (tree(), private(), private());
    // As much as takes a while.
    for version in 1..40 {
        let text = go_mod("compact.test/many");
        let content = format!("{version}\n").repeat(4_000_000);
        let files = [("go.mod", &*text), ("a.txt", &*content)];
        tree.folder("compact.test/many", &format!("v1.0.{version}"), &files);
    }
    let file = out.path().join("bag");
    let mut command = packing(&tree, cache.path(), &file);
    command.env("TMPDIR", out.path());
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut said = String::new();
    while !said.starts_with("compacting") {
        said.clear();
        assert!(stderr.read_line(&mut said).unwrap() > 0);
    }
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    let mut rest = String::new();
    std::io::Read::read_to_string(&mut stderr, &mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1), "{rest}");
    assert!(
        rest.ends_with("gobag: interrupted; nothing was written\n"),
        "{rest}"
    );
    assert_eq!(names(out.path()), Vec::<String>::new());
    // What was done in full is kept.
    let kept = names(&cache.path().join("gobag/compact"));
    let whole = |name: &String| name.ends_with(".zst") || name.ends_with(".json");
    assert!(kept.iter().all(whole), "{kept:?}");
}

#[test]
fn it_is_unpacked_as_it_is_sent() {
    let (tree, cache, out) = (tree(), private(), private());
    let file = out.path().join("bag");
    let (bag, _) = packed(packing(&tree, cache.path(), &file), file);
    let gobag = bag.serve();
    let place = |name: &str| out.path().join(name);
    bag.ok(["unpack", text(&place("tree"))]);
    let unpacked = files(&place("tree"));
    assert!(
        unpacked
            .iter()
            .filter(|name| name.ends_with(".zip"))
            .count()
            == 2
    );
    for name in unpacked {
        let bytes = fs::read(place("tree").join(&name)).unwrap();
        assert!(bytes == gobag.get(&format!("/{name}")).body, "{name}");
    }
    bag.ok(["unpack", "--modcache", text(&place("mod")), "--rw"]);
    let go = Go::new("off").with("GOMODCACHE", text(&place("mod")));
    go.requires(
        "1.24",
        &["compact.test/like v1.0.0", "compact.test/short v1.0.0"],
    );
    go.ok("mod tidy -e");
    go.requires(
        "1.24",
        &["compact.test/like v1.0.0", "compact.test/short v1.0.0"],
    );
    let said = go.ok("mod verify");
    assert!(said.contains("all modules verified"), "{said}");
}

#[test]
fn what_is_carried_stays_compact_and_a_flip_in_it_is_found() {
    let (tree, cache, out) = (tree(), private(), private());
    let file = out.path().join("bag");
    let (bag, _) = packed(packing(&tree, cache.path(), &file), file);
    let more = Tree::new();
    more.module("compact.test/more", "v1.0.0");
    let added = out.path().join("added");
    let mut add = Command::new(bag.bin());
    add.args(["pack", "--add", "--no-prove", "--no-sums"]);
    add.args(["--import", text(more.path()), "-o", text(&added)]);
    add.env("XDG_CACHE_HOME", cache.path());
    let (added, _) = packed(add, added);
    assert_eq!(sizes(&added).len(), 3);
    assert_eq!(sizes(&added)[0], sizes(&bag)[0]);

    let mut bytes = fs::read(bag.bin()).unwrap();
    let name = b"compact.test/like/@v/v1.0.0.zip.zst";
    let at = bytes.windows(name.len()).position(|w| w == name).unwrap();
    bytes[at + name.len() + 5_000] ^= 1;
    let flipped = out.path().join("flipped");
    fs::write(&flipped, bytes).unwrap();
    let output = Command::new(built())
        .arg("verify")
        .arg(&flipped)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(
        said.contains("compact.test/like/@v/v1.0.0.zip: its SHA-256"),
        "{said}"
    );
}
