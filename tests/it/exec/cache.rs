//! Where `gobag exec` extracts the bag's toolchain to, and what it takes for one.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;
use std::time::Duration;

use tempfile::TempDir;

use crate::support::bag::{Bag, stderr, text};
use crate::support::gobag::within;
use crate::support::namespace::{is_root, mounting};
use crate::support::project::{names, path_of};
use crate::support::tree::Tree;

/// A user of whom the system knows nothing.
const NOBODY: u32 = 54321;

/// What somebody else put there.
const EVIL: &str = "#!/bin/sh\necho planted\n";

/// What is done to a file or folder.
type Change<'a> = &'a dyn Fn(&Path);

/// A bag whose go says `carried`, and nothing else of it is true but its size.
static BAG: LazyLock<Bag> = LazyLock::new(|| toolchain(&"x".repeat(3 << 20)));

/// A bag with a toolchain that holds this text.
pub fn toolchain(text: &str) -> Bag {
    let arch = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        arch => arch,
    };
    let tree = Tree::new();
    let files = [
        ("VERSION", "go1.99.0"),
        ("bin/go", "#!/bin/sh\necho carried ${0%/bin/go}\n"),
        ("src/a/_go.mod", "module a\n"),
        ("lib/text", text),
    ];
    let version = format!("v0.0.1-go1.99.0.linux-{arch}");
    tree.proxied("golang.org/toolchain", &version, &files);
    tree.bag()
}

/// A user without go and without settings, in a folder of his own.
pub struct User {
    pub dir: TempDir,
    path: String,
}

impl User {
    pub fn new() -> User {
        let dir = tempfile::tempdir().unwrap();
        // Everybody may be that user.
        fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).unwrap();
        let programs = ["sh", "env", "touch", "tail", "unshare"];
        let path = path_of(&dir.path().join("bin"), &programs);
        User { dir, path }
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// `bag exec -- words`, by `through` where that is not empty.
    pub fn command(&self, through: &[&str], bag: &Bag, words: &[&str]) -> Command {
        let mut all: Vec<&str> = through.to_vec();
        all.push(bag.bin().to_str().unwrap());
        let mut command = Command::new(all[0]);
        command.args(&all[1..]).args(["exec", "--"]).args(words);
        command.env_clear().env("PATH", &self.path);
        command.current_dir(self.dir.path()).stdin(Stdio::null());
        command
    }

    /// What the bag's go says for a user whose cache folder is below `cache`.
    fn go(&self, cache: &str) -> Output {
        let mut command = self.command(&[], &BAG, &["go"]);
        command.env("XDG_CACHE_HOME", self.at(cache));
        command.output().unwrap()
    }

    /// The GOROOT of the bag's go, which must run.
    fn runs(&self, cache: &str) -> PathBuf {
        let output = self.go(cache);
        assert!(output.status.success(), "{}", stderr(&output));
        go_root(&output)
    }

    /// The line with which the bag's go is refused.
    fn refused(&self, cache: &str) -> String {
        let output = self.go(cache);
        let said = one_line(&output);
        assert_eq!(output.stdout, b"", "{said}");
        said
    }
}

#[test]
fn a_go_that_is_not_there_is_answered_with_what_is() {
    let user = User::new();
    for (name, code) in [
        ("go1.98.2", 1),
        ("go2", 1),
        // These are no names of a toolchain, in whatever bag.
        ("1.99.0", 2),
        ("1.98.2", 2),
        ("go1.99", 2),
        ("latest", 2),
    ] {
        let words = ["exec", "--go", name, "--", "go", "version"];
        let mut command = Command::new(BAG.bin());
        command.args(words).env_clear().env("PATH", &user.path);
        let output = command.output().unwrap();
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        let said = said.trim_end();
        let told = format!("gobag: this bag holds no {name} for linux-");
        assert!(said.starts_with(&told), "{said}");
        assert!(
            said.ends_with("; it has go1.99.0: write --go go1.99.0"),
            "{said}"
        );
    }
}

