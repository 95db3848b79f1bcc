//! Records and tiles never change: what was proved once is not asked for again.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::sums::upstream::{LOGGED, MODULES, Upstream, modules, name, user};
use crate::support::bag::{Bag, built, stderr, text};
use crate::support::go::Go;
use crate::support::public_bags::bag_file;
use crate::support::tree::{Tree, files};

/// Captures for new copies of the modules, which must succeed; returns them.
fn captures(go: &Go) -> Tree {
    let tree = modules();
    let mut command = go.command(built());
    ended_well(command.args(["capture-sums", text(tree.path())]));
    tree
}

fn ended_well(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let all = format!("{} records of ", MODULES.len());
    assert!(said.starts_with(&all), "{said}");
}

fn cache(go: &Go) -> PathBuf {
    go.work().join("../.cache/gobag/sumdb").join(name())
}

/// All that is asked where everything is known.
fn at_most() -> [String; 2] {
    ["supported", "latest"].map(|end| format!("/sumdb/{}/{end}", name()))
}

fn sums(tree: &Tree) -> Vec<(String, Vec<u8>)> {
    let all = files(tree.path()).into_iter();
    let sums = all.filter(|name| name.starts_with("sumdb/"));
    sums.map(|name| (name.clone(), fs::read(tree.path().join(name)).unwrap()))
        .collect()
}

