//! Source folders, zipped as `go` itself zips the same files: `CreateFromDir` of
//! golang.org/x/mod/zip.

use std::path::Path;
use std::process::Command;

use base64::Engine;
use sha2::{Digest, Sha256};

use crate::support::bag::{Bag, stderr};
use crate::support::go::Go;
use crate::support::tree::{Tree, escape};

/// Files of a module that is hard to zip right; the first is its `go.mod`.
fn tricky(go_line: &str) -> Vec<(&'static str, String)> {
    let go_mod = format!("module git.test/tricky.git\n\ngo {go_line}\n");
    let mut files = vec![("go.mod", go_mod)];
    for name in [
        "LICENSE",
        "p.go",
        "a-b/p.go",
        "a/p.go",
        "a.b/p.go",
        "Größe.txt",
        "with space.txt",
        ".hidden/x",
        ".gitattributes",
        "vendor/modules.txt",
        "vendor/x.test/y/y.go",
        "vendor/single.go",
        "pkg/vendor/x.go",
        "sub/vendor/sub.txt",
        "sub/vendor/x.test/y.go",
        "nested/go.mod",
        "nested/n.go",
        "nested/deep/n.go",
        "testdata/go.mod/not-a-file",
        "empty.txt",
        "sub/LICENSE",
    ] {
        let text = match name {
            "nested/go.mod" => "module git.test/tricky.git/nested\n".to_owned(),
            "empty.txt" | ".gitattributes" => String::new(),
            _ => format!("package p // {name}\n"),
        };
        files.push((name, text));
    }
    files
}

#[test]
fn a_folder_has_the_hash_that_go_computes_from_git() {
    for go_line in ["1.16", "1.23", "1.23.4", "1.24", "1.25.0"] {
        let files = tricky(go_line);
        let files: Vec<(&str, &str)> = files
            .iter()
            .map(|(name, text)| (*name, text.as_str()))
            .collect();
        let by_git = sums_from_git(&files);
        let tree = Tree::new();
        tree.folder("git.test/tricky.git", "v1.0.0", &files);
        let folder = tree.path().join("git.test/tricky.git@v1.0.0");
        std::os::unix::fs::symlink("p.go", folder.join("link.go")).unwrap();
        std::os::unix::fs::symlink("a", folder.join("linked")).unwrap();
        let served = sums_from(tree.bag());
        assert_eq!(served, by_git, "go {go_line}");
    }
}

#[test]
fn a_folder_without_go_mod_has_the_hash_that_go_computes_from_git() {
    let files = [
        ("p.go", "package p\n"),
        ("vendor/modules.txt", "# x\n"),
        ("vendor/a/a.go", "package a\n"),
    ];
    let tree = Tree::new();
    tree.folder("git.test/tricky.git", "v1.0.0", &files);
    assert_eq!(sums_from(tree.bag()), sums_from_git(&files));
}

#[test]
fn version_control_folders_are_left_out() {
    let tree = Tree::new();
    tree.module("tree.test/m", "v1.0.0");
    for folder in [".git", ".hg", ".svn", ".bzr", "sub/.git"] {
        tree.file(&format!("tree.test/m@v1.0.0/{folder}/config"), "[core]\n");
    }
    tree.file("tree.test/m@v1.0.0/.hg_archival.txt", "repo\n");
    let names = zip_names(&tree.bag(), "tree.test/m", "v1.0.0");
    assert_eq!(
        names,
        ["tree.test/m@v1.0.0/go.mod", "tree.test/m@v1.0.0/p.go"]
    );
}

#[test]
fn a_zip_that_we_make_has_no_folders_and_is_sorted() {
    let tree = Tree::new();
    let files = tricky("1.24");
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect();
    tree.folder("git.test/tricky.git", "v1.0.0", &files);
    let names = zip_names(&tree.bag(), "git.test/tricky.git", "v1.0.0");
    assert!(names.len() > 10, "{names:?}");
    assert!(names.iter().all(|name| !name.ends_with('/')), "{names:?}");
    assert!(names.is_sorted(), "{names:?}");
}

