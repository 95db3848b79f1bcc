//! The module cache that `gobag unpack --modcache` writes, in the hands of a go command that has
//! no proxy at all.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::support::bag::{Bag, stderr};
use crate::support::go::Go;
use crate::support::program::{PROGRAM, project};
use crate::support::public_bags::Offline;
use crate::support::releases::{NEWER, toolchain};
use crate::support::tree::Tree;
use crate::support::tree::files;
use crate::support::zoo;

/// A module cache in a folder that goes when it is dropped, writable again.
struct Cache {
    dir: TempDir,
}

impl Cache {
    fn of(bag: &Bag) -> Cache {
        let cache = Cache {
            dir: tempfile::tempdir().unwrap(),
        };
        bag.ok(["unpack", "--modcache", cache.path().to_str().unwrap()]);
        cache
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("mod")
    }

    /// The same user with this cache and nothing else.
    fn given(&self, go: Go) -> Go {
        go.with("GOMODCACHE", self.path().to_str().unwrap())
            .with("GOPROXY", "off")
            .with("GOFLAGS", "-mod=mod")
    }
}

impl Drop for Cache {
    fn drop(&mut self) {
        for entry in folders(self.dir.path()) {
            let mode = std::fs::Permissions::from_mode(0o755);
            let _ = std::fs::set_permissions(entry, mode);
        }
    }
}

/// All folders below one.
fn folders(folder: &Path) -> Vec<PathBuf> {
    let mut all = vec![folder.to_owned()];
    let mut next = 0;
    while next < all.len() {
        for entry in std::fs::read_dir(&all[next]).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                all.push(entry.path());
            }
        }
        next += 1;
    }
    all
}

/// Mode and content of all files, and the mode of all folders, by name.
fn content(folder: &Path) -> BTreeMap<String, (u32, Vec<u8>)> {
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    let all = files(folder).into_iter().map(|name| {
        let path = folder.join(&name);
        (name, (mode(&path), std::fs::read(&path).unwrap()))
    });
    let mut all: BTreeMap<_, _> = all.collect();
    for path in folders(folder) {
        let name = path.strip_prefix(folder).unwrap();
        all.insert(format!("{}/", name.display()), (mode(&path), Vec::new()));
    }
    all
}

#[test]
fn go_builds_and_verifies_without_a_proxy_or_a_go_sum() {
    let cache = Cache::of(&PROGRAM);
    let offline = Offline::new();
    let go = cache.given(offline.user("off"));
    project(&go);
    go.ok("build ./...");
    go.ok("vet ./...");
    assert_eq!(go.ok("mod verify"), "all modules verified\n");
    assert!(
        go.read("go.sum")
            .contains("github.com/spf13/cobra v1.8.1 h1:")
    );
    go.ok("mod tidy");
    go.ok("mod vendor");
}

#[test]
fn the_toolchain_runs_from_where_it_was_extracted() {
    let cache = Cache::of(&PROGRAM);
    let offline = Offline::new();
    let go = cache.given(offline.user("off")).with("GOTOOLCHAIN", NEWER);
    assert!(go.ok("version").contains(NEWER));
    project(&go);
    go.ok("build ./...");

    // It is what Go itself makes of the zip.
    let (dir, tree) = (tempfile::tempdir().unwrap(), "tree");
    let tree = dir.path().join(tree);
    PROGRAM.ok(["unpack", tree.to_str().unwrap()]);
    let theirs = Cache {
        dir: tempfile::tempdir().unwrap(),
    };
    let go = offline
        .user(&format!("file://{}", tree.display()))
        .with("GOMODCACHE", theirs.path().to_str().unwrap())
        .with("GOFLAGS", "")
        .with("GOTOOLCHAIN", NEWER);
    go.ok("version");
    let name = format!("golang.org/toolchain@{}", toolchain());
    let theirs = content(&theirs.path().join(&name));
    let ours = content(&cache.path().join(&name));
    let names = |all: &BTreeMap<String, (u32, Vec<u8>)>| -> Vec<(String, u32)> {
        all.iter()
            .map(|(n, (mode, _))| (n.clone(), *mode))
            .collect()
    };
    assert!(ours.len() > 5000);
    assert_eq!(names(&ours), names(&theirs));
    assert!(ours == theirs, "every byte");
}