#[test]
fn a_program_that_is_not_go_runs_without_one() {
    let (user, bag) = (User::new(), Bag::example());
    let lacks = "this bag holds no Go toolchain for linux-";
    for (words, code) in [(&["touch", "made"][..], 0), (&["go", "version"], 1)] {
        let mut exec = user.command(&[], &bag, words);
        let output = exec.env("HOME", user.dir.path()).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{}", stderr(&output));
        assert!(stderr(&output).contains(lacks), "{}", stderr(&output));
    }
    assert!(user.at("made").exists());
}

#[test]
fn a_go_that_cannot_be_run_is_none() {
    let user = User::new();
    let first = user.at("first");
    fs::create_dir_all(first.join("folder/go")).unwrap();
    fs::write(first.join("go"), EVIL).unwrap();
    set_mode(&first.join("go"), 0o644);
    let path = format!("{0}:{0}/folder:{1}", text(&first), user.path);
    let mut exec = user.command(&[], &BAG, &["go"]);
    exec.env("PATH", &path).env("HOME", user.dir.path());
    go_root(&exec.output().unwrap());
    // One that can be run and is no go is told by its name.
    set_mode(&first.join("go"), 0o755);
    let mut doctor = Command::new(BAG.bin());
    doctor.arg("doctor").env_clear().env("PATH", &path);
    let told = doctor
        .current_dir(user.dir.path())
        .env("HOME", user.dir.path());
    let told = one_line(&told.output().unwrap());
    assert!(told.contains("go env -json is no JSON"), "{told}");
    assert!(
        told.contains("`type -a go` shows which go that is"),
        "{told}"
    );
}

/// The folder that the bag's go tells.
fn go_root(output: &Output) -> PathBuf {
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let told = said.trim_end().strip_prefix("carried ");
    told.unwrap_or_else(|| panic!("{said}{}", stderr(output)))
        .into()
}

fn one_line(output: &Output) -> String {
    let said = stderr(output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    said
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// As a user without a name or a home, who is this one otherwise.
fn unknown() -> [String; 2] {
    ["unshare".to_owned(), format!("--map-user={NOBODY}")]
}

#[test]
fn without_a_home_a_planted_toolchain_is_not_run() {
    let user = User::new();
    let shared = user.at("tmp");
    fs::create_dir(&shared).unwrap();
    set_mode(&shared, 0o1777);
    // Whatever lay under the name that was fixed once.
    let planted = user.runs("tmp");
    fs::write(planted.join("bin/go"), EVIL).unwrap();
    let before = names(&shared);
    let unknown = unknown();
    let through: Vec<&str> = unknown.iter().map(String::as_str).collect();
    for (words, code) in [(&["go"][..], 0), (&["sh", "-c", "go; exit 9"], 9)] {
        let mut command = user.command(&through, &BAG, words);
        let output = command.env("TMPDIR", &shared).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{}", stderr(&output));
        let lies = go_root(&output);
        assert!(lies.starts_with(&shared) && !lies.exists(), "{lies:?}");
        assert!(!lies.starts_with(shared.join("gobag")), "{lies:?}");
        assert_eq!(names(&shared), before, "nothing is left");
    }
}

#[test]
fn without_a_home_the_doctor_looks_at_nothing_that_others_left() {
    let user = User::new();
    let unknown = unknown();
    let others: [(&str, Change<'_>); 3] = [
        ("pipe", &|lock| pipe(lock)),
        ("folder", &|lock| fs::create_dir(lock).unwrap()),
        ("nowhere", &|lock| symlink("/no/such/file", lock).unwrap()),
    ];
    for (name, leave) in others {
        let shared = user.at(name);
        fs::create_dir(&shared).unwrap();
        set_mode(&shared, 0o1777);
        leave(&shared.join(".lock"));
        for words in [&["exec", "--", "go"][..], &["doctor"]] {
            let mut command = Command::new(&unknown[0]);
            command.arg(&unknown[1]).arg(BAG.bin()).args(words);
            command.env_clear().env("PATH", &user.path);
            command.current_dir(user.dir.path()).env("TMPDIR", &shared);
            let output = command.output().unwrap();
            let told = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success(), "{name}: {told}{}", stderr(&output));
        }
    }
}

#[test]
fn without_a_home_the_folder_is_private_and_goes_with_a_signal() {
    let user = User::new();
    let unknown = unknown();
    let through: Vec<&str> = unknown.iter().map(String::as_str).collect();
    fs::create_dir(user.at("tmp")).unwrap();
    let script = "trap 'kill $!; exit 9' TERM; tail -f /dev/null & go; wait $!";
    let mut command = user.command(&through, &BAG, &["sh", "-c", script]);
    command.env("TMPDIR", user.at("tmp"));
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut said).unwrap();
    let made = names(&user.at("tmp"));
    assert_eq!(made.len(), 1, "{said}");
    let folder = user.at("tmp").join(&made[0]);
    assert!(said.contains(&made[0]), "{said}");
    assert_eq!(fs::metadata(&folder).unwrap().mode() & 0o777, 0o700);
    let kill = format!("kill -TERM {}", child.id());
    Command::new("sh").args(["-c", &kill]).status().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(9));
    assert!(!folder.exists());
}