#[test]
fn the_same_folder_gives_the_same_bag() {
    let tree = Tree::new();
    tree.module("tree.test/m", "v1.0.0")
        .module("tree.test/n", "v1.0.0");
    let again = Tree::new();
    again
        .module("tree.test/n", "v1.0.0")
        .module("tree.test/m", "v1.0.0");
    let bytes = |bag: &Bag| std::fs::read(bag.bin()).unwrap();
    assert!(
        bytes(&tree.bag()) == bytes(&again.bag()),
        "the two binaries differ"
    );
}

#[test]
fn the_hash_that_go_writes_is_the_hash_of_the_files() {
    let gobag = Bag::example().serve();
    let go = Go::new(gobag.url());
    go.requires("1.21", &["example.com/gobag/greet/v2 v2.0.0"]);
    go.ok("mod download example.com/gobag/greet/v2");
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("modules/example.com/gobag/greet/v2@v2.0.0");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let name = format!("example.com/gobag/greet/v2@v2.0.0/{name}");
        files.push((name, std::fs::read(entry.path()).unwrap()));
    }
    let sum = hash(
        files
            .iter()
            .map(|(name, bytes)| (name.clone(), bytes.as_slice())),
    );
    let line = format!("example.com/gobag/greet/v2 v2.0.0 {sum}\n");
    assert!(go.read("go.sum").contains(&line), "{}", go.read("go.sum"));
}

/// `h1:` of files, told again from its definition rather than taken from our own crate.
pub fn hash<'a>(files: impl IntoIterator<Item = (String, &'a [u8])>) -> String {
    let mut files: Vec<(String, &[u8])> = files.into_iter().collect();
    files.sort();
    let mut all = Sha256::new();
    for (name, bytes) in files {
        let digest: String = Sha256::digest(bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        all.update(format!("{digest}  {name}\n"));
    }
    format!(
        "h1:{}",
        base64::engine::general_purpose::STANDARD.encode(all.finalize())
    )
}

/// The names inside a served zip, in their order.
pub fn zip_names(bag: &Bag, path: &str, version: &str) -> Vec<String> {
    let gobag = bag.serve();
    let bytes = gobag
        .get(&format!("/{}/@v/{}.zip", escape(path), escape(version)))
        .body;
    let zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    (0..zip.len())
        .map(|index| zip.name_for_index(index).unwrap().unwrap().into_owned())
        .collect()
}

/// Both sums of the module in a bag, as `go` finds them.
fn sums_from(bag: Bag) -> [String; 2] {
    let gobag = bag.serve();
    sums(&Go::new(gobag.url()))
}

/// Both sums of a module in a git repository with the same files, as `go` finds them.
fn sums_from_git(files: &[(&str, &str)]) -> [String; 2] {
    let host = tempfile::tempdir().unwrap();
    let repo = host.path().join("tricky");
    for (name, text) in files {
        let file = repo.join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    std::os::unix::fs::symlink("p.go", repo.join("link.go")).unwrap();
    let nobody = ["-c", "user.name=nobody", "-c", "user.email=nobody@git.test"];
    for args in [
        &["init", "--quiet"][..],
        &["add", "--force", "."],
        &["commit", "--quiet", "--message", "all"],
        &["tag", "v1.0.0"],
    ] {
        let mut git = Command::new("git");
        git.env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null");
        let output = git.current_dir(&repo).args(nobody).args(args).output();
        let output = output.expect("these tests need git: apt-get install git");
        assert!(output.status.success(), "git {args:?}: {}", stderr(&output));
    }
    let go = Go::new("direct")
        .with("GOSUMDB", "off")
        .with("GIT_CONFIG_COUNT", "1")
        .with(
            "GIT_CONFIG_KEY_0",
            &format!("url.file://{}/.insteadOf", host.path().display()),
        )
        .with("GIT_CONFIG_VALUE_0", "https://git.test/");
    sums(&go)
}

fn sums(go: &Go) -> [String; 2] {
    let told = go.ok("mod download -json git.test/tricky.git@v1.0.0");
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    ["Sum", "GoModSum"].map(|key| told[key].as_str().unwrap().to_owned())
}