#[test]
fn a_second_capture_asks_for_nothing_new() {
    let gobag = LOGGED.serve();
    let upstream = Upstream::relay(None, &gobag, None);
    let go = user(&upstream.url);
    let first = captures(&go);
    let asked = upstream.paths();
    assert!(asked.len() > MODULES.len() + 2, "{asked:#?}");
    let second = captures(&go);
    assert_eq!(upstream.paths(), at_most());
    assert_eq!(sums(&second), sums(&first));
    // Nobody else reads what it keeps.
    let mode = fs::metadata(go.work().join("../.cache/gobag"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[test]
fn what_go_was_told_is_not_asked_for_again() {
    let gobag = LOGGED.serve();
    let upstream = Upstream::relay(None, &gobag, None);
    let go = user(&upstream.url);
    go.ok("mod download capture.test/a@v1.0.0 capture.test/B@v1.1.0");
    upstream.asked();
    captures(&go);
    let asked = upstream.paths();
    let lookups = asked.iter().filter(|path| path.contains("/lookup/"));
    assert_eq!(lookups.count(), 2, "{asked:#?}");
    assert!(
        !asked.iter().any(|path| path.contains("/tile/")),
        "{asked:#?}"
    );
}

#[test]
fn a_damaged_file_costs_requests_and_not_the_capture() {
    let gobag = LOGGED.serve();
    let upstream = Upstream::relay(None, &gobag, None);
    let go = user(&upstream.url);
    let first = captures(&go);
    upstream.asked();
    let kept = cache(&go);
    let names = files(&kept);
    assert!(names.len() > MODULES.len(), "{names:?}");
    let damages: [fn(&mut Vec<u8>); 4] = [
        |bytes| *bytes.last_mut().unwrap() ^= 1,
        |bytes| bytes[0] ^= 1,
        |bytes| bytes.truncate(40),
        |bytes| bytes.clear(),
    ];
    for name in names {
        for damage in damages {
            let file = kept.join(&name);
            let mut bytes = fs::read(&file).unwrap();
            damage(&mut bytes);
            fs::write(&file, bytes).unwrap();
            let again = captures(&go);
            assert_eq!(sums(&again), sums(&first), "{name}");
            upstream.asked();
        }
        // It was mended.
        captures(&go);
        assert_eq!(upstream.paths(), at_most(), "{name}");
    }
}

#[test]
fn a_damaged_file_costs_requests_and_not_the_pack() {
    let gobag = LOGGED.serve();
    let upstream = Upstream::relay(None, &gobag, None);
    let go = user(&upstream.url);
    captures(&go);
    for name in files(&cache(&go)) {
        let file = cache(&go).join(&name);
        let mut bytes = fs::read(&file).unwrap();
        bytes[0] ^= 1;
        fs::write(&file, bytes).unwrap();
    }
    let (tree, file) = (modules(), bag_file("damaged-cache"));
    let mut pack = go.command(built());
    pack.args(["pack", "--import", text(tree.path()), "-o", text(&file)]);
    let output = pack.output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let served = Bag::at(file).serve();
    user(served.url()).ok("mod download capture.test/a@v1.0.0 capture.test/B@v1.1.0");
}

#[test]
fn a_damaged_file_of_go_is_asked_for() {
    let gobag = LOGGED.serve();
    let upstream = Upstream::relay(None, &gobag, None);
    let go = user(&upstream.url);
    go.ok("mod download capture.test/a@v1.0.0");
    let theirs = go.modcache().join("cache/download/sumdb").join(name());
    for name in files(&theirs) {
        let file = theirs.join(&name);
        let mut bytes = fs::read(&file).unwrap();
        bytes[0] ^= 1;
        fs::write(&file, bytes).unwrap();
    }
    captures(&go);
    upstream.asked();
    captures(&go);
    assert_eq!(upstream.paths(), at_most());
}

#[test]
fn an_older_place_answers_for_itself() {
    // The cache knows a head that the second place has never heard of, and the other way round.
    let gobag = LOGGED.serve();
    let upstream = Upstream::relay(None, &gobag, None);
    let go = user(&upstream.url);
    captures(&go);
    let hidden = Upstream::start(None, {
        let address = gobag.address().to_owned();
        move |asked| {
            let reply = crate::support::http::request(&address, "GET", &asked.path, &[]);
            match asked.path.ends_with("/latest") {
                true => (404, "X: y".to_owned(), Vec::new()),
                false => (reply.status, "X: y".to_owned(), reply.body),
            }
        }
    });
    captures(&go.with("GOPROXY", &hidden.url));
    assert_eq!(hidden.paths(), at_most());
}

#[test]
fn without_a_folder_to_keep_things_in_all_is_asked_for() {
    let gobag = LOGGED.serve();
    let upstream = Upstream::relay(None, &gobag, None);
    let counted = |go: &Go| {
        captures(go);
        upstream.paths().len()
    };
    let all = counted(&user(&upstream.url));
    // Somebody else could write there.
    let go = user(&upstream.url);
    let folder = go.work().join("../.cache/gobag");
    fs::create_dir_all(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
    assert_eq!([counted(&go), counted(&go)], [all, all]);
    assert_eq!(files(&folder), [""; 0]);
    // There is a file where the folder would be.
    let go = user(&upstream.url);
    fs::write(go.work().join("../.cache"), "").unwrap();
    assert_eq!([counted(&go), counted(&go)], [all, all]);
    // There is no home to be used, and no name that is the same for all.
    let go = user(&upstream.url)
        .with("HOME", "/dev/null")
        .with("GOCACHE", "/nowhere");
    assert_eq!([counted(&go), counted(&go)], [all, all]);
    // Where XDG_CACHE_HOME is, there it is kept.
    let go = user(&upstream.url);
    let folder = go.work().join("caches");
    let go = go.with("XDG_CACHE_HOME", text(&folder));
    assert_eq!([counted(&go), counted(&go)], [all, 2]);
    assert!(Path::new(&folder).join("gobag/sumdb").is_dir());
}

#[test]
fn several_captures_at_once_do_not_disturb_each_other() {
    let gobag = LOGGED.serve();
    let upstream = Upstream::relay(None, &gobag, None);
    let go = user(&upstream.url);
    let trees: Vec<Tree> = (0..6).map(|_| modules()).collect();
    let children: Vec<_> = trees
        .iter()
        .map(|tree| {
            let mut command = go.command(built());
            command.args(["capture-sums", text(tree.path())]);
            command.stdout(std::process::Stdio::null()).spawn().unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    upstream.asked();
    captures(&go);
    assert_eq!(upstream.paths(), at_most());
    let left = files(&cache(&go));
    assert!(!left.iter().any(|name| name.contains(".tmp")), "{left:?}");
}