#[test]
fn a_cache_folder_that_is_not_the_users_alone_is_refused() {
    let user = User::new();
    let remedy = "XDG_CACHE_HOME=DIR names another folder\n";
    let cases: &[(&str, Change<'_>, &str)] = &[
        ("group", &|own| set_mode(own, 0o775), "written to by others"),
        ("all", &|own| set_mode(own, 0o707), "written to by others"),
        (
            "above",
            &|own| set_mode(own.parent().unwrap(), 0o777),
            "written to by others",
        ),
        (
            "another",
            &|own| chown(own, Some(NOBODY), None).unwrap(),
            "belongs to another user",
        ),
        (
            // By a link of ours to a folder of ours that somebody else can exchange.
            "link",
            &|own| {
                let theirs = own.with_extension("theirs");
                fs::create_dir(&theirs).unwrap();
                fs::rename(own, theirs.join("real")).unwrap();
                symlink(theirs.join("real"), own).unwrap();
                chown(theirs, Some(NOBODY), None).unwrap();
            },
            "belongs to another user",
        ),
        (
            "theirs",
            &|own| chown(own.parent().unwrap(), Some(NOBODY), None).unwrap(),
            "belongs to another user",
        ),
        (
            "sticky",
            &|own| {
                chown(own.parent().unwrap(), Some(NOBODY), None).unwrap();
                set_mode(own.parent().unwrap(), 0o1777);
            },
            "belongs to another user",
        ),
        (
            "far/above",
            &|own| chown(own.ancestors().nth(2).unwrap(), Some(NOBODY), None).unwrap(),
            "belongs to another user",
        ),
        (
            "staff",
            &|own| {
                chown(own.parent().unwrap(), None, Some(NOBODY)).unwrap();
                set_mode(own.parent().unwrap(), 0o775);
            },
            "written to by others",
        ),
        (
            "file",
            &|own| {
                fs::remove_dir_all(own).unwrap();
                fs::write(own, "").unwrap();
            },
            "is no folder",
        ),
    ];
    for (name, change, says) in cases {
        let needs_root = says.contains("another user") || *name == "staff";
        if needs_root && !is_root() {
            continue;
        }
        let go_root = user.runs(name);
        change(&user.at(name).join("gobag"));
        let said = user.refused(name);
        assert!(said.contains(says) && said.ends_with(remedy), "{said}");
        // Elsewhere it is as it ever was.
        assert_ne!(user.runs("elsewhere"), go_root);
    }
    // Where only its owner can exchange what lies in it, everybody may write.
    user.runs("shared");
    set_mode(&user.at("shared"), 0o1777);
    user.runs("shared");
}

#[test]
fn without_a_home_a_folder_that_others_could_exchange_is_refused() {
    let user = User::new();
    let shared = user.at("tmp");
    fs::create_dir(&shared).unwrap();
    set_mode(&shared, 0o777);
    let unknown = unknown();
    let through: Vec<&str> = unknown.iter().map(String::as_str).collect();
    let mut command = user.command(&through, &BAG, &["go"]);
    let said = one_line(&command.env("TMPDIR", &shared).output().unwrap());
    assert!(said.contains("tmp can be written to by others"), "{said}");
    let remedy = "XDG_CACHE_HOME=DIR or TMPDIR=DIR names another folder\n";
    assert!(said.ends_with(remedy), "{said}");
    assert!(names(&shared).is_empty());
}

#[test]
fn what_is_not_whole_or_not_private_is_extracted_anew() {
    let user = User::new();
    let go_root = user.runs("cache");
    let folder = go_root.parent().unwrap();
    assert_eq!(fs::metadata(folder).unwrap().mode() & 0o777, 0o700);
    let number = || fs::metadata(&go_root).unwrap().ino();
    let first = number();
    assert_eq!(user.runs("cache"), go_root);
    assert_eq!(number(), first, "extracted once");
    let cases: [&dyn Fn(); 5] = [
        &|| fs::remove_file(folder.join("complete")).unwrap(),
        &|| fs::write(folder.join("complete"), "h1:other=").unwrap(),
        &|| {
            fs::remove_file(folder.join("complete")).unwrap();
            pipe(&folder.join("complete"));
        },
        &|| set_mode(folder, 0o755),
        // As an older gobag left it.
        &|| {
            fs::remove_dir_all(folder).unwrap();
            fs::create_dir_all(folder.join("bin")).unwrap();
            fs::create_dir(&go_root).unwrap();
            fs::create_dir(go_root.join("bin")).unwrap();
        },
    ];
    for (case, change) in cases.into_iter().enumerate() {
        fs::write(go_root.join("bin/go"), EVIL).unwrap();
        change();
        assert_eq!(user.runs("cache"), go_root, "{case}");
        let there = names(&user.at("cache/gobag"));
        let there = there.iter().filter(|name| !name.starts_with(".lock"));
        assert_eq!(there.count(), 1, "{case}");
    }
}

#[test]
fn what_is_used_is_not_cleaned() {
    let user = User::new();
    let cache = user.at("cache");
    let clean = || {
        let mut command = Command::new(BAG.bin());
        command.args(["exec", "--clean"]).env_clear();
        let output = command.env("XDG_CACHE_HOME", &cache).output().unwrap();
        let said = stderr(&output);
        assert!(output.status.success(), "{said}");
        (String::from_utf8(output.stdout).unwrap(), said)
    };
    for first in [true, false] {
        if !first {
            // To lock a mark, it need not be one to write to.
            let folder = names(&cache.join("gobag"));
            let folder = folder.iter().find(|name| name.starts_with("go1.99"));
            set_mode(
                &cache.join("gobag").join(folder.unwrap()).join("used"),
                0o444,
            );
        }
        let words = ["sh", "-c", "echo ready; read line; go"];
        let mut command = user.command(&[], &BAG, &words);
        command.env("XDG_CACHE_HOME", &cache);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut printed = BufReader::new(child.stdout.take().unwrap()).lines();
        assert_eq!(printed.next().unwrap().unwrap(), "ready");
        let (removed, said) = clean();
        assert_eq!(removed, "removed 0 folders\n", "{first}");
        assert!(said.contains("is in use by another gobag"), "{said}");
        // What it waits for ends.
        drop(child.stdin.take());
        let line = printed.next().unwrap().unwrap();
        assert!(line.starts_with("carried "), "{line}");
        assert!(child.wait().unwrap().success());
    }
    assert!(clean().0.starts_with("removed 1 folder\n  go1.99.0."));
}

fn pipe(file: &Path) {
    let made = Command::new("mkfifo").arg(file).status();
    assert!(made.unwrap().success());
}

#[test]
fn a_pipe_in_place_of_the_lock_is_told() {
    let user = User::new();
    fs::create_dir(user.at("cache")).unwrap();
    fs::create_dir(user.at("cache/gobag")).unwrap();
    set_mode(&user.at("cache/gobag"), 0o700);
    pipe(&user.at("cache/gobag/.lock"));
    let said = user.refused("cache");
    assert!(
        said.contains(".lock there is no plain file, remove it"),
        "{said}"
    );
}

impl User {
    /// What the doctor says for a user whose cache folder is below `cache`, and whether all is well.
    fn doctor(&self, cache: &str) -> (bool, String) {
        let mut command = Command::new(BAG.bin());
        command.arg("doctor").env_clear().env("PATH", &self.path);
        command.env("XDG_CACHE_HOME", self.at(cache));
        let output = command.current_dir(self.dir.path()).output().unwrap();
        let told = String::from_utf8_lossy(&output.stdout).into_owned() + &stderr(&output);
        (output.status.success(), told)
    }
}

#[test]
fn the_doctor_knows_what_exec_refuses_of_the_cache_folder() {
    let user = User::new();
    let lock = |own: &Path| own.join(".lock");
    let no_file = "cannot lock ";
    let cases: &[(&str, Change<'_>, &str)] = &[
        ("fine", &|_| (), ""),
        ("empty", &|own| fs::write(lock(own), "").unwrap(), ""),
        ("pipe", &|own| pipe(&lock(own)), no_file),
        ("folder", &|own| fs::create_dir(lock(own)).unwrap(), no_file),
        (
            "link",
            &|own| {
                fs::write(own.join("target"), "").unwrap();
                symlink(own.join("target"), lock(own)).unwrap();
            },
            no_file,
        ),
        (
            "nowhere",
            &|own| symlink("/no/such/file", lock(own)).unwrap(),
            no_file,
        ),
        (
            "shut",
            &|own| {
                fs::write(lock(own), "").unwrap();
                set_mode(&lock(own), 0o400);
            },
            if is_root() { "" } else { no_file },
        ),
        (
            "unread",
            &|own| set_mode(own, 0o300),
            if is_root() { "" } else { "cannot read " },
        ),
        (
            "bound",
            &|own| set_mode(own, 0o500),
            if is_root() { "" } else { "cannot write to " },
        ),
        (
            "whole",
            &|own| {
                user.runs("whole");
                fs::remove_file(lock(own)).unwrap();
                pipe(&lock(own));
            },
            "",
        ),
    ];
    for (name, change, says) in cases {
        let own = user.at(name).join("gobag");
        fs::create_dir_all(&own).unwrap();
        set_mode(&own, 0o700);
        change(&own);
        let (well, told) = user.doctor(name);
        let output = user.go(name);
        let said = stderr(&output);
        assert_eq!(well, output.status.success(), "{name}: {told}{said}");
        assert_eq!(well, says.is_empty(), "{name}: {told}{said}");
        if !well {
            let why = said.trim_end().strip_prefix("gobag: ").unwrap();
            assert!(why.contains(says), "{name}: {said}");
            let words = format!("error: gobag exec would fail: {why}\n");
            assert!(
                told.replace(text(BAG.bin()), "gobag").contains(&words),
                "{name}: {told}{said}"
            );
        }
        set_mode(&own, 0o700);
    }
    // Who would wait is told so.
    let own = user.at("held/gobag");
    fs::create_dir_all(&own).unwrap();
    let held = fs::File::create(own.join(".lock")).unwrap();
    held.lock().unwrap();
    let (well, told) = user.doctor("held");
    let words = "warning: another gobag extracts to ";
    assert!(well && told.contains(words), "{told}");
}

#[test]
fn whatever_lies_in_the_cache_folder_exec_ends_with_a_line_and_the_doctor_is_right() {
    let user = User::new();
    let first = user.runs("first");
    let name = first.parent().unwrap().file_name().unwrap();
    let cases: &[(&str, Change<'_>, bool)] = &[
        ("pipe", &|own| pipe(own), false),
        ("file", &|own| fs::write(own, "").unwrap(), false),
        ("loop", &|own| symlink(own, own).unwrap(), false),
        (
            "gone",
            &|own| symlink("/no/such/place", own).unwrap(),
            false,
        ),
        (
            "linked",
            &|own| {
                let real = own.with_extension("real");
                fs::create_dir(&real).unwrap();
                symlink(real, own).unwrap();
            },
            true,
        ),
        (
            "toolchain.pipe",
            &|own| {
                fs::create_dir(own).unwrap();
                pipe(&own.join(name));
            },
            true,
        ),
        (
            "toolchain.link",
            &|own| {
                fs::create_dir(own).unwrap();
                symlink(first.parent().unwrap(), own.join(name)).unwrap();
            },
            true,
        ),
        (
            "marker.folder",
            &|own| {
                fs::create_dir_all(own.join(name).join("complete")).unwrap();
                set_mode(&own.join(name), 0o700);
            },
            true,
        ),
        (
            "marker.link",
            &|own| {
                fs::create_dir_all(own.join(name)).unwrap();
                set_mode(&own.join(name), 0o700);
                symlink("/dev/zero", own.join(name).join("complete")).unwrap();
            },
            true,
        ),
        (
            "partial.pipe",
            &|own| {
                fs::create_dir(own).unwrap();
                pipe(&own.join(".partial-x"));
            },
            true,
        ),
        (
            "root.gone",
            &|own| {
                user.runs("root.gone");
                fs::remove_dir_all(own.join(name).join("go")).unwrap();
            },
            true,
        ),
        (
            "root.pipe",
            &|own| {
                user.runs("root.pipe");
                fs::remove_dir_all(own.join(name).join("go")).unwrap();
                pipe(&own.join(name).join("go"));
            },
            true,
        ),
        (
            "root.link",
            &|own| {
                user.runs("root.link");
                fs::remove_dir_all(own.join(name).join("go")).unwrap();
                symlink(&first, own.join(name).join("go")).unwrap();
            },
            true,
        ),
    ];
    for (case, change, fine) in cases {
        fs::create_dir_all(user.at(case)).unwrap();
        let own = user.at(case).join("gobag");
        change(&own);
        let (well, told) = within(Duration::from_secs(10), || user.doctor(case));
        let output = within(Duration::from_secs(10), || user.go(case));
        let said = stderr(&output);
        assert_eq!(output.status.success(), *fine, "{case}: {told}{said}");
        assert_eq!(well, *fine, "{case}: {told}{said}");
        assert_eq!(said.lines().count(), usize::from(!fine), "{case}: {said}");
    }
}

#[test]
fn a_home_that_cannot_take_a_toolchain_is_told_before_anything_is_extracted() {
    let user = User::new();
    for (options, says) in [
        ("ro", "Read-only file system"),
        ("noexec", "which is mounted noexec; "),
        ("size=1m", " needed for go1.99.0 ("),
    ] {
        let home = user.at(options);
        fs::create_dir(&home).unwrap();
        let script = format!(
            "mount -t tmpfs -o {options},mode=0755 none {home} || exit 99\n\
             env -i HOME={home} PATH={path} {bag} exec -- go; code=$?\n\
             {find} {home} -type f ! -name .lock; exit $code",
            home = home.display(),
            path = user.path,
            bag = BAG.bin().display(),
            find = "/usr/bin/find",
        );
        let output = mounting(&script);
        let said = one_line(&output);
        assert!(said.contains(says), "{said}");
        assert!(
            said.contains("XDG_CACHE_HOME=DIR names another folder"),
            "{said}"
        );
        assert_eq!(output.stdout, b"", "nothing is written: {said}");
    }
    let said = user.refused("a:b");
    assert!(said.contains("a:b/gobag cannot be in PATH"), "{said}");
    assert!(names(&user.at("a:b/gobag")).is_empty());
    // What lies there already is taken where nothing can be written any more.
    let home = user.at("kept");
    fs::create_dir(&home).unwrap();
    let script = format!(
        "mount -t tmpfs -o mode=0755 none {home} || exit 99\n\
         export HOME={home} PATH={path}:$PATH; unset XDG_CACHE_HOME\n\
         {bag} exec --go go1.99.0 -- go && mount -o remount,ro {home} || exit 98\n\
         {bag} exec --go go1.99.0 -- go",
        home = home.display(),
        path = user.path,
        bag = BAG.bin().display(),
    );
    let output = mounting(&script);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(said.matches("carried").count(), 2, "{said}");
}

#[test]
fn somebody_elses_home_is_told_before_anything_is_extracted() {
    let user = User::new();
    fs::create_dir(user.at("home")).unwrap();
    set_mode(&user.at("home"), 0o555);
    let mut command = user.command(&[], &BAG, &["go"]);
    command.env("HOME", user.at("home"));
    if is_root() {
        // The bag must be his to run.
        let bag = user.at("bag");
        fs::copy(BAG.bin(), &bag).unwrap();
        set_mode(&bag, 0o755);
        command = user.command(&[], &Bag::at(bag), &["go"]);
        command.env("HOME", user.at("home"));
        std::os::unix::process::CommandExt::uid(&mut command, NOBODY);
        // Folders that are open to others may be shut to root's group.
        std::os::unix::process::CommandExt::gid(&mut command, NOBODY);
    }
    let said = one_line(&command.output().unwrap());
    assert!(said.contains("ermission denied"), "{said}");
    assert!(
        said.ends_with("XDG_CACHE_HOME=DIR names another folder\n"),
        "{said}"
    );
    assert_eq!(names(&user.at("home")).len(), 0);
}

#[test]
fn who_waits_for_another_says_so() {
    let user = User::new();
    let own = user.at("cache/gobag");
    fs::create_dir_all(&own).unwrap();
    let lock = fs::File::create(own.join(".lock")).unwrap();
    lock.lock().unwrap();
    let mut command = user.command(&[], &BAG, &["go"]);
    command.env("XDG_CACHE_HOME", user.at("cache"));
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut said = String::new();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    stderr.read_line(&mut said).unwrap();
    assert!(
        said.starts_with("gobag: waiting for another gobag"),
        "{said}"
    );
    drop(lock);
    assert!(child.wait().unwrap().success());
    user.runs("new");
    let mode = fs::metadata(user.at("new/gobag/.lock")).unwrap().mode();
    assert_eq!(mode & 0o777, 0o600, "nobody else can hold it");
}

#[test]
fn what_is_extracted_is_on_the_disk_before_its_marker_is() {
    let user = User::new();
    let calls = user.at("calls");
    let options = ["-f", "-qq", "-e", "trace=syncfs,openat,rename", "-o"];
    let through = [
        &["/usr/bin/strace"][..],
        &options,
        &[calls.to_str().unwrap()],
    ]
    .concat();
    let mut command = user.command(&through, &BAG, &["go"]);
    command.env("XDG_CACHE_HOME", user.at("cache"));
    assert!(command.status().unwrap().success());
    let calls = fs::read_to_string(calls).unwrap();
    let at = |from, word| calls[from..].find(word).map(|at| from + at);
    let last = calls.rfind("/lib/text\", O_WRONLY").unwrap();
    let settled = at(last, "syncfs(").unwrap_or_else(|| panic!("{calls}"));
    let marked = at(last, "/complete\", O_WRONLY").unwrap();
    assert!(
        settled < marked && calls[marked..].contains("rename("),
        "{calls}"
    );
}

#[test]
fn doctor_checks_what_was_extracted() {
    let user = User::new();
    let doctor = |cache: &str| {
        let mut command = Command::new(BAG.bin());
        command.arg("doctor").env_clear().env("PATH", &user.path);
        command.env("XDG_CACHE_HOME", user.at(cache));
        let output = command.current_dir(user.dir.path()).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned() + &stderr(&output)
    };
    for cache in ["cache", "it's one"] {
        let go_root = user.runs(cache);
        let told = format!("error: {}", go_root.display());
        assert!(!doctor(cache).contains(&told), "{}", doctor(cache));
        let cases: [(&str, Change<'_>); 3] = [
            ("lib/text", &|file| fs::write(file, "y").unwrap()),
            ("src/a/go.mod", &|file| fs::remove_file(file).unwrap()),
            ("src/a/new.go", &|file| {
                fs::write(file, "package a").unwrap()
            }),
        ];
        for (name, change) in cases {
            change(&go_root.join(name));
            let said = doctor(cache);
            let line = said.lines().find(|line| line.starts_with(&told));
            let line = line.unwrap_or_else(|| panic!("{name}: {said}"));
            assert!(line.contains(name), "{line}");
            let (_, remedy) = line.split_once("; rm -rf ").unwrap();
            let (folder, _) = remedy.split_once(", and").unwrap();
            let script = format!("rm -rf {folder}");
            let removed = Command::new("bash").args(["-c", &script]).status();
            assert!(removed.unwrap().success() && !go_root.exists(), "{script}");
            assert_eq!(user.runs(cache), go_root);
            assert!(!doctor(cache).contains(&told));
        }
    }
    // It says what exec would say, and makes nothing.
    set_mode(&user.at("cache/gobag"), 0o777);
    assert!(doctor("cache").contains("gobag exec would fail: "));
    doctor("new");
    assert!(!user.at("new").exists());
}
