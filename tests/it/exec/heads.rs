//! `gobag exec` for users whose go knows another head of the checksum database than the bag's, and
//! `gobag pack`, which takes along the one that is known where it runs.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Output;
use std::sync::LazyLock;

use sumdb::capture::Expected;
use sumdb::database::Database;
use sumdb::key::SignerKey;
use sumdb::own::build_own_log;

use crate::support::bag::{Bag, built, stderr, text};
use crate::support::go::Go;
use crate::support::tree::{Tree, files};

/// The name of a database that grows.
const NAME: &str = "log.heads.test";

/// How many records it has when an older bag is packed, and when a newer one is. They share no
/// tile at the right edge.
const SIZES: [usize; 2] = [300, 600];

/// The modules that are in a bag: two of them in the older one.
const MODULES: [&str; 3] = ["a.test/m", "b.test/m", "c.test/m"];

fn signer() -> SignerKey {
    SignerKey::from_seed(NAME, [7; 32]).unwrap()
}

fn key() -> String {
    signer().verifier().to_string()
}

/// The first modules as a GOPROXY tree. The first of them has a program.
fn modules(count: usize) -> Tree {
    let tree = Tree::new();
    for path in &MODULES[..count] {
        let go_mod = format!("module {path}\n\ngo 1.21\n");
        let main = ("cmd/tool/main.go", "package main\n\nfunc main() {}\n");
        let files = [("go.mod", &*go_mod), ("p.go", "package m\n"), main];
        tree.proxied(path, "v1.0.0", &files);
    }
    tree
}

/// What the database says of the modules.
static RECORDS: LazyLock<Vec<Expected>> = LazyLock::new(|| {
    let bag = modules(MODULES.len()).bag();
    let gobag = bag.serve();
    let go = Go::new(gobag.url());
    let record = |path: &&str| {
        let told = go.ok(&format!("mod download -json {path}@v1.0.0"));
        let told: serde_json::Value = serde_json::from_str(&told).unwrap();
        let sum = |name: &str| told[name].as_str().unwrap().to_owned();
        Expected {
            path: path.to_string(),
            version: "v1.0.0".to_owned(),
            zip_h1: Some(sum("Sum")),
            mod_h1: sum("GoModSum"),
        }
    };
    MODULES.iter().map(record).collect()
});

/// The database when it has so many records: the modules and what nobody packs.
fn log(size: usize) -> Database {
    let mut records = RECORDS.clone();
    records.extend((records.len()..size).map(|number| Expected {
        path: format!("filler.test/m{number:03}"),
        ..RECORDS[0].clone()
    }));
    build_own_log(&signer(), &records).unwrap()
}

/// The head of that day.
fn head(size: usize) -> String {
    String::from_utf8(log(size).head.note_bytes().to_vec()).unwrap()
}

/// A GOPROXY tree with the first modules and all that the database has to say at that size.
fn tree(count: usize, size: usize) -> Tree {
    let (tree, log) = (modules(count), log(size));
    let note = log.head.note_bytes();
    let put = |name: &str, bytes: &[u8]| {
        tree.file(&format!("sumdb/{NAME}/{name}"), bytes);
    };
    put("key", format!("{}\n", key()).as_bytes());
    put("supported", b"");
    put("latest", note);
    for ((path, version), record) in &log.records {
        if MODULES[..count].contains(&path.as_str()) {
            put(&format!("lookup/{path}@{version}"), &record.answer(note));
        }
    }
    let tiles: BTreeMap<String, Vec<u8>> = log
        .tiles
        .iter()
        .map(|(tile, bytes)| (tile.to_string(), bytes.to_vec()))
        .collect();
    tiles.iter().for_each(|(name, bytes)| put(name, bytes));
    tree
}

/// A bag as of that day, packed by somebody who knew no other head.
fn bag(count: usize, size: usize) -> Bag {
    tree(count, size).bag()
}

static OLD: LazyLock<Bag> = LazyLock::new(|| bag(2, SIZES[0]));
static NEW: LazyLock<Bag> = LazyLock::new(|| bag(3, SIZES[1]));

/// A user who believes the database.
fn user(proxy: &str) -> Go {
    let go = Go::new(proxy).with("GONOSUMDB", "");
    go.with("GOSUMDB", &key())
}

fn home(go: &Go) -> PathBuf {
    go.work().parent().unwrap().to_owned()
}

fn latest(go: &Go) -> PathBuf {
    home(go).join("go/pkg/sumdb").join(NAME).join("latest")
}

