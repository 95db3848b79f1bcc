//! Container images, read and run by the tools that are there for them.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::bag::{Bag, built, stderr, text};
use crate::support::go::Go;
use crate::support::gobag::Gobag;
use crate::support::namespace::{Namespace, is_root};
use crate::support::tree::Tree;

/// What these tests are of, as a program that names no loader: cargo links it to a C library, and
/// to link all of it once more would take minutes. Who runs it brings the loader along.
fn alone() -> Bag {
    let mut bytes = std::fs::read(built()).unwrap();
    let number =
        |bytes: &[u8], at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
    let table = number(&bytes, 32) as usize;
    for entry in 0..usize::from(bytes[56]) {
        let at = table + 56 * entry;
        if bytes[at..at + 4] == [3, 0, 0, 0] {
            bytes[at] = 0;
        }
    }
    Bag::written(&bytes)
}

/// The loader that the program was linked for: `/lib64/ld-linux-x86-64.so.2`.
fn loader() -> String {
    let output = Command::new("readelf").args(["-l", built()]).output();
    let output = output.expect("this test needs readelf: apt-get install binutils");
    let told = String::from_utf8(output.stdout).unwrap();
    let (_, rest) = told.split_once("program interpreter: ").unwrap();
    rest.split(']').next().unwrap().to_owned()
}

/// The bag of `tree` on a program that needs nothing else.
fn packed(tree: &Tree, dir: &Path) -> Bag {
    let (import, engine) = (text(tree.path()), alone());
    let arguments = ["--import", import, "--engine", text(engine.bin())];
    Bag::packed(&arguments, dir.join("app-bag")).0
}

fn image(arguments: &[&str]) -> Output {
    let mut command = Command::new(built());
    command.arg("image").args(arguments).output().unwrap()
}