#[test]
fn it_is_what_go_itself_leaves_behind() {
    let cache = Cache::of(&zoo::ZOO);
    let gobag = zoo::serve();
    let theirs = Cache {
        dir: tempfile::tempdir().unwrap(),
    };
    let go = Go::new(gobag.url())
        .with("GOMODCACHE", theirs.path().to_str().unwrap())
        .with("GOFLAGS", "");
    let listed = zoo::ZOO.ok(["list"]);
    let all: Vec<&str> = listed.lines().collect();
    go.ok(&format!("mod download {}", all.join(" ")));
    let sources = |cache: &Cache| {
        let mut all = content(&cache.path());
        all.retain(|name, _| !name.starts_with("cache/"));
        all
    };
    let (ours, their) = (sources(&cache), sources(&theirs));
    assert!(ours.contains_key("zoo.test/!c!g!o@v1.0.0/p.go"));
    assert_eq!(ours, their);
    let downloads = |cache: &Cache| {
        let mut all = content(&cache.path().join("cache/download"));
        let ends = [".zip", ".ziphash", ".mod"];
        all.retain(|name, _| ends.iter().any(|end| name.ends_with(end)));
        all
    };
    let (ours, mut their) = (downloads(&cache), downloads(&theirs));
    // Ours also has what is only in the graph.
    their.extend(
        ours.iter()
            .filter(|(n, _)| n.ends_with("graph/@v/v1.9.0.mod"))
            .map(|(n, c)| (n.clone(), c.clone())),
    );
    assert_eq!(ours, their);
    let odd = files(&cache.path());
    let odd: Vec<&String> = odd
        .iter()
        .filter(|n| n.ends_with(".lock") || n.ends_with(".partial"))
        .collect();
    assert!(odd.is_empty(), "{odd:?}");
}

#[test]
fn its_downloads_are_a_proxy_as_well() {
    let cache = Cache::of(&zoo::ZOO);
    let downloads = cache.path().join("cache/download");
    let go = Go::new(&format!("file://{}", downloads.display()));
    go.requires("1.21", &["zoo.test/CGO v1.0.0"]);
    go.ok("get zoo.test/graph@latest zoo.test/pseudo@latest");
    assert!(go.read("go.mod").contains("zoo.test/graph v1.0.0"));
}

#[test]
fn folders_can_be_left_writable() {
    let dir = tempfile::tempdir().unwrap();
    let to = dir.path().join("mod");
    zoo::ZOO.ok(["unpack", "--rw", "--modcache", to.to_str().unwrap()]);
    let modes: Vec<u32> = folders(&to)
        .iter()
        .map(|folder| folder.metadata().unwrap().permissions().mode() & 0o200)
        .collect();
    assert!(modes.iter().all(|mode| *mode == 0o200), "{modes:?}");
}

#[test]
fn an_empty_folder_is_filled_and_a_full_one_left_alone() {
    let bag = Tree::new().module("modcache.test/m", "v1.0.0").bag();
    let dir = tempfile::tempdir().unwrap();
    let to = dir.path().to_str().unwrap();
    let said = bag.ok(["unpack", "--rw", "--modcache", to]);
    assert!(said.starts_with("1 module version"), "{said}");
    let names = |dir: &Path| {
        let all = std::fs::read_dir(dir).unwrap();
        let mut all: Vec<_> = all.map(|e| e.unwrap().file_name()).collect();
        all.sort();
        all
    };
    assert_eq!(names(dir.path()), ["cache", "modcache.test"]);
    let output = bag.run(["unpack", "--modcache", to]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("not empty"), "{output:?}");
    assert_eq!(names(dir.path()), ["cache", "modcache.test"]);
}

#[test]
fn a_damaged_bag_leaves_nothing() {
    let tree = Tree::new();
    let noise = zoo::noise(100_000);
    let text = format!("package m // {}\n", noise.replace('\n', " "));
    tree.proxied(
        "modcache.test/bad",
        "v1.0.0",
        &[("go.mod", "module modcache.test/bad\n"), ("p.go", &text)],
    );
    tree.module("modcache.test/good", "v1.0.0");
    let mut bytes = std::fs::read(tree.bag().bin()).unwrap();
    let zip = std::fs::read(tree.path().join("modcache.test/bad/@v/v1.0.0.zip")).unwrap();
    let at = bytes
        .windows(64)
        .position(|window| window == &zip[50_000..50_064])
        .unwrap();
    bytes[at] ^= 1;
    let bag = Bag::written(&bytes);
    let dir = tempfile::tempdir().unwrap();
    for to in ["new", "there"] {
        let to = dir.path().join(to);
        if to.ends_with("there") {
            std::fs::create_dir(&to).unwrap();
        }
        let output = bag.run(["unpack", "--modcache", to.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(1));
        let said = stderr(&output);
        assert!(said.contains("modcache.test/bad@v1.0.0: "), "{said}");
        assert!(files(dir.path()).is_empty(), "{:?}", files(dir.path()));
    }
    let left = std::fs::read_dir(dir.path()).unwrap().count();
    assert_eq!(left, 1, "only the folder that was there");
}

#[test]
fn a_signal_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    for to in ["new", "."] {
        let to = dir.path().join(to);
        let mut child = Command::new(PROGRAM.bin())
            .args(["unpack", "--modcache"])
            .arg(&to)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let begun = || {
            let all = std::fs::read_dir(dir.path()).unwrap();
            let mut all = all.map(|e| e.unwrap().path().join("golang.org"));
            all.any(|path| path.exists())
        };
        while !begun() {
            assert!(child.try_wait().unwrap().is_none(), "it was too fast");
            std::thread::yield_now();
        }
        let kill = format!("kill -INT {}", child.id());
        Command::new("sh").args(["-c", &kill]).status().unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        let said = stderr(&output);
        assert!(
            said.contains("interrupted; the module cache was not written"),
            "{said}"
        );
        let left = std::fs::read_dir(dir.path()).unwrap();
        assert_eq!(left.count(), 0, "{}", to.display());
    }
}
