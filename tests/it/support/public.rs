//! Real modules and what sum.golang.org says of them, captured on the connected side.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::support::bag::built;
use crate::support::go::Go;
use crate::support::place::{Place, patiently};
use crate::support::tree::files;
use crate::support::tree::{Tree, escape};

/// The name of the public database.
pub const NAME: &str = "sum.golang.org";

/// A real head of it, from 2026.
pub const OLD_HEAD: &str = "go.sum database tree\n63096908\n8lHrQPRYe4KT4WQ9/Qk8/taKnD6IRHbFgfN7vQE2Y54=\n\n— sum.golang.org Az3gri/oVBN1jAhNZ/iS+W31psFAWRT20/GyrhpU6taFwulQGetBkH5S7wpGXdS935jiIGiUUAXBVHzT/P6fYhqAmAk=\n";

/// How many records the database had then.
pub const OLD_SIZE: u64 = 63_096_908;

/// A few of the [`versions`], with records that are older than [`OLD_HEAD`].
pub const FEW: [(&str, &str); 6] = [
    ("github.com/pkg/errors", "v0.9.1"),
    ("github.com/MakeNowJust/heredoc", "v1.0.0"),
    ("github.com/kr/fs", "v0.1.0"),
    ("github.com/kr/text", "v0.2.0"),
    ("github.com/mitchellh/go-homedir", "v1.1.0"),
    ("github.com/google/uuid", "v1.6.0"),
];

/// Path and version of each captured module: those of a well-known program's build list that
/// are smaller than 400 KiB.
pub fn versions() -> Vec<(&'static str, &'static str)> {
    let lines = include_str!("public_versions.txt").lines();
    lines.map(|line| line.split_once(' ').unwrap()).collect()
}

/// A module cache as `go mod download` leaves it, with what go itself asked of the database.
fn cache() -> &'static Path {
    static CACHE: OnceLock<PathBuf> = OnceLock::new();
    CACHE.get_or_init(|| {
        let place = Place::named("public");
        place.once(|folder| {
            let go = Go::online().with("GOMODCACHE", folder.to_str().unwrap());
            let names: Vec<String> = versions().iter().map(|(p, v)| format!("{p}@{v}")).collect();
            patiently(|| go.run(&format!("mod download {}", names.join(" "))));
        });
        place.path().to_owned()
    })
}

/// The checksum data that the go command left in its cache: lookups with heads of different
/// days, tiles as wide as they were.
pub fn left_by_go() -> PathBuf {
    cache().join("cache/download/sumdb")
}

/// The `.info`, `.mod` and `.zip` of the [`versions`] and, in `sumdb/`, what
/// `gobag capture-sums` fetched; what was fetched by an earlier run is kept.
pub fn captured() -> &'static Path {
    static CAPTURED: OnceLock<PathBuf> = OnceLock::new();
    CAPTURED.get_or_init(|| {
        let place = Place::named("captured");
        place.once(|folder| copy_modules(&folder.join("modules"), &versions()));
        let _alone = place.lock();
        let head = place.path().join("old-head");
        std::fs::write(&head, OLD_HEAD).unwrap();
        let modules = place.path().join("modules");
        let said = capture(&modules, &["--known-head", head.to_str().unwrap()]);
        let all = versions().len();
        assert!(
            said.starts_with(&format!("{all} records of {NAME} in ")),
            "{said}"
        );
        assert!(
            said.ends_with("/sumdb (0 without a record, 0 private)\n"),
            "{said}"
        );
        modules
    })
}

/// What `gobag capture-sums` says when it is done with `modules`.
fn capture(modules: &Path, arguments: &[&str]) -> String {
    patiently(|| {
        let mut gobag = gobag_online("capture-sums");
        gobag.arg(modules).args(arguments).output().unwrap()
    })
}

/// A command of gobag on the connected side.
pub fn gobag_online(command: &str) -> Command {
    let home = Place::named("home");
    std::fs::create_dir_all(home.path()).unwrap();
    let mut gobag = Go::online().command(built());
    // The user's own home goes when the user does.
    for (key, folder) in [("HOME", ""), ("GOPATH", "go"), ("GOMODCACHE", "mod")] {
        gobag.env(key, home.path().join(folder));
    }
    gobag.current_dir(home.path()).arg(command);
    gobag
}

/// Copies the files that a proxy serves of `versions` to the folder `to`.
fn copy_modules(to: &Path, versions: &[(&str, &str)]) {
    for (path, version) in versions {
        let folder = format!("{}/@v", escape(path));
        std::fs::create_dir_all(to.join(&folder)).unwrap();
        for end in ["info", "mod", "zip"] {
            let name = format!("{folder}/{}.{end}", escape(version));
            let from = cache().join("cache/download").join(&name);
            std::fs::copy(&from, to.join(&name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        }
    }
}

/// A folder with `versions`, their records, and all tiles that were captured; under the newest
/// head, or as if everything had been captured when `head` was the newest.
pub fn tree_of(versions: &[(&str, &str)], head: Option<&str>) -> Tree {
    let tree = Tree::new();
    copy_modules(tree.path(), versions);
    let sums = captured().join("sumdb").join(NAME);
    let put = |name: &str, bytes: &[u8]| {
        tree.file(&format!("sumdb/{NAME}/{name}"), bytes);
    };
    for (path, version) in versions {
        let name = format!("lookup/{}@{}", escape(path), escape(version));
        let mut answer = std::fs::read_to_string(sums.join(&name)).unwrap();
        if let Some(head) = head {
            let record = answer.find("\n\n").unwrap() + 2;
            answer.truncate(record);
            answer.push_str(head);
        }
        put(&name, answer.as_bytes());
    }
    for name in files(&sums).iter().filter(|name| name.starts_with("tile/")) {
        put(name, &std::fs::read(sums.join(name)).unwrap());
    }
    let latest = std::fs::read(sums.join("latest")).unwrap();
    put("latest", head.map_or(&latest, |head| head.as_bytes()));
    tree
}