/// What a program prints, which must succeed; it comes with the package of its name.
fn tool(program: &str, arguments: &[&str], folder: &Path) -> String {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(folder)
        .env("TMPDIR", folder);
    let output = command.output();
    let output = output.unwrap_or_else(|e| panic!("{program}: {e}: apt-get install {program}"));
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {}",
        stderr(&output)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn skopeo_and_tar_find_one_program_and_what_it_carries() {
    let (tree, dir) = (Tree::new(), tempfile::tempdir().unwrap());
    tree.module("tree.test/m", "v1.0.0");
    tree.module("tree.test/m", "v1.1.0");
    let (bag, dir) = (packed(&tree, dir.path()), dir.path());
    let (file, plain) = (dir.join("app.tar"), dir.join("plain.tar"));
    let output = image(&[
        text(bag.bin()),
        "-o",
        text(&file),
        "--tag",
        "a.test/app-bag:june",
        "--json",
    ]);
    assert!(output.status.success(), "{}", stderr(&output));
    let told = parsed(&String::from_utf8(output.stdout).unwrap());
    let digest = Bag::example().ok(["digest", text(bag.bin())]);
    let archive = digest.split_whitespace().nth(1).unwrap();
    assert_eq!(told["archive_sha256"], archive);
    assert_eq!(told["bytes"], file.metadata().unwrap().len());
    assert_eq!(told["name"], "a.test/app-bag:june");

    let inspect = |from: &str| parsed(&tool("skopeo", &["inspect", from], dir));
    let found = inspect("oci-archive:app.tar:a.test/app-bag:june");
    assert_eq!(found["Digest"], told["image"]);
    assert_eq!(
        format!("{}/{}", found["Os"], found["Architecture"]).replace('"', ""),
        told["platform"]
    );
    let labels = json!({
        "gobag.archive_sha256": archive,
        "gobag.modules": "1",
        "gobag.versions": "2",
        "org.opencontainers.image.title": "gobag",
    });
    assert_eq!(found["Labels"], labels);
    // The form of docker load has the same layer and configuration.
    let docker = inspect("docker-archive:app.tar");
    assert_eq!(
        (&docker["Layers"], &docker["Labels"]),
        (&found["Layers"], &labels)
    );

    // From the bag itself, or of a bag on another program: the same bytes, and the same image
    // whatever it is called.
    let output = Command::new(built())
        .args([
            "pack",
            "--no-prove",
            "--no-sums",
            "--import",
            text(tree.path()),
        ])
        .args(["-o", text(&dir.join("other-bag"))])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let (engine, other) = (alone(), dir.join("other-bag"));
    let same = ["-o", text(&plain), "--engine", text(engine.bin())];
    for (from, named) in [(&other, true), (&other, false)] {
        let name: &[&str] = if named {
            &["--tag", "a.test/app-bag:june"]
        } else {
            &[]
        };
        let output = image(&[&[text(from)], &same[..], name].concat());
        assert!(output.status.success(), "{}", stderr(&output));
        let printed = String::from_utf8(output.stdout).unwrap();
        let digest = told["image"].as_str().unwrap();
        assert_eq!(printed, format!("image    {digest}\narchive  {archive}\n"));
        let equal = std::fs::read(&plain).unwrap() == std::fs::read(&file).unwrap();
        assert_eq!(equal, named);
    }
    assert_eq!(inspect("oci-archive:plain.tar")["Digest"], told["image"]);

    let layer = found["Layers"][0]
        .as_str()
        .unwrap()
        .replace("sha256:", "blobs/sha256/");
    tool("tar", &["xf", "app.tar", &layer], dir);
    let listed = tool("tar", &["tvf", &layer, "--utc", "--numeric-owner"], dir);
    let words: Vec<&str> = listed.split_whitespace().collect();
    let bytes = bag.bin().metadata().unwrap().len().to_string();
    let want = ["-rwxr-xr-x", "0/0", &bytes, "1970-01-01", "00:00", "gobag"];
    assert_eq!(words, want, "{listed}");
}

/// A bundle that runc runs, of the image `name` in `file`: no capability, a root that cannot be
/// written to, no network but the one that it is started in.
fn bundle(file: &Path, name: &str, dir: &Path) {
    let from = format!("oci-archive:{}:{name}", file.display());
    tool(
        "skopeo",
        &[
            "--insecure-policy",
            "copy",
            "--quiet",
            &from,
            "oci:layout:app",
        ],
        dir,
    );
    let rootless: &[&str] = if is_root() { &[] } else { &["--rootless"] };
    let unpack = [&["unpack"], rootless, &["--image", "layout:app", "bundle"]].concat();
    tool("umoci", &unpack, dir);
    let file = dir.join("bundle/config.json");
    let mut config = parsed(&std::fs::read_to_string(&file).unwrap());
    let process = &mut config["process"];
    assert_eq!(process["user"], json!({"uid": 65532, "gid": 65532}));
    assert_eq!(
        process["args"],
        json!(["/gobag", "serve", "--listen", ":8080"])
    );
    process["args"]
        .as_array_mut()
        .unwrap()
        .insert(0, loader().into());
    process["terminal"] = false.into();
    process["capabilities"] = json!({});
    process["env"] = json!([]);
    if !is_root() {
        // The one user that is known there.
        process["user"] = json!({"uid": 0, "gid": 0});
    }
    config["root"]["readonly"] = true.into();
    let spaces = config["linux"]["namespaces"].as_array_mut().unwrap();
    spaces.retain(|space| space["type"] != "network");
    let linux = config["linux"].as_object_mut().unwrap();
    linux.retain(|key, _| !key.ends_with("Paths"));
    let libraries = ["/lib", "/lib64"]
        .into_iter()
        .filter(|dir| Path::new(dir).exists());
    let bind = |dir| json!({"destination": dir, "source": dir, "type": "bind", "options": ["rbind", "ro"]});
    let mut mounts: Vec<Value> = libraries.map(bind).collect();
    mounts.push(json!({"destination": "/proc", "source": "proc", "type": "proc"}));
    config["mounts"] = mounts.into();
    std::fs::write(file, config.to_string()).unwrap();
}

/// A container that is gone when this is dropped.
struct Container {
    _dir: TempDir,
    gobag: Gobag,
}

#[test]
fn a_container_of_it_serves_go_and_ends_at_sigterm() {
    let (tree, dir) = (Tree::new(), tempfile::tempdir().unwrap());
    tree.module("tree.test/m", "v1.0.0");
    let bag = packed(&tree, dir.path());
    let file = dir.path().join("app.tar");
    let output = image(&[text(bag.bin()), "-o", text(&file), "--tag", "app-bag:june"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let then = format!(
        "then: podman load -i {} && podman run --rm -p 8080:8080 app-bag:june\n",
        file.display()
    );
    assert_eq!(stderr(&output), then);
    bundle(&file, "app-bag:june", dir.path());

    // Port 8080 of a network in which nothing else is.
    let namespace = Namespace::new();
    let mut run = namespace.command("runc");
    let path = std::env::var("PATH").unwrap() + ":/usr/sbin";
    run.env("PATH", path).current_dir(dir.path());
    run.args([
        "--root",
        text(&dir.path().join("run")),
        "run",
        "--bundle",
        "bundle",
        "gobag",
    ]);
    let container = Container {
        gobag: Gobag::start(run),
        _dir: dir,
    };
    container.gobag.logged("in a box: no files");
    let go = Go::new("http://127.0.0.1:8080").through(&namespace.words());
    go.requires("1.24", &["tree.test/m v1.0.0"]);
    go.ok("mod download -json tree.test/m@v1.0.0");
    container.gobag.logged("GET /tree.test/m/@v/v1.0.0.zip 200");
    let (status, lines) = container.gobag.terminate();
    assert!(status.success(), "{status}: {lines:#?}");
}

#[test]
fn what_could_not_run_or_would_replace_something_is_refused() {
    let (tree, dir) = (Tree::new(), tempfile::tempdir().unwrap());
    tree.module("tree.test/m", "v1.0.0");
    let (bag, dir) = (packed(&tree, dir.path()), dir.path());
    let (bin, file) = (text(bag.bin()), dir.join("app.tar"));
    let mut damaged = std::fs::read(bin).unwrap();
    damaged[100_000] ^= 1;
    let damaged = Bag::written(&damaged);
    let dynamic = tree.bag();
    std::fs::write(dir.join("notes"), "oci-layout and more").unwrap();
    let (out, notes) = (text(&file), dir.join("notes"));
    for (arguments, code, part) in [
        (
            &[text(dynamic.bin()), "-o", out][..],
            1,
            "; name a static gobag by --engine, which then has this bag",
        ),
        (
            &[bin, "--engine", built(), "-o", out],
            1,
            "is no static program: it needs a C library",
        ),
        (
            &[bin, "--engine", "/bin/sh", "-o", out],
            1,
            "is a program, but no gobag",
        ),
        (
            &[text(damaged.bin()), "-o", out],
            1,
            "is not as it was written, by the digest at its end",
        ),
        (
            &[bin, "-o", bin],
            1,
            "is no image; choose another name, or remove it",
        ),
        (&[bin, "-o", text(&notes)], 1, "is no image"),
        (&[bin, "-o", "/dev/null"], 1, "is no plain file"),
        (
            &[bin, "-o", text(&dir.join("nowhere/app.tar"))],
            1,
            "nowhere/app.tar",
        ),
        (
            &[bin, "-o", out, "--tag", "App"],
            2,
            "gobag: --tag: \"App\" is no name of an image; it has lower-case words",
        ),
        (&[bin], 2, "no file to write; name one with -o"),
    ] {
        let output = image(arguments);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(said.contains(part), "{arguments:?}: {said}");
    }
    let mut left: Vec<_> = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    left.sort();
    assert_eq!(left, ["app-bag", "notes"]);
}