fn knows(go: &Go, head: &str) {
    std::fs::create_dir_all(latest(go).parent().unwrap()).unwrap();
    std::fs::write(latest(go), head).unwrap();
}

/// `bag exec -- words`.
fn exec(bag: &Bag, go: &Go, words: &str) -> Output {
    let mut command = go.command(text(bag.bin()));
    command.args(["exec", "--"]).args(words.split(' '));
    command.output().unwrap()
}

/// The same, which must succeed; returns what gobag itself said.
fn runs(bag: &Bag, go: &Go, words: &str) -> String {
    let output = exec(bag, go, words);
    let said = stderr(&output);
    assert!(output.status.success(), "{said}");
    let lines = said.lines().filter(|line| line.starts_with("gobag: "));
    lines.collect::<Vec<_>>().join("\n")
}

/// A setting as go has it below `bag exec`.
fn told(bag: &Bag, go: &Go, name: &str) -> String {
    let output = exec(bag, go, &format!("go env {name}"));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

const DOWNLOAD: &str = "mod download a.test/m@v1.0.0 b.test/m@v1.0.0";

#[test]
fn a_head_that_leads_nowhere_keeps_nobody_from_the_bag() {
    for (bag, known, why) in [
        (&OLD, head(SIZES[1]), "go knows a newer head; "),
        (&NEW, head(SIZES[0]), "go knows too old a head; "),
        (&NEW, "junk\n".to_owned(), "go knows no usable head; "),
    ] {
        let gobag = bag.serve();
        let go = user(gobag.url());
        knows(&go, &known);
        // Served as it is, no proxy can help.
        go.fails(DOWNLOAD);
        let said = runs(bag, &go, &format!("go {DOWNLOAD}"));
        assert!(said.starts_with(&format!("gobag: {NAME}: {why}")), "{said}");
        let end = "; go runs with checksum state of its own (see doctor)";
        assert!(said.ends_with(end), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(said.len() <= 120, "{said}");
        // The rest of it is where the help says.
        let (path, cache) = (told(bag, &go, "GOPATH"), told(bag, &go, "GOMODCACHE"));
        let state = home(&go).join(".cache/gobag/gopath-");
        assert!(path.starts_with(text(&state)), "{path}");
        assert_eq!(cache, text(&go.modcache()));
        // The user's state is as it was, and the user's module cache has the modules.
        assert_eq!(std::fs::read_to_string(latest(&go)).unwrap(), known);
        assert!(go.modcache().join("b.test/m@v1.0.0/p.go").is_file());
        // A second time it is there already.
        runs(bag, &go, "go clean -modcache");
        runs(bag, &go, &format!("go {DOWNLOAD}"));
    }
}

#[test]
fn a_head_that_leads_to_the_bag_is_no_matter() {
    for (bag, known) in [(&OLD, Some(head(SIZES[0]))), (&NEW, None)] {
        let go = user("off");
        if let Some(known) = &known {
            knows(&go, known);
        }
        assert_eq!(runs(bag, &go, &format!("go {DOWNLOAD}")), "");
        assert!(latest(&go).is_file());
    }
    // Who asks nobody needs no state.
    let go = user("off").with("GOSUMDB", "off");
    knows(&go, "junk\n");
    assert_eq!(runs(&NEW, &go, &format!("go {DOWNLOAD}")), "");
}

#[test]
fn records_in_the_module_cache_that_lead_nowhere_are_passed_by() {
    let newer = NEW.serve();
    let go = user(newer.url());
    go.ok("mod download a.test/m@v1.0.0 c.test/m@v1.0.0");
    let cached = go.modcache().join("cache/download/sumdb").join(NAME);
    let before = files(&cached);
    for forgotten in [false, true] {
        if forgotten {
            std::fs::remove_file(latest(&go)).unwrap();
        }
        // go has looked up the first of them under the newer head.
        let said = runs(&OLD, &go, &format!("go {DOWNLOAD}"));
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(said.len() <= 120, "{said}");
        // The user's module cache is a proxy behind the bag.
        let proxies = told(&OLD, &go, "GOPROXY");
        assert!(proxies.ends_with("/cache/download"), "{proxies}");
        assert_eq!(files(&cached), before);
    }
    // What only the user's own cache has is found there; go.sum knows it.
    go.requires("1.21", &["a.test/m v1.0.0", "c.test/m v1.0.0"]);
    go.write(
        "main.go",
        "package main\n\nimport (\n\t_ \"a.test/m\"\n\t_ \"c.test/m\"\n)\n\nfunc main() {}\n",
    );
    let go = go.with("GOFLAGS", "-mod=mod");
    go.ok("mod tidy");
    let go = go.with("GOFLAGS", "");
    runs(&OLD, &go, "go build ./...");
}

#[test]
fn programs_are_installed_where_the_user_has_them() {
    let (install, tool) = ("go install a.test/m/cmd/tool@v1.0.0", "tool");
    let go = user("off");
    knows(&go, &head(SIZES[1]));
    runs(&OLD, &go, install);
    assert!(home(&go).join("go/bin").join(tool).is_file());

    // The first of several folders counts.
    let two = ["one", "two"].map(|name| home(&go).join(name).display().to_string());
    let go = go.with("GOPATH", &two.join(":"));
    let state = home(&go).join("one/pkg/sumdb").join(NAME);
    std::fs::create_dir_all(&state).unwrap();
    std::fs::write(state.join("latest"), head(SIZES[1])).unwrap();
    let said = runs(&OLD, &go, install);
    assert!(said.contains("go knows a newer head"), "{said}");
    assert!(home(&go).join("one/bin").join(tool).is_file());

    let bin = home(&go).join("bin");
    let go = go.with("GOBIN", text(&bin));
    runs(&OLD, &go, install);
    assert!(bin.join(tool).is_file());
}

#[test]
fn without_a_home_the_state_is_there_for_the_run_alone() {
    // The system knows a home of root, which would be taken where none is named.
    let go = user("off").with("HOME", "/dev/null");
    knows(&go, &head(SIZES[1]));
    let temporary = go.work().join("tmp");
    std::fs::create_dir(&temporary).unwrap();
    let go = go.with("TMPDIR", text(&temporary));
    let newer = NEW.serve();
    // With records in the module cache that lead nowhere, and without.
    for _ in 0..2 {
        let said = runs(&OLD, &go, &format!("go {DOWNLOAD}"));
        assert_eq!(said.lines().count(), 1, "{said}");
        let path = told(&OLD, &go, "GOPATH");
        assert!(path.starts_with(text(&temporary)), "{path}");
        assert_eq!(files(&temporary), Vec::<String>::new());
        std::fs::remove_file(latest(&go)).unwrap_or(());
        go.ok("clean -modcache");
        let online = Go::new(newer.url()).with("GOMODCACHE", text(&go.modcache()));
        let online = online.with("GONOSUMDB", "").with("GOSUMDB", &key());
        online.ok("mod download a.test/m@v1.0.0");
    }
}

/// Packs the first module for a user who has this upstream, and returns what was said.
fn packs(go: &Go, tree: &Tree, file: &PathBuf) -> String {
    let mut pack = go.command(built());
    pack.args(["pack", "--no-prove", "--module", "a.test/m@v1.0.0"]);
    pack.arg("-o").arg(file);
    let output = pack.output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(tree.path().is_dir());
    stderr(&output)
}

#[test]
fn a_bag_is_packed_for_the_head_that_is_known_where_it_is_packed() {
    let upstream = tree(3, SIZES[1]);
    let proxy = format!("file://{}", upstream.path().display());
    let go = user(&proxy);
    let file = go.work().join("bag");
    for (known, served, note) in [
        (head(SIZES[0]), true, ""),
        (String::new(), false, ""),
        ("junk\n".to_owned(), false, "; it is left out"),
    ] {
        knows(&go, &known);
        let said = packs(&go, &upstream, &file);
        assert!(said.contains(note), "{said}");
        let bag = Bag::at(file.clone());
        let gobag = bag.serve();
        let client = user(gobag.url());
        knows(&client, &head(SIZES[0]));
        let output = client.run("mod download a.test/m@v1.0.0");
        assert_eq!(output.status.success(), served, "{}", stderr(&output));
        std::fs::remove_file(&file).unwrap();
    }
}

#[test]
fn a_head_that_is_newer_than_upstream_keeps_nobody_from_packing() {
    let upstream = tree(3, SIZES[0]);
    let go = user(&format!("file://{}", upstream.path().display()));
    knows(&go, &head(SIZES[1]));
    let file = go.work().join("bag");
    let said = packs(&go, &upstream, &file);
    assert!(
        said.contains("the head that go knows on this host is left out: "),
        "{said}"
    );
    let client = user("off");
    assert_eq!(
        runs(&Bag::at(file), &client, "go mod download a.test/m@v1.0.0"),
        ""
    );
}
